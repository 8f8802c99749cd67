"""Leases: how long a worker holds an upload that it grades or an evaluation that it runs.

A lease counts by the database's clock, which is one for all workers. A worker that did not renew
its lease is taken for dead: what it held is free again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Select, or_
from sqlalchemy.orm import Session

from cft_eval.server.store.database import Database
from cft_eval.server.store.models import Leased

_Row = TypeVar("_Row", bound=Leased)


@dataclass(frozen=True, slots=True)
class LeaseQueue(Generic[_Row]):
    """The rows of one table, each held by one worker at a time."""

    database: Database
    table: type[_Row]
    seconds: int
    """After so long without a renewal a lease has ended."""

    def lapsed(self, clock: datetime) -> ColumnElement[bool]:
        """Whether nobody's lease is in force at ``clock``."""
        return or_(self.table.lease_until.is_(None), self.table.lease_until < clock)

    def take(
        self,
        session: Session,
        waiting: Callable[[datetime], Select[_Row]],
        *,
        worker: str,
        fits: Callable[[_Row], bool] = lambda row: True,
    ) -> _Row | None:
        """The first row that waits and fits, held by ``worker`` from now on; None where none is."""
        rows = session.scalars(waiting(self.database.clock(session)))
        row = next(filter(fits, rows), None)
        if row is not None:
            row.worker, row.attempts = worker, row.attempts + 1
            self.renew(session, row)
        return row

    def renew(self, session: Session, row: _Row) -> None:
        row.lease_until = self.database.clock(session) + timedelta(seconds=self.seconds)

    @staticmethod
    def release(row: Leased) -> None:
        row.worker = row.lease_until = None
