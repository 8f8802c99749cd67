"""The board's page."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cft_eval.leaderboard.data.view import View
from cft_eval.leaderboard.pages.common.context import Cell, Column, Link


@dataclass(frozen=True, slots=True)
class VerdictCard:
    """One difference with what it says."""

    title: str
    change: str
    """In points; a dash where there is none."""

    interval: str
    word: str
    kind: str
    """good, bad, warn or none: the class of its colour."""

    detail: str
    """Against what, and on which test sets."""

    who: str
    """Who measured it."""

    claim_url: str
    pair_url: str
    """The two runs; empty where it is cited."""


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """A filter: a list to choose some of."""

    name: str
    label: str
    values: Sequence[str]
    """Those that are chosen."""

    options: Sequence[str]

    def offered(self, value: str) -> bool:
        """Whether a value is among the options, whatever its case."""
        return value.casefold() in {option.casefold() for option in self.options}

    def chosen(self, option: str) -> bool:
        """Whether an option is chosen, whatever its case."""
        return option.casefold() in {value.casefold() for value in self.values}


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    id: str
    rank: str
    steady: bool
    """Whether it is the same under every policy."""

    picked: bool
    """Whether it is ticked to be compared."""

    model: str
    owner: str
    """Who publishes it, by its name; empty where the name does not say it."""

    name: str
    """The rest of its name: what tells rows apart comes first, and there is little room."""

    twin: str
    """What tells the run from another of the same name: its id; empty where its name does."""

    url: str
    model_url: str
    method: str
    about: str
    """Base model, training data and size, step: whatever is known, in one line."""

    protocol: str
    """Its protocol, in words; empty where it is the usual one of the rows."""

    tasks: str
    """Which tasks are shown where the run has several of one benchmark; else empty."""

    date: str
    checker: str
    partial: bool
    disputed: str
    """How far the claim is from what was measured; empty where they agree."""

    mean: Cell
    cells: Sequence[Cell]
    band: str
    """From the lowest to the highest mean that any policy gives; empty where all give the same."""

    family: str
    """The checkpoints that the row stands for, and the best of them; empty where it is one run."""

    best: Cell | None
    """The best checkpoint of its training; None where it stands for one run alone."""

    apart: bool
    """Every row above is above every row from here on, for sure."""


@dataclass(frozen=True, slots=True)
class ReportedCell:
    label: str
    text: str
    odd: str
    """Why no whole number of problems gives it; empty where one does."""

    mixed: str
    """How its prompt differs from its neighbours'; empty where it does not."""


@dataclass(frozen=True, slots=True)
class ReportedRow:
    model: str
    method: str
    about: str
    source: str
    source_url: str
    table: str
    note: str
    mean: str
    mean_note: str
    """What it is over, where not over the six scores of the row."""

    cells: Sequence[ReportedCell]


@dataclass(frozen=True, slots=True)
class PlotRow:
    label: str
    text: str
    mark: Markup
    url: str = ""


@dataclass(frozen=True, slots=True)
class BoardContext:
    view: View
    verdicts: Sequence[VerdictCard]
    """The answer before the table; empty where it was not asked for."""

    late: bool
    """Whether a newer run is being read, and is not on the page yet."""

    suites: Sequence[Link]
    policies: Sequence[Link]
    policy_note: str
    worth: str
    """What the paper's grader gives these runs beyond strict equality; empty without runs."""

    notes: Sequence[str]
    """What columns cannot tell of these runs."""

    shared: str
    """The protocol and the checker of the rows; where rows have several protocols the most usual
    one, and the others are in their rows."""

    checker: str
    """Of all rows; empty where they differ."""

    whole: int
    """Runs of this suite that have all of its sets."""

    elsewhere: Sequence[str]
    """Ids of the ticked runs that are not among the rows."""

    unfolded: Link | None
    """To a row for each checkpoint, or back; None where no training has several."""

    columns: Sequence[Column]
    rows: Sequence[MeasuredRow]
    protocols: Sequence[Link]
    """The protocols of the rows, with their number, where these differ; else empty."""

    protocol_count: int

    total: int
    """Runs that the filters let through."""

    runs: int
    """Runs of this suite in all."""

    choices: Sequence[FilterChoice]
    pages: Sequence[Link]
    last_url: str
    """The last page, where the address names one behind it; else empty."""

    measured_plot: Sequence[PlotRow]
    reported_plot: Sequence[PlotRow]
    cited: bool
    """Whether papers report on these test sets at all."""

    reported_columns: Sequence[Column]
    reported: Sequence[ReportedRow]
    mean_label: str
    exports: Sequence[Link]
    """The same rows as files."""
