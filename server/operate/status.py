"""A board's state: its queue, store and disk, and what each organisation has stored."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import func, select

from cft_eval.server.access.quotas import Usage, usage
from cft_eval.server.foundation.errors import StorageAway
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import State, UploadRow, now
from cft_eval.server.store.models_access import Organisation
from cft_eval.server.store.models_work import Evaluation, JobState

PROBE = "0" * 64
"""A hash that nothing has: asking for it is the cheapest question to a store."""


REVIEW = "waiting: review"
"""The reason that an upload shows until somebody reviews it."""


class QueuedUpload(BaseModel):
    """An upload that is not done."""

    id: str
    state: State
    reason: str | None
    organisation: str | None
    uploader: str
    created: datetime
    rows: int
    graded_rows: int
    worker: str | None


class ServerStatus(BaseModel):
    """What an operator looks at first."""

    uploads: dict[str, int]
    evaluations: dict[str, int]
    queue_seconds: float
    """How long the upload that waits longest has waited for a grader; 0 where none does."""

    storage_seconds: float | None
    """How long the store took to answer; None where it does not."""

    disk_free_bytes: int
    """Of the server's own folder."""

    usage: list[Usage]


@dataclass(frozen=True, slots=True)
class BoardHealth:
    """The state of one board."""

    database: Database
    blobs: Blobs
    settings: ServerSettings

    def status(self) -> ServerStatus:
        with self.database.read() as session:
            uploads = select(UploadRow.state, func.count()).group_by(UploadRow.state)
            jobs = select(Evaluation.state, func.count()).group_by(Evaluation.state)
            owners: Sequence[str] = session.scalars(
                select(Organisation.id).order_by(Organisation.id)
            ).all()
            counts = {row[0]: row[1] for row in session.execute(uploads)}
            evaluations = {row[0]: row[1] for row in session.execute(jobs)}
            used = [usage(session, self.settings, owner) for owner in (None, *owners)]
        return ServerStatus(
            uploads={state.value: counts.get(state, 0) for state in State},
            evaluations={state.value: evaluations.get(state, 0) for state in JobState},
            queue_seconds=self.queue_seconds(),
            storage_seconds=self.storage_seconds(),
            disk_free_bytes=self.disk_free_bytes(),
            usage=used,
        )

    def queue(self) -> list[QueuedUpload]:
        """Uploads that are not done, the oldest first."""
        open_ = select(UploadRow).where(UploadRow.state.not_in([State.PUBLISHED, State.REJECTED]))
        with self.database.read() as session:
            rows = session.scalars(open_.order_by(UploadRow.created).limit(200)).all()
        return [
            QueuedUpload(
                id=row.id,
                state=State(row.state),
                reason=row.reason or (REVIEW if row.review == "waiting" else None),
                organisation=row.organisation,
                uploader=row.actor,
                created=row.created,
                rows=row.rows,
                graded_rows=row.graded_rows,
                worker=row.worker,
            )
            for row in rows
        ]

    def queue_seconds(self) -> float:
        waiting = select(func.min(UploadRow.updated)).where(
            UploadRow.state.in_([State.RECEIVED, State.VALIDATED]), UploadRow.worker.is_(None)
        )
        with self.database.read() as session:
            oldest = session.scalar(waiting)
        return max((now() - oldest).total_seconds(), 0.0) if oldest else 0.0

    def storage_seconds(self) -> float | None:
        started = time.perf_counter()
        try:
            self.blobs.has(PROBE)
        except StorageAway:
            return None
        return time.perf_counter() - started

    def disk_free_bytes(self) -> int:
        return shutil.disk_usage(self.settings.server_data).free
