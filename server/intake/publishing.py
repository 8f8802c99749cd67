"""What a worker does with one upload: check it, grade it, keep it, show it.

Every step is one transaction, and each holds only while the upload is still this worker's: one that
was taken for dead and comes back changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from cft_eval.checker import POLICIES
from cft_eval.checker.run.bulk import Checkers
from cft_eval.results import InvalidData, Policy, Run
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.intake.grading import Grader, TaskVerdicts, claimed, item_variance, regraded
from cft_eval.server.intake.parquet import samples_parquet, verdicts_parquet
from cft_eval.server.intake.spool import TextSpool, spool_in
from cft_eval.server.intake.uploads import Uploads
from cft_eval.server.intake.validation import Rejected, TaskResponses, validate
from cft_eval.server.ledger import audit
from cft_eval.server.store import manifests
from cft_eval.server.store.blob_references import BlobReferences, HeldBlobs
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import RunRow, Score, State, TaskRow, UploadRow, now
from cft_eval.server.store.models_access import Organisation

MAX_ATTEMPTS = 10
"""An upload that took this many workers down with it is rejected."""

ERROR_COSTS = 3
"""Attempts that an error counts for beside its own: after three of them nobody tries again."""


class Stopping(Exception):
    """The server ends; the current upload is left for the next start."""


class NotOurs(Exception):
    """Another worker has the upload by now."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """The work of one worker."""

    database: Database
    blobs: Blobs
    uploads: Uploads
    settings: ServerSettings
    worker: str
    ending: Callable[[], bool]
    grader: Grader

    def advance(self, upload_id: str) -> None:
        """Take the upload as far as it goes; raises `Rejected` where it will not be published."""
        with self.database.read() as session:
            upload = session.get_one(UploadRow, upload_id)
            state, attempts = upload.state, upload.attempts
            run = manifests.read(upload.manifest)
        if attempts > MAX_ATTEMPTS:
            raise Rejected(
                "grading failed 3 times, or the server was killed while grading it "
                f"{MAX_ATTEMPTS} times; the server's log says why"
            )
        if state != State.GRADED:
            with spool_in(self.settings.scratch) as spool:
                self._grade_all(upload_id, run, spool)
        self._show(upload_id)

    def _grade_all(self, upload_id: str, run: Run, spool: TextSpool) -> None:
        """Check and grade all samples, and keep them with their scores."""
        with self.uploads.samples(upload_id) as samples:
            tasks = validate(run, samples, spool=spool, problems=self.uploads.problems)
        rows = sum(len(task.responses) for task in tasks.values())
        self._note(upload_id, state=State.VALIDATED, rows=rows)
        with self._references.storing() as held:
            with Checkers(self.settings.graders) as checkers:
                graded = {
                    name: self._grade(upload_id, task, checkers, held)
                    for name, task in tasks.items()
                }
            self._keep(upload_id, run, graded)

    def _grade(
        self, upload_id: str, task: TaskResponses, checkers: Checkers, held: HeldBlobs
    ) -> "_GradedTask":
        def progress(count: int) -> None:
            if self.ending():
                raise Stopping
            self._note(upload_id, graded_rows=UploadRow.graded_rows + count)

        graded = self.grader.grade(task.responses, checkers=checkers, progress=progress)
        return _GradedTask(
            task, graded, *held.put(samples_parquet(task.responses), verdicts_parquet(graded))
        )

    def _keep(self, upload_id: str, run: Run, tasks: Mapping[str, "_GradedTask"]) -> None:
        samples = (
            sample
            for task in tasks.values()
            for sample in regraded(task.task.responses, task.graded)
        )
        try:
            summary = self.grader.summaries(run, samples)
        except InvalidData as error:
            raise Rejected(str(error)) from None
        with self.database.write() as session:
            upload = self._ours(session, upload_id)
            row = RunRow(
                id=upload_id[:16],
                upload_id=upload_id,
                manifest=upload.manifest,
                model=run.model.name,
                base_model=run.model.base_model,
                method=run.model.method,
                evaluated=run.created,
                private_to=_private(session, upload.organisation),
                checker_version=self.grader.version,
                outcomes=summary,
                tasks=[task.row(name, run) for name, task in tasks.items()],
            )
            session.add(row)
            upload.state = State.GRADED
            if self.settings.review:
                upload.review = "waiting"
                audit.record(
                    session,
                    actor=upload.actor,
                    action="upload.waiting",
                    subject=upload_id,
                    organisation=upload.organisation,
                )
            else:
                upload.review = None

    @property
    def _references(self) -> BlobReferences:
        return BlobReferences(self.database, self.blobs)

    def _show(self, upload_id: str) -> None:
        with self.database.write() as session:
            upload = self._ours(session, upload_id)
            # A reviewer may have decided since it was kept: it is published once, or not at all.
            if upload.state == State.GRADED and upload.review != "waiting":
                publish(session, upload, actor="server")

    def _note(self, upload_id: str, **changes: object) -> None:
        with self.database.write() as session:
            upload = self._ours(session, upload_id)
            for name, value in changes.items():
                setattr(upload, name, value)

    def _ours(self, session: Session, upload_id: str) -> UploadRow:
        upload = session.get_one(UploadRow, upload_id)
        if upload.worker != self.worker:
            raise NotOurs
        return upload


def _private(session: Session, organisation: str | None) -> str | None:
    """Who alone sees the runs of ``organisation``; None is everybody."""
    owner = session.get(Organisation, organisation) if organisation else None
    return owner.id if owner and owner.private else None


def publish(session: Session, upload: UploadRow, *, actor: str) -> None:
    """Show the run of a graded upload: state, moment and audit entry are one transaction."""
    run = session.scalars(select(RunRow).where(RunRow.upload_id == upload.id)).one()
    run.published = now()
    # As it is now: it may have waited for its review while the organisation became private.
    run.private_to = _private(session, upload.organisation)
    upload.state = State.PUBLISHED
    audit.record(
        session,
        actor=actor,
        action="run.published",
        subject=run.id,
        upload=upload.id,
        by=upload.actor,
        **audit.seals(session, run),
        **audit.uploader(upload),
    )


@dataclass(frozen=True, slots=True)
class _GradedTask:
    task: TaskResponses
    graded: Mapping[Policy, TaskVerdicts]
    samples_blob: str
    verdicts_blob: str

    def row(self, name: str, run: Run) -> TaskRow:
        responses = self.task.responses
        return TaskRow(
            task=name,
            benchmark=self.task.benchmark,
            items=self.task.items,
            repeats=self.task.repeats,
            expected=self.task.expected,
            item_hashes=b"".join(bytes.fromhex(r.sample.item) for r in responses),
            positions=b"".join(r.position.to_bytes(4, "little") for r in responses),
            samples_blob=self.samples_blob,
            verdicts_blob=self.verdicts_blob,
            truncated=sum(r.sample.finish == "length" for r in responses),
            scores=[
                Score(
                    policy=policy,
                    accuracy=self.graded[policy].accuracy,
                    claimed=claimed(run.tasks[name], policy),
                    item_variance=item_variance(self.graded[policy].outcomes, self.task.repeats),
                    outcomes=self.graded[policy].outcomes,
                )
                for policy in POLICIES
            ],
        )
