"""Keep what visitors leave: doubts about references, and comparisons as they are now."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from cft_eval.records.runs import ReportRecord
from cft_eval.results import Policy, RunOutcomes
from cft_eval.server.foundation import display_names
from cft_eval.server.foundation.errors import Invalid, Missing, TooMany
from cft_eval.server.ledger import audit
from cft_eval.server.queries.catalog import Catalog
from cft_eval.server.store.models import RunRow, now
from cft_eval.server.store.models_visitors import LabelReport, Snapshot

MAX_REPORTS = 2_000
"""Open reports of all problems; a board is no place for a flood of them."""

MAX_ITEM_REPORTS = 20
"""Open reports of one problem: more say nothing new."""

MAX_SNAPSHOTS = 5_000
"""Some 20 kB each."""

MAX_VISITOR_REPORTS = 50
"""Open reports of one visitor: who finds more writes to the board's owner."""

MAX_VISITOR_ITEM_REPORTS = 2
"""Open reports of one visitor of one problem."""

MAX_ANSWER = 2_000
"""Characters of what the board's owner found."""

MAX_VISITOR_SNAPSHOTS = 100

ADDRESS = "address "
"""How the name of a visitor without a token begins."""

NAMELESS = 2
"""Visitors without a token have one part in so many of everything: the rest is for those with one,
whatever addresses somebody has at hand."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who leaves something."""

    name: str | None
    """A token's id, or a short hash of an address; None on a board that serves one person."""

    known: bool
    """Whether they brought a token."""

    @classmethod
    def at(cls, address: str) -> "Visitor":
        """Somebody without a token. Of the address a short hash is kept, which many share; of the
        new kind the half that a provider gives to one."""
        with suppress(ValueError):
            if (found := ip_address(address)).version == 6:
                address = str(ip_network((found, 64), strict=False))
        digest = hashlib.sha256(address.encode()).hexdigest()
        return cls(f"{ADDRESS}{digest[:8]}", known=False)


OWNER = Visitor(None, known=True)
"""Whoever has the board for themselves."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A comparison as it was kept."""

    id: str
    policy: Policy
    runs: tuple[str, ...]
    outcomes: tuple[RunOutcomes, ...]
    checkers: tuple[str, ...]
    """The version of the checker behind each run's outcomes."""

    day: str


@dataclass(frozen=True, slots=True)
class Keeping:
    catalog: Catalog

    def report(self, record: ReportRecord, visitor: Visitor = OWNER) -> None:
        """Put a doubt into the queue; `TooMany` where it or the visitor's part is full."""
        of_item = LabelReport.item == record.item
        with self.catalog.database.write() as session:
            left = _Left(session, LabelReport, visitor)
            left.demand(MAX_REPORTS, MAX_VISITOR_REPORTS, "reports")
            if left.mine(of_item) >= MAX_VISITOR_ITEM_REPORTS:
                raise TooMany("you have reported this problem already; thank you")
            if left.all(of_item) >= MAX_ITEM_REPORTS:
                raise TooMany("this problem has been reported often enough; thank you")
            session.add(
                LabelReport(
                    benchmark=record.benchmark,
                    item=record.item,
                    position=record.position,
                    kind=record.kind,
                    reference=record.reference,
                    note=record.note,
                    run_id=record.run,
                    place=record.place,
                    created=record.created,
                    visitor=visitor.name,
                    task=record.task,
                )
            )

    def reports(self) -> list[ReportRecord]:
        """Every open report, the newest first."""
        newest = LabelReport.created.desc(), LabelReport.id
        return self._reports(LabelReport.settled.is_(None), *newest)

    def settled(self, limit: int) -> list[ReportRecord]:
        """The reports that were answered last."""
        latest = LabelReport.settled.desc(), LabelReport.id
        return self._reports(LabelReport.settled.is_not(None), *latest, limit=limit)

    def settle(self, report: str, answer: str, *, actor: str) -> None:
        """Take a report out of the queue, with what was found; `Missing` where it is not open."""
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
            return [
                ReportRecord(
                    row.benchmark,
                    row.item,
                    row.position,
                    row.kind,
                    row.reference,
                    row.note,
                    row.run_id,
                    row.place,
                    row.created,
                    row.task or "",
                    row.id,
                    row.settled,
                    row.answer or "",
                )
                for row in session.scalars(wanted.order_by(*order).limit(limit))
            ]

    def freeze(self, runs: Sequence[str], policy: Policy, visitor: Visitor = OWNER) -> str:
        """Keep the outcomes of published runs as they are now; the id of the comparison.

        Raises `TooMany` where the board, or the visitor's part of it, is full.
        """
        records = [self.catalog.run(run) for run in runs]
        outcomes = [self.catalog.outcomes(run, policy).model_dump(mode="json") for run in runs]
        content = json.dumps([policy, list(runs), outcomes], sort_keys=True)
        snapshot = hashlib.sha256(content.encode()).hexdigest()[:16]
        with self.catalog.database.write() as session:
            if session.get(Snapshot, snapshot) is not None:
                return snapshot
            _Left(session, Snapshot, visitor).demand(
                MAX_SNAPSHOTS, MAX_VISITOR_SNAPSHOTS, "kept comparisons"
            )
            session.add(
                Snapshot(
                    id=snapshot,
                    policy=policy,
                    runs=list(runs),
                    checkers=[record.checker for record in records],
                    outcomes=outcomes,
                    visitor=visitor.name,
                )
            )
        return snapshot

    def frozen(self, snapshot: str) -> Frozen:
        """A comparison that was kept, where all its runs may still be seen."""
        with self.catalog.database.read() as session:
            row = session.get(Snapshot, snapshot)
        if row is None:
            raise Missing("kept comparison", snapshot)
        with self.catalog.database.read() as session:
            seen = select(func.count()).where(self.catalog.visible, RunRow.id.in_(row.runs))
            # Not which run it is that is hidden: to know its name is to know that it is there.
            if session.scalar(seen.select_from(RunRow)) != len(set(row.runs)):
                raise Missing("kept comparison", snapshot)
        return Frozen(
            row.id,
            row.policy,  # type: ignore[arg-type]  # only `freeze` writes it
            tuple(row.runs),
            tuple(RunOutcomes.model_validate(kept) for kept in row.outcomes),
            tuple(row.checkers),
            f"{row.created:%Y-%m-%d}",
        )


@dataclass(frozen=True, slots=True)
class _Left:
    """What one visitor, and all of them, have left in one table."""

    session: Session
    table: type[LabelReport] | type[Snapshot]
    visitor: Visitor

    def demand(self, most: int, each: int, what: str) -> None:
        """Raise `TooMany` where ``most`` of all, or ``each`` of this visitor's, are there."""
        if self.mine() >= each:
            raise TooMany(
                f"you have left {each} {what} here; ask the board's owner to look at them"
            )
        if not self.visitor.known and self.nameless() >= most // NAMELESS:
            raise TooMany(f"this board takes no more {what} without a token")
        if self.all() >= most:
            raise TooMany(f"this board takes no more {what}")

    def all(self, *which: ColumnElement[bool]) -> int:
        """Rows that ``which`` holds of; of reports those that are open."""
        if self.table is LabelReport:
            which = (*which, LabelReport.settled.is_(None))
        return self.session.scalar(select(func.count()).select_from(self.table).where(*which)) or 0

    def mine(self, *which: ColumnElement[bool]) -> int:
        name = self.visitor.name
        return 0 if name is None else self.all(self.table.visitor == name, *which)

    def nameless(self) -> int:
        return self.all(self.table.visitor.startswith(ADDRESS))
