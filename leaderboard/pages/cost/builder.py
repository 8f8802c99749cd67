"""Accuracy against what it takes: tokens of a response, and parameters of the model.

The rows of a board come in, with the tokens of their tasks; what is not known is left out and
counted.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from cft_eval.leaderboard.data.frames import standing
from cft_eval.leaderboard.data.table import Table
from cft_eval.leaderboard.pages.claims.context import Chart
from cft_eval.leaderboard.pages.claims.plots import LEGEND, NAME_LETTERS
from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.leaderboard.pages.cost.context import CostContext
from cft_eval.render.charts import Point, around, key, linear, points_chart
from cft_eval.render.text import (
    POLICY_NAMES,
    billions,
    both_ends,
    count,
    owner_and_name,
    percent,
    span,
)
from cft_eval.results import Policy
from cft_eval.testsets import SUITE

MOST = 60
"""Models whose points can still be distinguished, the best ones."""

CANDIDATES = 4 * MOST
"""Whole runs of which the price is looked up: the best may not record it."""

MEAN = "Mean of six test sets, % correct"

Row = Mapping[str, Any]
Tokens = Mapping[str, Mapping[str, float]]


def priced(table: Table) -> list[Row]:
    """The best whole runs of a board, whose prices are looked up."""
    whole = (table.column("best") > 0).nonzero()[0][:CANDIDATES]
    return table.rows(whole)


def cost_context(rows: Sequence[Row], tokens: Tokens, policy: Policy) -> CostContext:
    return CostContext(
        charts=[by_tokens(rows, tokens), by_size(rows)],
        policies=[
            Link(name, "/cost" + ("" if each == "strict" else f"?policy={each}"), each == policy)
            for each, name in POLICY_NAMES.items()
        ],
    )


def by_tokens(rows: Sequence[Row], tokens: Tokens) -> Chart:
    """The mean over the six sets of the mean tokens of a response."""
    known = {row["run"]: _mean_tokens(row, tokens.get(row["run"], {})) for row in rows}
    points = [
        _point(row, price, f"{count(round(price))} tokens")
        for row in rows
        if (price := known[row["run"]]) is not None
    ]
    return _chart(
        "tokens",
        "Accuracy against response length",
        "Tokens per response, mean of six test sets",
        points[:MOST],
        left_out=len(rows) - len(points),
        why="No run of all six sets on this board recorded its tokens. vLLM and API servers "
        "record them.",
    )


def by_size(rows: Sequence[Row]) -> Chart:
    points = [
        _point(row, size, f"{size:g}B parameters")
        for row in rows
        if (size := billions(_whole(row["parameters"]), row["model"], row["base_model"]))
    ]
    return _chart(
        "size",
        "Accuracy against model size",
        "Parameters, billions",
        points[:MOST],
        left_out=len(rows) - len(points),
        why="No run of all six sets on this board records the size of its model.",
    )


def _chart(
    name: str, title: str, across: str, points: Sequence[Point], *, left_out: int, why: str
) -> Chart:
    heads = ("Model", across, "Mean", "95 % interval")
    if not points:
        return Chart(
            key=name, title=title, drawing=Markup(""), caption="", empty=why, heads=heads, rows=()
        )
    ends = [end for point in points for end in (point.low, point.high) if end is not None]
    y = linear(max(0.0, min(ends) - 2), min(100.0, max(ends) + 2), MEAN)
    drawing = points_chart(
        points,
        around([point.x for point in points], across),
        y,
        label=f"{title}: {len(points)} models",
        front=True,
    )
    missing = f" {left_out} runs that do not record it are left out." if left_out else ""
    return Chart(
        key=name,
        title=title,
        drawing=drawing,
        caption="Whole runs measured here, the best of the board, with 95 % intervals. The broken "
        "line goes through those that none beats at the same price or less (the Pareto front); "
        f"neighbours whose intervals overlap may change places.{missing}",
        empty="",
        heads=heads,
        rows=[
            (
                point.label,
                f"{point.x:,.4g}",
                percent(point.y / 100),
                span((point.low or 0) / 100, (point.high or 0) / 100),
            )
            for point in sorted(points, key=lambda point: (point.x, -point.y))
        ],
        legend=[(key(kind), words) for kind, words in LEGEND if kind != "reported"],
    )


def _mean_tokens(row: Row, tokens: Mapping[str, float]) -> float | None:
    """None where a set was not counted: a mean of fewer would be that of others."""
    tasks = [str(row.get(f"{name}:task")) for name in SUITE]
    known = [tokens[task] for task in tasks if task in tokens]
    return sum(known) / len(known) if len(known) == len(SUITE) else None


def _point(row: Row, price: float, note: str) -> Point:
    method = str(row["method"]).casefold()
    accuracy, low, high = (100 * share for share in standing(row, "mean")[:3])
    return Point(
        price,
        accuracy,
        both_ends(owner_and_name(str(row["model"]))[1], NAME_LETTERS),
        method if method in ("cft", "sft") else "other",
        low=low,
        high=high,
        url=f"/runs/{row['run']}",
        note=note,
    )


def _whole(value: Any) -> int | None:
    return None if value is None or value != value else int(value)
