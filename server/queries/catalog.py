"""Find published runs. Boards and comparisons read score vectors; only samples open a blob."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, defer, selectinload

from cft_eval.checker import POLICIES
from cft_eval.records.runs import (
    Publication,
    RunRecord,
    SampleRecord,
    Signer,
    TaskRecord,
)
from cft_eval.results import InvalidData, Policy, Run, RunOutcomes
from cft_eval.server.access.auth import PUBLIC, Viewer
from cft_eval.server.foundation.errors import Gone, Invalid, Missing
from cft_eval.server.intake.grading import OUTCOMES
from cft_eval.server.ledger import audit
from cft_eval.server.queries import samples
from cft_eval.server.store import manifests
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import PastScore, RunRow, Score, TaskRow, UploadRow
from cft_eval.server.store.models_access import SigningKey

HASH_BYTES = 8


class TaskVectors(BaseModel):
    """One task of a run, sample by sample, in order of problem and repeat."""

    benchmark: str
    repeats: int
    expected: int
    items: list[str]
    """Content hash of each sample's problem."""

    outcomes: dict[Policy, list[str]]
    """Policy to each sample's outcome; `correct` earns the point."""


class Vectors(BaseModel):
    """All that a paired comparison needs of a run."""

    id: str
    run: Run
    checker_version: str
    tasks: dict[str, TaskVectors]


@dataclass(frozen=True, slots=True)
class GradedScore:
    """A score, and who gave it."""

    task: str
    policy: str
    checker: str
    accuracy: float
    graded: datetime


