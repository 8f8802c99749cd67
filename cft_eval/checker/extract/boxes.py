r"""Boxes in a response: the last, those that together are one answer, and hedges.

The last box is the answer: a response that corrects itself boxes twice. Boxes side by side
("\boxed{3} and \boxed{5}") are one answer; alternatives ("either \boxed{3} or \boxed{5}") and
cases ("\boxed{3} if n is even, \boxed{5} if n is odd") too, so that a guess at both compares as
both and earns nothing. What touches a box is left to `touching`.
"""

import re
from itertools import pairwise
from typing import NamedTuple

from cft_eval.checker.extract.hedging import (
    DOUBT,
    alternative,
    box_denied,
    counterfactual,
    unit_after,
)
from cft_eval.checker.extract.sentences import without_marks
from cft_eval.checker.types.excerpt import Excerpt, Span

BOX = re.compile(r"\\(?:boxed|fbox|framebox|beginboxed)(?![A-Za-z])")
_DAMAGED_BOX = re.compile(r"(?:\x08oxed|(?<![A-Za-z\\])boxed)(?=\{)")
r"""``\b`` read as an escape of JSON, or a backslash lost."""

BRACES = re.compile(r"\\[\\{}]|[{}]")

LONGEST = 5_000
"""Characters; what runs on for longer inside one box is no answer."""

SCANNED = 64
"""Boxes, counted from the end, that are looked at: a flood of boxes costs no more."""

PLACEHOLDER = re.compile(
    r"(?:[\s.?_…]|\\(?:ldots|dots|cdots|quad|qquad|square|Box|,|;|!|\s)|\\[hv]?phantom\{[^{}]*\}"
    r"|(?:your |the |final )*answer(?: here)?)*",
    re.IGNORECASE,
)


class Box(NamedTuple):
    """One box: where its command starts, where it ends, and the excerpt in it."""

    start: int
    end: int
    inside: Excerpt
    closed: bool
    content: str
    """What stands in it, without boxes in the box."""


class Boxed(NamedTuple):
    how: str
    answer: str
    boxes: tuple[Box, ...]
    spans: tuple[Span, ...]


def boxes_in(text: str) -> list[Box]:
    """The last boxes in the order of the text, none of them inside another."""
    named = text.find("box")
    if named < 0 and "oxed" not in text:
        return []
    begin = max(0, named - len(r"\begin"))  # the longest that stands before "box" in a command
    starts = (
        list(BOX.finditer(text, begin))[-SCANNED:] or list(_DAMAGED_BOX.finditer(text))[-SCANNED:]
    )
    boxes: list[Box] = []
    for match in starts:
        if boxes and match.start() < boxes[-1].end:
            continue
        box = _box(text, match)
        if box and (box.content[-1:].isdigit() or not PLACEHOLDER.fullmatch(box.content)):
            boxes.append(box)
    # An open brace earlier than the last box is a slip in the text, not an answer cut off.
    return [box for box in boxes[:-1] if box.closed] + boxes[-1:]


def boxed(text: str, *, several: bool) -> Boxed | None:
    """The answer that the boxes give; None where there is no box with a content, or where every
    box is denied."""
    boxes = boxes_in(text)
    while boxes and _is_denied(text, boxes[-1]):
        boxes.pop()
    return _answer(text, boxes, several=several) if boxes else None


def _is_denied(text: str, box: Box) -> bool:
    before = text[max(0, box.start - 80) : box.start]
    return box_denied(before) or counterfactual(before, text[box.end : box.end + NEAR])


