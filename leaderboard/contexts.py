"""What each template is given: one dataclass a page, all of it ready to print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cft_eval.leaderboard.records import RunRecord, SampleRecord
from cft_eval.leaderboard.view import View


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


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    rank: str
    model: str
    url: str
    method: str
    about: str
    """Base model, training data and size, step: whatever is known, in one line."""

    date: str
    checker: str
    partial: bool
    disputed: str
    """How far the claim is from what was measured; empty where they agree."""

    mean: Cell
    cells: Sequence[Cell]
    bar: Markup


@dataclass(frozen=True, slots=True)
class ReportedRow:
    model: str
    method: str
    about: str
    source: str
    source_url: str
    table: str
    note: str
    mean: Cell
    cells: Sequence[Cell]


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
    columns: Sequence[Column]
    rows: Sequence[MeasuredRow]
    total: int
    """Runs that the filters let through."""

    runs: int
    """Runs of this suite in all."""

    bases: Sequence[str]
    methods: Sequence[str]
    pages: Sequence[Link]
    measured_plot: Sequence[PlotRow]
    reported_plot: Sequence[PlotRow]
    reported_columns: Sequence[str]
    reported: Sequence[ReportedRow]
    mean_label: str
    exports: Sequence[Link]
    """The same rows as files."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    task: str
    title: str
    url: str
    counted: str
    partial: bool
    scores: Sequence[Cell]
    """By policy: what was recomputed; the note is the claim where it differs."""

    bar: Markup
    outcomes: Markup
    counts: Mapping[str, int]
    truncated: int


@dataclass(frozen=True, slots=True)
class SampleRow:
    place: int
    url: str
    index: int
    repeat: int
    outcome: str
    outcome_name: str
    answer: str
    reference: Markup
    reason: str


@dataclass(frozen=True, slots=True)
class RunContext:
    record: RunRecord
    about: str
    policies: Sequence[str]
    tasks: Sequence[TaskRow]
    facts: Sequence[tuple[str, str]]
    """Provenance: name and value, only what is known."""

    command: str
    disputed: str
    partial: bool
    task_links: Sequence[Link]
    outcome_links: Sequence[Link]
    samples: Sequence[SampleRow]
    total: int
    next_url: str
    first_url: str


@dataclass(frozen=True, slots=True)
class SampleContext:
    run_id: str
    model: str
    run_url: str
    sample: SampleRecord
    title: str
    problem: Markup
    reference: Markup
    before: str
    """The response before the answer that was found in it."""

    answer: str
    after: str
    cut: int
    """Characters of the response that are not shown."""

    verdicts: Sequence[tuple[str, str, str, str, str]]
    """Policy, outcome, its name, answer, reason."""

    previous_url: str
    next_url: str


@dataclass(frozen=True, slots=True)
class ErrorContext:
    status: int
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One route of the API."""

    method: str
    path: str
    summary: str
    parameters: Sequence[tuple[str, str, str]]
    """Name, where it goes, what it may be."""


@dataclass(frozen=True, slots=True)
class ApiContext:
    version: str
    document_url: str
    operations: Sequence[Operation]
