"""Limit what visitors leave on a board: label reports and snapshots.

Each visitor has a limit, and all of them together a larger one. Visitors without a token share a
fixed part of it, however many addresses one of them has.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from cft_eval.server.foundation.errors import TooMany
from cft_eval.server.store.models_visitors import LabelReport, Snapshot

ADDRESS = "address "
"""How the name of a visitor without a token begins."""

NAMELESS = 2
"""Visitors without a token share one part in this many; the rest is for visitors with one."""


def network_of(address: str) -> str:
    """The address, or for IPv6 its /64, which a provider gives to one customer.

    >>> network_of("2001:db8::1") == network_of("2001:db8::ffff:2"), network_of("192.0.2.1")
    (True, '192.0.2.1')
    """
    address = unmapped(address)
    with suppress(ValueError):
        if (parsed := ip_address(address)).version == 6:
            return str(ip_network((parsed, 64), strict=False))
    return address


def unmapped(address: str) -> str:
    """An address of IPv4 as such, which a socket for both writes as one of IPv6.

    >>> unmapped("::ffff:192.0.2.1"), unmapped("2001:db8::1"), unmapped("testclient")
    ('192.0.2.1', '2001:db8::1', 'testclient')
    """
    with suppress(ValueError):
        parsed = ip_address(address)
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
    return address


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who leaves a report or a snapshot."""

    name: str | None
    """A token's id, or a short hash of an address; None on a board that serves one person."""

    known: bool
    """Whether they brought a token."""

    @classmethod
    def at(cls, address: str) -> "Visitor":
        """A visitor without a token: only a short hash of the address is stored, shared by many."""
        digest = hashlib.sha256(network_of(address).encode()).hexdigest()
        return cls(f"{ADDRESS}{digest[:8]}", known=False)


OWNER = Visitor(None, known=True)
"""The owner of a board that serves one person."""


@dataclass(frozen=True, slots=True)
class Left:
    """The rows of one table that this visitor, and all visitors, have left."""

    session: Session
    table: type[LabelReport] | type[Snapshot]
    visitor: Visitor

    def demand(self, *, most: int, each: int, what: str) -> None:
        """Raise `TooMany` where ``most`` of all, or ``each`` of this visitor's, are there."""
        if self.mine() >= each:
            raise TooMany(
                f"you have {each} {what} here, the limit; ask the board's owner to read them"
            )
        if (
            not self.visitor.known
            and self.all(self.table.visitor.startswith(ADDRESS)) >= most // NAMELESS
        ):
            raise TooMany(f"this board accepts no more {what} without a token")
        if self.all() >= most:
            raise TooMany(f"this board accepts no more {what}")

    def all(self, *which: ColumnElement[bool]) -> int:
        """Rows that ``which`` holds of; of reports those that are open."""
        if self.table is LabelReport:
            which = (*which, LabelReport.settled.is_(None))
        return self.session.scalar(select(func.count()).select_from(self.table).where(*which)) or 0

    def mine(self, *which: ColumnElement[bool]) -> int:
        name = self.visitor.name
        return 0 if name is None else self.all(self.table.visitor == name, *which)