def _answer(text: str, boxes: list[Box], *, several: bool) -> Boxed:
    last = boxes[-1]
    together = _together(text, boxes, several=several) if len(boxes) > 1 else boxes
    if len(together) > 1:
        if whole := _bracketed(text, together):
            return Boxed("boxes", whole[0], tuple(together), (whole[1],))
        contents = list(dict.fromkeys(box.content for box in together))
        if len(contents) > 1:
            spans = tuple(box.inside.span for box in together)
            if several and not _hedged(text, together):
                return Boxed("boxes", ", ".join(contents), tuple(together), spans)
            return Boxed("hedge", " or ".join(contents), tuple(together), spans)
    other = alternative(text, last.start, last.end) if last.closed else None
    if other:
        answer = f"{last.content} or {other.text}"
        return Boxed("hedge", answer, (last,), (last.inside.span, other.span))
    unit = unit_after(last.content, text[last.end : last.end + 80]) if last.closed else ""
    how = "boxed" if last.closed else "boxed_unclosed"
    return Boxed(how, last.content + unit, (last,), (last.inside.span,))


_RELATION = re.compile(r"[\s$]*(?::|=|<|>|\\(?:ne|neq|le|leq|ge|geq|approx)(?![A-Za-z]))[\s$]*")


def _bracketed(text: str, boxes: list[Box]) -> tuple[str, Span] | None:
    r"""``(\boxed{3}, \boxed{5})`` is a pair, ``\boxed{3}:\boxed{2}`` a ratio, and so on."""
    gaps = [text[one.end : other.start] for one, other in pairwise(boxes)]
    if all(_RELATION.fullmatch(gap) for gap in gaps):
        signs = [*(gap.strip(" $") for gap in gaps), ""]
        text = "".join(f"{box.content} {sign} " for box, sign in zip(boxes, signs, strict=True))
        return text.strip(), Span(boxes[0].start, boxes[-1].end)
    before = text[max(0, boxes[0].start - 12) : boxes[0].start].rstrip()
    after = text[boxes[-1].end : boxes[-1].end + 12].lstrip()
    pair = re.search(r"(?<!\\)(?:\\left)?\($", before) and re.match(r"(?:\\right)?\)", after)
    if not pair or not all(re.fullmatch(r"(?:\s|\\[,; ]|,)*", gap) for gap in gaps):
        return None
    return f"({', '.join(box.content for box in boxes)})", Span(boxes[0].start, boxes[-1].end)


def _box(text: str, match: re.Match[str]) -> Box | None:
    start = match.end()
    while start < len(text) and text[start] in " \t\n":
        start += 1
    if text[start : start + 1] != "{":
        return _braceless(text, match)
    close = text.find("}", start, start + LONGEST)
    if close > 0 and text.find("{", start + 1, close) < 0 and text[close - 1] != "\\":
        inside = _undressed(Excerpt(text[start + 1 : close], start + 1))
        return Box(match.start(), close + 1, inside, True, inside.text)
    depth = 0
    for brace in BRACES.finditer(text, start, start + LONGEST):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            inside = _undressed(Excerpt(text[start + 1 : brace.start()], start + 1))
            return Box(match.start(), brace.end(), inside, True, _unnested(inside.text))
    return _unclosed(text, match.start(), start + 1)


def _undressed(inside: Excerpt) -> Excerpt:
    """Without marks of Markdown, tags, pictures and quotes around the content."""
    inside = inside.strip()
    if inside.text[:1] in "*`\"'<_" or not inside.text[-1:].isascii():
        inside = without_marks(inside).strip()
        for mark in ("**", '"', "'", "`"):
            inner = inside.text[len(mark) : -len(mark)]
            if inside.text.startswith(mark) and inside.text.endswith(mark) and inner:
                inside = inside.cut(len(mark), -len(mark)).strip() if mark not in inner else inside
    return inside


def _unnested(content: str) -> str:
    """Boxes in the box are emphasis: their commands fall, their braces group."""
    content = BOX.sub("", content).strip()
    while content.startswith("{") and content.endswith("}") and content.count("{") == 1:
        content = content[1:-1].strip()
    return content


BRACELESS = re.compile(
    r"\s?((?:[-+]?[\d.,]*\d|\\[dt]?frac\s?\d\s?\d|\((?:[^()\n]{1,40})\)|[A-Za-z\d](?![A-Za-z])))"
)


