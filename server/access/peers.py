"""Find which user's process is at the other end of a connection on this machine.

A proxy that adds no header looks like its visitors' own browser, but the kernel knows its user.
The two ends of a connection go in; a user id comes out, or None where the kernel does not tell.
"""

import sys
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

PROC = Path("/proc/net")

_LOCAL, _REMOTE, _UID = 1, 2, 7
"""Columns of Linux's connection tables."""


def user_of(
    address: IPv4Address | IPv6Address, port: int, *, to_port: int, proc: Path = PROC
) -> int | None:
    """The user who owns the end ``address``:``port`` of a connection to our ``to_port``."""
    here, there = f"{_hex(address)}:{port:04X}", f":{to_port:04X}"
    for row in _rows(proc / ("tcp" if address.version == 4 else "tcp6")):
        if row[_LOCAL] == here and row[_REMOTE].endswith(there):
            return int(row[_UID])
    return None


def _rows(table: Path) -> Iterator[list[str]]:
    try:
        lines = table.read_text("ascii").splitlines()[1:]
    except OSError:  # not Linux, or it may not be read
        return
    rows = (line.split() for line in lines)
    yield from (row for row in rows if len(row) > _UID)


def _hex(address: IPv4Address | IPv6Address) -> str:
    """As the kernel writes it: words of four bytes, in the machine's order."""
    packed = address.packed
    words = (packed[start : start + 4] for start in range(0, len(packed), 4))
    return "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)
