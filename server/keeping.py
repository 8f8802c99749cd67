"""Keep what visitors leave: doubts about references, and comparisons as they are now."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from sqlalchemy import func, select

from cft_eval.leaderboard.records import ReportRecord
from cft_eval.results import Policy, RunOutcomes
from cft_eval.server.catalog import Catalog
from cft_eval.server.models import RunRow
from cft_eval.server.problems import Problem, not_found
from cft_eval.server.visitors import LabelReport, Snapshot

MAX_REPORTS = 2_000
"""Open reports of all problems; a board is no place for a flood of them."""

MAX_ITEM_REPORTS = 20
"""Open reports of one problem: more say nothing new."""

MAX_SNAPSHOTS = 5_000
"""Some 20 kB each."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A comparison as it was kept."""

    id: str
    policy: Policy
    runs: tuple[str, ...]
    outcomes: tuple[RunOutcomes, ...]
    day: str


@dataclass(frozen=True, slots=True)
class Keeping:
    catalog: Catalog

    def report(self, record: ReportRecord) -> None:
        """Put a doubt into the queue; raises a `Problem` where it is full."""
        mine = select(func.count()).where(LabelReport.item == record.item)
        with self.catalog.database.write() as session:
            if (session.scalar(select(func.count(LabelReport.id))) or 0) >= MAX_REPORTS:
                raise _full("the queue of reports is full")
            if (session.scalar(mine) or 0) >= MAX_ITEM_REPORTS:
                raise _full("this problem has been reported often enough; thank you")
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
                )
            )

    def reports(self) -> list[ReportRecord]:
        """Every open report, the newest first."""
        # A report on a response of a run that this visitor may not see says too much of it.
        seen = select(RunRow.id).where(self.catalog.visible)
        newest = (
            select(LabelReport)
            .where(LabelReport.run_id.in_(seen))
            .order_by(LabelReport.created.desc(), LabelReport.id)
        )
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
                )
                for row in session.scalars(newest)
            ]

    def freeze(self, runs: Sequence[str], policy: Policy) -> str:
        """Keep the outcomes of published runs as they are now; the id of the comparison."""
        records = [self.catalog.run(run) for run in runs]
        outcomes = [self.catalog.outcomes(run, policy).model_dump(mode="json") for run in runs]
        content = json.dumps([policy, list(runs), outcomes], sort_keys=True)
        snapshot = hashlib.sha256(content.encode()).hexdigest()[:16]
        with self.catalog.database.write() as session:
            if session.get(Snapshot, snapshot) is not None:
                return snapshot
            if (session.scalar(select(func.count(Snapshot.id))) or 0) >= MAX_SNAPSHOTS:
                raise _full("this board keeps no more comparisons")
            session.add(
                Snapshot(
                    id=snapshot,
                    policy=policy,
                    runs=list(runs),
                    checkers=[record.checker for record in records],
                    outcomes=outcomes,
                )
            )
        return snapshot

    def frozen(self, snapshot: str) -> Frozen:
        """A comparison that was kept, where all its runs may still be seen."""
        with self.catalog.database.read() as session:
            row = session.get(Snapshot, snapshot)
        if row is None:
            raise not_found("kept comparison", snapshot)
        with self.catalog.database.read() as session:
            seen = select(func.count()).where(self.catalog.visible, RunRow.id.in_(row.runs))
            # Not which run it is that is hidden: to know its name is to know that it is there.
            if session.scalar(seen.select_from(RunRow)) != len(set(row.runs)):
                raise not_found("kept comparison", snapshot)
        return Frozen(
            row.id,
            row.policy,  # type: ignore[arg-type]  # only `freeze` writes it
            tuple(row.runs),
            tuple(RunOutcomes.model_validate(kept) for kept in row.outcomes),
            f"{row.created:%Y-%m-%d}",
        )


def _full(what: str) -> Problem:
    return Problem(HTTPStatus.TOO_MANY_REQUESTS, what)
