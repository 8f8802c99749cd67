"""Which blobs the tables refer to: those must exist, and any other may be deleted.

Checkpoints and runs share one store of blobs. Whoever knows the bytes of a run's samples may send
the same bytes as a file of a checkpoint, so what one of them forgets the other may still need.

A store may take its time, so none is called within a transaction. Marks in the database keep those
who store a blob and those who delete it apart instead:

    hold ──> put ──> name it ──> release                  a held blob is deleted by nobody
    mark the unnamed as going ──> delete ──> unmark       one that goes is held by nobody
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from cft_eval.server.foundation.errors import BlobGoing
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import PastScore, RunRow, TaskRow, UploadRow
from cft_eval.server.store.models_blobs import BlobMark
from cft_eval.server.store.models_work import CheckpointFile

HASHES = 500
"""Hashes in one question: a database takes no list without end."""

MARK_HOURS = 6
"""A mark that is older was left by somebody who was killed: longer than any store takes."""


@dataclass(frozen=True, slots=True)
class BlobReferences:
    """Who stores and who deletes, on one database."""

    database: Database
    blobs: Blobs

    @contextmanager
    def storing(self) -> Iterator["HeldBlobs"]:
        """What the block stores, nobody deletes until its end, when something should name it."""
        held = HeldBlobs(self, token_hex(8))
        try:
            yield held
        finally:
            held.release()

    def drop(self, digests: Iterable[str]) -> set[str]:
        """Delete those of ``digests`` that nothing names and nobody holds; return them."""
        owner, wanted = token_hex(8), set(digests)
        with self.database.write() as session:
            going = unreferenced(session, wanted)
            self._mark(session, going, owner, going=True)
        # Whoever is killed here leaves the marks: `resume` ends what was begun.
        for digest in sorted(going):
            self.blobs.delete(digest)
        self.release(owner)
        return going

    def resume(self) -> None:
        """Delete what somebody who was killed was deleting, and forget who was storing."""
        with self.database.write() as session:
            clock = self.database.clock(session)
            lapsed = session.scalars(select(BlobMark).where(BlobMark.until < clock)).all()
            going = {mark.digest for mark in lapsed if mark.going}
            for mark in lapsed:
                session.delete(mark)
        self.drop(going)

    def hold(self, digests: Collection[str], owner: str) -> None:
        with self.database.write() as session:
            demand_staying(session, digests)
            self._mark(session, digests, owner, going=False)

    def _mark(self, session: Session, digests: Iterable[str], owner: str, *, going: bool) -> None:
        until = self.database.clock(session) + timedelta(hours=MARK_HOURS)
        for digest in sorted(set(digests)):
            session.merge(BlobMark(digest=digest, owner=owner, going=going, until=until))

    def release(self, owner: str) -> None:
        with self.database.write() as session:
            session.execute(delete(BlobMark).where(BlobMark.owner == owner))


@dataclass(slots=True)
class HeldBlobs:
    """Blobs that somebody stores now and will name."""

    references: BlobReferences
    owner: str
    holds: bool = False

    def put(self, *contents: bytes) -> list[str]:
        """Store each and return its sha256; raises `BlobGoing` where somebody deletes one."""
        digests = [hashlib.sha256(content).hexdigest() for content in contents]
        self.holds = True
        self.references.hold(digests, self.owner)
        return [self.references.blobs.put(content) for content in contents]

    def release(self) -> None:
        if self.holds:
            self.references.release(self.owner)


def demand_staying(session: Session, digests: Collection[str]) -> None:
    """Raise `BlobGoing` where one of ``digests`` is being deleted."""
    going = BlobMark.digest.in_(sorted(digests)), BlobMark.going
    if digests and session.scalar(select(BlobMark.digest).where(*going).limit(1)) is not None:
        raise BlobGoing


def named(session: Session, hashes: set[str]) -> set[str]:
    """Those of ``hashes`` that something names."""
    needed: set[str] = set()
    for some in _in_pieces(hashes):
        for query in _references(some):
            needed |= set(session.scalars(query))
    return needed | (hashes & _signed(session))


def _marked(session: Session, hashes: set[str]) -> set[str]:
    """Those of ``hashes`` that somebody stores or deletes right now."""
    marked: set[str] = set()
    for some in _in_pieces(hashes):
        marked |= set(session.scalars(select(BlobMark.digest).where(BlobMark.digest.in_(some))))
    return marked


def _in_pieces(hashes: set[str]) -> Iterator[list[str]]:
    every = sorted(hashes)
    for start in range(0, len(every), HASHES):
        yield every[start : start + HASHES]


def owners(session: Session) -> Iterator[tuple[str, str]]:
    """Every blob that must be there, with who needs it, in words: one that several need comes
    several times."""
    tasks = select(TaskRow.run_id, TaskRow.task, TaskRow.samples_blob, TaskRow.verdicts_blob)
    tasks = tasks.where(TaskRow.run_id.not_in(_PURGED))
    for run, task, samples, verdicts in session.execute(tasks.order_by(TaskRow.run_id)):
        yield samples, f"run {run}, the samples of {task}"
        yield verdicts, f"run {run}, the verdicts on {task}"
    past = select(PastScore.run_id, PastScore.task, PastScore.verdicts_blob).distinct()
    past = past.where(PastScore.run_id.not_in(_PURGED))
    for run, task, verdicts in session.execute(past.order_by(PastScore.run_id)):
        yield verdicts, f"run {run}, former verdicts on {task}"
    files = select(CheckpointFile).where(CheckpointFile.stored)
    for file in session.scalars(files.order_by(CheckpointFile.checkpoint_id)):
        yield file.sha256, f"checkpoint {file.checkpoint_id}, {file.name}"
    signed = select(UploadRow).where(UploadRow.signature.is_not(None)).order_by(UploadRow.id)
    for upload in session.scalars(signed):
        yield (upload.signature or {})["manifest"], f"run {upload.id[:16]}, the signed manifest"


def _references(hashes: list[str]) -> Iterator[Select[str]]:
    yield select(CheckpointFile.sha256).where(CheckpointFile.sha256.in_(hashes))
    for column in _OF_RUNS:
        run = column.class_.run_id
        yield select(column).where(column.in_(hashes), run.not_in(_PURGED))


_OF_RUNS = (TaskRow.samples_blob, TaskRow.verdicts_blob, PastScore.verdicts_blob)

_PURGED = select(RunRow.id).where(RunRow.purged.is_not(None))
"""Runs that need no blob any more."""


def blobs_of(session: Session, run_id: str) -> set[str]:
    """The blobs that a run names, or named before it was purged."""
    return {
        digest
        for column in _OF_RUNS
        for digest in session.scalars(select(column).where(column.class_.run_id == run_id))
    }


def unreferenced(session: Session, hashes: set[str]) -> set[str]:
    """Those of ``hashes`` that nothing names, and that nobody stores or deletes right now."""
    return hashes - named(session, hashes) - _marked(session, hashes)


def _signed(session: Session) -> set[str]:
    """Manifests as they were signed."""
    signatures = session.scalars(
        select(UploadRow.signature).where(UploadRow.signature.is_not(None))
    )
    return {signature["manifest"] for signature in signatures if signature}
