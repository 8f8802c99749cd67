"""The queue of evaluations, each given to one worker at a time.

    queued ── claim ──> running ── finish ──> done | failed | cancelled
       └───── the lease ended, or it failed and may be tried again ─────┘

A worker holds a lease, by the database's clock, and a random word that proves it; one that lost its
lease changes nothing any more. Nothing is fetched or run here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

import cft_eval.tasks as tasks
from cft_eval.results.schema import Name
from cft_eval.server.access.auth import Principal
from cft_eval.server.foundation import display_names
from cft_eval.server.foundation.errors import Invalid, Missing, StateConflict, TooMany
from cft_eval.server.ledger import audit
from cft_eval.server.store.database import Database
from cft_eval.server.store.leases import LeaseQueue
from cft_eval.server.store.manifests import MAX_TAG
from cft_eval.server.store.models import RunRow, same_owner
from cft_eval.server.store.models_work import Checkpoint, Evaluation, JobState, LogPiece

LEASE_SECONDS = 120
"""A worker that was not heard of for so long is taken for dead."""

MAX_ATTEMPTS = 3
RETRY_SECONDS = 30
"""Before the second try; twice as long before the third."""

MAX_LOG = 2 << 20
"""Characters of log that are stored of one evaluation."""

MAX_QUEUED = 1_000
"""Evaluations of one organisation that wait at a time."""

WORD = r"[A-Za-z0-9][A-Za-z0-9._-]*"
"""No comma and no equals sign: a name must not become an argument of the engine."""


MAX_REPEATS = 256
"""As many as a task takes: avg@64 is the field's convention for small sets."""


class EvaluationRequest(BaseModel):
    """What is to be evaluated, and how: exactly one of model, path and checkpoint."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Annotated[str | None, Field(pattern=rf"^{WORD}(/{WORD})?$", max_length=200)] = None
    """Hub id."""

    revision: Annotated[str | None, Field(pattern=rf"^{WORD}(/{WORD})*$", max_length=200)] = None
    path: Annotated[str | None, Field(pattern=rf"^(/{WORD})+$", max_length=1000)] = None
    """A folder that the worker sees, below one that its owner allows."""

    checkpoint: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    """Id of a checkpoint that was sent here."""

    tasks: Annotated[
        list[Annotated[str, Field(pattern=r"^cft_[a-z0-9_]{1,80}$")]],
        Field(min_length=1, max_length=20),
    ] = ["cft_math_suite"]
    repeats: Annotated[int | None, Field(strict=True, ge=1, le=MAX_REPEATS)] = None
    limit: Annotated[int | None, Field(strict=True, ge=1, le=100_000)] = None
    gpus: Annotated[int, Field(strict=True, ge=0, le=64)] = 1
    temperature: Annotated[float | None, Field(strict=True, ge=0, le=10, allow_inf_nan=False)] = (
        None
    )
    top_p: Annotated[float | None, Field(strict=True, gt=0, le=1, allow_inf_nan=False)] = None
    max_gen_toks: Annotated[int | None, Field(strict=True, ge=1, le=10_000_000)] = None

    name: Name | None = None
    """How the board shall call the model."""

    base_model: Name | None = None
    method: Name | None = None
    training_data: Name | None = None
    training_examples: Annotated[int | None, Field(strict=True, ge=0, le=10**12)] = None
    step: Annotated[int | None, Field(strict=True, ge=0, le=10**12)] = None
    tags: Annotated[list[Name], Field(max_length=20)] = []

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(each is not None for each in (self.model, self.path, self.checkpoint)) != 1:
            raise ValueError("give exactly one of model, path and checkpoint")
        if self.revision is not None and self.model is None:
            raise ValueError("a revision needs a model on the hub")
        return self


class EvaluationStatus(BaseModel):
    """How far an evaluation has come."""

    id: str
    state: JobState
    reason: str | None
    request: EvaluationRequest
    created: datetime
    attempts: int
    worker: str | None
    cancelling: bool
    run: str | None


class Claim(BaseModel):
    """A worker that has its hands free."""

    model_config = ConfigDict(extra="forbid")

    worker: Name
    gpus: Annotated[int, Field(strict=True, ge=0, le=100_000)]
    """How many it can give to one evaluation."""


class Job(BaseModel):
    """An evaluation that a worker holds now."""

    id: str
    lease: str
    """Proves that it is this worker's; heartbeats and the end bring it."""

    lease_seconds: int
    request: EvaluationRequest


class Heartbeat(BaseModel):
    """A worker lives, and has this to say."""

    model_config = ConfigDict(extra="forbid")

    lease: Annotated[str, Field(max_length=100)]
    log: Annotated[str, Field(max_length=200_000)] = ""


