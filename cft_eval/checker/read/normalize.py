r"""Answer text in any dress to one plain LaTeX: spaces, fonts, sizes, Unicode and money signs.

    "$\dfrac{1}{2}\,\mathrm{cm}$."  ->  "\frac{1}{2} \text{cm}"

Only the dress changes: what a notation means is decided by the grammar. Every step is linear in
the length of the text.
"""

import re
import unicodedata
from collections.abc import Callable

from cft_eval.checker.read.notation import FUNCTIONS, GREEK

MAX_BRACES = 30
"""Pairs of braces around an answer that are taken off."""

_UNICODE = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "‒": "-", "―": "-", "－": "-", "﹣": "-",
    "\u00ad": "", "\u200b": "", "\ufeff": "", "\u2061": "", "\u2062": "", "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "∙": r"\cdot ",
    "÷": "/", "∕": "/", "⁄": "/", "√": r"\sqrt ", "∛": r"\sqrt[3]", "∜": r"\sqrt[4]",
    "π": r"\pi ", "∞": r"\infty ",
    "≤": r"\le ", "≥": r"\ge ", "⩽": r"\le ", "⩾": r"\ge ", "≠": r"\ne ", "±": r"\pm ",
    "∓": r"\mp ", "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ", "∅": r"\emptyset ", "°": r"\degree ",
    "º": r"\degree ", "˚": r"\degree ", "℃": r"\degree ", "′": "'", "’": "'", "‘": "'", "“": '"',
    "”": '"', "≈": r"\approx ", "≃": r"\approx ", "≅": r"\approx ", "∠": r"\angle ",
    "∖": r"\setminus ", "∣": "|", "→": r"\to ", "⇒": r"\to ", "≡": r"\equiv ", "∨": r"\vee ",
    "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ",
    "∘": r"\circ ", "ℝ": r"\mathbb{R}", "ℤ": r"\mathbb{Z}", "ℕ": r"\mathbb{N}",
    "ℚ": r"\mathbb{Q}", "，": ",", "；": ";", "：": ":", "（": "(", "）": ")", "。": ".", "％": "%",
    "＝": "=", "＋": "+", "、": ",", "…": r"\ldots ", "∼": r"\sim ", "⟨": r"\langle ",
    "⟩": r"\rangle ", "€": r"\euro ", "£": r"\pounds ", "¥": r"\yen ",
    "¢": r"\text{ cents}", "∧": r"\wedge ", "₹": r"\rupees ", "₩": r"\won ", "≦": r"\le ",
    "≧": r"\ge ", "ℓ": r"\ell ", "ℏ": r"\hbar ", "∑": r"\sum ", "∏": r"\prod ", "∫": r"\int ",
    "∂": r"\partial ", "∇": r"\nabla ", "⊂": r"\subset ", "⊆": r"\subseteq ", "∉": r"\notin ",
    "∀": r"\forall ", "∃": r"\exists ", "⇔": r"\to ", "⟹": r"\to ", "⟶": r"\to ", "ⅈ": "i",
    "ⅇ": "e", "🤔": "", "\u20e3": "", "\ufe0f": "", "⟦": "[", "⟧": "]", "元": r"\text{ yuan}",
    "µ": r"\mu ",
}  # fmt: skip
_GREEK = {
    character: "\\" + unicodedata.name(character).rsplit(" ", 1)[-1].lower() + " "
    for character in "αβγδεζηθικμνξρστυφχψω"
} | {"λ": r"\lambda ", "ϕ": r"\phi ", "Δ": r"\Delta ", "Γ": r"\Gamma ", "Ω": r"\Omega "}
_UNICODE |= _GREEK
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_TABLE = str.maketrans(_UNICODE)

_ROOT = re.compile(r"([√∛∜])\s*(\d+(?:\.\d+)?)")
"""A root of a whole number: TeX would take its first digit alone."""

_FRACTIONS = re.compile(r"(\d?)([¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])")
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


def _primes(found: "re.Match[str]") -> str:
    return "'" * found[0].count("prime")


