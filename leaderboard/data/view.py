"""What a visitor wants to see of the board; an address with all of it, and a change of it."""

from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from cft_eval.leaderboard.data.frames import Suite
from cft_eval.results import Policy

PAGE_ROWS = 50
"""Measured rows on one page: more would not stay within 20 kB."""

FILTERS = ("q", "base", "method", "data", "size", "protocol", "tag")


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

    base: str = ""
    method: str = ""
    """Whatever its case: papers write CFT, configurations cft."""

    data: str = ""
    """Training set."""

    size: str = ""
    protocol: str = ""
    tag: str = ""
    page: int = 1

    def url(self, **changes: Any) -> str:
        """The address of this view with ``changes``; anything but a page number turns back to
        the first page."""
        new = replace(self, **{"page": 1, **changes})
        parts = {
            field.name: getattr(new, field.name)
            for field in fields(new)
            if getattr(new, field.name) != field.default
        }
        return "/?" + urlencode(parts) if parts else "/"

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
        return self.url(**dict.fromkeys(FILTERS, ""))

    @property
    def filtered(self) -> bool:
        return any(getattr(self, name) for name in FILTERS)
