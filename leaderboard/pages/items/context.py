"""The pages of problems, and of what is wrong with them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.leaderboard.pages.run.context import ReportForm
from cft_eval.records.runs import AnswerRecord, ReportRecord
from cft_eval.testsets import Erratum

AGREE = 2
"""Models that make an agreement."""


@dataclass(frozen=True, slots=True)
class Surprise:
    """What the strong models make of one problem."""

    position: int
    models: int
    right: int
    agreed: int
    """Models that give the commonest answer that is not the reference."""

    answer: str

    @property
    def disputed(self) -> bool:
        """Whether models agree against the reference."""
        return self.agreed >= AGREE


@dataclass(frozen=True, slots=True)
class ItemsRequest:
    """Which problems of a benchmark a visitor wants to see, and in which order."""

    q: str = ""
    """Part of the text, the reference or the subject; or ``#12``."""

    order: str = ""
    """``doubt`` (what strong models agree on against the reference), ``hard``, ``easy``,
    ``number``; empty is doubt."""

    level: str = ""
    subject: str = ""
    page: int = 1


class ProblemRow(NamedTuple):
    """A problem in the list."""

    surprise: Surprise
    text: Markup
    reference: Markup
    about: str
    """Level and subject."""

    share: str
    """Of right responses of all runs; a dash where there is none."""


@dataclass(frozen=True, slots=True)
class ItemsContext:
    title: str
    public_since: str
    benchmark: str
    benchmarks: Sequence[Link]
    asked: ItemsRequest
    orders: Sequence[Link]
    levels: Sequence[str]
    subjects: Sequence[str]
    found: int
    """Problems that fit."""

    strong: Sequence[tuple[str, str, str]]
    """The models whose agreement counts: name, address, accuracy."""

    rows: Sequence[ProblemRow]
    reports: Mapping[int, int]
    """Open reports by position."""

    total: int
    against: int
    """Problems on which half of the strong models or more agree against the reference."""

    previous_url: str
    next_url: str


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
    rows: Sequence[AnswerRecord]
    repeated: Collection[tuple[str, str]]
    """Runs and tasks with several responses to the problem."""

    pages: Sequence[Link]
    erratum: str
    """A known error of this label; empty where none is."""

    reports: int
    form: ReportForm
    previous_url: str
    next_url: str


@dataclass(frozen=True, slots=True)
class ErrorQueueContext:
    reports: Sequence[ReportRecord]
    settled: Sequence[ReportRecord]
    """Those that the board's owner answered last."""

    errata: Sequence[Erratum]
    here: Collection[str]
    """The benchmarks whose problems have pages."""

    thanks: bool
    """A report was just sent."""
