"""The tables of checkpoints that were sent here and of requested evaluations."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cft_eval.server.store.models import Base, Leased, now


class Checkpoint(Base):
    """Weights with their configuration and tokenizer, as files of known hashes."""

    __tablename__ = "checkpoints"

    id: Mapped[str] = mapped_column(primary_key=True)
    """sha256 over the owner, the name and the files' hashes: the same twice is one."""

    name: Mapped[str]
    organisation: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    actor: Mapped[str]
    part_bytes: Mapped[int]
    created: Mapped[datetime] = mapped_column(default=now)
    updated: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    complete: Mapped[datetime | None]
    """None while files are missing."""

    files: Mapped[list["CheckpointFile"]] = relationship(
        cascade="all, delete-orphan", order_by="CheckpointFile.name", passive_deletes=True
    )


class CheckpointFile(Base):
    """One file of a checkpoint."""

    __tablename__ = "checkpoint_files"

    checkpoint_id: Mapped[str] = mapped_column(
        ForeignKey("checkpoints.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    stored: Mapped[bool] = mapped_column(default=False)
    """Whether it is whole, has its hash and is what its name says; until then its parts wait."""


class JobState(StrEnum):
    """How far an evaluation has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Evaluation(Leased, Base):
    """A request to evaluate one model, taken by a worker elsewhere."""

    __tablename__ = "evaluations"

    id: Mapped[str] = mapped_column(primary_key=True)
    request: Mapped[dict[str, Any]]
    organisation: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    actor: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    reason: Mapped[str | None]
    """Why it failed, or who cancelled it."""

    created: Mapped[datetime] = mapped_column(default=now)
    updated: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    not_before: Mapped[datetime | None]
    """By the database's clock: when the next try may begin."""

    lease: Mapped[str | None]
    """A random word that only the worker in charge knows."""

    cancelling: Mapped[bool] = mapped_column(default=False)
    run: Mapped[str | None]
    """Id of the run that came of it."""


class LogPiece(Base):
    """Some lines that a worker wrote about an evaluation."""

    __tablename__ = "evaluation_logs"

    evaluation_id: Mapped[str] = mapped_column(
        ForeignKey("evaluations.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]
