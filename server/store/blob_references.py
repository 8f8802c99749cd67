"""Know which blobs the tables name: one that a table names must be there, any other may go.

Checkpoints and runs share one store of blobs. Whoever knows the bytes of a run's samples may send
the same bytes as a file of a checkpoint, so what one of them forgets the other may still need.
"""

from collections.abc import Iterator

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from cft_eval.server.store.models import PastScore, TaskRow, UploadRow
from cft_eval.server.store.models_work import CheckpointFile

HASHES = 500
"""Hashes in one question: a database takes no list without end."""


def named(session: Session, hashes: set[str]) -> set[str]:
    """Those of ``hashes`` that something names."""
    needed: set[str] = set()
    every = sorted(hashes)
    for start in range(0, len(every), HASHES):
        some = every[start : start + HASHES]
        for query in _references(some):
            needed |= set(session.scalars(query))
    return needed | (hashes & _signed(session))


def owners(session: Session) -> Iterator[tuple[str, str]]:
    """Every blob that must be there, with who needs it, in words: one that several need comes
    several times."""
    tasks = select(TaskRow.run_id, TaskRow.task, TaskRow.samples_blob, TaskRow.verdicts_blob)
    for run, task, samples, verdicts in session.execute(tasks.order_by(TaskRow.run_id)):
        yield samples, f"run {run}, the samples of {task}"
        yield verdicts, f"run {run}, the verdicts on {task}"
    past = select(PastScore.run_id, PastScore.task, PastScore.verdicts_blob).distinct()
    for run, task, verdicts in session.execute(past.order_by(PastScore.run_id)):
        yield verdicts, f"run {run}, former verdicts on {task}"
    files = select(CheckpointFile).where(CheckpointFile.stored)
    for file in session.scalars(files.order_by(CheckpointFile.checkpoint_id)):
        yield file.sha256, f"checkpoint {file.checkpoint_id}, {file.name}"
    signed = select(UploadRow).where(UploadRow.signature.is_not(None)).order_by(UploadRow.id)
    for upload in session.scalars(signed):
        yield (upload.signature or {})["manifest"], f"run {upload.id[:16]}, the signed manifest"


def _references(hashes: list[str]) -> Iterator[Select[str]]:
    for column in (
        CheckpointFile.sha256,
        TaskRow.samples_blob,
        TaskRow.verdicts_blob,
        PastScore.verdicts_blob,
    ):
        yield select(column).where(column.in_(hashes))


def _signed(session: Session) -> set[str]:
    """Manifests as they were signed."""
    signatures = session.scalars(
        select(UploadRow.signature).where(UploadRow.signature.is_not(None))
    )
    return {signature["manifest"] for signature in signatures if signature}