def _braceless(text: str, match: re.Match[str]) -> Box | None:
    r"""``\boxed 5``: TeX boxes one token; a number is meant whole, and what is in brackets."""
    one = BRACELESS.match(text, match.end(), match.end() + 60)
    if one is None:
        return None
    return Box(match.start(), one.end(), Excerpt(one[1], one.start(1)), True, one[1])


UNCLOSED = 200
"""Characters; the longest answer that is read from a box without its closing brace."""

STOP = re.compile(r"\n|\$|\\\)|\\\]|\\(?:boxed|fbox)|\.\s+[A-Z]|<\|")


def _unclosed(text: str, start: int, inside: int) -> Box | None:
    """A box cut off by the token limit, or one whose brace was forgotten."""
    stop = STOP.search(text, inside, inside + LONGEST)
    end = stop.start() if stop else len(text)
    content = Excerpt(text[inside:end], inside).strip()
    if not content.text or len(content.text) > UNCLOSED:
        return None
    # \boxed{\frac{1}{2 lacks the braces of its own content too; a command cut in two is nothing.
    whole = re.sub(r"\\[A-Za-z]*$", "", content.text) if stop is None else content.text.rstrip(".")
    content = content.cut(0, len(whole))
    missing = sum({"{": 1, "}": -1}.get(brace, 0) for brace in BRACES.findall(whole))
    whole += "}" * max(0, missing)
    return Box(start, end, content, False, whole) if whole else None


# --- several boxes ---------------------------------------------------------------------------

NEAR = 120
"""Characters between two boxes that can still be one statement."""

FAR = 600
"""Characters between two boxes of a flood, whose words are the same each time."""

