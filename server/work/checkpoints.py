"""Receive checkpoints: announced with hashes, sent in parts, verified, then stored as blobs.

Nothing is loaded here. A file counts only when it has the hash that was announced and is what its
name says; until then its parts wait in a folder of their own, which alone says which arrived.
"""

import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from anyio import to_thread
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import cft_eval.weights as weights
from cft_eval.results.schema import Name
from cft_eval.server.access import quotas
from cft_eval.server.access.auth import Principal
from cft_eval.server.foundation import display_names
from cft_eval.server.foundation.errors import DiskFull, Invalid, Missing, StateConflict
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.intake.multipart import Inbox, PartedFile, PartGone
from cft_eval.server.ledger import audit
from cft_eval.server.store.blob_references import BlobReferences, demand_staying
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import now
from cft_eval.server.store.models_work import Checkpoint, CheckpointFile

MAX_FILES = 1_000


class AnnouncedFile(BaseModel):
    """A file that will be sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=weights.NAMES)]
    bytes: Annotated[int, Field(strict=True, gt=0, le=1 << 40)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class AnnouncedCheckpoint(BaseModel):
    """A checkpoint that will be sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    files: Annotated[list[AnnouncedFile], Field(min_length=1, max_length=MAX_FILES)]


class FileStatus(BaseModel):
    """How much of a file is here."""

    name: str
    bytes: int
    sha256: str
    parts: int
    received: list[int]
    """Parts that wait; none once the file is stored."""

    stored: bool


