"""What the page of one benchmark prints."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cft_eval.leaderboard.pages.common.context import Cell, Link


@dataclass(frozen=True, slots=True)
class RankedRun:
    rank: str
    model: str
    url: str
    about: str
    score: Cell
    bar: Markup
    seen: str
    """Whether the set was public before the model's stated cut-off; empty where nobody says."""


@dataclass(frozen=True, slots=True)
class DifficultyRow:
    kind: str
    name: str
    problems: str
    share: str
    bar: Markup
    url: str
    """The list of these problems."""


@dataclass(frozen=True, slots=True)
class BenchmarkContext:
    name: str
    title: str
    facts: Sequence[tuple[str, str]]
    ceiling: Sequence[tuple[str, str, str]]
    """Name, figure, detail."""

    ranking: Sequence[RankedRun]
    total: int
    """Runs that have a score on it."""

    board_url: str
    difficulty: Sequence[DifficultyRow]
    policies: Sequence[Link]
    policy: str
    others: Sequence[Link]
    errata: str
    """Known errors of labels in it, with their number; empty where none is known."""
