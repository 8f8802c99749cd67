r"""Answer text in any dress to one plain LaTeX: spaces, fonts, sizes, Unicode and money signs.

    "$\dfrac{1}{2}\,\mathrm{cm}$."  ->  "\frac{1}{2} \text{cm}"

Only the dress changes: what a notation means is decided by the grammar. Every step is linear in
the length of the text.
"""

import re

from cft_eval.checker.prove.registry import BY_SPELLING
from cft_eval.checker.read.asides import without_asides
from cft_eval.checker.read.notation import GREEK
from cft_eval.checker.read.rewrites import (
    COMPUTER_ALGEBRA,
    NOTATIONS,
    from_unicode,
    rewritten,
)
from cft_eval.checker.read.structures import evaluated

MAX_BRACES = 30
"""Pairs of braces around an answer that are taken off."""

_NOISE = re.compile(
    r"\\(?:left|right|mleft|mright|bigl|bigr|Bigl|Bigr|biggl|biggr|Biggl|Biggr|big|Big|bigg|Bigg|middle)"
    r"(?![a-zA-Z])\.?"
    r"|\\(?:displaystyle|textstyle|scriptstyle|limits|nolimits|boldmath|rm|bf|it|tiny|small|large|Large"
    r"|LARGE|huge|Huge|footnotesize|normalsize|checkmark|blacksquare|qed|dotsc|nobreak|nonumber)(?![a-zA-Z])"
    r"|\\(?:hspace|vspace|phantom|hphantom|vphantom|(?:text)?color)\*?\{[^{}]*\}"
)
_SPACES = re.compile(
    r"\\[,;:> ]|\\q?quad(?![a-zA-Z])|\\thinspace(?![a-zA-Z])|~|\u00a0|\u202f|\u2009"
)
_FONTS = re.compile(
    r"\\(?:mathbf|boldsymbol|bm|mathit|mathsf|mathcal|mathscr|mathfrak|mathnormal|pmb"
    r"|ensuremath|vec|overrightarrow|hat|widehat|tilde|underline|boxed|beginboxed|fbox|operatorname(?=\s*\\))(?![a-zA-Z])\s*"
)
_TEXTS = re.compile(
    r"\\(?:text|textbf|textit|textrm|textsf|texttt|textup|textnormal|mbox|hbox|mathrm|mathtt"
    r"|operatorname\*?|emph)(?![a-zA-Z])\s*(?=\{)"
)


_FUNCTION_IN_TEXT = re.compile(rf"\\text\s*\{{\s*({'|'.join(BY_SPELLING)})\s*\}}")
_CURRENCIES = {"\u7f8e\u5143": "USD", "\u6b27\u5143": "EUR", "\u65e5\u5143": "JPY"}
_CONJUNCTION = re.compile(
    r"\\text\s*\{\s*[\u6216\u548c\u3001]\s*\}"
    r"|(?<=[\d)}$])\s*[\u6216\u548c\u3001]\s*(?=[-\d($\\]|[a-z]\s*=)"
)
"""Chinese "or" and "and" between two values."""

_DOLLARS = re.compile(r"^(\s*[-+]?\s*)\$(?=\s*\d[^$]*$)")
"""``$5``: the only dollar sign opens no formula."""

_UNITS_IN_CHINESE = {
    "平方千米": "km^2", "平方公里": "km^2", "平方厘米": "cm^2", "平方分米": "dm^2",
    "平方米": "m^2", "立方厘米": "cm^3", "立方分米": "dm^3", "立方米": "m^3",
    "千米": "km", "公里": "km", "厘米": "cm",
    "分米": "dm", "毫米": "mm", "米": "m", "千克": "kg", "公斤": "kg", "毫克": "mg", "克": "g",
    "毫升": "mL", "升": "L", "秒": "s", "分钟": "min", "小时": "h",
}  # fmt: skip
_ONE = "|".join(_UNITS_IN_CHINESE)
_UNIT_IN_CHINESE = re.compile(rf"(?<=[\d}}])\s?({_ONE})(?:/({_ONE}))?$")

