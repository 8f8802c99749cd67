"""The problems on which two runs differ, with both responses.

The outcomes that are compared say which problems these are and who was right: those of today
or those of a snapshot, which also takes its verdicts from the checker of its day.
Responses never change.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from cft_eval.records.runs import DiscordantPair, Pairs, RunRecord, SampleRecord
from cft_eval.results import InvalidData, Policy, RunOutcomes, pairing
from cft_eval.server.intake.grading import CORRECT
from cft_eval.server.queries import samples
from cft_eval.server.queries.catalog import HASH_BYTES, Catalog, outcomes_of, run_record
from cft_eval.server.queries.snapshots import ComparisonSnapshot
from cft_eval.server.store.models import PastScore, RunRow, TaskRow

SHOWN = 6
"""Problems on one page: each brings two responses."""


@dataclass(frozen=True, slots=True)
class TaskGrades:
    """What a checker said of a task, sample by sample."""

    codes: bytes
    """Indices in `grading.OUTCOMES`."""

    verdicts_blob: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of the runs that are compared, read once."""

    row: RunRow
    record: RunRecord
    outcomes: RunOutcomes
    graded: Mapping[str, TaskGrades]
    """By task, as the outcomes were made."""

    since: str
    """The checker that graded the run again since the snapshot; empty where none did."""


class SamplePosition(NamedTuple):
    """One sample of a task."""

    task: TaskRow
    number: int
    verdicts_blob: str


class Differing(NamedTuple):
    """A problem on which the runs differ, and a response of each that shows it."""

    gained: bool
    a: SamplePosition
    b: SamplePosition
    note: str
    """How many of its responses each run has right; empty where each gave one."""


def sides(catalog: Catalog, runs: Sequence[str], policy: Policy) -> list[Side]:
    """The runs in their order; `Missing` where one is not there."""
    with catalog.database.read() as session:
        rows = [catalog.find(session, run) for run in runs]
        return [
            Side(row, run_record(session, row), outcomes_of(row, policy), _today(row, policy), "")
            for row in rows
        ]


def snapshot_sides(catalog: Catalog, snapshot: ComparisonSnapshot) -> list[Side]:
    """The runs of a snapshot as they were when it was taken."""
    listed = []
    stored = zip(snapshot.runs, snapshot.outcomes, snapshot.checkers, strict=True)
    with catalog.database.read() as session:
        for run, outcomes, checker in stored:
            row = catalog.find(session, run)
            graded = _today(row, snapshot.policy)
            since = "" if row.checker_version == checker else row.checker_version
            if since:
                graded |= _past(session, row, snapshot.policy, checker)
            listed.append(Side(row, run_record(session, row), outcomes, graded, since))
    return listed


def _today(row: RunRow, policy: Policy) -> dict[str, TaskGrades]:
    return {
        task.task: TaskGrades(score.outcomes, task.verdicts_blob)
        for task in row.tasks
        for score in task.scores
        if score.policy == policy
    }


def _past(session: Session, row: RunRow, policy: Policy, checker: str) -> dict[str, TaskGrades]:
    wanted = select(PastScore).where(
        PastScore.run_id == row.id,
        PastScore.policy == policy,
        PastScore.checker_version == checker,
    )
    return {
        score.task: TaskGrades(score.outcomes, score.verdicts_blob)
        for score in session.scalars(wanted)
    }


def differing_pairs(catalog: Catalog, pair: Sequence[Side], *, show: str, start: int) -> Pairs:
    """Losses first, then gains, from number ``start`` on; ``show`` is lost, gained or all."""
    tasks = list(_differing(*pair))
    differing = [
        (task, number)
        for gained in (False, True)
        if show in ("", "gained" if gained else "lost")
        for task in tasks
        for number in np.flatnonzero(task.gained == gained).tolist()
    ]
    shown = [task.problem(number) for task, number in differing[start : start + SHOWN]]
    firsts = _loaded(catalog, [each.a for each in shown])
    seconds = _loaded(catalog, [each.b for each in shown])
    pairs = [
        DiscordantPair(each.gained, first, second, each.note)
        for each, first, second in zip(shown, firsts, seconds, strict=True)
    ]
    more = start + SHOWN if start + SHOWN < len(differing) else None
    return Pairs(len(differing), pairs, more)