CORRECTION = re.compile(
    r"\b(?:no|not|wait|actually|correction|corrected|sorry|mistake|instead|rather|error|hmm"
    r"|therefore|thus|hence|so|since|because|then|final|finally|equals|implies|gives|simplif\w+"
    r"|equivalently|which|approximately|answer)\b|[=≈⇒→]|\\(?:approx|implies|Rightarrow|to|equiv)",
    re.IGNORECASE,
)
ALTERNATIVE = re.compile(
    r"\b(?:or|either|alternatively|possibly|maybe|perhaps|could|might)\b|\\(?:lor|vee)\b",
    re.IGNORECASE,
)
MARKS = re.compile(r"\\text|\\quad|\\qquad|\\[()\[\],;! ]|[\s$(),;&*{}]|\b(?:and|as well as)\b")
NAME = re.compile(r"[A-Za-z](?:_\{?\w+\}?)?(?:\([A-Za-z]\))?\s*=\s*(?=[\s$]*$)")
_CASE = r"(?:if|when|for|otherwise|in case|case(?= ?(?:\d|[A-Z]\b)))\b"
_CASE_BEFORE = re.compile(rf"\b{_CASE}[^.;\n]*$", re.IGNORECASE)
_CASE_AFTER = re.compile(
    rf"^(?:[ $,)`*]|\\[)\]]|\\(?:text|quad|,"
    rf"|;)\s?\{{?)*{_CASE}(?! (?:example|all|any|every|instance))",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(
    r"^[\s$]*(?:\\[)\]])?\s*[(\[](?:if |for |when |where )?\$?"
    r"(?:[a-z]\$?\s*(?:is |=|<|>|\\[gln]e|\u2265"
    r"|\u2264|even|odd|prime|positive|negative)|(?:even|odd|otherwise)\b)",
    re.IGNORECASE,
)
"""``(n even)`` behind a box: the case that it holds in."""

_TAKEN_BACK = re.compile(r"\b(?:no|wait|actually|mistake|wrong|incorrect|total)\b", re.IGNORECASE)


_CALCULATED = re.compile(r"(?:[-+*/^]|\\(?:cdot|times|div))[\s$]*$")
"""Before a box that is a term of what equals the next one: the next one is the answer."""


def _together(text: str, boxes: list[Box], *, several: bool) -> list[Box]:
    """The boxes at the end that make one statement with the last."""
    together = boxes[-1:]
    for before in reversed(boxes[:-1]):
        gap = text[before.end : together[0].start]
        calculated = _CALCULATED.search(text[max(0, before.start - 12) : before.start])
        if _RELATION.fullmatch(gap) and not calculated:
            together.insert(0, before)
            continue
        cases = len(gap) <= 2 * NEAR and _cases(text, before, together[0])
        parts = several and _is_part(text, before, gap)
        if not (cases or parts) and (len(gap) > NEAR or not _joins(gap, several=several)):
            break
        together.insert(0, before)
    flood = _flood(text, boxes)
    return flood if len(flood) > len(together) and not several else together


_PART = re.compile(
    r"(?:^|\n)[ \t#>*_-]*(?:part\s*)?(?:\(?(?:[a-h]|[1-9]|i{1,3}|iv|v)[).]|part\s(?:[A-H]|[1-9]))",
    re.IGNORECASE,
)
_PARTS_APART = 3_000
"""Characters between the boxes of two parts of one task, with their solutions."""


def _is_part(text: str, box: Box, gap: str) -> bool:
    r"""``(a) \boxed{3} (b) \boxed{5}``: the answers to the parts of a task, each with its label."""
    if len(gap) > _PARTS_APART or not _PART.search(gap) or _TAKEN_BACK.search(gap):
        return False
    return bool(_PART.search(text[max(0, box.start - _PARTS_APART) : box.start]))


def _cases(text: str, one: Box, other: Box) -> bool:
    r"""``\boxed{3}`` if n is even; ``\boxed{5}`` if n is odd: both hold in a case of their own."""
    gap = text[one.end : other.start]
    if _TAKEN_BACK.search(gap):
        return False
    before, after = text[max(0, one.start - NEAR) : one.start], text[other.end : other.end + 40]
    if _IN_BRACKETS.match(gap) and _IN_BRACKETS.match(text[other.end : other.end + 40]):
        return True
    if _CASE_AFTER.match(gap):
        tail = gap[-NEAR:]
        return bool(_CASE_AFTER.match(after) or re.search(r"\b(?:otherwise|else)\b[^.\n]*$", tail))
    tail = re.split(r"[.;\n]", gap)[-1]
    return bool(_CASE_BEFORE.search(before) and _CASE_BEFORE.search(tail))


def _joins(gap: str, *, several: bool) -> bool:
    """Whether what stands between two boxes makes them one statement."""
    named = NAME.sub("", gap) if several else gap
    if not MARKS.sub("", named):
        return several or "\n\n" not in gap
    if CORRECTION.search(named):
        return False
    if ALTERNATIVE.search(gap):
        return True
    return several and not re.search(r"[.!?]\s|\n", gap)


def _hedged(text: str, boxes: list[Box]) -> bool:
    """Whether boxes are guesses: "perhaps 3 or 5"; "x=3 or x=5" is a list."""
    before = text[max(0, boxes[0].start - 40) : boxes[0].start]
    gaps = [text[a.end : b.start] for a, b in pairwise(boxes)]
    return any(DOUBT.search(gap) for gap in (*gaps, before))


def _flood(text: str, boxes: list[Box]) -> list[Box]:
    """Four or more boxes, each introduced by the same words: guesses, not one correction."""
    if len(boxes) < 4:
        return boxes[-1:]
    flood = boxes[-1:]
    pattern = None
    for before in reversed(boxes[:-1]):
        gap = text[before.end : flood[0].start]
        shape = re.sub(r"[\d\s]+", "", gap)
        if len(gap) > FAR or pattern not in (None, shape):
            break
        pattern = shape
        flood.insert(0, before)
    return flood if len({box.content for box in flood}) >= 4 else boxes[-1:]