_NO_SOLUTION = frozenset({"无解", "无实数解", "没有实数解", "方程无解"})

_COUNTER = re.compile(r"(?<=[\d}])\s?[\u4e00-\u9fff]{1,4}$")
"""``5\u4e2a``, ``140\u7f8e\u5143``: what was counted, in a language without blanks."""

_BEHIND_A_NUMBER = re.compile(r"[\d}](?:\s|~|\\[,;: ])*$")
_LETTER_IN_TEXT = re.compile(r"\\text\s*\{\s*([ie]|d(?=\s*\}\s*[\\a-zA-Z^]))\s*\}")
_SWISS = re.compile(r"(?<=\d)'(?=\d{3}(?!\d))")
_ROWS = re.compile(r"^\[[^\[\];{}]+(?:;[^\[\];{}]+)+\]$")
_NESTED = re.compile(r"^\{\s*\{[^{}]*\}(?:\s*,\s*\{[^{}]*\})+\s*\}$")
_FORMULA_OF_ELEMENTS = re.compile(
    r"^(?:\\text\s*\{\s*(?:[A-Z][a-z]?\d*)+\s*\}\s*(?:_\s*\{?\d+\}?\s*)?){2,}$"
)
_COMBINATIONS = re.compile(r"(?:\{\s*\})?[_^]\{?(\d{1,4})\}?\s*C\s*_\{?(\d{1,4})\}?")
_LEADING = re.compile(
    r"^(?:\s*(?:=|:(?!=)|\\(?:approx|to|equiv|sim|therefore)(?![a-zA-Z])|(?:\\text\s*\{\s*)?"
    r"(?:approximately|approx\.?|about|around|roughly|exactly|equals|equal to)\b\s*\}?"
    r"|\\text\s*\{[^{}]{1,80}(?:\bis|\bare|=|:)\s*\}"
    r"|(?:\\text\s*\{\s*)?(?:the\s+)?(?:final\s+)?answer\s*(?:is|:|=)\s*:?\s*\}?))+\s*(?=\S)",
    re.IGNORECASE,
)
_TRANSPOSED = re.compile(r"^([(\[][^\\]*[,;][^\\]*[)\]])\s*\^\s*\{?\s*T\s*\}?$")
_DOTS = re.compile(r"^-?\d{1,3}(?:\.\d{3}){2,}$")
_DOTTED = re.compile(
    r"(?<![\d.])(\d{0,400}\.\d{0,400})\\dot\s*\{?(\d)\}?(?:(\d*)\\dot\s*\{?(\d)\}?)?"
)
_BARRED = re.compile(r"(?<=[\d.])\s*\\bar\s*(?:\{(\d+)\}|(\d))")
_IN_BRACKETS = re.compile(r"^(-?(?:\d+\.|0\.\d*))\((\d+)\)$")
_GOES_ON = re.compile(r"^(-?\d*\.\d+?)\s*(?:\.\.\.+|\\[lc]?dots)$")
_MATH_IN_TEXT = re.compile(r"^\\text\s*\{([^{}\\]*)\}")
_A_WORD = re.compile(r"[A-Za-z]{2}")
_THOUSANDS = re.compile(
    r"(?<=\d)(?:\{,\}|\s?,\s?\\!\s?|\{,\\!\}|\\!,|\\,)(?=\d{3}(?!\d))|(?<=\d),\s+(?=0\d\d(?!\d))"
)
_SYSTEM = re.compile(
    r"\\begin\{(cases|aligned|align\*?|gathered|split)\}(.{1,2000}?)\\end\{\1\}", re.DOTALL
)
_TAGS = re.compile(
    r"<(/?)(b|i|u|p|em|strong|span|code|div|sub|sup|br|math|mn|mi|mo|mrow)(?:\s[^<>]{0,80})?/?>",
    re.IGNORECASE,
)
_COMMANDS = (
    "frac dfrac tfrac cfrac sqrt left right text textbf mathrm mathbb mathbf mathcal cdot times pm"
    " mp pi le leq ge geq ne neq in infty cup cap binom boxed circ degree overline bar vec lbrace"
    " rbrace sum prod int lim displaystyle approx equiv to quad qquad dots ldots cdots mid setminus"
)
_KNOWN = "|".join(
    sorted(
        {
            *BY_SPELLING,
            *GREEK,
            *_COMMANDS.split(),
        },
        key=len,
        reverse=True,
    )
)
_DOUBLED = re.compile(rf"\\\\(?=(?:{_KNOWN})(?![a-zA-Z]))")
"""Text from JSON: ``\\\\frac`` where ``\\frac`` was meant."""

