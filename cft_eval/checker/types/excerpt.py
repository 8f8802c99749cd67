"""A stretch of a response that knows where it begins there.

    Excerpt("so x = 5.", 40).cut(7, 8)  ->  Excerpt("5", 47)

What is cut out of an excerpt keeps its position, so nobody has to search for an answer again.
Text that is put together from pieces is no excerpt.
"""

import re
from collections import deque
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of a response, by its characters."""

    start: int
    end: int


class Excerpt(NamedTuple):
    """``text`` is exactly what the response has from character ``start`` on."""

    text: str
    start: int = 0

    @property
    def span(self) -> Span:
        return Span(self.start, self.start + len(self.text))

    def cut(self, start: int, end: int | None = None) -> "Excerpt":
        """From ``start`` to ``end``, counted within the excerpt."""
        return Excerpt(self.text[start:end], self.start + start)

    def group(self, match: re.Match[str], number: int | str = 0) -> "Excerpt":
        """What a group of a match in this excerpt's text holds."""
        start, end = match.span(number)
        return self.cut(start, end)

    def lstrip(self, marks: str | None = None) -> "Excerpt":
        text = self.text.lstrip(marks)
        return Excerpt(text, self.start + len(self.text) - len(text))

    def strip(self, marks: str | None = None) -> "Excerpt":
        stripped = self.text.strip(marks)
        if len(stripped) == len(self.text):
            return self
        text = self.text.lstrip(marks)
        return Excerpt(stripped, self.start + len(self.text) - len(text))


def last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The last match, in one pass over the text and with one match in memory."""
    return next(iter(deque(pattern.finditer(text), maxlen=1)), None)
