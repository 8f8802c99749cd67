r"""What touches a box inside the same formula belongs to the answer.

    $-\boxed{7}$         ->  -{7}          \frac{1}{\boxed{7}}  ->  \frac{1}{{7}}
    $\boxed{7}\pi$       ->  {7}\pi        - \boxed{7}          ->  nothing touches: a bullet

A relation, a comma, a word or a formula's end separates a box from the rest of its line.
"""

import re
from typing import NamedTuple

from cft_eval.checker.extract.boxes import BOX, BRACES, Box
from cft_eval.checker.types.excerpt import Span

NEAR = 300
"""Characters on either side of a box that are looked at."""

_FAR_LEFT = re.compile(
    r"(?<!\\)\$|\\[(\[]|\n\s*\n|\\begin\{[^{}]*\}|(?<!\\)[=<>:,;&≈→⇒]|\\\\"
    r"|\\(?:le|leq|ge|geq|ne|neq|approx|equiv|cong|sim|implies|Rightarrow|Longrightarrow|iff"
    r"|rightarrow|to|therefore|because|in|quad|qquad|colon|coloneqq|mapsto|Leftrightarrow"
    r"|longrightarrow|text|textbf|mbox|mathrm|hspace|tag|displaystyle|large|Large|huge|Huge"
    r"|big|Big|bigg|Bigg|boxed|fbox|ldots|dots|implies|because|since)(?![A-Za-z])"
    r"|(?<![A-Za-z\\])[A-Za-z]{2,}(?![A-Za-z])|\b[a-z]\s+(?=[a-z]\b)|[*`#|•]|\n"
)
_FAR_RIGHT = re.compile(
    r"(?<!\\)\$|\\[)\]]|\n\s*\n|\\end\{|(?<!\\)[=<>:;&≈→⇒]|(?<![\\{])," + r"(?!\d{3}(?!\d))|\\\\"
    r"|\\(?:le|leq|ge|geq|ne|neq|approx|equiv|cong|sim|implies|Rightarrow|Longrightarrow|iff"
    r"|rightarrow|to|therefore|because|in|quad|qquad|(?:text|mathrm)(?!\s*\{\s*[ie]\s*\})|textbf"
    r"|mbox|hspace|tag|pmod"
    r"|bmod|mod|boxed|fbox|checkmark|blacksquare|square|Box|qed|ldots|dots|lor|land|vee|wedge"
    r"|cup|cap|mid|Leftrightarrow|longrightarrow)(?![A-Za-z])"
    r"|(?<![A-Za-z\\])[A-Za-z]{2,}(?![A-Za-z])|\.(?!\d)|[*`#|]|\n"
)
_STYLE = re.compile(
    r"(?:\\(?:mathbf|mathrm|mathit|mathsf|text|textbf|textit|emph|underline|boldsymbol|bm|large"
    r"|displaystyle|mathbin|mathord|ensuremath|mbox|colorbox\{\w+\}|color\{\w+\}"
    r"|textcolor\{\w+\}|underbrace|overline\{\}|left|bigl?|Bigl?|phantom\{\})\s*)?$"
)
_SPACES_LEFT = re.compile(r"(?:\s|~|\\[,;:! ]|\\(?:quad|qquad)(?![A-Za-z])|\\left(?![A-Za-z]))*$")
_SPACES_RIGHT = re.compile(r"^(?:\s|~|\\[,;:! ]|\\right(?![A-Za-z]))*")
_LEFT = re.compile(
    r"(?:[-+\u2212/^_!\u221a\u03c0\u00d7\u00b7\u00f7\u00b2\u00b3]|\*|\\(?:cdot|times|div|pm|mp|circ|sqrt|frac|dfrac|tfrac)|\\[A-Za-z]+"
    r"|[A-Za-z\d)\]}])$"
)
_RIGHT = re.compile(
    r"[-+\u2212/^_!'%\u221a\u03c0\u00d7\u00b7\u00f7\u00b2\u00b3\u00bd]|\*(?!\*)|\\%|[A-Za-z\d({[]|\\(?:text|mathrm)\s*\{\s*[ie]\s*\}|[.,]\d"
    r"|\\(?!text|quad|qquad|[,;:! ()\[\]])[A-Za-z{]"
)
_RIGHT_OF_BARE = re.compile(
    r"[/^]|\*(?!\*)|[-+\u2212](?=\s?(?:\d|[a-zA-Z]\b|\\(?!text)))|\\(?:cdot|times|div|pm|mp|pi"
    r"|sqrt|[dt]?frac|sin|cos|tan|log|ln"
    r"|theta|alpha|beta|left|infty|binom)(?![A-Za-z])"
)