_JSON_LIST = re.compile(r'^\[\s*"[^"]*"(?:\s*,\s*"[^"]*")*\s*\]$')
_BOLD = re.compile(r"^\s*(?:\*\*|__)(.+?)(?:\*\*|__)\s*[.]?\s*$", re.DOTALL)


def normalize(text: str) -> str:
    """Return ``text`` in its plain dress."""
    if "<" in text:
        text = _TAGS.sub(_untagged, text)
    bold = _BOLD.match(text)
    if bold:
        text = bold.group(1)
    if not text.isascii():
        text = from_unicode(_without_counter(text))
    if "_" in text and ("|" in text or "vert" in text):
        text = evaluated(text)
    if "," in text:
        text = _THOUSANDS.sub(",", text)
    if "\\begin" in text:
        text = _SYSTEM.sub(_in_one_line, text)
    if "'" in text:
        text = _SWISS.sub(",", text)
    if "\\\\" in text and "\\begin" not in text:
        text = _DOUBLED.sub(r"\\", text)
    if '"' in text:
        text = _unquoted(text)
    if "$" in text:
        text = re.sub(r"\bUS\s*\\?\$", r"\\$", text)
        text = _DOLLARS.sub(r"\1\\$", text)
        text = text.replace(r"\$", "§").replace("$", " ").replace("§", r"\$")
    if "\\" in text or "~" in text:
        text = _repeating(text.replace("\\!", ""))
        text = text.replace("\\\\", "\x01")
        text = re.sub(r"\\[()\[\]]", lambda match: " ", text)
        text = _SPACES.sub(" ", text)
        text = _NOISE.sub("", text)
        text = _TEXTS.sub(r"\\text", text)
        text = _FONTS.sub(" ", text)
        text = text.replace("\x01", r"\\")
    if "(" in text or "[" in text or text.startswith("{"):
        text = _computed(text)
    if r"\text" in text:
        if _FORMULA_OF_ELEMENTS.match(text):
            text = re.sub(r"\\text\s*\{\s*(\w+)\s*\}\s*", r"\1", text)
        text = _FUNCTION_IN_TEXT.sub(_function_or_unit, text)
        text = _LETTER_IN_TEXT.sub(r" \1 ", text)
        text = _MATH_IN_TEXT.sub(_spliced, text.strip())
    if "C" in text:
        text = _COMBINATIONS.sub(r"\\binom{\1}{\2}", text)
    text = rewritten(text.strip(), NOTATIONS)
    text = _LEADING.sub("", _trim(_unbraced(_trim(text))))
    text = without_asides(text)
    text = _TRANSPOSED.sub(r"\1", text)
    return text.replace(".", "") if _DOTS.match(text) else _goes_on(text)


def _without_counter(text: str) -> str:
    """Chinese and Japanese names of currencies, "or" and "and", and what was counted."""
    for name, unit in _CURRENCIES.items():
        text = text.replace(name, rf"\text{{ {unit}}}")
    text = _CONJUNCTION.sub(" , ", text)
    if text.strip(" $。") in _NO_SOLUTION:
        return r"\text{no solution}"
    if known := _UNIT_IN_CHINESE.search(text):
        units = "/".join(_UNITS_IN_CHINESE[name] for name in known.groups() if name)
        return text[: known.start()] + _as_text(units)
    return text if text.endswith("\u5143") else _COUNTER.sub("", text)


def _as_text(units: str) -> str:
    """``m^2`` and ``km/h`` as LaTeX writes them behind a number."""
    return r"\text{ " + units + "}"


