"""Regrade published runs with this version's checker, and show what changes.

    samples in blobs ── grade ──> what would change ── accept ──> scores, the old ones as history

The first arrow only looks. Accepting writes run by run, each in one transaction with its audit
entry, so that a stop in between leaves whole runs of either version, and each says which. A run
whose samples are damaged keeps its scores and is named; the others go on.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from cft_eval.checker import POLICIES, Verdict
from cft_eval.checker.run.bulk import Checkers
from cft_eval.results import Policy, Sample
from cft_eval.server.intake.grading import (
    CHECKER,
    OUTCOMES,
    Grader,
    TaskVerdicts,
    item_variance,
    regraded,
)
from cft_eval.server.intake.parquet import read_all, verdicts_parquet
from cft_eval.server.intake.validation import UploadedResponse
from cft_eval.server.ledger import audit
from cft_eval.server.store import manifests
from cft_eval.server.store.blob_references import BlobReferences
from cft_eval.server.store.blobs import Blobs, DamagedBlob
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import PastScore, RunRow, Score, TaskRow, now

TOGETHER = 2_000
"""Responses that are graded together at least, where there are so many."""

Progress = Callable[[str, int, int], None]
"""Told of each run: its id, its number from 1, and of how many."""


@dataclass(frozen=True, slots=True)
class ChangedSample:
    """A sample on which the two checkers differ."""

    run: str
    task: str
    place: int
    """Its number in the task's vectors: the sample's address on the board."""

    policy: Policy
    before: str
    after: str
    answer: str | None


@dataclass(frozen=True, slots=True)
class ChangedScore:
    """A score as it is and as it would be."""

    run: str
    model: str
    task: str
    policy: Policy
    before: float
    after: float
    samples: tuple[ChangedSample, ...]


@dataclass(frozen=True, slots=True)
class ChangedRank:
    """A run's rank among those that ran a task, under one policy; 1 is the best."""

    run: str
    model: str
    task: str
    policy: Policy
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class DamagedRun:
    """A run that cannot be graded again."""

    run: str
    why: str
    """Which of its blobs is damaged or gone."""