_CHANGING = ("negative", "minus", "square root of", "cube root of", "twice", "half of")
_CHANGING_WORDS = re.compile(
    r"(?<![\w-])(?:(?P<sign>negative|minus)|(?:(?:the )?(?:square|cube) root of|twice|half of))"
    r"[ $]*"
    r"(?:\\[(\[])?\s?$",
    re.IGNORECASE,
)
_BEYOND_DOLLARS = re.compile(
    r"\$(?:(?:/|\^\{?-?|\*)\d+\}?"
    r"|\^\{?[a-z]\}?(?![a-z])|\u03c0)"
)
"""``$\\boxed{7}$/2``, but ``$\\boxed{7}$/hour`` is a unit and ``^\\circ`` a degree."""

_DIGITS_ON = re.compile(r"\.\d|,\d{3}(?!\d)")
"""Digits behind a box that go on with its number: ``\\boxed{7}.5``, ``\\boxed{7},000``."""


class Touched(NamedTuple):
    answer: str
    span: Span


def touched(text: str, box: Box) -> Touched | None:
    """The whole expression that ``box`` is a part of; None where it stands alone."""
    whole = (
        _changed_by_words(text, box)
        or _beyond_dollars(text, box)
        or _in_bars(text, box)
        or _in_ratio(text, box)
    )
    if whole:
        return whole
    if _stands_alone(text[max(0, box.start - 8) : box.start], text[box.end : box.end + 8]):
        return None
    if within := _in_inequality(text, box):
        return within
    start, end = _bare_of_style(text, box.start, box.end)
    left, right = text[max(0, start - NEAR) : start], text[end : end + NEAR]
    in_formula = _in_formula(text, start)
    before = left[: len(left) - len(left[-40:]) + _SPACES_LEFT.search(left[-40:]).start()]  # type: ignore[union-attr]
    after = right[_SPACES_RIGHT.match(right).end() :]  # type: ignore[union-attr]
    on_right = _touches_right(after, in_formula) or _SIGN_ON.match(right)
    if not (_touches_left(before, left, in_formula) or on_right):
        return None
    start, end = _segment(text, start, end, in_formula=in_formula)
    if (start, end) == (box.start, box.end):
        return None
    before, after = text[start : box.start], text[box.end : end]
    answer = f"{before}{_grouped(before, box.content, after)}{after}".strip()
    answer = BOX.sub("", answer)  # the other boxes of a fraction
    balance = sum({"{": 1, "}": -1}.get(brace, 0) for brace in BRACES.findall(answer))
    return Touched(answer, Span(start, end)) if balance == 0 else None


def _stands_alone(before: str, after: str) -> bool:
    """Whether a formula, a relation or a line begins right before the box and ends right after:
    so with nearly all."""
    before, after = before.rstrip(" "), after.lstrip(" ")
    if after[:1] in (".", ",") and after[1:2].isdigit():  # `\\boxed{7}.5`
        return False
    return (not before or before.endswith(_BEGINS)) and (not after or after.startswith(_ENDS))


_BEGINS = ("$", "\\(", "\\[", "=", ":", "\n", "&", "**")
_ENDS = ("$", "\\)", "\\]", ".", ",", "\n", "**", ";")


def _changed_by_words(text: str, box: Box) -> Touched | None:
    r"""``negative \boxed{7}``: the words right before a box that make another value of it."""
    before = text[max(0, box.start - 24) : box.start]
    if not before.rstrip("$\\([ ").lower().endswith(_CHANGING) or box.content[:1] in "-\u2212":
        return None
    words = _CHANGING_WORDS.search(before)
    if words is None:
        return None
    said = "-" if words["sign"] else f"{words[0].rstrip('$ ([' + chr(92))} "
    start = box.start - len(before) + words.start()
    return Touched(f"{said}{_grouped(said, box.content, '')}", Span(start, box.end))


_LEFT_BAR = re.compile(r"(?:\\left)?(?:\||\\lvert)$")
_RIGHT_BAR = re.compile(r"(?:\\right)?(?:\||\\rvert)")