def _function_or_unit(match: "re.Match[str]") -> str:
    r"""``\text{min}(2,3)`` is a function; ``12 \text{ min}`` and ``5\text{ sec}`` are times."""
    is_unit = match[1] in ("min", "sec") and _BEHIND_A_NUMBER.search(match.string[: match.start()])
    return match[0] if is_unit else rf"\{match[1]} "


def _spliced(match: "re.Match[str]") -> str:
    r"""``\text{13}`` and ``\text{A,C}`` at the start are mathematics; words stay words."""
    return match[0] if _A_WORD.search(match[1]) else match[1]


def _computed(text: str) -> str:
    """What computer algebra prints, as it is written in LaTeX."""
    text = rewritten(text, COMPUTER_ALGEBRA)
    if _ROWS.match(text):
        return "[" + ",".join(f"[{row}]" for row in text[1:-1].split(";")) + "]"
    if _NESTED.match(text):
        return text.replace("{", r"\lbrace ").replace("}", r"\rbrace ")
    return text


def _untagged(match: "re.Match[str]") -> str:
    """HTML: ``x<sup>2</sup>`` is a power, ``<b>`` is dress."""
    closing, name = match.groups()
    marks = {"sup": "^{", "sub": "_{"}
    if name.lower() in marks:
        return "}" if closing else marks[name.lower()]
    return " "


def _unquoted(text: str) -> str:
    """Without quotes around it; a JSON list of texts as a list."""
    plain = text.strip()
    if _JSON_LIST.match(plain):
        return plain[1:-1].replace('"', "")
    if len(plain) > 2 and plain[0] == plain[-1] == '"' and '"' not in plain[1:-1]:
        return plain[1:-1]
    return text


def _unbraced(text: str) -> str:
    """Without braces around all of it, which mean nothing."""
    for _ in range(MAX_BRACES):
        if not (text.startswith("{") and text.endswith("}")):
            break
        depth = 0
        for position, mark in enumerate(text):
            depth += (mark == "{") - (mark == "}")
            if not depth and position < len(text) - 1:
                return text
        if depth:
            return text
        text = text[1:-1].strip()
    return text


def _in_one_line(match: "re.Match[str]") -> str:
    r"""A system of equations as a list of them; cases with conditions stay as they are."""
    rows = [row.strip(" ,;\n") for row in re.split(r"\\\\(?:\[[^\]]*\])?", match[2])]
    rows = [re.sub(r"&\s*(?=[=<>]|\\[lg]eq?|\\approx)|(?<==)\s*&", "", row) for row in rows if row]
    return match[0] if any("&" in row for row in rows) else ", ".join(rows)


def _repeating(text: str) -> str:
    r"""``0.1\bar{6}`` and ``0.\dot{1}4285\dot{7}`` with a bar over what repeats."""
    text = _BARRED.sub(lambda match: rf"\overline{{{match[1] or match[2]}}}", text)
    return _DOTTED.sub(
        lambda match: rf"{match[1]}\overline{{{''.join(filter(None, match.groups()[1:]))}}}", text
    )


def _goes_on(text: str) -> str:
    """``0.(3)`` and ``0.333...``: digits that go on as they began. What does not repeat stays."""
    if match := _IN_BRACKETS.match(text):
        return rf"{match[1]}\overline{{{match[2]}}}"
    if match := _GOES_ON.match(text):
        whole, _, digits = match[1].partition(".")
        for length in range(1, len(digits) // 2 + 1):
            block = digits[-length:]
            if digits.endswith(block * (3 if length == 1 else 2)):
                return rf"{whole}.{digits[: len(digits) - length]}\overline{{{block}}}"
    return text


def _trim(text: str) -> str:
    """Drop the space and the full stop around an answer; ``5.`` is 5, ``a...`` stays."""
    text = " ".join(text.split())
    while text and text[-1] in ".,;:`\\" and not text.endswith(("..", r"\lbrace", r"\,")):
        text = text[:-1].rstrip()
    return text.lstrip("`")