@dataclass(frozen=True, slots=True)
class Catalog:
    """The published runs of one server, as far as ``viewer`` may see them."""

    database: Database
    blobs: Blobs
    viewer: Viewer = PUBLIC

    def seen_by(self, viewer: Viewer) -> "Catalog":
        """The same runs in the eyes of somebody else."""
        return replace(self, viewer=viewer)

    @property
    def visible(self) -> ColumnElement[bool]:
        """Every query of runs has this clause, and nothing else decides who sees what."""
        return self._seen & RunRow.withdrawn.is_(None)

    @property
    def _seen(self) -> ColumnElement[bool]:
        """Those that this viewer may know of, though they may be withdrawn by now."""
        published = RunRow.published.is_not(None)
        if self.viewer.everything:
            return published
        theirs = RunRow.private_to.in_(sorted(self.viewer.organisations))
        return published & (RunRow.private_to.is_(None) | theirs)

    def revision(self) -> tuple[int, int]:
        """How many runs there are, and a number that goes up when one is published, graded again
        or withdrawn."""
        count = select(func.count()).select_from(RunRow).where(self.visible)
        with self.database.read() as session:
            return session.scalars(count).one(), audit.last_change(session)

    def runs(self, *, limit: int, before: str | None) -> list[RunRecord]:
        """Runs by id, descending from ``before``."""
        page = select(*_RUN).where(self.visible).order_by(RunRow.id.desc()).limit(limit)
        if before is not None:
            page = page.where(RunRow.id < before)
        with self.database.read() as session:
            return _records(session, session.execute(page).all())

    def newest(self, limit: int) -> list[Publication]:
        """The runs that were published last, the newest first."""
        latest = (
            select(*_RUN, RunRow.published)
            .where(self.visible)
            .order_by(RunRow.published.desc(), RunRow.id.desc())
            .limit(limit)
        )
        with self.database.read() as session:
            rows = session.execute(latest).all()
            return [
                Publication(record, row.published)
                for record, row in zip(_records(session, rows), rows, strict=True)
            ]

    def run(self, run_id: str) -> RunRecord:
        with self.database.read() as session:
            row = self.find(session, run_id, scores=False)
            return run_record(session, row)

    def of_model(self, name: str, limit: int) -> list[RunRecord]:
        """The runs of one model, the newest first."""
        mine = (
            select(*_RUN)
            .where(self.visible, RunRow.model == name)
            .order_by(RunRow.evaluated.desc(), RunRow.id)
            .limit(limit)
        )
        with self.database.read() as session:
            return _records(session, session.execute(mine).all())

    def tokens(self, runs: Sequence[str]) -> dict[str, dict[str, float]]:
        """Run to task to the mean tokens of a response, where the engine counted them."""
        wanted = select(RunRow.id, RunRow.outcomes).where(self.visible, RunRow.id.in_(runs))
        with self.database.read() as session:
            listed = session.execute(wanted).all()
        return {
            row.id: {
                task: float(each["tokens"][0])
                for task, each in (row.outcomes.get("strict") or {}).get("tasks", {}).items()
                if each.get("tokens")
            }
            for row in listed
        }

    def outcomes(self, run_id: str, policy: Policy) -> RunOutcomes:
        """What a comparison with this run reads."""
        with self.database.read() as session:
            return outcomes_of(self.find(session, run_id, scores=False), policy)

    def history(self, run_id: str) -> list[GradedScore]:
        """Every score of a run, by every checker that ever gave it, the newest first."""
        past = select(PastScore).where(PastScore.run_id == run_id)
        with self.database.read() as session:
            run = self.find(session, run_id)
            scores = [
                GradedScore(
                    task.task, score.policy, run.checker_version, score.accuracy, run.graded
                )
                for task in run.tasks
                for score in task.scores
            ]
            scores += [
                GradedScore(old.task, old.policy, old.checker_version, old.accuracy, old.graded)
                for old in session.scalars(past)
            ]
        return sorted(scores, key=lambda score: (score.graded, score.task, score.policy))[::-1]

    def vectors(self, run_id: str) -> Vectors:
        with self.database.read() as session:
            row = self.find(session, run_id)
            return Vectors(
                id=row.id,
                run=manifests.read(row.manifest),
                checker_version=row.checker_version,
                tasks={task.task: _vectors(task) for task in row.tasks},
            )

    def sample(self, run_id: str, task: str, number: int) -> SampleRecord:
        with self.database.read() as session:
            row = task_of(self.find(session, run_id), task)
        if not 0 <= number < row.items * row.repeats:
            raise Missing("sample", str(number))
        return samples.load(self.blobs, row, [number])[0]

    def counts(self) -> dict[str, int]:
        """Uploads by state."""
        by_state = select(UploadRow.state, func.count()).group_by(UploadRow.state)
        with self.database.read() as session:
            return {row[0]: row[1] for row in session.execute(by_state)}

    def find(self, session: Session, run_id: str, *, scores: bool = True) -> RunRow:
        wanted = select(RunRow).where(self.visible, RunRow.id == run_id)
        row = session.scalar(wanted.options(*(_WITH_SCORES if scores else ())))
        if row is None:
            gone = select(RunRow.withdrawn_why).where(self._seen, RunRow.id == run_id)
            why = session.scalar(gone)
            if why is not None:
                raise Gone(f"this run was withdrawn: {why}")
            raise Missing("published run", run_id)
        return row


# Joined, since SQLite reads all scores to find those of several (run, task) at once.
_WITH_SCORES = (
    selectinload(RunRow.tasks).joinedload(TaskRow.scores),
    defer(RunRow.outcomes),
)


def task_of(row: RunRow, name: str | None) -> TaskRow:
    """The task of that name, or the first; or `Missing`."""
    tasks = sorted(row.tasks, key=lambda task: task.task)
    match = next((task for task in tasks if name in (None, task.task)), None)
    if match is None:
        raise Missing("task of this run", name or "")
    return match


class NoOutcomes(Invalid, InvalidData):
    """A run that has no outcomes to compare, though it is published."""

    def __init__(self, row: RunRow, policy: Policy) -> None:
        super().__init__(
            f"{row.model} (run {row.id}) has no outcomes under the {policy} policy, so nothing "
            "can be compared with it; the board's owner may have them in a backup",
        )


def outcomes_of(row: RunRow, policy: Policy) -> RunOutcomes:
    """What a comparison reads of a run; raises `NoOutcomes` where nothing is stored."""
    try:
        return RunOutcomes.model_validate(row.outcomes.get(policy))
    except ValidationError:
        raise NoOutcomes(row, policy) from None