def _in_bars(text: str, box: Box) -> Touched | None:
    r"""``$|\boxed{-7}|$``; a cell of a table has no formula around it."""
    if not text.endswith(("|", "\\lvert"), 0, box.start):
        return None
    left = _LEFT_BAR.search(text[max(0, box.start - 8) : box.start])
    right = _RIGHT_BAR.match(text, box.end) if left else None
    if not (left and right and _in_formula(text, box.start)):
        return None
    return Touched(f"|{box.content}|", Span(box.start - len(left[0]), right.end()))


_RATIO = re.compile(r"[ \n]?:\s?(?:\d[\d.,]*\d|\d)")


def _in_ratio(text: str, box: Box) -> Touched | None:
    r"""``$\boxed{7}:3$``: the box is the first part of a ratio."""
    if not text.startswith((":", " :", "\n:"), box.end):
        return None
    more = _RATIO.match(text, box.end)
    if more is None or not box.content.isdigit() or not _in_formula(text, box.start):
        return None
    return Touched(f"{box.content}{more[0]}", Span(box.start, more.end()))


_STRICT = r"(?:[<>]|\\[lg]t(?![A-Za-z]))"
_LETTER = r"(?:[A-Za-z]|\\[a-z]+)(?:_(?:\w|\{\w+\}))?"
_BELOW = re.compile(rf"(?<![A-Za-z\\<])({_LETTER}\s*{_STRICT})\s*$")
_ABOVE = re.compile(rf"\s*({_STRICT}\s*{_LETTER})(?![A-Za-z>])")


def _in_inequality(text: str, box: Box) -> Touched | None:
    r"""``$x<\boxed{7}$``: a letter that is smaller or larger. In ``x\le\boxed{7}`` the box is the
    bound that was asked for, and in ``\boxed{7}>3`` a check."""
    left = _BELOW.search(text, max(0, box.start - 24), box.start)
    right = _ABOVE.match(text, box.end)
    if not (left or right) or not _in_formula(text, box.start):
        return None
    start = left.start() if left else box.start
    end = right.end() if right else box.end
    return Touched(
        f"{left[1] if left else ''}{box.content}{right[1] if right else ''}", Span(start, end)
    )


def _beyond_dollars(text: str, box: Box) -> Touched | None:
    r"""``$\boxed{7}$/2``: what goes on behind the formula that holds nothing but the box."""
    if not text.startswith("$", box.end):
        return None
    more = _BEYOND_DOLLARS.match(text, box.end, box.end + 24)
    if more is None:
        return None
    after = more[0][1:]
    return Touched(f"{_grouped('', box.content, after)}{after}", Span(box.start, more.end()))


def _bare_of_style(text: str, start: int, end: int) -> tuple[int, int]:
    r"""Around a box, the braces and brackets that hold nothing else: ``\mathbf{\boxed{7}}``."""
    for _ in range(4):
        left, right = text[max(0, start - 60) : start].rstrip(), text[end : end + 60].lstrip()
        pair = (left[-1:], right[:1])
        if pair == ("{", "}"):
            command = _STYLE.search(left[:-1])
            if command is None or not (command[0] or re.search(r"(?:^|[\s$=])$", left[:-1])):
                return start, end
            outer = len(left) - 1 - len(command[0])
        elif pair == ("(", ")") and re.search(r"(?:^|[\s$=(\\])(?:\\left)?$", left[:-1]):
            if left.endswith("\\("):
                return start, end
            outer = len(left) - 1
        else:
            return start, end
        start = max(0, start - 60) + outer
        end += len(text[end : end + 60]) - len(right) + 1
    return start, end


PARAGRAPH = 2_000
"""Characters before a box in which the formula that it stands in begins."""


def _in_formula(text: str, start: int) -> bool:
    """Whether a formula opens before ``start`` and has not ended, as far as its paragraph shows."""
    line = text[max(0, start - PARAGRAPH) : start].rpartition("\n\n")[2]
    if line.rfind("\\[") > line.rfind("\\]") or line.rfind("\\(") > line.rfind("\\)"):
        return True
    if re.search(r"\\begin\{(?!enum|item|center)[^{}]*\}(?!.*\\end\{)", line, re.S):
        return True
    return (
        (line.count("$") - line.count("\\$")) % 2 == 1
        or line.endswith("$$")
        or ("$$" in line and line.replace("$$", "\0").count("\0") % 2 == 1)
    )


