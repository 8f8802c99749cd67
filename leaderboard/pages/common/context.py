"""Parts of several pages, and the plain ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere to go, and whether one is there."""

    label: str
    url: str
    here: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column that sorts."""

    key: str
    label: str
    url: str
    sorted: str
    """For ``aria-sort``: ascending, descending, none."""

    note: str = ""
    """What the column cannot tell of the models shown; empty where it tells most."""

    page: str = ""
    """The address of the benchmark's own page; empty where the column is none."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One score; ``text`` is a dash where there is none."""

    label: str
    text: str
    range: str = ""
    """The interval, such as ``71.0–77.2``."""

    partial: str = ""
    """How few problems it rests on, such as ``8 problems``; empty where it is all of them."""

    note: str = ""
    worth: str = ""
    """What the policy adds to the strict score, in points; empty where nothing."""

    band: str = ""
    """From the lowest to the highest score that any policy gives; empty where all give the same."""


@dataclass(frozen=True, slots=True)
class ErrorContext:
    status: int
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class ApiContent:
    """A body, sent or answered."""

    media: str
    name: str
    """Of its schema; empty where it has none."""

    fields: Sequence[tuple[str, str]]
    """Name, what it may be."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One route of the API."""

    method: str
    path: str
    summary: str
    parameters: Sequence[tuple[str, str, str]]
    """Name, where it goes, what it may be."""

    body: ApiContent | None = None
    answers: Sequence[tuple[str, str, ApiContent | None]] = ()
    """Status, what it says, what it is made of."""


@dataclass(frozen=True, slots=True)
class ApiContext:
    version: str
    document_url: str
    operations: Sequence[Operation]


def page_links(page: int, last: int, url: Callable[[int], str]) -> list[Link]:
    """Empty where there is one page alone.

    >>> [link.label for link in page_links(5, 40, str)]
    ['1', '3', '4', '5', '6', '7', '40']
    """
    if last <= 1:
        return []
    near = sorted({1, last, *range(max(1, page - 2), min(last, page + 2) + 1)})
    return [Link(str(each), url(each), each == page) for each in near]