def _vectors(task: TaskRow) -> TaskVectors:
    hashes = task.item_hashes.hex()
    digits, names = 2 * HASH_BYTES, [outcome.value for outcome in OUTCOMES]
    return TaskVectors(
        benchmark=task.benchmark,
        repeats=task.repeats,
        expected=task.expected,
        items=[hashes[at : at + digits] for at in range(0, len(hashes), digits)],
        outcomes={
            policy: [names[code] for code in score.outcomes]
            for policy in POLICIES
            for score in task.scores
            if score.policy == policy
        },
    )


_RUN = (RunRow.id, RunRow.manifest, RunRow.graded, RunRow.checker_version)
_TASK = (
    TaskRow.run_id, TaskRow.task, TaskRow.benchmark, TaskRow.items, TaskRow.repeats,
    TaskRow.expected, TaskRow.truncated,
)  # fmt: skip
_SCORE = (
    Score.run_id, Score.task, Score.policy, Score.accuracy, Score.claimed, Score.item_variance,
)  # fmt: skip


def _records(session: Session, rows: Sequence[Any]) -> list[RunRecord]:
    """Runs from the columns that their records need: a hundred whole runs
    would be ten megabytes of vectors."""
    runs = [row.id for row in rows]
    of_strict = select(Score.run_id, Score.task, Score.outcomes).where(
        Score.run_id.in_(runs), Score.policy == "strict"
    )
    outcomes = {(run, task): codes for run, task, codes in session.execute(of_strict)}
    scores: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for score in session.execute(select(*_SCORE).where(Score.run_id.in_(runs))):
        scores[score.run_id, score.task].append(score)
    tasks: dict[str, list[TaskRecord]] = defaultdict(list)
    for task in session.execute(
        select(*_TASK).where(TaskRow.run_id.in_(runs)).order_by(TaskRow.task)
    ):
        key = task.run_id, task.task
        tasks[task.run_id].append(_task_record(task, scores[key], outcomes[key]))
    signed = _signers(session, runs)
    return [
        RunRecord(
            id=row.id,
            run=manifests.read(row.manifest),
            graded=row.graded,
            checker=row.checker_version,
            tasks=tuple(tasks[row.id]),
            signed_by=signed.get(row.id),
        )
        for row in rows
    ]


def _signers(session: Session, runs: Sequence[str]) -> dict[str, Signer]:
    """Those of ``runs`` that are signed, and by whom."""
    signed = select(RunRow.id, UploadRow.signature).join(
        UploadRow, UploadRow.id == RunRow.upload_id
    )
    signed = signed.where(RunRow.id.in_(runs), UploadRow.signature.is_not(None))
    keys = {run: signature["key"] for run, signature in session.execute(signed) if signature}
    named = select(SigningKey.id, SigningKey.name).where(SigningKey.id.in_(set(keys.values())))
    names = {row.id: row.name for row in session.execute(named)}
    return {run: Signer(key, names.get(key, "")) for run, key in keys.items()}


def run_record(session: Session, row: RunRow) -> RunRecord:
    """A run as pages and the API show it."""
    return _records(session, [row])[0]


def _task_record(row: Any, graded: Sequence[Any], outcomes: bytes) -> TaskRecord:
    """A task from its row, its scores under all policies, and its strict outcomes."""
    scores = {score.policy: score for score in graded}
    counts = {outcome.value: outcomes.count(code) for code, outcome in enumerate(OUTCOMES)}
    return TaskRecord(
        task=row.task,
        benchmark=row.benchmark,
        items=row.items,
        repeats=row.repeats,
        expected=row.expected,
        accuracy={policy: scores[policy].accuracy for policy in POLICIES},
        claimed={policy: scores[policy].claimed for policy in POLICIES},
        outcomes={name: count for name, count in counts.items() if count},
        truncated=row.truncated,
        item_variance={policy: scores[policy].item_variance for policy in POLICIES},
    )
