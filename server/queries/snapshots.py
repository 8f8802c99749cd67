"""Snapshots: comparisons stored under their own address, unchanged by later grading."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from cft_eval.results import Policy, RunOutcomes
from cft_eval.server.foundation.errors import Missing
from cft_eval.server.ledger import audit
from cft_eval.server.ledger.seals import seal_snapshot, snapshot_id
from cft_eval.server.queries.catalog import Catalog
from cft_eval.server.queries.visitors import OWNER, Left, Visitor
from cft_eval.server.store.models import RunRow, now
from cft_eval.server.store.models_visitors import Snapshot


@dataclass(frozen=True, slots=True)
class ComparisonSnapshot:
    """A comparison as it was on a day."""

    id: str
    policy: Policy
    runs: tuple[str, ...]
    outcomes: tuple[RunOutcomes, ...]
    checkers: tuple[str, ...]
    """The version of the checker behind each run's outcomes."""

    day: str


@dataclass(frozen=True, slots=True)
class Snapshots:
    """The snapshots of one board, as far as ``catalog`` shows their runs."""

    catalog: Catalog
    most: int = 5_000
    """Some 20 kB each."""

    of_visitor: int = 100

    def take(self, runs: Sequence[str], policy: Policy, visitor: Visitor = OWNER) -> str:
        """Store the outcomes of published runs as they are now; return the snapshot's id.

        Raises `TooMany` where the board, or the visitor's part of it, is full.
        """
        records = [self.catalog.run(run) for run in runs]
        outcomes = [self.catalog.outcomes(run, policy).model_dump(mode="json") for run in runs]
        snapshot = snapshot_id(policy, runs, outcomes)
        with self.catalog.database.write() as session:
            if session.get(Snapshot, snapshot) is not None:
                return snapshot
            left = Left(session, Snapshot, visitor)
            left.demand(most=self.most, each=self.of_visitor, what="snapshots")
            row = Snapshot(
                id=snapshot,
                policy=policy,
                runs=list(runs),
                checkers=[record.checker for record in records],
                outcomes=outcomes,
                created=now(),
                visitor=visitor.name,
            )
            session.add(row)
            audit.record(
                session,
                actor=visitor.name or "anybody",
                action="snapshot.taken",
                subject=snapshot,
                seal=seal_snapshot(row),
            )
        return snapshot

    def get(self, snapshot: str) -> ComparisonSnapshot:
        """A snapshot, where all its runs may still be seen."""
        with self.catalog.database.read() as session:
            row = session.get(Snapshot, snapshot)
        if row is None:
            raise Missing("snapshot", snapshot)
        with self.catalog.database.read() as session:
            seen = select(func.count()).where(self.catalog.visible, RunRow.id.in_(row.runs))
            # Not which run it is that is hidden: to know its name is to know that it is there.
            if session.scalar(seen.select_from(RunRow)) != len(set(row.runs)):
                raise Missing("snapshot", snapshot)
        return ComparisonSnapshot(
            id=row.id,
            policy=row.policy,  # type: ignore[arg-type]  # only `take` writes it
            runs=tuple(row.runs),
            outcomes=tuple(RunOutcomes.model_validate(each) for each in row.outcomes),
            checkers=tuple(row.checkers),
            day=f"{row.created:%Y-%m-%d}",
        )
