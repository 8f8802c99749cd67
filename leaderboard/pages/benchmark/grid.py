"""Problems by models: each cell is a response's verdict, and leads to the response."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from cft_eval.leaderboard.data.suites import title
from cft_eval.leaderboard.pages.common.context import Link, page_links
from cft_eval.records.runs import BenchmarkRecord, GridRun
from cft_eval.render.text import NAME, OUTCOME_NAMES, count, owner_and_name, percent, short
from cft_eval.results import Policy

PAGE_PROBLEMS = 50
"""Rows on one page: each has a cell a run."""

MOST_RUNS = 16

ORDERS = {"": "hardest first", "easy": "easiest first", "number": "number"}

SIGNS = {
    "correct": "✓",
    "wrong": "✗",
    "no_answer": "–",
    "unreadable": "?",
    "bad_reference": "!",
    "too_slow": "…",
}
"""What stands in a cell: colour alone tells some readers nothing."""


class GridHead(NamedTuple):
    model: str
    url: str
    accuracy: str


class GridCell(NamedTuple):
    kind: str
    """The outcome of the response, or ``some`` where repeats differ; empty without a response."""

    sign: str
    url: str
    says: str


class GridRow(NamedTuple):
    position: int
    share: str
    """Of right responses, over all runs of the board."""

    cells: Sequence[GridCell]


@dataclass(frozen=True, slots=True)
class GridContext:
    benchmark: str
    title: str
    heads: Sequence[GridHead]
    rows: Sequence[GridRow]
    orders: Sequence[Link]
    pages: Sequence[Link]
    problems: str
    chosen: bool
    """Whether a visitor named the runs."""

    signs: Sequence[tuple[str, str, str]]
    """Outcome, its sign, its name."""


def grid_context(
    benchmark: str,
    runs: Sequence[GridRun],
    every: BenchmarkRecord,
    *,
    policy: Policy,
    order: str = "",
    page: int = 1,
    chosen: Sequence[str] = (),
) -> GridContext:
    """One page of the grid; ``chosen`` are the runs that the address names."""
    positions = _ordered(every, order)
    shown = positions[(page - 1) * PAGE_PROBLEMS : page * PAGE_PROBLEMS]

    def url(**changes: object) -> str:
        parts = {"run": list(chosen), "policy": policy, "order": order, **changes}
        given = {name: value for name, value in parts.items() if value not in ("", [], 1, "strict")}
        query = urlencode(given, doseq=True)
        return f"/benchmarks/{benchmark}/grid" + (f"?{query}" if query else "")

    return GridContext(
        benchmark=benchmark,
        title=title(benchmark),
        heads=[_head(run, policy) for run in runs],
        rows=[
            GridRow(
                position, _share(every, position), [_cell(run, position, policy) for run in runs]
            )
            for position in shown
        ],
        orders=[Link(name, url(order=key), key == order) for key, name in ORDERS.items()],
        pages=page_links(page, -(-len(positions) // PAGE_PROBLEMS), lambda n: url(page=n)),
        problems=count(len(positions)),
        chosen=bool(chosen),
        signs=[(name, sign, OUTCOME_NAMES[name]) for name, sign in SIGNS.items()],
    )


def _ordered(every: BenchmarkRecord, order: str) -> list[int]:
    known = [at for at in range(len(every.right)) if every.responses[at]]
    if order == "number":
        return known
    sign = -1 if order == "easy" else 1
    return sorted(known, key=lambda at: (sign * every.right[at] / every.responses[at], at))


def _share(every: BenchmarkRecord, position: int) -> str:
    return percent(float(every.right[position] / max(every.responses[position], 1)), places=0)


def _head(run: GridRun, policy: Policy) -> GridHead:
    step = "" if run.step is None else f", step {count(run.step)}"
    graded = "" if policy == "strict" else f"?policy={policy}"
    name = short(owner_and_name(run.model)[1], NAME) + step
    return GridHead(name, f"/runs/{run.run}{graded}", percent(run.accuracy))


def _cell(run: GridRun, position: int, policy: Policy) -> GridCell:
    if position >= len(run.outcomes) or not run.outcomes[position]:
        return GridCell("", "", "", "not answered")
    outcome, share = run.outcomes[position], float(run.right[position])
    query = {"task": run.task} if policy == "strict" else {"task": run.task, "policy": policy}
    address = f"/runs/{run.run}/samples/{int(run.numbers[position])}?{urlencode(query)}"
    name = OUTCOME_NAMES[outcome]
    if 0 < share < 1:
        return GridCell("some", percent(share, places=0), address, f"{percent(share)} % right")
    return GridCell(outcome, SIGNS[outcome], address, name)
