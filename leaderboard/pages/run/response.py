"""A response as its page shows it: the answer marked where it stands, the middle folded away.

The end is what counts, since the answer is mostly there. Of a response longer than a page holds,
the beginning, the end and what stands around the answer are shown, and each gap says its length.
Mathematics is drawn, or stays as it was written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup, escape

from cft_eval.render.tex import Range, typeset, whole_start
from cft_eval.render.text import count, visible

HEAD, TAIL = 15_000, 45_000
"""Characters shown of the beginning and of the end of a long response."""

AROUND = 2_500
"""Characters shown on either side of an answer that is in neither."""

SHOWN = HEAD + TAIL
"""Characters of a response on its page; the API has all of it."""

UNFOLDED = 6_000
"""Longest response that is shown without a fold."""

BEGINNING, ENDING = 1_000, 3_500
"""Characters before and after the fold, about: it lies between two lines."""

BRIEF = 480
"""Characters of a response beside another one: its end."""


class TextSpan(NamedTuple):
    """A stretch of a text, by its characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Shown:
    start: Markup
    """The beginning; empty where nothing is folded."""

    folded: Markup
    folded_characters: int
    end: Markup
    marked: bool
    cut: int
    """Characters that are left out."""


def shown(response: str, answer: Range | None, *, drawn: bool) -> Shown:
    """``response`` in parts, its ``answer`` marked: the characters at which that stands."""
    text, span, cut = _fitting(response, None if answer is None else TextSpan(*answer))
    draw = typeset if drawn else _written
    if len(text) <= UNFOLDED:
        return Shown(Markup(""), Markup(""), 0, draw(text, span), span is not None, cut)
    first = _line_end(text, BEGINNING)
    last = len(text) - ENDING if span is None else min(len(text) - ENDING, span.start - 500)
    last = max(first, _line_end(text, last))
    if span is not None and span.start < last:
        last = max(first, span.start)
        if span.start < first:  # the answer stands at the very beginning
            return Shown(Markup(""), Markup(""), 0, draw(text, span), True, cut)
    moved = None if span is None else TextSpan(span.start - last, span.end - last)
    return Shown(
        draw(text[:first], None),
        draw(text[first:last], None),
        last - first,
        draw(text[last:], moved),
        span is not None,
        cut,
    )


def _fitting(response: str, span: TextSpan | None) -> tuple[str, TextSpan | None, int]:
    """What a page holds of a response, where the answer is in that, and how much is left out."""
    size = len(response)
    if size <= SHOWN:
        return response, span, 0
    pieces = [TextSpan(0, HEAD), TextSpan(size - TAIL, size)]
    if span is not None:
        pieces.append(TextSpan(max(0, span.start - AROUND), min(size, span.start + AROUND)))
    text, moved_span, at = "", None, 0
    for piece in _merged(pieces):
        if piece.start > at:
            text += f"\n\n[… {count(piece.start - at)} characters are left out here …]\n\n"
        if span is not None and piece.start <= span.start < piece.end:
            moved = len(text) - piece.start
            moved_span = TextSpan(span.start + moved, min(span.end, piece.end) + moved)
        text += response[piece.start : piece.end]
        at = piece.end
    return text, moved_span, size - sum(piece.end - piece.start for piece in _merged(pieces))


def _merged(spans: Sequence[TextSpan]) -> list[TextSpan]:
    """The same stretches in order, those that touch as one."""
    merged: list[TextSpan] = []
    for each in sorted(spans):
        if merged and each.start <= merged[-1].end:
            merged[-1] = TextSpan(merged[-1].start, max(merged[-1].end, each.end))
        else:
            merged.append(each)
    return merged


def brief(response: str, answer: Range | None) -> Markup:
    """The end of a response, drawn, its ``answer`` marked where it stands in that."""
    start = max(0, len(response) - BRIEF)
    line = response.find("\n", start, start + BRIEF // 2) if start else -1
    if line >= 0:
        # From the beginning of a line: half a formula cannot be drawn.
        start = len(response) - len(response[line:].lstrip("\n"))
    elif start:
        start = whole_start(response, start)
        if answer is not None:
            # What is looked for is not cut off for a whole word's sake.
            start = min(start, max(answer[0], len(response) - BRIEF))
    more = Markup("… ") if start else Markup("")
    if answer is not None:
        answer = (answer[0] - start, answer[1] - start) if answer[0] >= start else None
    return more + typeset(response[start:], answer)


def _written(text: str, marked: TextSpan | None) -> Markup:
    if marked is None:
        return escape(visible(text))
    before, inside, after = text[: marked.start], text[slice(*marked)], text[marked.end :]
    return Markup("{}<mark>{}</mark>{}").format(visible(before), visible(inside), visible(after))


def _line_end(text: str, near: int) -> int:
    """The end of the line at ``near``, or that position itself where the line is long."""
    at = text.find("\n\n", near, near + 800)
    return near if at < 0 else at + 2
