"""What links carry from page to page: the grading policy, and the board that a visitor came from.

Pages come in as HTML, with plain links; they go out with these two in every link to a page, so that
no page's builder can forget them. Files and the API get neither.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import quote

from markupsafe import escape

from cft_eval.results import Policy

_LINK = re.compile(r'( data-own)? href="(/[^"#]*)(#[^"]*)?"')
"""A link; what says ``data-own`` chooses a policy itself, where strict goes without saying."""

_FORM = re.compile(r"<form [^>]*data-carry[^>]*>")
_PLAIN = re.compile(r"/(?:static/|api/|docs|login|admin|feed\.|comparisons/)|[^?]*\.\w+(?:\?|$)")
"""Addresses that take neither."""


@dataclass(frozen=True, slots=True)
class Trail:
    policy: Policy = "strict"
    board: str = ""
    """The query of the board's address, as `view.known_query` leaves it."""

    back: str = ""
    """The query that the way back to the board has, where it is another: with more runs ticked."""

    home: bool = False
    """Whether the page is the board itself, whose name leads to all runs."""

    origin: str = ""
    """The address of the server as the visitor calls it, for previews; empty where it is not known
    (a page that is the same for all)."""


def carried(html: str, trail: Trail) -> str:
    """The page with the policy and the board in its links and its forms for searching."""
    if trail.policy == "strict" and not trail.board and not trail.back:
        return html
    own = replace(trail, policy="strict")

    def link(match: re.Match[str]) -> str:
        address = _with(match[2], own if match[1] else trail)
        return f'{match[1] or ""} href="{address}{match[3] or ""}"'

    html = _LINK.sub(link, html)
    return _FORM.sub(lambda match: match[0] + _hidden(trail), html)


def _with(address: str, trail: Trail) -> str:
    """``address``, escaped as it stands in HTML, with what it lacks."""
    back = trail.back or trail.board
    if address == "/" and back and not trail.home:
        return _joined("/", [str(escape(back)), _policy(trail)])
    if address.startswith("/?") or _PLAIN.match(address):
        return address
    added = []
    if not re.search(r"[?;&]policy=", address):
        added.append(_policy(trail))
    if trail.board and address != "/" and "board=" not in address:
        added.append(f"board={_quoted(trail.board)}")
    return _joined(address, added)


@lru_cache(maxsize=64)  # each of a page's three hundred links has it
def _quoted(board: str) -> str:
    return quote(board, safe="")


def _policy(trail: Trail) -> str:
    return "" if trail.policy == "strict" else f"policy={trail.policy}"


def _joined(address: str, parts: list[str]) -> str:
    query = "&amp;".join(filter(None, parts))
    return f"{address}{'&amp;' if '?' in address else '?'}{query}" if query else address


def _hidden(trail: Trail) -> str:
    parts = {"policy": "" if trail.policy == "strict" else trail.policy, "board": trail.board}
    return "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in parts.items()
        if value
    )
