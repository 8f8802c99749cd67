"""The tables. Scores of every sample lie in SQL as one byte each; texts lie in blobs."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    TypeDecorator,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import (
    DeclarativeBase,
    InstrumentedAttribute,
    Mapped,
    mapped_column,
    relationship,
)


class State(StrEnum):
    """How far an upload has come."""

    RECEIVING = "receiving"  # parts are missing
    RECEIVED = "received"  # all bytes are here, and are the announced ones
    VALIDATED = "validated"  # every sample is one of a registered problem
    GRADED = "graded"  # every sample was graded here
    PUBLISHED = "published"
    REJECTED = "rejected"

    @property
    def waits_for_worker(self) -> bool:
        return self in {State.RECEIVED, State.VALIDATED, State.GRADED}


class Utc(TypeDecorator[datetime]):
    """A moment in UTC; SQLite forgets time zones, so they are put back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo:
            return value and value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: Utc, str: Text, dict[str, Any]: JSON, bytes: LargeBinary}  # noqa: RUF012


def same_owner(
    column: InstrumentedAttribute[str | None], organisation: str | None
) -> ColumnElement[bool]:
    """Whether a row belongs to ``organisation``; None is nobody's."""
    return column.is_(None) if organisation is None else column == organisation


class Leased:
    """The columns of what one worker holds at a time; see `store.leases`."""

    attempts: Mapped[int] = mapped_column(default=0)
    """How often a worker took it up."""

    worker: Mapped[str | None]
    """Who holds it."""

    lease_until: Mapped[datetime | None]
    """By the database's clock: after it the worker is taken for dead."""


class UploadRow(Leased, Base):
    """An upload; its ``worker`` is the process that grades it, as ``host:pid:random``."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(primary_key=True)
    """sha256 of the manifest: the same run twice is the same upload."""

    state: Mapped[str] = mapped_column(index=True)
    reason: Mapped[str | None]
    """Why it was rejected."""

    manifest: Mapped[dict[str, Any]]
    """The `Run` as it was announced."""

    samples_bytes: Mapped[int]
    samples_sha256: Mapped[str]
    part_bytes: Mapped[int]
    created: Mapped[datetime] = mapped_column(default=now)
    updated: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    rows: Mapped[int] = mapped_column(default=0)
    graded_rows: Mapped[int] = mapped_column(default=0)
    organisation: Mapped[str | None]
    """Whose it is; None is nobody's, which everybody may see."""

    actor: Mapped[str] = mapped_column(default="anybody")
    """The token that announced it."""

    review: Mapped[str | None]
    """``waiting`` until somebody looked at it, then ``passed``; None where none is needed."""

    signature: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Key, signature and the blob of the manifest as it was signed; None where it was not."""

    parts: Mapped[list["Part"]] = relationship(
        cascade="all, delete-orphan", order_by="Part.number", passive_deletes=True
    )


class Part(Base):
    __tablename__ = "upload_parts"

    upload_id: Mapped[str] = mapped_column(
        ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str]


class RunRow(Base):
    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(primary_key=True)
    """The first 16 digits of the upload's id."""

    upload_id: Mapped[str] = mapped_column(ForeignKey("uploads.id"), unique=True)
    manifest: Mapped[dict[str, Any]]
    model: Mapped[str] = mapped_column(index=True)
    base_model: Mapped[str | None] = mapped_column(index=True)
    method: Mapped[str | None] = mapped_column(index=True)
    evaluated: Mapped[datetime]
    graded: Mapped[datetime] = mapped_column(default=now)
    published: Mapped[datetime | None] = mapped_column(index=True)
    """None until the run may be seen."""

    private_to: Mapped[str | None]
    """The organisation that alone may see it; None is everybody."""

    withdrawn: Mapped[datetime | None]
    """When it was taken off the board; the row and its samples stay."""

    withdrawn_why: Mapped[str | None]
    purged: Mapped[datetime | None]
    """When its responses and verdicts were deleted; scores and seals stay."""

    checker_version: Mapped[str]
    outcomes: Mapped[dict[str, Any]]
    """Policy to `results.RunOutcomes`: what a comparison reads."""

    tasks: Mapped[list["TaskRow"]] = relationship(cascade="all, delete-orphan")

    __table_args__ = (Index("ix_runs_seen", "published", "withdrawn", "private_to", "graded"),)


class TaskRow(Base):
    """One task of a run. Its vectors have one entry a sample, in order of item and repeat."""

    __tablename__ = "run_tasks"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    task: Mapped[str] = mapped_column(primary_key=True)
    benchmark: Mapped[str] = mapped_column(index=True)
    items: Mapped[int]
    repeats: Mapped[int]
    expected: Mapped[int]
    """Problems of the whole test set, as this server knows it."""

    item_hashes: Mapped[bytes]
    """Eight bytes a sample."""

    positions: Mapped[bytes]
    """Position in the test set: four bytes a sample, little-endian."""

    samples_blob: Mapped[str]
    """Content address of the samples as uploaded (Parquet)."""

    verdicts_blob: Mapped[str]
    """Content address of what the checker said of them (Parquet), in the same order."""

    truncated: Mapped[int]
    """Responses that ran into the token limit."""

    scores: Mapped[list["Score"]] = relationship(cascade="all, delete-orphan")


class Score(Base):
    """One task under one policy."""

    __tablename__ = "scores"

    run_id: Mapped[str] = mapped_column(primary_key=True)
    task: Mapped[str] = mapped_column(primary_key=True)
    policy: Mapped[str] = mapped_column(primary_key=True)
    accuracy: Mapped[float]
    claimed: Mapped[float | None]
    """What the upload said; None where it said nothing under this policy."""

    item_variance: Mapped[float | None]
    """Variance of the problems' means (ddof 1); None with one response a problem, where the
    accuracy says it, and of scores that were graded before it was kept."""

    outcomes: Mapped[bytes]
    """One byte a sample: its index in `cft_eval.checker.Outcome`."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "task"], ["run_tasks.run_id", "run_tasks.task"], ondelete="CASCADE"
        ),
    )


class PastScore(Base):
    """A score that an older checker gave: regrading replaces a score, never its history."""

    __tablename__ = "past_scores"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    task: Mapped[str] = mapped_column(primary_key=True)
    policy: Mapped[str] = mapped_column(primary_key=True)
    checker_version: Mapped[str] = mapped_column(primary_key=True)
    accuracy: Mapped[float]
    outcomes: Mapped[bytes]
    verdicts_blob: Mapped[str]
    graded: Mapped[datetime]
    """When the older checker graded it."""

    replaced: Mapped[datetime] = mapped_column(default=now)