class Answer(BaseModel):
    """What the worker must know."""

    cancel: bool


class Finish(BaseModel):
    """How it ended."""

    model_config = ConfigDict(extra="forbid")

    lease: Annotated[str, Field(max_length=100)]
    state: Literal["done", "failed", "cancelled"]
    run: Annotated[str | None, Field(pattern=r"^[0-9a-f]{16}$")] = None
    reason: Annotated[str | None, Field(max_length=2_000)] = None
    retry: StrictBool = False
    """Whether another try may help."""


@dataclass(frozen=True, slots=True)
class Evaluations:
    """The queue of one server."""

    database: Database
    max_queued: int = MAX_QUEUED
    max_log: int = MAX_LOG

    def ask(self, wanted: EvaluationRequest, *, by: Principal) -> EvaluationStatus:
        """Put an evaluation into the queue; a `Invalid` where no worker could do it."""
        wrong = tasks.unknown(wanted.tasks)
        if wrong is not None:
            raise Invalid(f"tasks: {wrong}")
        _check_names(wanted)
        row = Evaluation(
            id=token_hex(8),
            request=wanted.model_dump(mode="json"),
            organisation=by.organisation,
            actor=by.name,
            state=JobState.QUEUED,
            cancelling=False,
            attempts=0,
        )
        with self.database.write() as session:
            if wanted.checkpoint is not None:
                checkpoint = session.get(Checkpoint, wanted.checkpoint)
                if (
                    checkpoint is None
                    or checkpoint.organisation != by.organisation
                    or not checkpoint.complete
                ):
                    raise Missing("complete checkpoint", wanted.checkpoint)
            waiting = select(func.count()).where(
                same_owner(Evaluation.organisation, by.organisation),
                Evaluation.state == JobState.QUEUED,
            )
            if session.scalars(waiting.select_from(Evaluation)).one() >= self.max_queued:
                detail = f"{self.max_queued} evaluations wait; ask again later"
                raise TooMany(detail, retry=600)
            session.add(row)
            audit.record(session, actor=by.name, action="evaluation.asked", subject=row.id)
            return _status(row)

    def status(self, evaluation_id: str, *, by: Principal) -> EvaluationStatus:
        with self.database.read() as session:
            return _status(_find(session, evaluation_id, by))

    def recent(self, *, by: Principal, limit: int) -> list[EvaluationStatus]:
        """The newest first."""
        wanted = select(Evaluation).order_by(Evaluation.created.desc(), Evaluation.id)
        if not by.everything:
            wanted = wanted.where(same_owner(Evaluation.organisation, by.organisation))
        with self.database.read() as session:
            return [_status(row) for row in session.scalars(wanted.limit(limit))]

    def log(self, evaluation_id: str, *, by: Principal) -> str:
        """All that workers said of it."""
        pieces = select(LogPiece.text).where(LogPiece.evaluation_id == evaluation_id)
        with self.database.read() as session:
            _find(session, evaluation_id, by)
            return "".join(session.scalars(pieces.order_by(LogPiece.number)))

    def cancel(self, evaluation_id: str, *, by: Principal) -> EvaluationStatus:
        """End it: at once where it waits, with the worker's next heartbeat where it runs."""
        with self.database.write() as session:
            row = _find(session, evaluation_id, by)
            if row.state == JobState.QUEUED:
                row.state, row.reason = JobState.CANCELLED, f"cancelled by {by.name}"
            elif row.state == JobState.RUNNING:
                row.cancelling = True
            return _status(row)

    def claim(self, claim: Claim, *, by: Principal) -> Job | None:
        """The oldest evaluation that this worker can do; None where there is none.

        Of its own organisation alone: what it pushes is that organisation's.
        """
        with self.database.write() as session:
            self._bury(session)
            # Each has at most a few dozen waiting, and what it asks for is in its JSON.
            row = self._leases.take(
                session,
                lambda clock: _claimable(clock).where(
                    same_owner(Evaluation.organisation, by.organisation)
                ),
                worker=claim.worker,
                fits=lambda row: row.request["gpus"] <= claim.gpus,
            )
            if row is None:
                return None
            row.state, row.lease = JobState.RUNNING, token_hex(16)
            self._say(session, row, f"--- try {row.attempts} of {MAX_ATTEMPTS}, {claim.worker}\n")
            return Job(
                id=row.id,
                lease=row.lease,
                lease_seconds=LEASE_SECONDS,
                request=EvaluationRequest.model_validate(row.request),
            )

    def heartbeat(self, evaluation_id: str, said: Heartbeat, *, by: Principal) -> Answer:
        """Renew the lease and keep what the worker says."""
        with self.database.write() as session:
            row = _held(session, evaluation_id, said.lease, by)
            self._leases.renew(session, row)
            self._say(session, row, said.log)
            return Answer(cancel=row.cancelling)

    def finish(self, evaluation_id: str, said: Finish, *, by: Principal) -> EvaluationStatus:
        """End it, or put it back for another try."""
        with self.database.write() as session:
            row = _held(session, evaluation_id, said.lease, by)
            if said.run is not None and session.get(RunRow, said.run) is None:
                raise Invalid(f"run: this board has no run {said.run}; push it first")
            again = said.retry and row.attempts < MAX_ATTEMPTS and not row.cancelling
            if said.state == "failed" and again:
                pause = RETRY_SECONDS * 2 ** (row.attempts - 1)
                row.not_before = self.database.clock(session) + timedelta(seconds=pause)
                row.state = JobState.QUEUED
            else:
                row.state = JobState(said.state)
                audit.record(
                    session,
                    actor=by.name,
                    action=f"evaluation.{said.state}",
                    subject=row.id,
                    run=said.run,
                )
            row.run, row.reason = said.run, said.reason
            self._release(row)
            return _status(row)

    @property
    def _leases(self) -> LeaseQueue[Evaluation]:
        return LeaseQueue(self.database, Evaluation, LEASE_SECONDS)

    def _release(self, row: Evaluation) -> None:
        self._leases.release(row)
        row.lease = None

    def _bury(self, session: Session) -> None:
        """What dead workers held waits again, or ends where that happened too often."""
        lapsed = self._leases.lapsed(self.database.clock(session))
        lost = select(Evaluation).where(Evaluation.state == JobState.RUNNING, lapsed)
        for row in session.scalars(lost):
            self._say(session, row, f"--- {row.worker} was not heard of for {LEASE_SECONDS} s\n")
            self._release(row)
            if row.cancelling:
                row.state, row.reason = JobState.CANCELLED, "cancelled; its worker was gone"
            elif row.attempts >= MAX_ATTEMPTS:
                row.state, row.reason = JobState.FAILED, f"{MAX_ATTEMPTS} workers were lost on it"
            else:
                row.state = JobState.QUEUED
        session.flush()

    def _say(self, session: Session, row: Evaluation, text: str) -> None:
        # PostgreSQL's text has no NUL; nobody reads one either.
        text = text.replace("\0", "").encode(errors="replace").decode()
        if not text:
            return
        of = LogPiece.evaluation_id == row.id
        written = select(
            func.count(), func.coalesce(func.sum(func.length(LogPiece.text)), 0)
        ).where(of)
        number, length = session.execute(written).one()
        if length < self.max_log:
            left = self.max_log - length
            piece = text if len(text) < left else f"{text[:left]}\n--- the log is full\n"
            session.add(LogPiece(evaluation_id=row.id, number=number, text=piece))
            session.flush()


