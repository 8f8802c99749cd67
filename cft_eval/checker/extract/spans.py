"""Where in a response the answer stands that `extract` found: for those who show it.

    response, reference ── extract ──> answer ── the rule's own region ──> places

The answer as extracted is trimmed, and a hedge's is put together: so each rule's region is searched
for it, and what is not found there is not marked. Decides nothing about the answer.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from cft_eval.checker.extract.boxes import inside
from cft_eval.checker.extract.extract import PHRASE, extract, is_list, stated
from cft_eval.checker.extract.own_text import own_start, own_words

CLOSING = 1_000
"""Characters before the end in which an answer without a marker stands."""

OTHER = 400
"""Characters after a box in which the word for another answer stands."""


class Span(NamedTuple):
    """A stretch of a response, by its characters."""

    start: int
    end: int


def places(response: str, reference: str) -> tuple[str | None, tuple[Span, ...]]:
    r"""The answer that the strict policy reads, and where it stands; no place where that is unsure.

    >>> places(r"The answer is $\boxed{27}$, and not 427.", "27")
    ('27', (Span(start=22, end=24),))
    """
    several = is_list(reference)
    answer = extract(response, several=several).answer
    text = own_words(response)
    if answer is None or not text:
        return answer, ()
    before = own_start(response)
    return answer, tuple(
        Span(before + start, before + end) for start, end in _found(text, answer, several=several)
    )


def _found(text: str, answer: str, *, several: bool) -> Iterator[tuple[int, int]]:
    found = stated(text, several=several)
    if found is None:
        yield from _last_of(text, max(0, len(text) - CLOSING), answer)
        return
    start = max(0, found.start)
    if found.how in {"boxed", "boxed_unclosed", "boxes", "hedge"}:
        yield from _boxes(text, start, answer)
    elif found.how == "answer_is" and (phrase := PHRASE.match(text, start)):
        yield from _first_of(text, phrase.end(), answer)
    elif found.how == "json":
        colon = text.find(":", start)
        yield from _first_of(text, max(colon, start), answer)
    else:
        yield from _first_of(text, start, answer)


def _boxes(text: str, start: int, answer: str) -> Iterator[tuple[int, int]]:
    """The contents of the boxes from ``start`` on that are a part of the answer."""
    end = start
    for begin, close in inside(text):
        content = text[begin:close].strip()
        if begin >= start and content and content in answer:
            shift = text[begin:close].index(content)
            yield begin + shift, begin + shift + len(content)
            end = close
    # A hedge beside a box: `\boxed{3} or 5`.
    other = answer.rpartition(" or ")[2]
    if " or " in answer and end > start and other not in text[start:end]:
        for place in _first_of(text, end, other):
            if place[0] < end + OTHER:
                yield place


def _first_of(text: str, start: int, answer: str) -> Iterator[tuple[int, int]]:
    """The first place at or after ``start``; one after an equals sign before any other."""
    pattern = _pattern(answer)
    line = text.find("\n", start + 1)
    after_equals = re.compile(rf"=[\s$]*(?:\\[(\[])?\s*(?P<it>{pattern})")
    equals = after_equals.search(text, start, len(text) if line < 0 else line)
    if equals:
        yield equals.span("it")
    elif found := re.compile(pattern).search(text, start):
        yield found.span()


def _last_of(text: str, start: int, answer: str) -> Iterator[tuple[int, int]]:
    spans = [found.span() for found in re.compile(_pattern(answer)).finditer(text, start)]
    yield from spans[-1:]


def _pattern(answer: str) -> str:
    """The answer's text, blanks of any kind between its words, and no part of a longer word."""
    words = r"\s+".join(re.escape(word) for word in answer.split())
    left = r"(?<![A-Za-z0-9])(?<!\d[.,])" if answer.strip()[:1].isalnum() else ""
    right = r"(?![A-Za-z0-9])(?![.,]\d)" if answer.strip()[-1:].isalnum() else ""
    return f"{left}{words}{right}"