def _touches_left(before: str, left: str, in_formula: bool) -> bool:
    if not before or before.endswith(("$", "\\(", "\\[", "=", ":", "&", "\\\\", ",")):
        return False
    cut = _last_end(_FAR_LEFT, before)
    piece = before[cut:]
    if not piece.strip():
        return False
    if in_formula:
        goes_on = left == before and re.search(r"\d\.$", before)
        return bool(goes_on or _LEFT.search(before)) or piece.rstrip().endswith(("{", "(", "["))
    # Outside a formula only what stands right at the box, and no hyphen and no bullet.
    return left == before and bool(
        re.search(
            r"(?:^|[\s:=(])[-\u2212]$|\\(?:sqrt|frac\{[^{}]*\})\{$|[\d)}][-+^/]$|\u221a$", before
        )
    )


def _touches_right(after: str, in_formula: bool) -> bool:
    if not after or (after[0] in "$.,;:=\n" and not _DIGITS_ON.match(after)):
        return False
    cut = _FAR_RIGHT.search(after)
    piece = after[: cut.start()] if cut else after
    if not piece.strip():
        return False
    return bool((_RIGHT if in_formula else _RIGHT_OF_BARE).match(after))


_SIGN_ON = re.compile(r"[\u03c0\u221a\u00b2\u00b3](?![^\W\d_]{2})|\s?[\u00d7\u00b7]\s?\d")
"""Outside a formula, what goes on with the value of a box: ``\\boxed{7}\u03c0``."""


def _segment(text: str, start: int, end: int, *, in_formula: bool) -> tuple[int, int]:
    """The stretch around the box to the next sign that separates, whole in its braces."""
    left, right = text[max(0, start - NEAR) : start], text[end : end + NEAR]
    opened = _open_braces(left) if in_formula or "{" in left[-40:] else []
    if opened:
        command = re.search(
            r"(?:\\[A-Za-z]+\s*(?:\[[^\]]*\])?(?:\{(?:[^{}]|\{[^{}]*\})*\})?|[\^_])\s*$",
            left[: opened[-1]],
        )
        close = _closing(right)
        if command and close:
            outer = max(0, start - NEAR) + command.start()
            whole = close + end
            rest = re.match(r"\s*\{(?:[^{}]|\{[^{}]*\})*\}", text[whole : whole + 100])
            if rest and re.match(r"\\[dt]?frac", command[0]):
                whole += rest.end()
            return (
                _segment(text, outer, whole, in_formula=in_formula)
                if len(opened) > 1
                else (_flat(text, outer, whole, in_formula=in_formula))
            )
    return _flat(text, start, end, in_formula=in_formula)


def _flat(text: str, start: int, end: int, *, in_formula: bool) -> tuple[int, int]:
    left, right = text[max(0, start - NEAR) : start], text[end : end + NEAR]
    cut = _last_end(_FAR_LEFT, left)
    if in_formula or re.search(r"[-\u2212+^/\u221a]$", left):
        start = max(0, start - NEAR) + cut
    cut_right = _FAR_RIGHT.search(right)
    end += cut_right.start() if cut_right else len(right)
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return start, start + len(piece.strip())


def _last_end(pattern: re.Pattern[str], text: str) -> int:
    end = 0
    for match in pattern.finditer(text):
        end = match.end()
    return end


def _open_braces(left: str) -> list[int]:
    opened: list[int] = []
    for brace in BRACES.finditer(left):
        if brace[0] == "{":
            opened.append(brace.start())
        elif brace[0] == "}" and opened:
            opened.pop()
    return opened


def _closing(right: str) -> int | None:
    depth = 1
    for brace in BRACES.finditer(right):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return brace.end()
    return None


def _grouped(before: str, content: str, after: str) -> str:
    """The content as one factor or term of what is around it."""
    if re.search(r"(?<=[\w)}\s])[-+\u2212]|\\pm", content) and "=" not in content:
        return f"({content})"
    # `1\\boxed{7}` reads 17, `\\boxed{7}1` 71, and `0.\\boxed{7}` 0.7.
    if content.isdigit() and (before[-1:].isdigit() or after[:1].isdigit()):
        return content
    if content.isdigit() and re.search(r"\d\.$", before):
        return content
    # A mixed number stays one.
    plain = re.fullmatch(r"[\d.]+", content) and not re.search(r"[\w\\]\s*$", before)
    return content if plain and not after[:1].isdigit() else f"{{{content}}}"
