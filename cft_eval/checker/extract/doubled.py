r"""Responses whose backslashes are all doubled: text that was copied out of JSON.

    "so $x = \\\\frac{3}{4}$"  ->  "so $x = \\frac{3}{4}$", and where each character stood

Text in which one backslash stands alone is as it was meant: its ``\\\\`` break lines.
"""

import re
from bisect import bisect_left
from typing import NamedTuple

from cft_eval.checker.types.excerpt import Span

_DOUBLED = re.compile(
    r"\\\\(?:boxed|[dt]?frac|sqrt|text|left|right|begin|cdot|times|pi|infty|le|ge|ne|[()\[\]])"
)
_ALONE = re.compile(r"(?<!\\)(?:\\\\)*\\(?!\\)")


class Undoubled(NamedTuple):
    text: str
    lost: list[int]
    """Where in ``text`` a backslash was taken out, in order."""

    def span(self, span: Span) -> Span:
        """Where in the response a stretch of ``text`` stands."""
        start, end = (at + bisect_left(self.lost, at) for at in span)
        return Span(start, end)


def undoubled(response: str) -> Undoubled | None:
    """The response with one backslash for two; None where it is meant as it stands."""
    first = response.find("\\")
    if first < 0 or not response.startswith("\\\\", first):  # the first of all stands alone
        return None
    if _ALONE.search(response) or not _DOUBLED.search(response):
        return None
    starts = [match.start() for match in re.finditer(r"\\\\", response)]
    return Undoubled(response.replace("\\\\", "\\"), [at - i for i, at in enumerate(starts)])
