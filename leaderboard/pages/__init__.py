"""A page is one context and one template: the context comes in, HTML goes out."""

import hashlib
import re
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import Markup, escape

from cft_eval.leaderboard.data.suites import title
from cft_eval.leaderboard.pages.about.context import AboutContext
from cft_eval.leaderboard.pages.admin.context import AdminContext
from cft_eval.leaderboard.pages.benchmark.context import BenchmarkContext
from cft_eval.leaderboard.pages.benchmark.grid import GridContext
from cft_eval.leaderboard.pages.board.context import BoardContext
from cft_eval.leaderboard.pages.claims.context import ClaimsContext
from cft_eval.leaderboard.pages.common.context import ApiContext, ErrorContext
from cft_eval.leaderboard.pages.common.trail import Trail, carried
from cft_eval.leaderboard.pages.compare.context import CompareContext, PickContext
from cft_eval.leaderboard.pages.cost.context import CostContext
from cft_eval.leaderboard.pages.items.context import ErrorQueueContext, ItemContext, ItemsContext
from cft_eval.leaderboard.pages.model.context import ModelContext
from cft_eval.leaderboard.pages.run.address import sample_url
from cft_eval.leaderboard.pages.run.context import RunContext, SampleContext
from cft_eval.render.svg import shares
from cft_eval.render.template import environment
from cft_eval.render.tex import formula
from cft_eval.render.text import (
    OUTCOME_NAMES,
    POLICY_NAMES,
    REPORT_KINDS,
    count,
    percent,
    short,
)

FOLDER = Path(__file__).parent
"""Each page's templates lie in a folder of their own; their names are unique."""

NOWHERE = Trail()

STATIC = {
    "style.css": "text/css",
    "icon.svg": "image/svg+xml",
    "keys.js": "text/javascript",
    "live.js": "text/javascript",
}
"""The files that pages refer to, and what they are."""


TEMPLATES = {
    BoardContext: "board.html",
    RunContext: "run.html",
    SampleContext: "sample.html",
    ClaimsContext: "claims.html",
    CostContext: "cost.html",
    ModelContext: "model.html",
    CompareContext: "compare.html",
    PickContext: "pick.html",
    ItemsContext: "items.html",
    ItemContext: "item.html",
    BenchmarkContext: "benchmark.html",
    GridContext: "grid.html",
    ErrorQueueContext: "errata.html",
    ErrorContext: "error.html",
    ApiContext: "api.html",
    AdminContext: "admin.html",
    AboutContext: "about.html",
}
"""A page is one context and one template."""


def page(context: object, trail: Trail = NOWHERE) -> str:
    """The page of ``context``, with what goes along in its links."""
    template = _environment().get_template(TEMPLATES[type(context)])
    return carried(template.render(page=context, origin=trail.origin), trail)


def standalone(text: str, address: str) -> str:
    """A page as one file that needs no server: style and icon lie in it, and its links lead to
    the board at ``address``."""
    style = f"<style>{static('style.css').decode()}</style>"
    text = text.replace(f'<link rel="stylesheet" href="{static_url("style.css")}">', style)
    for script in ("keys.js", "live.js"):
        text = text.replace(f'<script src="{static_url(script)}" defer></script>', "")
    icon = "data:image/svg+xml," + quote(static("icon.svg"))
    text = text.replace(static_url("icon.svg"), icon)
    # No text of others holds a quotation mark that is not escaped.
    return re.sub(
        r' (href|action|formaction)="/', lambda match: f' {match[1]}="{escape(address)}/', text
    )


@cache
def static(name: str) -> bytes:
    """The content of one of `STATIC`."""
    return (FOLDER.parent / "static" / name).read_bytes()


@cache
def static_url(name: str) -> str:
    """The address of one of `STATIC`; another content has another address."""
    return f"/static/{name}?v={hashlib.sha256(static(name)).hexdigest()[:8]}"


def ticked(text: str) -> Markup:
    """A sentence of ours, with what stands between backticks as code.

    >>> ticked("a `b` ``<c>``")
    Markup('a <code>b</code> <code>&lt;c&gt;</code>')
    """
    parts = re.split(r"``?([^`]+)``?", text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )


def breakable(name: str) -> Markup:
    """A name that may go on in another line where a word in it begins.

    >>> breakable("OlympiadBench")
    Markup('Olympiad<wbr>Bench')
    """
    return Markup("<wbr>").join(re.split(r"(?<=[a-z])(?=[A-Z])", name))


@cache
def _environment() -> Environment:
    templates = environment(sorted(FOLDER.glob("*/")))
    templates.filters |= {
        "benchmark": title,
        "breakable": breakable,
        "formula": formula,
        "percent": percent,
        "short": short,
        "ticked": ticked,
        "thousands": count,
    }
    templates.globals |= {
        "kinds": REPORT_KINDS,
        "outcomes": OUTCOME_NAMES,
        "policies": POLICY_NAMES,
        "sample_url": sample_url,
        "shares": shares,
        "static_url": static_url,
    }
    return templates
