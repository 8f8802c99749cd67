"""Take a run in: announced, sent in parts that may be repeated, then handed to the worker.

    announce ──> parts, in any order, any number of times ──> finalize ──> `received`

An upload is named by the hash of what it announces, so announcing it twice, or from two machines
at once, is the same upload. Nothing here looks into the samples.
"""

import hashlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cft_eval.results import SAMPLES_FILE, Run, parse_record
from cft_eval.server.database import Database
from cft_eval.server.models import Part, RunRow, State, Upload, now
from cft_eval.server.problems import Problem, not_found
from cft_eval.server.settings import Settings


class SamplesFile(BaseModel):
    """The samples.jsonl that will be sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: Annotated[int, Field(gt=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """What is announced: the run, and the file of its samples."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: Run
    samples: SamplesFile

    def digest(self) -> str:
        """The name of this upload: equal for equal content."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class UploadStatus(BaseModel):
    """How far an upload has come."""

    id: str
    state: State
    reason: str | None
    """Why it was rejected."""

    part_bytes: int
    """Size of every part but the last."""

    parts: int
    received: dict[int, str]
    """Part to the sha256 of what arrived."""

    rows: int
    """Samples counted; 0 until it is validated."""

    graded_rows: int
    run: str | None
    """Id of the published run."""


@dataclass(frozen=True, slots=True)
class Uploads:
    """The uploads of one server."""

    database: Database
    settings: Settings

    def announce(self, body: bytes) -> tuple[UploadStatus, bool]:
        """Begin the upload that ``body`` announces, or find it; True where it is new."""
        manifest = parse_record(Manifest, body, file="the manifest")
        self._check_size(manifest)
        try:
            return self._begin(manifest)
        except IntegrityError:  # announced by somebody else at the same moment
            return self.status(manifest.digest()), False

    def _begin(self, manifest: Manifest) -> tuple[UploadStatus, bool]:
        digest = manifest.digest()
        with self.database.write() as session:
            known = session.get(Upload, digest)
            if known and known.state != State.REJECTED:
                return _status(session, known), False
            if known:  # the reason may be gone: a new test set, a repaired blob store
                session.delete(known)
                session.flush()
            self._check_room(session)
            upload = Upload(
                id=digest,
                state=State.RECEIVING,
                manifest=manifest.run.model_dump(mode="json"),
                samples_bytes=manifest.samples.bytes,
                samples_sha256=manifest.samples.sha256,
                part_bytes=self.settings.part_bytes,
            )
            session.add(upload)
            session.flush()
            return _status(session, upload), True

    def status(self, upload_id: str) -> UploadStatus:
        with self.database.read() as session:
            return _status(session, _find(session, upload_id))

    async def receive(self, upload_id: str, number: int, body: AsyncIterator[bytes]) -> str:
        """Store one part and return its sha256. The same part again replaces it."""
        with self.database.read() as session:
            upload = _receiving(session, upload_id)
            size = _part_size(upload, number)
        folder = self.folder(upload_id)
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{number}.{token_hex(4)}.partial"
        try:
            sha256 = await _store(body, partial, size)
            with self.database.write() as session:
                _receiving(session, upload_id)  # it may have been finalized meanwhile
                session.merge(Part(upload_id=upload_id, number=number, sha256=sha256))
                partial.replace(folder / f"{number}.part")
        finally:
            partial.unlink(missing_ok=True)
        return sha256

    def finalize(self, upload_id: str) -> UploadStatus:
        """Join the parts and leave the rest to the worker; twice does no harm."""
        with self.database.write() as session:
            upload = _find(session, upload_id)
            if upload.state == State.RECEIVING:
                self._join(upload)
                session.flush()
            return _status(session, upload)

    def samples_path(self, upload_id: str) -> Path:
        """Where the joined samples lie until the upload is published or rejected."""
        return self.folder(upload_id) / SAMPLES_FILE

    def folder(self, upload_id: str) -> Path:
        return self.settings.inbox / upload_id

    def sweep(self) -> None:
        """Forget uploads that nobody has continued for `Settings.upload_hours`, and drop what
        was sent of uploads that need it no more."""
        limit = now() - timedelta(hours=self.settings.upload_hours)
        stale = select(Upload).where(Upload.state == State.RECEIVING, Upload.updated < limit)
        with self.database.write() as session:
            for upload in session.scalars(stale):
                session.delete(upload)
        unfinished = select(Upload.id).where(Upload.state.not_in([State.PUBLISHED, State.REJECTED]))
        # The folders first: one that is begun after this is not looked at.
        folders = list(self.settings.inbox.iterdir())
        with self.database.read() as session:
            needed = set(session.scalars(unfinished))
        for folder in folders:
            if folder.name not in needed:
                shutil.rmtree(folder, ignore_errors=True)

    def _join(self, upload: Upload) -> None:
        missing = sorted(set(range(_parts(upload))) - {part.number for part in upload.parts})
        if missing:
            detail = (
                f"part {missing[0]} of {_parts(upload)} is missing; send it, then finalize again"
            )
            raise Problem(HTTPStatus.CONFLICT, detail)
        folder, digest = self.folder(upload.id), hashlib.sha256()
        with self.samples_path(upload.id).open("wb") as whole:
            for number in range(_parts(upload)):
                content = (folder / f"{number}.part").read_bytes()
                digest.update(content)
                whole.write(content)
        if digest.hexdigest() == upload.samples_sha256:
            upload.state = State.RECEIVED
            for number in range(_parts(upload)):
                (folder / f"{number}.part").unlink()
        else:
            upload.state = State.REJECTED
            upload.reason = (
                f"the samples that arrived have sha256 {digest.hexdigest()}, "
                f"the manifest says {upload.samples_sha256}; push again"
            )
            shutil.rmtree(folder, ignore_errors=True)

    def _check_size(self, manifest: Manifest) -> None:
        if manifest.samples.bytes > self.settings.max_upload_bytes:
            raise Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"the samples have {manifest.samples.bytes} bytes and this server takes "
                f"{self.settings.max_upload_bytes}; push fewer tasks at a time",
            )

    def _check_room(self, session: Session) -> None:
        count = select(func.count()).where(Upload.state == State.RECEIVING)
        if session.scalars(count.select_from(Upload)).one() >= self.settings.max_open_uploads:
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"{self.settings.max_open_uploads} uploads are unfinished; try again later",
                headers={"Retry-After": "60"},
            )


async def _store(body: AsyncIterator[bytes], place: Path, size: int) -> str:
    digest, count = hashlib.sha256(), 0
    with place.open("wb") as file:
        async for chunk in body:
            count += len(chunk)
            if count > size:
                raise Problem(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"this part has more than its {size} bytes"
                )
            digest.update(chunk)
            file.write(chunk)
    if count < size:
        raise Problem(
            HTTPStatus.BAD_REQUEST, f"this part has {count} bytes instead of {size}; send it again"
        )
    return digest.hexdigest()


def _find(session: Session, upload_id: str) -> Upload:
    upload = session.get(Upload, upload_id)
    if upload is None:
        raise not_found("upload", upload_id)
    return upload


def _receiving(session: Session, upload_id: str) -> Upload:
    upload = _find(session, upload_id)
    if upload.state != State.RECEIVING:
        raise Problem(HTTPStatus.CONFLICT, f"this upload is {upload.state} and takes no more parts")
    upload.updated = now()
    return upload


def _parts(upload: Upload) -> int:
    return -(-upload.samples_bytes // upload.part_bytes)


def _part_size(upload: Upload, number: int) -> int:
    if not 0 <= number < _parts(upload):
        raise not_found(f"part, of {_parts(upload)} counted from 0,", str(number))
    return min(upload.part_bytes, upload.samples_bytes - number * upload.part_bytes)


def _status(session: Session, upload: Upload) -> UploadStatus:
    run = select(RunRow.id).where(RunRow.upload_id == upload.id, RunRow.published.is_not(None))
    return UploadStatus(
        id=upload.id,
        state=State(upload.state),
        reason=upload.reason,
        part_bytes=upload.part_bytes,
        parts=_parts(upload),
        received={part.number: part.sha256 for part in upload.parts},
        rows=upload.rows,
        graded_rows=upload.graded_rows,
        run=session.scalar(run),
    )
