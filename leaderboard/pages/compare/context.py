"""The page that compares runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.leaderboard.pages.compare.by_benchmark import Differences
from cft_eval.leaderboard.pages.compare.request import ComparisonRequest
from cft_eval.render.comparison import RankedRuns, TwoRuns


@dataclass(frozen=True, slots=True)
class ComparedRun:
    name: str
    """Among the runs that are compared."""

    model: str
    url: str
    about: str


@dataclass(frozen=True, slots=True)
class ResponseSide:
    name: str
    outcome: str
    outcome_name: str
    answer: str
    url: str
    response: Markup


@dataclass(frozen=True, slots=True)
class DiscordantRow:
    """A problem that one run has right and the other wrong."""

    gained: bool
    title: str
    note: str
    """How many of its responses each run has right; empty where each gave one."""

    url: str
    problem: Markup
    reference: Markup
    sides: Sequence[ResponseSide]


@dataclass(frozen=True, slots=True)
class CompareContext:
    two: TwoRuns | None
    """Two runs; None where they are more."""

    ranked: RankedRuns | None
    each: Differences | None
    """By benchmark, less the first run; None where they are two."""

    grids: Sequence[Link]
    """Problems by these runs."""

    runs: Sequence[ComparedRun]
    policies: Sequence[Link]
    neighbours: bool
    """Whether the pairs are too many, and those of neighbours in the ranking are listed alone."""

    shows: Sequence[Link]
    """Which discordant problems are listed."""

    discordant: Sequence[DiscordantRow]
    differing: str
    """Discordant problems in all."""

    next_url: str
    exports: Sequence[Link]
    wanted: ComparisonRequest
    picture: str
    """The comparison as a drawing."""

    regraded: Sequence[str] = ()
    """Which runs were graded again since the snapshot."""


@dataclass(frozen=True, slots=True)
class RunChoice:
    """A run to be ticked."""

    id: str
    model: str
    about: str
    method: str
    score: str
    """The mean of its sets."""

    sets: str
    """Which sets, or how many."""

    date: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class PickContext:
    """Nothing to compare yet: runs to choose."""

    runs: Sequence[RunChoice]
    chosen: Sequence[RunChoice]
    """Those that are ticked, whether the search shows them or not."""

    problem: str
    """Why the runs chosen cannot be compared; empty where they can, or none are."""

    q: str
    total: int
    """Runs that the search lets through."""

    pages: Sequence[Link]
    policy: str
    """Empty where it is the strict one."""