def _loaded(catalog: Catalog, wanted: Sequence[SamplePosition]) -> list[SampleRecord]:
    """The samples that are wanted, in that order; each task's files are opened once."""
    by_task: dict[str, list[SamplePosition]] = {}
    for each in wanted:
        by_task.setdefault(each.task.task, []).append(each)
    loaded = {
        (name, sample.place): sample
        for name, positions in by_task.items()
        for sample in samples.load_what_is_whole(
            catalog.blobs,
            positions[0].task,
            [each.number for each in positions],
            positions[0].verdicts_blob,
        )
    }
    return [loaded[each.task.task, each.number] for each in wanted]


def _differing(a: Side, b: Side) -> Iterator["_DifferingTask"]:
    """Every task of both, with the problems whose share of right responses differs."""
    tasks = {task.task: task for task in b.row.tasks}
    paired = pairing(a.outcomes, b.outcomes)
    for mine in sorted(a.row.tasks, key=lambda task: task.task):
        theirs = tasks.get(paired.get(mine.task, ""))
        if theirs is not None:
            yield _DifferingTask.of(_Answered(a, mine), _Answered(b, theirs))


@dataclass(frozen=True, slots=True)
class _DifferingTask:
    """The problems of a task on which the runs differ: thousands, of which a page shows a few."""

    a: "_Answered"
    b: "_Answered"
    at_a: NDArray[np.int64]
    """Where each problem stands in ``a``, and ``at_b`` in ``b``; in the order of the test set,
    since hashes have none that a reader knows."""

    at_b: NDArray[np.int64]
    gained: NDArray[np.bool_]

    @classmethod
    def of(cls, a: "_Answered", b: "_Answered") -> "_DifferingTask":
        _, at_a, at_b = np.intersect1d(a.items, b.items, assume_unique=True, return_indices=True)
        change = b.counts[at_b] * a.repeats - a.counts[at_a] * b.repeats
        differing = np.flatnonzero(change)
        differing = differing[np.argsort(a.first[at_a[differing]], kind="stable")]
        return cls(a, b, at_a[differing], at_b[differing], change[differing] > 0)

    def problem(self, number: int) -> Differing:
        gained = bool(self.gained[number])
        at_a, at_b = int(self.at_a[number]), int(self.at_b[number])
        return Differing(
            gained,
            self.a.response(at_a, right=not gained),
            self.b.response(at_b, right=gained),
            _note(self.a, at_a, self.b, at_b),
        )


def _note(a: "_Answered", at_a: int, b: "_Answered", at_b: int) -> str:
    if a.repeats == b.repeats == 1:
        return ""
    return (
        f"{a.counts[at_a]} of {a.repeats} right, then {b.counts[at_b]} of {b.repeats}; "
        "one response of each"
    )


class _Answered:
    """One task of a side: its problems in the order of their hashes, as outcomes have them."""

    def __init__(self, side: Side, task: TaskRow) -> None:
        self.task, self.graded = task, side.graded.get(task.task)
        self.repeats = side.outcomes.tasks[task.task].repeats
        self.counts: NDArray[np.int64] = np.array(side.outcomes.tasks[task.task].counts)
        hashes = np.frombuffer(task.item_hashes, dtype=f">u{HASH_BYTES}")
        self.items, self.first = np.unique(hashes, return_index=True)
        if self.items.size != self.counts.size:
            raise InvalidData(
                f"{task.task} of {side.row.model}: outcomes of {self.counts.size} problems, and "
                f"responses to {self.items.size}"
            )

    def response(self, item: int, *, right: bool) -> SamplePosition:
        """A response to the problem that is ``right`` or not; the first where none is."""
        first = int(self.first[item])
        if self.graded is None:
            return SamplePosition(self.task, first, "")
        codes = self.graded.codes[first : first + self.task.repeats]
        fitting = (at for at, code in enumerate(codes) if (code == CORRECT) == right)
        return SamplePosition(self.task, first + next(fitting, 0), self.graded.verdicts_blob)
