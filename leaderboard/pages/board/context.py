"""The board's page."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cft_eval.leaderboard.data.view import View
from cft_eval.leaderboard.pages.common.context import Cell, Column, Link


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """A filter: a list to choose one of."""

    name: str
    label: str
    value: str
    options: Sequence[str]


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    id: str
    rank: str
    model: str
    url: str
    method: str
    about: str
    """Base model, training data and size, step: whatever is known, in one line."""

    protocol: str
    """Its protocol, in words."""

    tasks: str
    """Which tasks are shown where the run has several of one benchmark; else empty."""

    date: str
    checker: str
    partial: bool
    disputed: str
    """How far the claim is from what was measured; empty where they agree."""

    mean: Cell
    cells: Sequence[Cell]
    bar: Markup
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
    suites: Sequence[Link]
    policies: Sequence[Link]
    policy_note: str
    worth: str
    """What the paper's grader gives these runs beyond strict equality; empty without runs."""

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
