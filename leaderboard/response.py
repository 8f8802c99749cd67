"""A response as its page shows it: the answer marked where it stands, the middle folded away.

The end is what counts, since the answer is there; of a response longer than a page holds, the
beginning is left out. Mathematics is drawn, or stays as it was written.
"""

from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup, escape

from cft_eval.leaderboard.tex import typeset
from cft_eval.leaderboard.text import visible

SHOWN = 60_000
"""Characters of a response on its page; the API has all of it."""

UNFOLDED = 6_000
"""Longest response that is shown without a fold."""

BEGINNING, ENDING = 1_000, 3_500
"""Characters before and after the fold, about: it lies between two lines."""

BRIEF = 480
"""Characters of a response beside another one: its end."""


class Span(NamedTuple):
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
    """Characters before all this that are left out."""


def shown(response: str, answer: str | None, *, drawn: bool) -> Shown:
    """``response`` in parts, its ``answer`` marked."""
    cut = max(0, len(response) - SHOWN)
    text = response[cut:]
    found = _find(text, answer)
    draw = typeset if drawn else _written
    if len(text) <= UNFOLDED:
        return Shown(Markup(""), Markup(""), 0, draw(text, found), found is not None, cut)
    first = _line_end(text, BEGINNING)
    last = len(text) - ENDING if found is None else min(len(text) - ENDING, found.start - 500)
    last = max(first, _line_end(text, last))
    if found is not None and found.start < last:
        last = max(first, found.start)
        if found.start < first:  # the answer stands at the very beginning
            return Shown(Markup(""), Markup(""), 0, draw(text, found), True, cut)
    moved = None if found is None else Span(found.start - last, found.end - last)
    return Shown(
        draw(text[:first], None),
        draw(text[first:last], None),
        last - first,
        draw(text[last:], moved),
        found is not None,
        cut,
    )


def brief(response: str, answer: str | None) -> Markup:
    """The end of a response, as it was written, its answer marked."""
    text = response[-BRIEF:]
    found = _find(text, answer)
    more = Markup("… ") if len(response) > BRIEF else Markup("")
    return more + _written(text, found)


def _find(text: str, answer: str | None) -> Span | None:
    """Where the answer stands: the last place, as the checker takes it."""
    at = text.rfind(answer) if answer else -1
    return None if at < 0 or answer is None else Span(at, at + len(answer))


def _written(text: str, marked: Span | None) -> Markup:
    if marked is None:
        return escape(visible(text))
    before, inside, after = text[: marked.start], text[slice(*marked)], text[marked.end :]
    return Markup("{}<mark>{}</mark>{}").format(visible(before), visible(inside), visible(after))


def _line_end(text: str, near: int) -> int:
    """The end of the line at ``near``, or that place itself where the line is long."""
    at = text.find("\n\n", near, near + 800)
    return near if at < 0 else at + 2
