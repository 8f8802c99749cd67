"""Prove who uploaded a run: by the audit, and by the signature over the manifest.

Comes in: the entries of the audit, the uploads, and the stored manifests where there are any.
Goes out: nothing, or `WrongUploader` with the first fault.
"""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from cft_eval.errors import CftError
from cft_eval.server.access import signing
from cft_eval.server.ledger.seals import seal_uploader
from cft_eval.server.store import manifests
from cft_eval.server.store.blobs import Blobs, DamagedBlob
from cft_eval.server.store.models import RunRow, UploadRow
from cft_eval.server.store.models_access import AuditEntry, SigningKey

SENT = (
    select(
        RunRow.id.label("run"),
        UploadRow.id,
        UploadRow.actor,
        UploadRow.organisation,
        UploadRow.samples_sha256,
        UploadRow.signature,
    )
    .join(UploadRow, UploadRow.id == RunRow.upload_id)
    .where(RunRow.published.is_not(None))
    .order_by(RunRow.id)
)
"""What the seal of an uploader is over, of every published run."""


class WrongUploader(CftError):
    """A run is said to be sent or signed by somebody, and was not."""


def sealed(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """Run to the seal of its uploader that was written last."""
    return {entry.subject: entry.detail["sender"] for entry in entries if "sender" in entry.detail}


def prove(
    session: Session, entries: Iterable[AuditEntry], blobs: Blobs | None, *, complete: bool
) -> None:
    """Raise `WrongUploader` where an upload is not by whom the record says, or not signed so.

    ``complete``: every published run must have such a seal.
    """
    known = sealed(entries)
    for row in session.execute(SENT):
        said = known.get(row.run)
        if said is None and complete:
            raise WrongUploader(f"run {row.run}: the record does not name the uploader")
        if said is not None and said != seal_uploader(row):
            raise WrongUploader(f"run {row.run}: its uploader or signer differs from the record")
        if row.signature and blobs is not None:
            _prove_signature(session, row, blobs)


def _prove_signature(session: Session, row: Row[Any], blobs: Blobs) -> None:
    key = session.get(SigningKey, row.signature["key"])
    if key is None:
        raise WrongUploader(f"run {row.run}: the key that signed it is missing")
    try:
        body = blobs.get(row.signature["manifest"])
    except DamagedBlob as error:
        raise WrongUploader(f"run {row.run}, the signed manifest: {error}") from None
    right = key.organisation == row.organisation
    if not right or not signing.proves(key.public, row.signature["signature"], body):
        raise WrongUploader(f"run {row.run}: its signature is not over its manifest, with {key.id}")
    said, upload = json.loads(body), session.get_one(UploadRow, row.id)
    same = manifests.read(said["run"]) == manifests.read(upload.manifest)
    if not same or said["samples"]["sha256"] != upload.samples_sha256:
        raise WrongUploader(f"run {row.run}: the signed manifest belongs to another run")