class CheckpointStatus(BaseModel):
    """How far a checkpoint has come."""

    id: str
    name: str
    part_bytes: int
    weights_sha256: str
    complete: bool
    files: list[FileStatus]


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """The checkpoints of one server."""

    database: Database
    blobs: Blobs
    settings: ServerSettings

    def announce(self, wanted: AnnouncedCheckpoint, *, by: Principal) -> CheckpointStatus:
        """Begin to take a checkpoint, or find the same one of the same owner."""
        display_names.check("name", wanted.name)
        try:
            weights.check_names(file.name for file in wanted.files)
        except weights.BadWeights as error:
            raise Invalid(str(error)) from None
        name = self._id(wanted, by)
        try:
            with self.database.write() as session:
                if session.get(Checkpoint, name) is None:
                    size = sum(file.bytes for file in wanted.files)
                    quotas.check_checkpoint(session, self.settings, by, size)
                    session.add(self._row(name, wanted, by))
        except IntegrityError:  # announced by somebody else at the same moment
            pass
        return self.status(name, by=by)

    def status(self, checkpoint_id: str, *, by: Principal) -> CheckpointStatus:
        with self.database.read() as session:
            row = _find(session, checkpoint_id, by)
            row.files.sort(key=lambda file: file.name)  # read before the session ends
        return self._status(row)

    async def receive(
        self,
        checkpoint_id: str,
        name: str,
        number: int,
        body: AsyncIterator[bytes],
        *,
        by: Principal,
    ) -> str:
        """Keep one part of a file until the file is finished; return the part's sha256."""
        file = await to_thread.run_sync(self._receiving_file, checkpoint_id, name, by)
        async with file.receive(number, body) as received:
            part, path = received
            await to_thread.run_sync(file.replace, part, path)
        return part.sha256

    def finish(self, checkpoint_id: str, name: str, *, by: Principal) -> CheckpointStatus:
        """Join the parts of a file, prove it, keep it; twice does no harm.

        Since it was announced its blob is named, so nobody begins to delete it; `BlobGoing` where
        somebody had begun before.
        """
        with self.database.read() as session:
            row = _find(session, checkpoint_id, by)
            file = _file(row, name)
            parted = self._parted(row, file)
            demand_staying(session, [file.sha256])
        if file.stored:
            return self.status(checkpoint_id, by=by)
        hashes = parted.received()
        missing = parted.missing(hashes)
        if missing is not None:
            raise StateConflict(f"part {missing} of {parted.parts} of {name} is missing; send it")
        self._keep(parted, hashes, file)
        self._stored(checkpoint_id, name, by)
        parted.drop()
        return self.status(checkpoint_id, by=by)

    def _stored(self, checkpoint_id: str, name: str, by: Principal) -> None:
        """Note that a file is stored."""
        with self.database.write() as session:
            row = _find(session, checkpoint_id, by)
            file = _file(row, name)
            file.stored = True
            if row.complete is None and all(each.stored for each in row.files):
                row.complete = now()
                audit.record(
                    session,
                    actor=by.name,
                    action="checkpoint.kept",
                    subject=checkpoint_id,
                    weights=_fingerprint(row),
                )

    def download(
        self, checkpoint_id: str, name: str, start: int, *, by: Principal
    ) -> tuple[int, Iterator[bytes]]:
        """How many bytes follow from ``start`` on, and those bytes."""
        with self.database.read() as session:
            file = _file(_find(session, checkpoint_id, by), name)
        if not file.stored:
            raise StateConflict(f"{name} is not complete yet")
        if start > file.bytes:
            raise Invalid(f"start: {name} has {file.bytes} bytes")
        return file.bytes - start, self.blobs.stream(file.sha256, start)

    def delete(self, checkpoint_id: str, *, by: Principal) -> None:
        """Forget a checkpoint and those of its files that no other one has."""
        with self.database.write() as session:
            row = _find(session, checkpoint_id, by)
            hashes = {file.sha256 for file in row.files}
            session.delete(row)
            audit.record(session, actor=by.name, action="checkpoint.deleted", subject=checkpoint_id)
        self._references.drop(hashes)
        self._inbox.drop(checkpoint_id)

    def sweep(self) -> None:
        """Forget checkpoints that nobody finished in `Settings.upload_hours`."""
        limit = now() - timedelta(hours=self.settings.upload_hours)
        stale = select(Checkpoint).where(Checkpoint.complete.is_(None), Checkpoint.updated < limit)
        with self.database.write() as session:
            rows = session.scalars(stale).all()
            hashes = {file.sha256 for row in rows for file in row.files}
            for row in rows:
                session.delete(row)
        self._references.drop(hashes)
        self._references.resume()
        for row in rows:
            self._inbox.drop(row.id)

    @property
    def _references(self) -> BlobReferences:
        return BlobReferences(self.database, self.blobs)

    def _id(self, wanted: AnnouncedCheckpoint, by: Principal) -> str:
        hashes = {file.name: file.sha256 for file in wanted.files}
        words = "\0".join([by.organisation or "", wanted.name, weights.fingerprint(hashes)])
        return hashlib.sha256(words.encode()).hexdigest()

    def _row(self, name: str, wanted: AnnouncedCheckpoint, by: Principal) -> Checkpoint:
        return Checkpoint(
            id=name,
            name=wanted.name,
            organisation=by.organisation,
            actor=by.name,
            part_bytes=self.settings.checkpoint_part_bytes,
            files=[
                CheckpointFile(name=file.name, bytes=file.bytes, sha256=file.sha256)
                for file in wanted.files
            ],
        )

    def _status(self, row: Checkpoint) -> CheckpointStatus:
        return CheckpointStatus(
            id=row.id,
            name=row.name,
            part_bytes=row.part_bytes,
            weights_sha256=_fingerprint(row),
            complete=row.complete is not None,
            files=[
                FileStatus(
                    name=file.name,
                    bytes=file.bytes,
                    sha256=file.sha256,
                    parts=self._parted(row, file).parts,
                    received=[] if file.stored else sorted(self._parted(row, file).received()),
                    stored=file.stored,
                )
                for file in row.files
            ],
        )

    def _receiving_file(self, checkpoint_id: str, name: str, by: Principal) -> PartedFile:
        with self.database.write() as session:
            row = _find(session, checkpoint_id, by)
            file = _file(row, name)
            row.updated = now()
        if file.stored:
            raise StateConflict(f"{name} is whole and accepts no more parts")
        return self._parted(row, file)

    def _keep(self, parted: PartedFile, hashes: Mapping[int, str], file: CheckpointFile) -> None:
        whole = self._inbox.scratch()
        try:
            if parted.join(hashes, whole) != file.sha256:
                parted.drop()
                raise Invalid(
                    f"{file.name}: the hash is not the announced one; send it again",
                )
            weights.check_file(file.name, whole)
            self.blobs.put_file(whole, file.sha256)
        except weights.BadWeights as error:
            raise Invalid(str(error)) from None
        except PartGone:  # finished by somebody else at the same moment, or deleted
            raise StateConflict(f"{file.name} is already being finished") from None
        except OSError as error:
            raise DiskFull(error) from None
        finally:
            whole.unlink(missing_ok=True)

    def _parted(self, row: Checkpoint, file: CheckpointFile) -> PartedFile:
        # The name was announced, and only names without a path in them are.
        return PartedFile(self._inbox, f"{row.id}/{file.name}", file.bytes, row.part_bytes)

    @property
    def _inbox(self) -> Inbox:
        return Inbox(self.settings.weights_inbox, self.settings.scratch)


def _find(session: Session, checkpoint_id: str, by: Principal) -> Checkpoint:
    row = session.get(Checkpoint, checkpoint_id)
    if row is None or not by.owns(row.organisation):
        raise Missing("checkpoint", checkpoint_id)
    return row


def _file(row: Checkpoint, name: str) -> CheckpointFile:
    match = next((file for file in row.files if file.name == name), None)
    if match is None:
        raise Missing("file of this checkpoint", name)
    return match


def _fingerprint(row: Checkpoint) -> str:
    return weights.fingerprint({file.name: file.sha256 for file in row.files})