def _check_names(wanted: EvaluationRequest) -> None:
    """By the rule of a run's names: what could never be published is not evaluated."""
    for field in ("name", "base_model", "method", "training_data"):
        display_names.check(field, getattr(wanted, field))
    for index, tag in enumerate(wanted.tags):
        display_names.check(f"tags.{index}", tag)
        if len(tag) > MAX_TAG:
            what = f"tags.{index}: longer than {MAX_TAG} characters"
            raise Invalid(what)


def _claimable(clock: datetime) -> Select[Evaluation]:
    due = or_(Evaluation.not_before.is_(None), Evaluation.not_before <= clock)
    oldest = select(Evaluation).where(Evaluation.state == JobState.QUEUED, due)
    return oldest.order_by(Evaluation.created, Evaluation.id)


def _find(session: Session, evaluation_id: str, by: Principal) -> Evaluation:
    row = session.get(Evaluation, evaluation_id)
    if row is None or not by.owns(row.organisation):
        raise Missing("evaluation", evaluation_id)
    return row


def _held(session: Session, evaluation_id: str, lease: str, by: Principal) -> Evaluation:
    row = _find(session, evaluation_id, by)
    if row.state != JobState.RUNNING or row.lease != lease:
        raise StateConflict("this evaluation is no longer yours: drop it")
    return row


def _status(row: Evaluation) -> EvaluationStatus:
    return EvaluationStatus(
        id=row.id,
        state=JobState(row.state),
        reason=row.reason,
        request=EvaluationRequest.model_validate(row.request),
        created=row.created,
        attempts=row.attempts,
        worker=row.worker,
        cancelling=row.cancelling,
        run=row.run,
    )
