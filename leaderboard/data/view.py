"""A visitor's view of the board: read from an address, written to one, changed."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

from cft_eval.leaderboard.data.suites import Suite
from cft_eval.results import Policy

PAGE_ROWS = 50
"""Measured rows on one page: more would not stay within 20 kB."""

CHOSEN = ("base", "method", "data", "size", "protocol", "tag")
"""Filters of which several values may be chosen: a row has one of them."""

FILTERS = ("q", *CHOSEN)

MOST_PICKED = 26
"""Runs that a visitor may carry along to be compared, as many as one comparison ranks."""

LONGEST = 300
"""Characters of a value."""


@dataclass(frozen=True, slots=True)
class View:
    """Filters, order and page. Defaults do not show in the address."""

    suite: Suite | None = None
    """None is the first suite that has runs."""

    policy: Policy = "strict"
    sort: str = "mean"
    """A column: a benchmark, ``mean``, ``model`` or ``date``."""

    order: str = "desc"
    q: str = ""
    """Part of a model's name, whatever its case."""

    base: tuple[str, ...] = ()
    method: tuple[str, ...] = ()
    """Whatever their case: papers write CFT, configurations cft."""

    data: tuple[str, ...] = ()
    """Training sets."""

    size: tuple[str, ...] = ()
    protocol: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    checkpoints: str = ""
    """``all`` gives every checkpoint a row; else those of one training share that of the last."""

    picked: tuple[str, ...] = ()
    """Ids of the runs that were ticked to be compared."""

    page: int = 1

    def url(self, **changes: Any) -> str:
        """The address of this view with ``changes``; anything but a page number turns back to
        the first page."""
        new = replace(self, **{"page": 1, **changes})
        parts = {
            NAMES.get(field.name, field.name): getattr(new, field.name)
            for field in fields(new)
            if getattr(new, field.name) != field.default
        }
        return "/?" + urlencode(parts, doseq=True) if parts else "/"

    def file(self, ending: str) -> str:
        """The address of these rows, all pages of them, as a file."""
        query = self.url().partition("?")[2]
        return f"/board.{ending}" + (f"?{query}" if query else "")

    def run(self, run: str) -> str:
        """The address of a run's page, under the policy of this view."""
        return f"/runs/{run}" + ("" if self.policy == "strict" else f"?policy={self.policy}")

    @property
    def bare(self) -> str:
        """The address without filters."""
        return self.url(q="", **dict.fromkeys(CHOSEN, ()))

    @property
    def filtered(self) -> bool:
        return any(getattr(self, name) for name in FILTERS)

    @property
    def query(self) -> str:
        """What leads back to this view, without the policy: that goes along by itself."""
        return self.url(policy="strict", page=self.page).partition("?")[2]


NAMES = {"picked": "run"}
"""Fields whose name in an address is another: a ticked run is called as `/compare` calls it."""

_IN_ADDRESSES = {NAMES.get(field.name, field.name) for field in fields(View)}


def ticked_query(text: str, runs: Sequence[str]) -> str:
    """The query of a board with these runs ticked, instead of those that were.

    >>> ticked_query("method=cft&run=1", ["2", "3"])
    'method=cft&run=2&run=3'
    """
    kept = [part for part in parse_qsl(known_query(text)) if part[0] != "run"]
    return urlencode([*kept, *(("run", run) for run in runs[:MOST_PICKED])])


def known_query(text: str) -> str:
    """What a view may be asked by, of the query ``text`` that a visitor carries along.

    >>> known_query("method=cft&method=sft&evil=1&sort=gsm8k")
    'method=cft&method=sft&sort=gsm8k'
    """
    try:
        parts = parse_qs(text, max_num_fields=100)
    except ValueError:
        return ""
    known = {
        name: [value[:LONGEST] for value in values]
        for name, values in parts.items()
        if name in _IN_ADDRESSES and name != "policy"
    }
    return urlencode(known, doseq=True)