_SAME: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (re.compile(r"\\(?:[dtc]|nice|s|x|flat)frac(?![a-zA-Z])"), r"\\frac"),
    (re.compile(r"\\(?:simeq|doteq|thickapprox)(?![a-zA-Z])"), r"\\approx "),
    (re.compile(r":=|\\(?:triangleq|coloneqq)(?![a-zA-Z])"), "="),
    (re.compile(r"\\[dt]binom(?![a-zA-Z])"), r"\\binom"),
    (re.compile(r"\\leq(?:slant)?(?![a-zA-Z])"), r"\\le "),
    (re.compile(r"\\geq(?:slant)?(?![a-zA-Z])"), r"\\ge "),
    (re.compile(r"\\neq(?![a-zA-Z])|\\not\s*="), r"\\ne "),
    (re.compile(r"\\(?:lbrace|\{)"), r"\\lbrace "),
    (re.compile(r"\\(?:rbrace|\})"), r"\\rbrace "),
    (re.compile(r"\\lbrack(?![a-zA-Z])"), "["),
    (re.compile(r"\\rbrack(?![a-zA-Z])"), "]"),
    (re.compile(r"\\(?:lvert|rvert)(?![a-zA-Z])|\\vert"), "|"),
    (re.compile(r"\\bar(?![a-zA-Z])"), r"\\overline"),
    (re.compile(r"\\exponentialE(?![a-zA-Z])"), "e "),
    (re.compile(r"\\(?:imaginaryI|imaginaryJ)(?![a-zA-Z])"), "i "),
    (re.compile(r"\\lgroup(?![a-zA-Z])"), "("),
    (re.compile(r"\\rgroup(?![a-zA-Z])"), ")"),
    (re.compile(r"(^|[-+*/=(]\s*)\\choose\s*(?=\{)"), r"\1\\binom"),
    (re.compile(r"=\s*/\s*=|(?<![=/])/\s*=|<>"), r"\\ne "),
    (re.compile(r"=="), "="),
    (re.compile(r"\{\s*:\s*\}"), ":"),
    (
        re.compile(
            r"(?<=\d)(?:\s*\^\s*)?(?:\{?\s*\\text\s*\{\s*(?:st|nd|rd|th)\s*\}\s*\}?"
            r"|\^\s*\{\s*(?:st|nd|rd|th)\s*\}|(?:st|nd|rd|th)\b)"
        ),
        "",
    ),
    (
        re.compile(
            r"(?<=[\d}])\s*(?:\\text\s*\{\s*)?(?:pct\b\.?|percentage(?:\s+points?)?\b)(?:\s*\})?"
        ),
        "%",
    ),
    (re.compile(r"^(?:negative|minus)\s+(?=[\d\\(.])"), "-"),
    (re.compile(r"\b(?:Rs|INR)\b\.?\s*(?=\d)"), r"\\rupees "),
    (re.compile(r"(?<!\\)\b(?:EUR|euros?)\s*(?=\d)"), r"\\euro "),
    (re.compile(r"\bGBP\s*(?=\d)"), r"\\pounds "),
    (re.compile(r"\b(?:JPY|CNY|RMB)\s*(?=\d)"), r"\\yen "),
    (re.compile(r"\(\s*(?:\\text\s*\{\s*mod\s*\}|mod\b)\s*([^()]+)\)"), r"\\mod {\1}"),
    (re.compile(r"(?<=[\w)}])\s+choose\s+(?=[\w({])"), r" \\choose "),
    (re.compile(r"\\[lr]?Vert(?![a-zA-Z])|\\\|"), "|"),
    (re.compile(r"\\circ(?![a-zA-Z])"), r"\\degree "),
    (re.compile(r"(?<=\d)\^\s*(?:\{\s*o\s*\}|o(?![a-zA-Z]))"), r"\\degree "),
    (re.compile(r"\^\s*(?:\{\s*\\degree\s*\}|\\degree(?![a-zA-Z]))"), r"\\degree "),
    (re.compile(r"\\(?:mathbb|Bbb)\s*\{?\s*([RZNQC])\s*\}?"), r"\\mathbb \1 "),
    (re.compile(r"\\mathbb R\s*-\s*(?=\\lbrace)"), r"\\mathbb R \\setminus "),
    (re.compile(r"\\degree\s*(?:\\text\s*\{\s*C\s*\}|C(?![a-zA-Z]))"), r"\\text{celsius}"),
    (re.compile(r"\\degree\s*(?:\\text\s*\{\s*F\s*\}|F(?![a-zA-Z]))"), r"\\text{fahrenheit}"),
    (re.compile(r"(?<=[\d}])\s*(?:\\text\s*\{\s*per\s?cent\s*\}|per\s?cent\b)"), "%"),
    (re.compile(r"\\(?:cdotp|ast|centerdot)(?![a-zA-Z])"), r"\\cdot "),
    (re.compile(r"\\infin(?![a-zA-Z])"), r"\\infty "),
    (re.compile(r"\\(?:varnothing|O)(?![a-zA-Z])"), r"\\emptyset "),
    (re.compile(r"\\(?:implies|Rightarrow|Longrightarrow)(?![a-zA-Z])"), r"\\to "),
    (re.compile(r"<=|=<|\\leqq(?![a-zA-Z])"), r"\\le "),
    (re.compile(r">=|=>|\\geqq(?![a-zA-Z])"), r"\\ge "),
    (re.compile(r"!="), r"\\ne "),
    (re.compile(r"\+/-"), r"\\pm "),
    (re.compile(r"\^\s*(?:\{\s*((?:\\prime\s*)+)\}|(\\prime)(?![a-zA-Z]))"), _primes),
    (re.compile(r"\\colon(?![a-zA-Z])"), ":"),
    (re.compile(r"\\([ij])math(?![a-zA-Z])"), r"\1 "),
    (re.compile(r"(?<=[)\]}])\s*U\s*(?=[(\[]|\\lbrace)"), r"\\cup "),
    (re.compile(r"(?<=\d)\s+E\s?(?=[+-]?\d+$)|(?<=\d) e (?=-\d+$)"), "e"),
    (re.compile(r"_\{\((\d+)\)\}"), r"_{\1}"),
    (re.compile(r"\\([pbBvV]?matrix)\s*\{((?:[^{}]|\{[^{}]*\})*)\}"), r"\\begin{\1}\2\\end{\1}"),
    (re.compile(r"\*\*"), "^"),
    (re.compile(r"\\(?:%|percent)"), "%"),
    (re.compile(r"(?<=\d)\s*[xX]\s*(?=10\s*\^)"), r"\\times "),
    *(
        (
            re.compile(rf"(?<=\d)\s*(?:\\text\s*\{{\s*{word}\s*\}}|{word}\b)"),
            rf"\\cdot 10^{{{power}}} ",
        )
        for word, power in (("thousand", 3), ("million", 6), ("billion", 9), ("trillion", 12))
    ),
    (re.compile(r"\bUSD\s*(?=[\d.])"), r"\\$"),
    (re.compile(r"\\_"), "_"),
    (re.compile(r"\b(?:np|math|numpy|sympy|sp)\.(?=[a-z])"), ""),
    (re.compile(r"\\mod(?![a-zA-Z])|\\pmod(?![a-zA-Z])"), r"\\mod "),
]
_FUNCTION_IN_TEXT = re.compile(rf"\\text\s*\{{\s*({'|'.join(FUNCTIONS)})\s*\}}")
_LETTER_IN_TEXT = re.compile(r"\\text\s*\{\s*([ie])\s*\}")
_SWISS = re.compile(r"(?<=\d)'(?=\d{3}(?!\d))")
_COMBINATIONS = re.compile(r"(?:\{\s*\})?[_^]\{?(\d{1,4})\}?\s*C\s*_\{?(\d{1,4})\}?")
_LEADING = re.compile(
    r"^(?:\s*(?:=|:(?!=)|\\(?:approx|to|equiv|sim|therefore)(?![a-zA-Z])|(?:\\text\s*\{\s*)?"
    r"(?:approximately|approx\.?|about|around|roughly|exactly|equals|equal to)\b\s*\}?"
    r"|\\text\s*\{[^{}]{1,80}(?:\bis|\bare|=|:)\s*\}"
    r"|(?:\\text\s*\{\s*)?(?:the\s+)?(?:final\s+)?answer\s*(?:is|:|=)\s*:?\s*\}?))+\s*(?=\S)",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\s*[,;]?\s*(?:\\text\s*\{\s*)?\(\s*(?:\\text\s*\{\s*)?(?:or\s+)?(?:\\approx|=|approx|about|around"
    r"|roughly|nearly|i\.\s?e\.|exact|that is|since|because|as\s)[^()]*\)\s*\}?$"
    r"|\s*[,;]?\s*\(?\s*(?:\\text\s*\{[\s,]*(?:where|for|with)?\s*\}|where|for|with)?\s*"
    r"[a-zA-Z]\s*\\in\s*\\mathbb\s*[ZN]\s*(?:\^\{?[+*]\}?|_\{?\\(?:ge|le)\s*\d\}?)?\s*\)?$"
    r"|\s*[,;]?\s*(?:\\text\s*\{\s*)?\b(?:because|since|obtained by|as required)\b.*$"
    r"|\s*,?\s*(?:\\text\s*\{\s*,?\s*)?\bwhere\b[^=]*"
    r"\b(?:arbitrary|constants?|any|integers?|reals?|parameters?)\b.*$"
    r"|\s*\\(?:square|Box|blacksquare)$",
    re.DOTALL,
)
"""What follows an answer without being part of it: ``(\\approx 0.33)``, ``k \\in \\mathbb{Z}``."""

_SIGN = r"(?:\\(?:ge|le|ne|in|notin|geq|leq|neq|gt|lt)(?![a-zA-Z])|[<>])"
_QUALIFIER = re.compile(
    r"(?P<said>.*?[^\s,;:(])\s*(?:"
    r"[,;:]?\s*(?:\\text\s*\{\s*,?\s*)?(?<![a-zA-Z])(?:for|where|with|whenever|provided(?:\s+that)?)\b"
    r"(?:\s+(?:all|any|every|each|some))?\s*(?:(?:real|integers?|positive|numbers?|constants?)\s*)*\}?"
    rf"\s*(?P<about>[^=]*{_SIGN}[^=]*|[a-zA-Z]\s*\}}?)"
    rf"|[,;]?\s*\\forall(?:[^=]*{_SIGN}[^=]*|\s*[a-zA-Z])"
    rf"|\s\(\s*[a-zA-Z](?:_\w+)?\s*{_SIGN}[^()=]*\)"
    r")$",
    re.DOTALL,
)
"""``x \\text{ for all } x \\in \\mathbb{R}``, ``2^{n-1}\\ (n \\ge 1)``: where an answer holds."""

_CONDITIONAL = re.compile(r"\b(?:if|when|for|otherwise|where|even|odd|else)\b|\\forall|\\begin")

_TRANSPOSED = re.compile(r"^([(\[][^\\]*[)\]])\s*\^\s*\{?\s*(?:T|\\top|\\intercal)\s*\}?$")
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
_KNOWN = "|".join(
    sorted(
        {
            *FUNCTIONS,
            *GREEK,
            *["frac", "dfrac", "tfrac", "cfrac", "sqrt", "left", "right", "text", "textbf", "mathrm", "mathbb", "mathbf", "mathcal", "cdot", "times", "pm", "mp", "pi", "le", "leq", "ge", "geq", "ne", "neq", "in", "infty", "cup", "cap", "binom", "boxed", "circ", "degree", "overline", "bar", "vec", "lbrace", "rbrace", "ln", "log", "sum", "prod", "int", "lim", "displaystyle", "approx", "equiv", "to", "quad", "qquad", "dots", "ldots", "cdots", "mid", "setminus"],
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
        text = _from_unicode(text)
    text = _THOUSANDS.sub(",", text)
    if "\\begin" in text:
        text = _SYSTEM.sub(_in_one_line, text)
    if "'" in text:
        text = _SWISS.sub(",", text)
    if "\\\\" in text and "\\begin" not in text:
        text = _DOUBLED.sub(r"\\", text)
    if '"' in text:
        text = _unquoted(text)
    text = re.sub(r"\bUS\s*\\?\$", r"\\$", text)
    text = text.replace("\\!", "").replace(r"\$", "§").replace("$", " ").replace("§", r"\$")
    if "\\" in text or "~" in text:
        text = _repeating(text)
        text = text.replace("\\\\", "\x01")
        text = re.sub(r"\\[()\[\]]", lambda found: " ", text)
        text = _SPACES.sub(" ", text)
        text = _NOISE.sub("", text)
        text = _TEXTS.sub(r"\\text", text)
        text = _FONTS.sub(" ", text)
        text = text.replace("\x01", r"\\")
    text = _FUNCTION_IN_TEXT.sub(r"\\\1 ", text)
    text = _LETTER_IN_TEXT.sub(r" \1 ", text)
    text = _COMBINATIONS.sub(r"\\binom{\1}{\2}", text)
    text = _MATH_IN_TEXT.sub(_spliced, text.strip())
    for pattern, plain in _SAME:
        text = pattern.sub(plain, text)
    text = _LEADING.sub("", _trim(_unbraced(_trim(text))))
    text = _without_asides(text)
    text = _TRANSPOSED.sub(r"\1", text)
    return text.replace(".", "") if _DOTS.match(text) else _goes_on(text)


def _without_asides(text: str) -> str:
    """Without what is said beside the answer; where an inequality is the answer, its domain stays."""
    if not _DOMAIN_OF_INEQUALITY.search(text):
        text = _ASIDE.sub("", text) or text
    found = _QUALIFIER.match(text)
    if (
        found
        and not _CONDITIONAL.search(found["said"])
        and not _CONDITIONAL.search(found["about"] or "")
    ):
        return found["said"].rstrip(" ,;")
    return text


_DOMAIN_OF_INEQUALITY = re.compile(
    r"(?:[<>]|\\[lg]e(?![a-zA-Z])).*(?<![a-zA-Z])[a-zA-Z]\s*\\in\s*\\mathbb\s*[ZNQ]", re.DOTALL
)


def _spliced(found: "re.Match[str]") -> str:
    r"""``\text{13}`` and ``\text{A,C}`` at the start are mathematics; words stay words."""
    return found[0] if _A_WORD.search(found[1]) else found[1]


def _untagged(found: "re.Match[str]") -> str:
    """HTML: ``x<sup>2</sup>`` is a power, ``<b>`` is dress."""
    closing, name = found.groups()
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
        for place, mark in enumerate(text):
            depth += (mark == "{") - (mark == "}")
            if not depth and place < len(text) - 1:
                return text
        if depth:
            return text
        text = text[1:-1].strip()
    return text


def _in_one_line(found: "re.Match[str]") -> str:
    r"""A system of equations as a list of them; cases with conditions stay as they are."""
    rows = [row.strip(" ,;\n") for row in re.split(r"\\\\(?:\[[^\]]*\])?", found[2])]
    rows = [re.sub(r"&\s*(?=[=<>]|\\[lg]eq?|\\approx)|(?<==)\s*&", "", row) for row in rows if row]
    return found[0] if any("&" in row for row in rows) else ", ".join(rows)


def _repeating(text: str) -> str:
    r"""``0.1\bar{6}`` and ``0.\dot{1}4285\dot{7}`` with a bar over what repeats."""
    text = _BARRED.sub(lambda found: rf"\overline{{{found[1] or found[2]}}}", text)
    return _DOTTED.sub(
        lambda found: rf"{found[1]}\overline{{{''.join(filter(None, found.groups()[1:]))}}}", text
    )


def _goes_on(text: str) -> str:
    """``0.(3)`` and ``0.333...``: digits that go on as they began. What does not repeat stays."""
    if found := _IN_BRACKETS.match(text):
        return rf"{found[1]}\overline{{{found[2]}}}"
    if found := _GOES_ON.match(text):
        whole, _, digits = found[1].partition(".")
        for length in range(1, len(digits) // 2 + 1):
            block = digits[-length:]
            if digits.endswith(block * (3 if length == 1 else 2)):
                return rf"{whole}.{digits[: len(digits) - length]}\overline{{{block}}}"
    return text


def _from_unicode(text: str) -> str:
    text = _FRACTIONS.sub(_fraction, text)
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+", lambda m: f"^{{{m[0].translate(_SUPERSCRIPTS)}}}", text)
    text = re.sub(r"[₀₁₂₃₄₅₆₇₈₉]+", lambda m: f"_{{{m[0].translate(_SUBSCRIPTS)}}}", text)
    text = _ROOT.sub(r"\1{\2}", text).translate(_TABLE)
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text)
    # Check marks, squares at the end of a proof and emoji say nothing.
    return "".join(
        c for c in text if c.isascii() or unicodedata.category(c) not in ("So", "Cf", "Sk")
    )


def _fraction(found: "re.Match[str]") -> str:
    whole, sign = found.groups()
    above, _, below = unicodedata.normalize("NFKC", sign).partition("\u2044")
    return rf"{whole}\frac{{{above}}}{{{below}}}"


def _trim(text: str) -> str:
    """Drop the space and the full stop around an answer; ``5.`` is 5, ``a...`` stays."""
    text = " ".join(text.split())
    while text and text[-1] in ".,;:`\\" and not text.endswith(("..", r"\lbrace", r"\,")):
        text = text[:-1].rstrip()
    return text.lstrip("`")
