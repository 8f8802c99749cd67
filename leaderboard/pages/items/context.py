"""The pages of problems, and of what is wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.leaderboard.pages.run.context import ReportForm


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A problem in the list, with what the strong models make of it."""

    position: int
    url: str
    right: str
    """How many of the strong models have it right."""

    mark: Markup
    agreed: str
    """How many agree on one answer that is not the reference; empty where none do."""

    answer: str
    """That answer."""

    reports: int


@dataclass(frozen=True, slots=True)
class ItemsContext:
    title: str
    benchmark: str
    benchmarks: Sequence[Link]
    strong: Sequence[tuple[str, str, str]]
    """The models whose agreement counts: name, address, accuracy."""

    rows: Sequence[ItemRow]
    total: int
    against: int
    """Problems on which half of the strong models or more agree against the reference."""

    previous_url: str
    next_url: str


@dataclass(frozen=True, slots=True)
class AnswerRow:
    model: str
    url: str
    """The response itself."""

    accuracy: str
    partial: str
    """How little of the set the run answered; empty where it is all of it."""

    repeat: str
    """Which response of several of the run; empty where it gave one."""

    outcome: str
    outcome_name: str
    answer: str
    reason: str


@dataclass(frozen=True, slots=True)
class ItemContext:
    title: str
    benchmark: str
    position: int
    about: str
    """Level and subject, where they are known."""

    problem: Markup
    reference: Markup
    agreed: str
    """What most wrong answers say, in a sentence; empty where they do not agree."""

    right: str
    """Right responses of all ``responses`` of all ``runs``."""

    responses: str
    runs: str
    mark: Markup
    rows: Sequence[AnswerRow]
    pages: Sequence[Link]
    erratum: str
    """A known error of this label; empty where none is."""

    reports: int
    form: ReportForm
    previous_url: str
    next_url: str


@dataclass(frozen=True, slots=True)
class ReportRow:
    title: str
    url: str
    """The problem's page."""

    kind: str
    reference: str
    note: str
    run_url: str
    """The response that showed it; empty where it is not known."""

    date: str
    """Of the report, or of its answer."""

    answer: str


@dataclass(frozen=True, slots=True)
class ErratumRow:
    title: str
    url: str
    """The problem's page; empty where no run here answered the benchmark."""

    published: str
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class ErrorQueueContext:
    reports: Sequence[ReportRow]
    settled: Sequence[ReportRow]
    """Those that the board's owner answered last."""

    errata: Sequence[ErratumRow]
    thanks: bool
    """A report was just sent."""
