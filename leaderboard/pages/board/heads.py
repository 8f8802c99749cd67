"""Heads of columns that sort a table: the address of the other order, and what is sorted now."""

from cft_eval.leaderboard.data.view import View
from cft_eval.leaderboard.pages.common.context import Column


def head(view: View, key: str, label: str, note: str = "") -> Column:
    """The head of the column ``key``; text sorts from A, numbers from the highest."""
    if view.sort != key:
        first = "asc" if key == "model" else "desc"
        return Column(key, label, view.url(sort=key, order=first), "none", note)
    now, other = ("ascending", "desc") if view.order == "asc" else ("descending", "asc")
    return Column(key, label, view.url(sort=key, order=other), now, note)
