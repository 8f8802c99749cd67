"""What the pages are made of: plain values, filled in by whoever owns the runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cft_eval.results import Policy, Run
from cft_eval.stats import Floats

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ScoreRecord:
    """One task of one published run under one policy: a row of the frame of measured scores."""

    run: str
    model: str
    base_model: str | None
    method: str | None
    training_data: str | None
    training_examples: int | None
    step: int | None
    tags: tuple[str, ...]
    engine: str
    parameters: int | None
    protocol: str
    """The protocol, in words that runs made alike share."""

    evaluated: datetime
    checker: str
    task: str
    benchmark: str
    items: int
    repeats: int
    expected: int
    """Problems of the whole test set."""

    accuracy: float
    claimed: float | None
    item_variance: float | None = None
    """Variance of the problems' means; None where each was asked once, or it was not kept."""


Graded = tuple[float, float | None, float | None]
"""Accuracy, claim and item variance of a record under a policy."""


@dataclass(frozen=True, slots=True)
class PolicyScores:
    """Every score of a board: what a policy changes apart from what it does not."""

    records: list[ScoreRecord]
    """Under the strict policy."""

    graded: Mapping[Policy, list[Graded]]
    """What each policy says of each record, in the same order."""


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """One task of a run, as its page shows it."""

    task: str
    benchmark: str
    items: int
    repeats: int
    expected: int
    accuracy: Mapping[Policy, float]
    claimed: Mapping[Policy, float | None]
    outcomes: Mapping[str, int]
    """Outcome under the strict policy to the number of samples."""

    truncated: int
    item_variance: Mapping[Policy, float | None] = field(default_factory=dict)
    """Variance of the problems' means; None where each was asked once, or it was not kept."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signed what a run announced."""

    key: str
    name: str
    """Whose it is, as the board's owner calls them."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A published run."""

    id: str
    run: Run
    graded: datetime
    checker: str
    tasks: tuple[TaskRecord, ...]
    signed_by: Signer | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """A run, and when visitors could first see it."""

    record: RunRecord
    published: datetime

    @property
    def updated(self) -> datetime:
        """When its scores last changed: it is graded before it is published, and may be again."""
        return max(self.published, self.record.graded)


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """What one policy said of a sample."""

    policy: Policy
    outcome: str
    answer: str | None
    how: str
    reason: str


SampleFilter = Literal[
    "", "not_correct", "wrong", "unanswered", "flipped", "disagree", "correct", "no_answer",
    "unreadable", "bad_reference", "too_slow",
]  # fmt: skip
"""Which responses a list shows: all; those of one outcome; ``unanswered``, another word for
no_answer; ``flipped``, where not every policy calls it the same; ``disagree``, right where most
other models are wrong or the other way round."""


NEAR = 1_000
"""Characters between two spans of one answer that are marked together."""


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """A response with all that is known of it."""

    task: str
    benchmark: str
    place: int
    """Its number in the task's vectors, from 0: the sample's address."""

    index: int
    """Position of the problem in its test set."""

    repeat: int
    item: str
    problem: str
    reference: str
    response: str
    finish: str
    level: str | None
    subject: str | None
    claimed_outcome: str
    verdicts: tuple[VerdictRecord, ...]
    marks: tuple[tuple[int, int], ...] = ()
    """Where in the response the strict answer stands, by its characters; none where unsure."""

    @property
    def mark(self) -> tuple[int, int] | None:
        """From the first span of the answer to the end of the last: a hedge is marked whole."""
        if not self.marks:
            return None
        first, last = self.marks[0], self.marks[-1]
        return (first[0], last[1]) if last[1] - first[0] <= NEAR else last

    def under(self, policy: Policy) -> VerdictRecord:
        """What ``policy`` said of it."""
        return next(verdict for verdict in self.verdicts if verdict.policy == policy)


@dataclass(frozen=True, slots=True)
class SampleVectors:
    """A task's samples in order: what a page says of slices."""

    right: Floats
    """1 where the response is correct under the policy chosen, else 0."""

    positions: Indices
    levels: Sequence[str | None]
    subjects: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Answers:
    """What one run answered to every problem of a benchmark; first responses only."""

    run: str
    model: str
    accuracy: float
    numbers: Indices
    """Number of the sample in its task, by position of the problem."""

    right: Sequence[bool]
    answers: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """One problem, as a run brought it."""

    benchmark: str
    position: int
    last: int
    """The highest position of its test set."""

    item: str
    problem: str
    reference: str
    level: str | None
    subject: str | None


@dataclass(frozen=True, slots=True)
class ProblemText:
    """One problem of a benchmark in a list of all of them."""

    problem: str
    reference: str
    level: str | None
    subject: str | None


@dataclass(frozen=True, slots=True)
class BenchmarkRecord:
    """Every problem of a benchmark that a run brought, and how all runs did on each."""

    texts: Sequence[ProblemText | None]
    """By position; None where no run that can be read answered it."""

    responses: Indices
    """Of each problem, shape (problems of the set)."""

    right: Indices
    runs: int
    """That answered the whole set."""


@dataclass(frozen=True, slots=True)
class GridRun:
    """One run's verdicts on the problems of a benchmark."""

    run: str
    model: str
    step: int | None
    task: str
    accuracy: float
    numbers: Indices
    """By position, the number of the first response; -1 where there is none."""

    outcomes: Sequence[str]
    """By position, of the first response; empty where there is none."""

    right: Floats
    """By position, the share of right responses; NaN where there is none."""


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """One response to a problem, among those of other models."""

    run: str
    model: str
    step: int | None
    accuracy: float
    """Of the run on all that it answered."""

    items: int
    """Problems that the run answered; fewer than ``expected`` where it is partial."""

    expected: int
    task: str
    place: int
    repeat: int
    verdict: VerdictRecord


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """Some runs' answers to a problem, and how all runs did."""

    answers: tuple[AnswerRecord, ...]
    runs: int
    """That answered it, on this page or not."""

    responses: int
    right: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """A visitor's label report."""

    benchmark: str
    item: str
    position: int
    kind: str
    reference: str
    note: str
    run: str
    place: int
    created: datetime
    task: str = ""
    """Of the response; empty where it is not known."""

    id: str = ""
    settled: datetime | None = None
    answer: str = ""
    """What the board's owner answered, once it is settled."""


@dataclass(frozen=True, slots=True)
class SamplePage:
    """Some samples of a run, and where to go on."""

    total: int
    """Samples that the filters let through."""

    samples: tuple[SampleRecord, ...]
    next: int | None
    """Number to start the next page from; None at the end."""


@dataclass(frozen=True, slots=True)
class DiscordantPair:
    """The responses of two runs to a problem on which they differ."""

    gained: bool
    a: SampleRecord
    b: SampleRecord
    note: str = ""
    """How many of its responses each has right, where they are several."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Some discordant problems, and how many there are."""

    total: int
    shown: Sequence[DiscordantPair]
    next: int | None


NO_PAIRS = Pairs(0, (), None)
