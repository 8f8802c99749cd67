"""The page that compares runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cft_eval.leaderboard.pages.common.context import Link


@dataclass(frozen=True, slots=True)
class ComparedRun:
    letter: str
    model: str
    url: str
    about: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One task of two runs, or all of them together."""

    name: str
    problems: str
    a: str
    b: str
    change: str
    interval: str
    p: str
    kind: str
    """better, worse or same: what the data show of B."""

    gains: str
    losses: str
    mark: Markup
    both: Markup
    balance: Markup
    whole: bool


@dataclass(frozen=True, slots=True)
class ResponseSide:
    letter: str
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
class RankRow:
    letter: str
    model: str
    score: str
    rank: str
    mark: Markup


@dataclass(frozen=True, slots=True)
class MatrixCell:
    kind: str
    """better, worse, same, or self, where a run would meet itself."""

    change: str
    """In points."""

    title: str
    """The pair, its change and p in words."""

    url: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    letter: str
    model: str
    cells: Sequence[MatrixCell]


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two of many runs, the first minus the second."""

    first: str
    second: str
    """Letters of the two runs."""

    url: str
    change: str
    interval: str
    p: str
    """Adjusted by Holm over all pairs."""

    kind: str
    """better, worse or same: what the data show of the first."""

    gains: str
    losses: str
    mark: Markup


@dataclass(frozen=True, slots=True)
class CompareContext:
    headline: str
    silent: Sequence[str]
    """What the data cannot tell, and how much it would take."""

    runs: Sequence[ComparedRun]
    policies: Sequence[Link]
    facts: Sequence[tuple[str, str, str]]
    """Name, figure, detail."""

    changes: Sequence[ChangeRow]
    ticks: Sequence[str]
    weights: Sequence[tuple[str, str, str]]
    """How the tasks are weighed, the change, and its standard error."""

    ranks: Sequence[RankRow]
    matrix: Sequence[MatrixRow]
    pairs: Sequence[PairRow]
    """Each pair of three runs or more; empty for two."""

    folded: bool
    """Whether the pairs are too many to stand open."""

    mismatches: Sequence[str]
    shows: Sequence[Link]
    """Which discordant problems are listed."""

    discordant: Sequence[DiscordantRow]
    differing: str
    """Discordant problems in all."""

    next_url: str
    exports: Sequence[Link]
    fields: Sequence[tuple[str, str]]
    """What a form must send to take a snapshot of this comparison."""

    snapshot_day: str
    """When it was taken; empty for a comparison that follows its runs."""

    live_url: str
    """The same comparison as of now; empty where this is it."""

    regraded: Sequence[str] = ()
    """Which runs were graded again since the snapshot."""


@dataclass(frozen=True, slots=True)
class PickContext:
    """Nothing to compare yet: runs to choose."""

    runs: Sequence[tuple[str, str, str]]
    """Id, model, what is known of it."""
    chosen: Sequence[str]
    problem: str
    """Why the runs chosen cannot be compared; empty where they can, or none are."""
