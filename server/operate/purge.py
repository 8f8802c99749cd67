"""Purge what no page shows any longer: content of rejected and withdrawn runs, and leftovers.

    rejected by a reviewer ──> responses and verdicts go; the upload and the reason stay
    withdrawn, where asked ──> responses and verdicts go; the run, its scores and its seals stay
    nothing names it       ──> blobs of no run, and files that were never finished, go

Each only after so many days, and each is an entry of the audit. Content counts towards its
organisation's quota until it is purged.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cft_eval.server.ledger import audit
from cft_eval.server.store.blob_references import BlobReferences, blobs_of, unreferenced
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import RunRow, State, UploadRow, now

RETENTION_DAYS = 30.0
"""How long content stays where nothing else is said."""

PARTIAL_HOURS = 24
"""A file that was not finished for so long never will be, however few days are asked for."""


@dataclass(frozen=True, slots=True)
class PurgeableRun:
    """A run whose content may go."""

    id: str
    model: str
    organisation: str | None
    state: str
    """``rejected`` or ``withdrawn``."""

    since: datetime
    reason: str
    bytes: int
    """Of the samples as they were sent."""


@dataclass(frozen=True, slots=True)
class Purgeable:
    """What may go now."""

    runs: tuple[PurgeableRun, ...]
    blobs: tuple[str, ...]
    """Hashes that nothing names."""

    partials: tuple[str, ...]
    """Files that were never finished."""

    bytes: int
    """Of blobs and unfinished files."""


@dataclass(frozen=True, slots=True)
class Purge:
    """The purging of one board."""

    database: Database
    blobs: Blobs
    days: float = RETENTION_DAYS
    withdrawn: bool = False
    """Whether content of withdrawn runs goes too."""

    def look(self) -> Purgeable:
        """What `accept` would purge."""
        limit = now() - timedelta(days=self.days)
        stale = now() - max(timedelta(days=self.days), timedelta(hours=PARTIAL_HOURS))
        # The store first: what is stored and named after this is not among it.
        stored = self.blobs.stored()
        old = {each.digest for each in stored if each.digest and each.modified < limit}
        partials = tuple(each for each in stored if not each.digest and each.modified < stale)
        with self.database.read() as session:
            runs = tuple(self._runs(session, limit))
            free = unreferenced(session, old)
        sizes = sum(each.bytes for each in stored if each.digest in free)
        return Purgeable(
            runs,
            tuple(sorted(free)),
            tuple(each.path for each in partials),
            sizes + sum(each.bytes for each in partials),
        )

    def accept(self, *, actor: str) -> Purgeable:
        """Purge it, and return what went."""
        found = self.look()
        references = BlobReferences(self.database, self.blobs)
        for run in found.runs:
            references.drop(self._forget(run, actor))
        gone = references.drop(found.blobs)
        for path in found.partials:
            self.blobs.delete_partial(path)
        if gone or found.partials:
            with self.database.write() as session:
                counts = {"blobs": len(gone), "partials": len(found.partials)}
                audit.record(session, actor=actor, action="blobs.purged", subject="board", **counts)
        return found

    def _runs(self, session: Session, limit: datetime) -> Iterable[PurgeableRun]:
        wanted = select(RunRow, UploadRow).join(UploadRow, UploadRow.id == RunRow.upload_id)
        wanted = wanted.where(RunRow.purged.is_(None)).order_by(RunRow.id)
        rejected = wanted.where(UploadRow.state == State.REJECTED, UploadRow.updated < limit)
        for run, upload in session.execute(rejected):
            yield _purgeable(run, upload, "rejected", upload.updated, upload.reason)
        if self.withdrawn:
            for run, upload in session.execute(wanted.where(RunRow.withdrawn < limit)):
                yield _purgeable(run, upload, "withdrawn", run.withdrawn, run.withdrawn_why)

    def _forget(self, gone: PurgeableRun, actor: str) -> set[str]:
        """Let nothing name the blobs of a run any more; return them."""
        with self.database.write() as session:
            run = session.get(RunRow, gone.id)
            if run is None or run.purged is not None:  # by somebody else meanwhile
                return set()
            digests = blobs_of(session, run.id)
            if run.published is None:
                session.delete(run)
            else:
                run.purged = now()
            detail = {"state": gone.state, "bytes": gone.bytes}
            audit.record(session, actor=actor, action="run.purged", subject=run.id, **detail)
        return digests


def _purgeable(
    run: RunRow, upload: UploadRow, state: str, since: datetime | None, reason: str | None
) -> PurgeableRun:
    return PurgeableRun(
        id=run.id,
        model=run.model,
        organisation=upload.organisation,
        state=state,
        since=since or upload.updated,
        reason=reason or "",
        bytes=upload.samples_bytes,
    )
