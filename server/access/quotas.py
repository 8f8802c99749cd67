"""How much one may ask of this server; what is too much is refused."""

from datetime import timedelta

from sqlalchemy import func, select
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
                f"{settings.uploads_per_day} uploads in 24 hours are the limit; go on later",
                retry=3600,
            )
    if settings.quota_bytes is not None:
        stored = select(func.coalesce(func.sum(UploadRow.samples_bytes), 0))
        # A run that was turned down, or taken off, counts until it is purged.
        kept = select(RunRow.upload_id).where(RunRow.purged.is_(None))
        counts = UploadRow.state.not_in([State.REJECTED, State.PUBLISHED])
        stored = stored.where(
            same_owner(UploadRow.organisation, by.organisation), counts | UploadRow.id.in_(kept)
        )
        left = settings.quota_bytes - session.scalars(stored).one()
        if size > left:
            raise NoSpace(
                f"{size} bytes are more than the {max(left, 0)} that your quota leaves",
            )


def check_checkpoint(session: Session, settings: ServerSettings, by: Principal, size: int) -> None:
    """The bytes of an organisation's checkpoints."""
    if size > settings.checkpoint_bytes:
        why = (
            f"{size} bytes are more than the {settings.checkpoint_bytes} it takes"
            if settings.checkpoint_bytes
            else "its owner has not set CFT_EVAL_CHECKPOINT_BYTES"
        )
        raise TooManyBytes(f"this server does not keep the checkpoint: {why}")
    stored = select(func.coalesce(func.sum(CheckpointFile.bytes), 0)).join(
        Checkpoint, Checkpoint.id == CheckpointFile.checkpoint_id
    )
    mine = same_owner(Checkpoint.organisation, by.organisation)
    left = settings.checkpoint_quota_bytes - int(session.scalars(stored.where(mine)).one())
    if size > left:
        raise NoSpace(
            f"{size} bytes are more than the {max(left, 0)} that your quota leaves",
        )
