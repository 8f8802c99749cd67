r"""Boxes in a response: the last, those that together are one answer, and hedges.

The last box is the answer: a response that corrects itself boxes twice. Boxes side by side
("\boxed{3} and \boxed{5}") are one answer; alternatives ("either \boxed{3} or \boxed{5}") too,
so that a guess at both compares as both and earns nothing.
"""

import re
from itertools import pairwise
from typing import NamedTuple

from cft_eval.checker.extract.hedging import DOUBT, alternative, denied, unit_after

BOX = re.compile(r"\\(?:boxed|fbox|framebox)(?![A-Za-z])")
BRACES = re.compile(r"\\[\\{}]|[{}]")
DENIAL = 16
"""Characters before a box in which a "not" is about it."""

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
    """One box: where its command starts, where it ends, what stands in it."""

    start: int
    end: int
    content: str
    closed: bool


class Boxed(NamedTuple):
    start: int
    how: str
    answer: str


def boxed(text: str, *, several: bool) -> Boxed | None:
    """The answer that the boxes give; None where there is no box with a content."""
    boxes = _boxes(text)
    if not boxes:
        return None
    last = boxes[-1]
    together = _together(text, boxes, several=several)
    contents = list(dict.fromkeys(box.content for box in together))
    if len(contents) > 1:
        start = together[0].start
        if several and not _hedged(text, together):
            return Boxed(start, "boxes", ", ".join(contents))
        return Boxed(start, "hedge", " or ".join(contents))
    if denied(text[max(0, last.start - DENIAL) : last.start].rstrip("$ \n")):
        return None
    other = alternative(text, last.start, last.end)
    if other and last.closed:
        return Boxed(last.start, "hedge", f"{last.content} or {other}")
    content = last.content + (unit_after(last.content, text[last.end :]) if last.closed else "")
    return Boxed(last.start, "boxed" if last.closed else "boxed_unclosed", content)


def inside(text: str) -> list[tuple[int, int]]:
    """Where the contents of the last boxes begin and end, braces apart."""
    found = []
    for box in _boxes(text):
        brace = text.find("{", box.start, box.end)
        begin = BOX.match(text, box.start).end() if brace < 0 else brace + 1  # type: ignore[union-attr]
        found.append((begin, box.end - 1 if box.closed and brace >= 0 else box.end))
    return found


def _boxes(text: str) -> list[Box]:
    """The last boxes in the order of the text, none of them inside another."""
    starts = list(BOX.finditer(text))[-SCANNED:]
    boxes: list[Box] = []
    for found in starts:
        if boxes and found.start() < boxes[-1].end:
            continue
        box = _box(text, found)
        if box and not PLACEHOLDER.fullmatch(box.content):
            boxes.append(box)
    # An open brace earlier than the last box is a slip in the text, not an answer cut off.
    return [box for box in boxes[:-1] if box.closed] + boxes[-1:]


def _box(text: str, found: re.Match[str]) -> Box | None:
    start = found.end()
    while start < len(text) and text[start] in " \t\n":
        start += 1
    if text[start : start + 1] != "{":
        return _braceless(text, found)
    depth = 0
    for brace in BRACES.finditer(text, start, start + LONGEST):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            content = _unnested(text[start + 1 : brace.start()])
            return Box(found.start(), brace.end(), content, True)
    return _unclosed(text, found.start(), start + 1)


def _unnested(content: str) -> str:
    """Boxes in the box are emphasis: their commands fall, their braces group."""
    content = BOX.sub("", content).strip()
    while content.startswith("{") and content.endswith("}") and content.count("{") == 1:
        content = content[1:-1].strip()
    return content


BRACELESS = re.compile(r"\s?((?:[-+]?[\d.,]*\d|\\[dt]?frac\s?\d\s?\d|[A-Za-z\d](?![A-Za-z])))")


def _braceless(text: str, found: re.Match[str]) -> Box | None:
    r"""``\boxed 5``: TeX boxes one token; a number is meant whole."""
    one = BRACELESS.match(text, found.end(), found.end() + 60)
    return Box(found.start(), one.end(), one[1], True) if one else None


UNCLOSED = 200
"""Characters; the longest answer that is read from a box without its closing brace."""

STOP = re.compile(r"\n|\$|\\\)|\\\]|\\(?:boxed|fbox)|\.\s+[A-Z]")


def _unclosed(text: str, start: int, inside: int) -> Box | None:
    """A box cut off by the token limit, or one whose brace was forgotten."""
    stop = STOP.search(text, inside, inside + LONGEST)
    end = stop.start() if stop else len(text)
    content = text[inside:end].strip()
    if not content or len(content) > UNCLOSED:
        return None
    # \boxed{\frac{1}{2 lacks the braces of its own content too; a command cut in two is nothing.
    content = re.sub(r"\\[A-Za-z]*$", "", content) if stop is None else content.rstrip(".")
    missing = sum({"{": 1, "}": -1}.get(brace, 0) for brace in BRACES.findall(content))
    content += "}" * max(0, missing)
    return Box(start, end, content, False) if content else None


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


def _together(text: str, boxes: list[Box], *, several: bool) -> list[Box]:
    """The boxes at the end that make one statement with the last."""
    together = boxes[-1:]
    for before in reversed(boxes[:-1]):
        gap = text[before.end : together[0].start]
        if len(gap) > NEAR or not _joins(gap, several=several):
            break
        together.insert(0, before)
    flood = _flood(text, boxes)
    return flood if len(flood) > len(together) and not several else together


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
