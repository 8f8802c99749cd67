"""Label reports: what visitors say is wrong with a reference, and what the owner answered."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from cft_eval.records.runs import ReportRecord
from cft_eval.server.foundation import display_names
from cft_eval.server.foundation.errors import Invalid, Missing, TooMany
from cft_eval.server.ledger import audit
from cft_eval.server.queries.catalog import Catalog
from cft_eval.server.queries.visitors import OWNER, Left, Visitor
from cft_eval.server.store.models import RunRow, now
from cft_eval.server.store.models_visitors import LabelReport

MAX_ANSWER = 2_000
"""Characters of the owner's answer."""


@dataclass(frozen=True, slots=True)
class ReportLimits:
    """Open reports that a board takes."""

    all: int = 2_000
    """Of all problems; a board must not drown in them."""

    of_item: int = 20
    """Of one problem: more say nothing new."""

    of_visitor: int = 50
    """Of one visitor: who has more writes to the board's owner."""

    of_visitor_and_item: int = 2


@dataclass(frozen=True, slots=True)
class LabelReports:
    """The reports on runs that ``catalog`` shows."""

    catalog: Catalog
    limits: ReportLimits = ReportLimits()

    def add(self, record: ReportRecord, visitor: Visitor = OWNER) -> None:
        """Put a report into the queue; `TooMany` where it or the visitor's part is full."""
        of_item = LabelReport.item == record.item
        with self.catalog.database.write() as session:
            left = Left(session, LabelReport, visitor)
            left.demand(most=self.limits.all, each=self.limits.of_visitor, what="reports")
            if left.mine(of_item) >= self.limits.of_visitor_and_item:
                raise TooMany("you have already reported this problem; thank you")
            if left.all(of_item) >= self.limits.of_item:
                raise TooMany("this problem has been reported often enough; thank you")
            session.add(LabelReport(**_same(record), run_id=record.run, visitor=visitor.name))

    def open(self) -> list[ReportRecord]:
        """Every open report, the newest first."""
        newest = LabelReport.created.desc(), LabelReport.id
        return self._reports(LabelReport.settled.is_(None), *newest)

    def settled(self, limit: int) -> list[ReportRecord]:
        """The reports that were answered last."""
        latest = LabelReport.settled.desc(), LabelReport.id
        return self._reports(LabelReport.settled.is_not(None), *latest, limit=limit)

    def settle(self, report: str, answer: str, *, actor: str) -> None:
        """Take an open report out of the queue with the owner's answer, or raise `Missing`."""
        wrong = display_names.unseen(answer) if answer.strip() else "is empty"
        if len(answer) > MAX_ANSWER:
            wrong = f"is longer than {MAX_ANSWER:,} characters"
        if wrong:
            raise Invalid(f"the answer {wrong}")
        with self.catalog.database.write() as session:
            row = session.get(LabelReport, report)
            if row is None or row.settled is not None:
                raise Missing("open report", report)
            row.settled, row.answer = now(), answer.strip()
            audit.record(
                session, actor=actor, action="report.settled", subject=report, answer=row.answer
            )

    def _reports(
        self, which: ColumnElement[bool], *order: Any, limit: int | None = None
    ) -> list[ReportRecord]:
        # A report on a response of a run that this visitor may not see says too much of it.
        seen = select(RunRow.id).where(self.catalog.visible)
        wanted = select(LabelReport).where(LabelReport.run_id.in_(seen), which)
        with self.catalog.database.read() as session:
            return [_record(row) for row in session.scalars(wanted.order_by(*order).limit(limit))]


_SAME = (
    "benchmark", "item", "position", "kind", "reference", "note", "place", "created", "task",
)  # fmt: skip
"""Fields that a record and its row have alike."""


def _same(report: ReportRecord | LabelReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in _SAME}


def _record(row: LabelReport) -> ReportRecord:
    known = {**_same(row), "task": row.task or "", "answer": row.answer or ""}
    return ReportRecord(**known, run=row.run_id, id=row.id, settled=row.settled)
