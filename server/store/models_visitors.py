"""What visitors leave on a board: reports of wrong labels, and comparisons to keep as they are."""

from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from cft_eval.server.store.models import Base, now


class LabelReport(Base):
    """One visitor's report of one problem's label."""

    __tablename__ = "label_reports"

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: token_hex(8))
    """Not a number that a database counts: a board that is moved to another one goes on."""

    benchmark: Mapped[str] = mapped_column(index=True)
    item: Mapped[str] = mapped_column(index=True)
    """Content hash of the problem and its reference."""

    position: Mapped[int]
    """Position of the problem in its benchmark."""

    kind: Mapped[str]
    """What is wrong: the reference, the problem, or the checker."""

    reference: Mapped[str]
    """What the reference should be; empty where the visitor does not say."""

    note: Mapped[str]
    run_id: Mapped[str]
    """The run whose response showed it; it may be gone since."""

    place: Mapped[int]
    created: Mapped[datetime] = mapped_column(default=now)
    visitor: Mapped[str | None] = mapped_column(index=True)
    """Who left it: `visitors.Visitor.name`; None on a board that serves one person."""

    task: Mapped[str | None]
    """Of the response; None where the report is older than this column."""

    settled: Mapped[datetime | None]
    """When the board's owner answered it; None while it is open."""

    answer: Mapped[str | None]


class Snapshot(Base):
    """A comparison as it was: a new grading of its runs does not change it."""

    __tablename__ = "snapshots"

    id: Mapped[str] = mapped_column(primary_key=True)
    """The beginning of the sha256 of what is compared: frozen twice it is one."""

    policy: Mapped[str]
    runs: Mapped[list[str]] = mapped_column(JSON)
    checkers: Mapped[list[str]] = mapped_column(JSON)
    """The version of the checker behind each run's outcomes."""

    outcomes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """`results.RunOutcomes` of each run."""

    created: Mapped[datetime] = mapped_column(default=now)
    visitor: Mapped[str | None] = mapped_column(index=True)