@dataclass(frozen=True, slots=True)
class RegradeReport:
    """What the checker of this version would change."""

    version: str
    runs: int
    """Runs that another version graded."""

    scores: tuple[ChangedScore, ...]
    """Scores of which at least one sample changes, though the mean may stay."""

    ranks: tuple[ChangedRank, ...]
    damaged: tuple[DamagedRun, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was done."""

    runs: int
    """Runs that have their new scores."""

    damaged: tuple[DamagedRun, ...]


@dataclass(frozen=True, slots=True)
class Regrade:
    """One board, and the checker that is to grade it."""

    database: Database
    blobs: Blobs
    grader: Grader = CHECKER
    graders: int | None = None
    """Processes that grade; None leaves it to the checker."""

    progress: Progress = lambda run, number, of: None
    together: int = TOGETHER

    def look(self) -> RegradeReport:
        """What would change; nothing is written."""
        changed: list[ChangedScore] = []
        outdated, damaged = self._outdated(), list[DamagedRun]()
        for graded in self._graded(outdated, damaged):
            for task in graded.tasks:
                changed += _compare(self.database, task)
        ranks = tuple(_ranks(self.database, changed))
        return RegradeReport(
            self.grader.version, len(outdated), tuple(changed), ranks, tuple(damaged)
        )

    def accept(self, *, actor: str) -> Accepted:
        """Replace every score that another version gave, but those of damaged runs."""
        outdated, damaged = self._outdated(), list[DamagedRun]()
        for graded in self._graded(outdated, damaged):
            self._replace(graded, actor)
        return Accepted(len(outdated) - len(damaged), tuple(damaged))

    def _outdated(self) -> list[str]:
        old = select(RunRow.id).where(RunRow.checker_version != self.grader.version)
        old = old.where(RunRow.purged.is_(None))
        with self.database.read() as session:
            return list(session.scalars(old.order_by(RunRow.id)))

    def _graded(self, outdated: Sequence[str], damaged: list[DamagedRun]) -> Iterator["_GradedRun"]:
        """The runs with their new verdicts; those that cannot be read go to ``damaged``.

        Small runs are graded together: one by one, they would keep a single process busy.
        """
        waiting: dict[str, list[_Loaded]] = {}
        with Checkers(self.graders) as checkers:
            for number, run_id in enumerate(outdated, start=1):
                self.progress(run_id, number, len(outdated))
                try:
                    waiting[run_id] = _load(self.database, self.blobs, run_id)
                except DamagedBlob as error:
                    damaged.append(DamagedRun(run_id, str(error)))
                count = sum(len(task.responses) for tasks in waiting.values() for task in tasks)
                if count >= self.together or number == len(outdated):
                    yield from self._grade(waiting, checkers)
                    waiting = {}

    def _grade(
        self, waiting: Mapping[str, list["_Loaded"]], checkers: Checkers
    ) -> Iterator["_GradedRun"]:
        tasks = [task for each in waiting.values() for task in each]
        responses = [response for task in tasks for response in task.responses]
        graded = self.grader.grade(responses, checkers=checkers)
        verdicts = {policy: iter(each.verdicts) for policy, each in graded.items()}
        for run_id, loaded in waiting.items():
            yield _GradedRun(run_id, [_regraded(task, verdicts) for task in loaded])

    def _replace(self, graded: "_GradedRun", actor: str) -> None:
        with BlobReferences(self.database, self.blobs).storing() as held:
            stored = held.put(*(verdicts_parquet(task.verdicts) for task in graded.tasks))
            names = (task.row.task for task in graded.tasks)
            self._change(graded, dict(zip(names, stored, strict=True)), actor)

    def _change(self, graded: "_GradedRun", verdicts: Mapping[str, str], actor: str) -> None:
        """Give a run its new scores; ``verdicts``: task to the blob that holds them."""
        run_id, tasks = graded.id, {task.row.task: task for task in graded.tasks}
        samples = (
            sample for task in tasks.values() for sample in regraded(task.responses, task.verdicts)
        )
        with self.database.read() as session:
            said = manifests.read(session.get_one(RunRow, run_id).manifest)
        summary = self.grader.summaries(said, samples)
        with self.database.write() as session:
            run = session.get(RunRow, run_id)
            # Turned down by its reviewer, or graded by another command, since we began.
            if run is None or run.checker_version == self.grader.version:
                return
            before = run.checker_version
            for task in run.tasks:
                for score in task.scores:
                    session.merge(_past(run, task, score))
                    new = tasks[task.task].verdicts[_policy(score.policy)]
                    score.accuracy, score.outcomes = new.accuracy, new.outcomes
                    score.item_variance = item_variance(new.outcomes, task.repeats)
                task.verdicts_blob = verdicts[task.task]
            run.checker_version, run.outcomes, run.graded = self.grader.version, summary, now()
            session.flush()
            if run.published is not None:
                audit.record(
                    session,
                    actor=actor,
                    action="run.regraded",
                    subject=run_id,
                    before=before,
                    after=run.checker_version,
                    **audit.seals(session, run),
                )


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A task as it stands, with its responses."""

    row: TaskRow
    responses: list[UploadedResponse]


@dataclass(frozen=True, slots=True)
class _Regraded:
    """A task with its new verdicts."""

    row: TaskRow
    responses: list[UploadedResponse]
    verdicts: dict[Policy, TaskVerdicts]


@dataclass(frozen=True, slots=True)
class _GradedRun:
    id: str
    tasks: list[_Regraded]


def _regraded(task: _Loaded, verdicts: Mapping[Policy, Iterator[Verdict]]) -> _Regraded:
    """The task with the next verdicts of each policy."""
    count = len(task.responses)
    new = {policy: TaskVerdicts(tuple(islice(each, count))) for policy, each in verdicts.items()}
    return _Regraded(task.row, task.responses, new)


def _past(run: RunRow, task: TaskRow, score: Score) -> PastScore:
    return PastScore(
        run_id=run.id,
        task=task.task,
        policy=score.policy,
        checker_version=run.checker_version,
        accuracy=score.accuracy,
        outcomes=score.outcomes,
        verdicts_blob=task.verdicts_blob,
        graded=run.graded,
    )


def _load(database: Database, blobs: Blobs, run_id: str) -> list[_Loaded]:
    tasks = select(TaskRow).where(TaskRow.run_id == run_id).order_by(TaskRow.task)
    with database.read() as session:
        rows = list(session.scalars(tasks.options(selectinload(TaskRow.scores))))
    return [_Loaded(row, _responses(row, blobs)) for row in rows]


def _responses(row: TaskRow, blobs: Blobs) -> list[UploadedResponse]:
    return [
        UploadedResponse(
            int.from_bytes(row.positions[4 * index : 4 * index + 4], "little"),
            Sample.model_validate({**sample, "task": row.task, "benchmark": row.benchmark}),
        )
        for index, sample in enumerate(read_all(blobs.get(row.samples_blob)))
    ]


def _compare(database: Database, graded: _Regraded) -> Iterator[ChangedScore]:
    row = graded.row
    with database.read() as session:
        model = session.scalars(select(RunRow.model).where(RunRow.id == row.run_id)).one()
    for score in sorted(row.scores, key=lambda score: score.policy):
        policy = _policy(score.policy)
        verdicts = graded.verdicts[policy]
        samples = tuple(
            ChangedSample(
                run=row.run_id,
                task=row.task,
                place=place,
                policy=policy,
                before=OUTCOMES[old].value,
                after=OUTCOMES[new].value,
                answer=verdicts.verdicts[place].answer,
            )
            for place, (old, new) in enumerate(zip(score.outcomes, verdicts.outcomes, strict=True))
            if old != new
        )
        if samples:
            yield ChangedScore(
                run=row.run_id,
                model=model,
                task=row.task,
                policy=policy,
                before=score.accuracy,
                after=verdicts.accuracy,
                samples=samples,
            )


def _ranks(database: Database, changed: list[ChangedScore]) -> Iterator[ChangedRank]:
    after = {(score.task, score.policy, score.run): score.after for score in changed}
    for task, policy in sorted({(score.task, score.policy) for score in changed}):
        shown = select(Score.run_id, RunRow.model, Score.accuracy).join(
            RunRow, RunRow.id == Score.run_id
        )
        shown = shown.where(
            Score.task == task,
            Score.policy == policy,
            RunRow.published.is_not(None),
            RunRow.withdrawn.is_(None),
        )
        with database.read() as session:
            rows = [(run, model, score) for run, model, score in session.execute(shown)]
        old = _ranked([score for _, _, score in rows])
        new = _ranked([after.get((task, policy, run), score) for run, _, score in rows])
        for (run, model, _), before, now_ in zip(rows, old, new, strict=True):
            if before != now_:
                yield ChangedRank(run, model, task, policy, before, now_)


def _ranked(scores: list[float]) -> list[int]:
    """The rank of each score: one more than there are better ones."""
    ordered = sorted(scores)
    return [1 + len(ordered) - bisect_right(ordered, score) for score in scores]


def _policy(name: str) -> Policy:
    return next(policy for policy in POLICIES if policy == name)
