"""Limits on what each client may use of this server; requests beyond them are refused."""

from datetime import timedelta

from pydantic import BaseModel
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from cft_eval.server.access.auth import Principal
from cft_eval.server.foundation.errors import NoSpace, TooMany, TooManyBytes
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.store.models import RunRow, State, UploadRow, now, same_owner
from cft_eval.server.store.models_work import Checkpoint, CheckpointFile


def check_open_uploads(session: Session, settings: ServerSettings) -> None:
    """Unfinished uploads do not fill the disk."""
    unfinished = select(func.count()).where(UploadRow.state == State.RECEIVING)
    if session.scalars(unfinished.select_from(UploadRow)).one() >= settings.max_open_uploads:
        raise TooMany(
            f"{settings.max_open_uploads} uploads are unfinished; try again later", retry=60
        )


def check_upload(session: Session, settings: ServerSettings, by: Principal, size: int) -> None:
    """The day's uploads of a token and the bytes of its organisation."""
    if settings.uploads_per_day is not None:
        today = select(func.count()).select_from(UploadRow)
        today = today.where(
            UploadRow.actor == by.name, UploadRow.created > now() - timedelta(days=1)
        )
        if session.scalars(today).one() >= settings.uploads_per_day:
            raise TooMany(
                f"{settings.uploads_per_day} uploads in 24 hours are the limit; try again later",
                retry=3600,
            )
    if settings.quota_bytes is not None:
        left = settings.quota_bytes - session.scalars(_stored(by.organisation)).one()
        if size > left:
            raise NoSpace(
                f"{size} bytes exceed the {max(left, 0)} left of your quota",
            )


class Usage(BaseModel):
    """What an organisation has here, and what it may have."""

    organisation: str | None
    """None is the server itself."""

    bytes: int
    quota_bytes: int | None
    checkpoint_bytes: int
    checkpoint_quota_bytes: int


def usage(session: Session, settings: ServerSettings, organisation: str | None) -> Usage:
    """The bytes of ``organisation``."""
    return Usage(
        organisation=organisation,
        bytes=session.scalars(_stored(organisation)).one(),
        quota_bytes=settings.quota_bytes,
        checkpoint_bytes=int(session.scalars(_checkpoints(organisation)).one()),
        checkpoint_quota_bytes=settings.checkpoint_quota_bytes,
    )


def _stored(organisation: str | None) -> Select[int]:
    # A run that was turned down, or taken off, counts until it is purged.
    kept = select(RunRow.upload_id).where(RunRow.purged.is_(None))
    counts = UploadRow.state.not_in([State.REJECTED, State.PUBLISHED])
    stored = select(func.coalesce(func.sum(UploadRow.samples_bytes), 0))
    return stored.where(
        same_owner(UploadRow.organisation, organisation), counts | UploadRow.id.in_(kept)
    )


def _checkpoints(organisation: str | None) -> Select[int]:
    stored = select(func.coalesce(func.sum(CheckpointFile.bytes), 0)).join(
        Checkpoint, Checkpoint.id == CheckpointFile.checkpoint_id
    )
    return stored.where(same_owner(Checkpoint.organisation, organisation))


def check_checkpoint(session: Session, settings: ServerSettings, by: Principal, size: int) -> None:
    """The bytes of an organisation's checkpoints."""
    if size > settings.checkpoint_bytes:
        why = (
            f"{size} bytes are more than the {settings.checkpoint_bytes} it accepts"
            if settings.checkpoint_bytes
            else "its owner has not set CFT_EVAL_CHECKPOINT_BYTES"
        )
        raise TooManyBytes(f"this server does not accept the checkpoint: {why}")
    used = int(session.scalars(_checkpoints(by.organisation)).one())
    left = settings.checkpoint_quota_bytes - used
    if size > left:
        raise NoSpace(
            f"{size} bytes exceed the {max(left, 0)} left of your quota",
        )
