"""Receive a run: announced, sent in parts that may be repeated, then handed to the worker.

    announce ──> parts, in any order, any number of times ──> finalize ──> `received`

An upload is named by the hash of what it announces, so announcing it twice, or from two machines
at once, is the same upload. Nothing here looks into the samples.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from anyio import to_thread
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cft_eval.results import parse_record, run_fingerprint
from cft_eval.server.access import quotas, signing
from cft_eval.server.access.auth import OPEN, Principal
from cft_eval.server.foundation.errors import (
    Invalid,
    Missing,
    NotAllowed,
    StateConflict,
    TooManyBytes,
)
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.intake.messages import Manifest, UploadStatus
from cft_eval.server.intake.multipart import Inbox, PartedFile, PartGone, StoredPart
from cft_eval.server.intake.problems import PUBLISHED, ProblemSets
from cft_eval.server.ledger import audit
from cft_eval.server.store import manifests
from cft_eval.server.store.blob_references import BlobReferences, HeldBlobs
from cft_eval.server.store.blobs import Blobs, DamagedBlob
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import Part, RunRow, State, UploadRow, now


@dataclass(frozen=True, slots=True)
class Uploads:
    """The uploads of one server."""

    database: Database
    blobs: Blobs
    settings: ServerSettings
    problems: ProblemSets = PUBLISHED

    def announce(
        self, body: bytes, *, by: Principal = OPEN, signature: str | None = None
    ) -> tuple[UploadStatus, bool]:
        """Begin the upload that ``body`` announces, or find it; True where it is new."""
        manifest = parse_record(Manifest, body, file="the manifest")
        manifests.check(manifest.run)
        self._check_fingerprint(manifest)
        self._check_size(manifest)
        with BlobReferences(self.database, self.blobs).storing() as held:
            signed = self._signed(body, signature, by, held)
            try:
                return self._begin(manifest, by, signed)
            except IntegrityError:  # announced by somebody else at the same moment
                return self._begin(manifest, by, signed)

    def _begin(
        self, manifest: Manifest, by: Principal, signed: dict[str, str] | None
    ) -> tuple[UploadStatus, bool]:
        digest = manifest.digest(by.organisation)
        with self.database.write() as session:
            known = session.get(UploadRow, digest)
            if known and known.state != State.REJECTED:
                if signed is not None:
                    _sign(session, known, signed, by)
                return self._status(session, known), False
            if known:  # the reason may be gone: a new test set, a repaired blob store
                for run in session.scalars(select(RunRow).where(RunRow.upload_id == digest)):
                    session.delete(run)
                session.flush()
                session.delete(known)
                session.flush()
            quotas.check_open_uploads(session, self.settings)
            quotas.check_upload(session, self.settings, by, manifest.samples.bytes)
            upload = UploadRow(
                id=digest,
                state=State.RECEIVING,
                manifest=manifest.run.model_dump(mode="json"),
                samples_bytes=manifest.samples.bytes,
                samples_sha256=manifest.samples.sha256,
                part_bytes=self.settings.part_bytes,
                organisation=by.organisation,
                actor=by.name,
                signature=signed,
            )
            session.add(upload)
            session.flush()
            return self._status(session, upload), True

    def _signed(
        self, body: bytes, signature: str | None, by: Principal, held: HeldBlobs
    ) -> dict[str, str] | None:
        if signature is None:
            if self.settings.require_signature:
                detail = "this server takes signed uploads only: push with --sign KEYFILE"
                raise NotAllowed(detail)
            return None
        with self.database.read() as session:
            key, text = signing.verify(session, body, signature, by)
        # Kept as it was signed, so that anybody can prove it again, byte for byte.
        return {"key": key, "signature": text, "manifest": held.put(body)[0]}

    def status(self, upload_id: str, *, by: Principal = OPEN) -> UploadStatus:
        with self.database.read() as session:
            return self._status(session, _find(session, upload_id, by))

    def waiting(self, *, by: Principal) -> list[UploadStatus]:
        """Graded uploads that somebody must look at, the oldest first."""
        wanted = select(UploadRow).where(
            UploadRow.review == "waiting", UploadRow.state == State.GRADED
        )
        with self.database.read() as session:
            uploads = session.scalars(wanted.order_by(UploadRow.created))
            return [
                self._status(session, upload) for upload in uploads if by.owns(upload.organisation)
            ]

    def model(self, upload_id: str) -> str:
        """The name of the model that an upload is a run of."""
        with self.database.read() as session:
            return manifests.read(session.get_one(UploadRow, upload_id).manifest).model.name

    async def receive(
        self, upload_id: str, number: int, body: AsyncIterator[bytes], *, by: Principal = OPEN
    ) -> str:
        """Store one part and return its sha256. The same part again replaces it."""
        file = await to_thread.run_sync(self._receiving_file, upload_id, by)
        async with file.receive(number, body) as (part, path):
            await to_thread.run_sync(file.keep, part, path)
            await to_thread.run_sync(self._arrived, upload_id, part)
        return part.sha256

    def _receiving_file(self, upload_id: str, by: Principal) -> PartedFile:
        with self.database.read() as session:
            return self.file(_receiving(session, upload_id, by))

    def _arrived(self, upload_id: str, part: StoredPart) -> None:
        with self.database.write() as session:
            # It may have been finalized meanwhile.
            _receiving(session, upload_id, OPEN)
            session.merge(Part(upload_id=upload_id, number=part.number, sha256=part.sha256))

    def finalize(self, upload_id: str, *, by: Principal = OPEN) -> UploadStatus:
        """Prove that all is here and leave the rest to the worker; twice does no harm.

        The parts are read outside of any transaction: a store may take its time. They stay until
        the upload is settled.
        """
        with self.database.read() as session:
            upload = _find(session, upload_id, by)
            if upload.state != State.RECEIVING:
                return self._status(session, upload)
            file, hashes = self.file(upload), _hashes(upload)
        digest = self._join(upload_id, file, hashes)
        with self.database.write() as session:
            upload = _find(session, upload_id, by)
            if upload.state == State.RECEIVING:
                if _hashes(upload) != hashes:
                    raise StateConflict("a part was sent again meanwhile; finalize again")
                _judge(upload, digest)
                session.flush()
            status = self._status(session, upload)
        if status.state is State.REJECTED:
            file.drop()
        return status

    @contextmanager
    def samples(self, upload_id: str) -> Iterator[Path]:
        """The samples of a received upload, joined on this machine for as long as the block."""
        with self.database.read() as session:
            upload = session.get_one(UploadRow, upload_id)
            file, hashes = self.file(upload), _hashes(upload)
        path = self._inbox.scratch()
        try:
            if file.join(hashes, path) != upload.samples_sha256:
                raise DamagedBlob(f"the samples of upload {upload_id} changed in the inbox")
            yield path
        finally:
            path.unlink(missing_ok=True)

    def drop(self, upload_id: str) -> None:
        """Forget what was sent of an upload that is on the board."""
        with self.database.read() as session:
            file = self.file(session.get_one(UploadRow, upload_id))
        file.drop()

    @property
    def _inbox(self) -> Inbox:
        return Inbox(self.settings.uploads_inbox, self.settings.scratch)

    def file(self, upload: UploadRow) -> PartedFile:
        """The samples as they come in."""
        folder = _folder(upload.id, upload.created)
        return PartedFile(self._inbox, folder, upload.samples_bytes, upload.part_bytes)

    def sweep(self) -> None:
        """Forget uploads that nobody has continued for `Settings.upload_hours`, and drop what
        was sent of uploads that need it no more."""
        limit = now() - timedelta(hours=self.settings.upload_hours)
        stale = select(UploadRow).where(
            UploadRow.state == State.RECEIVING, UploadRow.updated < limit
        )
        with self.database.write() as session:
            for upload in session.scalars(stale):
                session.delete(upload)
        unfinished = select(UploadRow.id, UploadRow.created).where(
            UploadRow.state.not_in([State.PUBLISHED, State.REJECTED])
        )
        # The folders first: one that is begun after this is not looked at.
        folders = self._inbox.folders()
        with self.database.read() as session:
            needed = {_folder(*row) for row in session.execute(unfinished)}
        for folder in folders:
            if folder not in needed:
                self._inbox.drop(folder)
        self._inbox.clear_scratch(hours=self.settings.upload_hours)

    def _join(self, upload_id: str, file: PartedFile, hashes: Mapping[int, str]) -> str:
        missing = file.missing(hashes)
        if missing is None:
            try:
                return file.digest(hashes)
            except PartGone:
                missing = self._forget_gone(upload_id, file, hashes)
        raise StateConflict(
            f"part {missing} of {file.parts} is missing; send it, then finalize again"
        )

    def _forget_gone(self, upload_id: str, file: PartedFile, hashes: Mapping[int, str]) -> int:
        """Forget parts that are here no more, so that the next push sends them; the first one."""
        gone = file.gone(hashes)
        with self.database.write() as session:
            for number in gone:
                if part := session.get(Part, (upload_id, number)):
                    session.delete(part)
        return gone[0] if gone else 0

    def _status(self, session: Session, upload: UploadRow) -> UploadStatus:
        announced = _announced(json.dumps(upload.manifest), self.problems)
        shown = select(RunRow.id, RunRow.withdrawn, RunRow.withdrawn_why)
        shown = shown.where(RunRow.upload_id == upload.id, RunRow.published.is_not(None))
        shown_as, withdrawn, why = session.execute(shown).one_or_none() or (None, None, None)
        return UploadStatus(
            id=upload.id,
            state=State(upload.state),
            reason=upload.reason,
            part_bytes=upload.part_bytes,
            parts=self.file(upload).parts,
            received={part.number: part.sha256 for part in upload.parts},
            rows=upload.rows,
            graded_rows=upload.graded_rows,
            run=shown_as,
            organisation=upload.organisation,
            review=upload.review,
            partial=list(announced.partial),
            fingerprint=announced.fingerprint,
            signed_by=upload.signature["key"] if upload.signature else None,
            withdrawn=(why or "") if withdrawn else None,
        )

    def _check_fingerprint(self, manifest: Manifest) -> None:
        if manifest.fingerprint not in (None, run_fingerprint(manifest.run)):
            raise Invalid(
                f"the manifest: fingerprint: {manifest.fingerprint} is not this run's; "
                "bring client and server to one version",
            )

    def _check_size(self, manifest: Manifest) -> None:
        if manifest.samples.bytes > self.settings.max_upload_bytes:
            raise TooManyBytes(
                f"the samples have {manifest.samples.bytes} bytes, and this server accepts "
                f"{self.settings.max_upload_bytes}; push fewer tasks at a time",
            )


class _Announced(NamedTuple):
    """What a manifest says, and what it takes a moment to find out."""

    partial: tuple[str, ...]
    fingerprint: str


@lru_cache(maxsize=256)
def _announced(manifest: str, problems: ProblemSets) -> _Announced:
    """Of the text of a manifest, which does not change: uploaders ask again and again."""
    run = manifests.read(json.loads(manifest))
    expected = {
        name: problems.expected(task.benchmark, task.expected_items)
        for name, task in run.tasks.items()
    }
    partial = (name for name, task in run.tasks.items() if task.items < expected[name])
    return _Announced(tuple(partial), run_fingerprint(run))


def _sign(session: Session, upload: UploadRow, signed: dict[str, str], by: Principal) -> None:
    """Add the signature of what was announced before without one; a `StateConflict` where another
    key signed it."""
    if upload.signature is None:
        upload.signature = signed
        if upload.state == State.PUBLISHED:
            detail = {"upload": upload.id, **audit.uploader(upload)}
            audit.record(
                session, actor=by.name, action="run.signed", subject=upload.id[:16], **detail
            )
        session.flush()
    elif upload.signature["key"] != signed["key"]:
        what = (
            f"this run was signed with key {upload.signature['key']}, and a run has one signature"
        )
        raise StateConflict(what)


def _folder(upload_id: str, created: datetime) -> str:
    """Of one announcement: an upload that was rejected and is announced anew has another."""
    return f"{upload_id}-{created:%Y%m%d%H%M%S%f}"


def _hashes(upload: UploadRow) -> dict[int, str]:
    """The parts that arrived: number to sha256."""
    return {part.number: part.sha256 for part in upload.parts}


def _judge(upload: UploadRow, digest: str) -> None:
    """All parts are here: received, unless they are another file than was announced."""
    if digest == upload.samples_sha256:
        upload.state = State.RECEIVED
        return
    upload.state = State.REJECTED
    upload.reason = (
        f"the samples that arrived have sha256 {digest}, "
        f"the manifest says {upload.samples_sha256}; push again"
    )


def _find(session: Session, upload_id: str, by: Principal) -> UploadRow:
    upload = session.get(UploadRow, upload_id)
    if upload is None or not by.owns(upload.organisation):
        raise Missing("upload", upload_id)
    return upload


def _receiving(session: Session, upload_id: str, by: Principal) -> UploadRow:
    upload = _find(session, upload_id, by)
    if upload.state != State.RECEIVING:
        raise StateConflict(f"this upload is {upload.state} and accepts no more parts")
    upload.updated = now()
    return upload
