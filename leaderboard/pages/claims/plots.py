"""The plots beside the claims: what is measured on a board, and what papers report, in numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from cft_eval.leaderboard.data.claims import Arm, Stand
from cft_eval.leaderboard.data.finals import final_runs, training_names
from cft_eval.leaderboard.data.frames import standing
from cft_eval.leaderboard.data.reported import reported
from cft_eval.leaderboard.data.suites import title
from cft_eval.leaderboard.pages.claims.arm_map import by_arm
from cft_eval.leaderboard.pages.claims.context import Chart
from cft_eval.render.charts import (
    Axis,
    Curve,
    Point,
    curves_chart,
    decades,
    key,
    linear,
    points_chart,
)
from cft_eval.render.text import DASH, both_ends, count, owner_and_name, percent, short, span
from cft_eval.testsets import SUITE

BASE = "qwen2.5-math-7b"
"""The base model of the paper's ablations: sizes of training sets are compared on it."""

MOST = 80
"""Runs whose points can still be distinguished."""

NAME_LETTERS = 28
"""Letters of a model's name beside its point."""

MEAN = "Mean of six test sets, % correct"

LEGEND = (
    ("cft", "CFT, measured here"),
    ("sft", "SFT, measured here"),
    ("other", "another method, measured here"),
    ("reported", "reported by papers"),
)

CURVE = "Accuracy during training"
CURVE_CAPTION = (
    "Percent correct by optimiser step. Bold: the mean of the six sets, with 95 % intervals."
)
CURVE_HEADS = ("Step", "Mean", *map(title, SUITE))

Row = Mapping[Any, Any]


def charts(rows: pd.DataFrame, stands: Mapping[Arm, Stand]) -> list[Chart]:
    """The plots of a board's ``rows`` (see `frames.board`), and the runs that stand for arms."""
    whole = rows[rows["mean"].notna() & ~rows["partial"].astype(bool)].reset_index()
    return [by_examples(final_runs(whole)), by_step(whole), by_arm(whole, stands)]


def by_examples(rows: pd.DataFrame, *, most: int = MOST) -> Chart:
    """Accuracy against training examples, on a log axis; ``rows`` with their runs in a column."""
    of_base = [base.rpartition("/")[2].casefold() == BASE for base in rows["base_model"]]
    mine = rows[np.array(of_base, dtype=bool)].dropna(subset="training_examples")
    latest = mine.sort_values("evaluated", kind="stable").tail(most)
    measured = [_measured_point(row) for row in latest.to_dict("records")]
    points = sorted([*measured, *_cited_points()], key=lambda p: (p.kind == "reported", -p.y))
    x, y = decades(1_000, 9_000_000, "Training examples"), _percents(points, MEAN)
    drawing = points_chart(points, x, y, label=f"Mean accuracy of {len(points)} models by examples")
    cut = f" Shown: the {most} latest of {count(len(mine))} runs." if len(mine) > most else ""
    return Chart(
        key="examples",
        title="Accuracy against training examples",
        drawing=drawing,
        caption="Models trained from Qwen2.5-Math-7B. Measured means have 95 % intervals; papers "
        "give none. Hover over a mark, or move to it with the tab key, to see what it is; "
        f"click it to open the run or the paper.{cut}",
        empty="",
        heads=("Model", "Examples", "Mean", "95 % interval", "Kind"),
        rows=[_point_row(point) for point in points],
        legend=[(key(kind), name) for kind, name in LEGEND],
    )


def by_step(rows: pd.DataFrame) -> Chart:
    """Accuracy over the checkpoints of one training: the one with the most."""
    keys = ["base_model", "method", "training_data"]
    stepped = rows.dropna(subset="step")
    sizes = stepped.groupby(keys)["step"].nunique() if len(stepped) else pd.Series(dtype=int)
    if sizes.empty or sizes.max() < 2:
        return _no_curve()
    largest: Any = sizes.idxmax()
    family = stepped[(stepped[keys] == list(largest)).all(axis=1)]
    names = pd.Series(training_names(family), index=family.index)
    longest = family["step"].groupby(names).nunique().idxmax()
    return training_curve(family[names == longest].to_dict("records"))


def _no_curve() -> Chart:
    return Chart(
        key="steps",
        title=CURVE,
        drawing=Markup(""),
        caption=CURVE_CAPTION,
        empty="No training run on this board has two checkpoints. Push runs with their step.",
        heads=CURVE_HEADS,
        rows=(),
    )


def training_curve(rows: Sequence[Row]) -> Chart:
    """The checkpoints of one training, among whole runs of it."""
    by_step = {
        float(row["step"]): row
        for row in sorted(rows, key=lambda row: row["evaluated"])
        # pandas' missing numbers are not even equal to themselves.
        if row["step"] is not None and row["step"] == row["step"]
    }
    listed = [by_step[step] for step in sorted(by_step)]
    if len(listed) < 2:
        return _no_curve()
    curves = [_curve(listed, "mean", "mean", "cft")]
    curves += [_curve(listed, name, title(name), "thin") for name in SUITE]
    y = _percents([point for curve in curves for point in curve.points], "% correct")
    x = _steps_axis(float(listed[-1]["step"]))
    said = [str(listed[-1][key]) for key in ("base_model", "method", "training_data")]
    name = " · ".join(part for part in said if part)
    return Chart(
        key="steps",
        title=CURVE,
        drawing=curves_chart(curves, x, y, label=f"Accuracy by step of {name}"),
        caption=f"{short(name, 120)}. {CURVE_CAPTION}",
        empty="",
        heads=CURVE_HEADS,
        rows=[
            (count(int(row["step"])), *(percent(row[each]) for each in ("mean", *SUITE)))
            for row in listed
        ],
    )


def _measured_point(row: Row) -> Point:
    method = str(row["method"]).casefold()
    kind = method if method in ("cft", "sft") else "other"
    name = both_ends(owner_and_name(str(row["model"]))[1], NAME_LETTERS)
    accuracy, low, high = (100 * share for share in standing(row, "mean")[:3])
    examples = float(row["training_examples"])
    return Point(
        examples,
        accuracy,
        name,
        kind,
        low=low,
        high=high,
        url=f"/runs/{row['run']}",
        note=f"{count(int(examples))} examples",
    )


def _cited_points() -> list[Point]:
    """Models of papers with a mean over all six sets, whatever tables it is put together from."""
    cited = reported()
    mine = cited[
        cited["benchmark"].isin(SUITE)
        & (cited["base_model"].str.casefold() == BASE)
        & cited["training_examples"].notna()
    ].drop_duplicates(["model", "benchmark"])
    whole = [(str(model), rows) for model, rows in mine.groupby("model") if len(rows) == len(SUITE)]
    return [
        Point(
            float(rows["training_examples"].iloc[0]),
            float(rows["score"].mean()),
            _cited_name(model),
            "reported",
            url=f"https://arxiv.org/abs/{rows['source'].iloc[0].removeprefix('arXiv ')}",
            note="reported",
        )
        for model, rows in whole
    ]


def _cited_name(model: str) -> str:
    plain = model.removeprefix("Qwen2.5-Math-7B").strip("- ")
    return both_ends(plain.replace("WebInstruct-", "") or model, NAME_LETTERS)


def _steps_axis(last: float) -> Axis:
    """From 0 to the last step, and space behind it for the curves' names."""
    plain = linear(0, max(last, 1), "Optimiser step")
    ticks = [tick for tick in plain.ticks if tick[0] <= last]
    return Axis(0, 1.22 * max(last, 1), ticks, plain.label)


def _percents(points: Sequence[Point], label: str) -> Axis:
    ends = [end for p in points for end in (p.y, p.low, p.high) if end is not None]
    return linear(max(0.0, min(ends, default=0) - 2), min(100.0, max(ends, default=100) + 2), label)


def _curve(rows: Sequence[Row], name: str, label: str, kind: str) -> Curve:
    points = []
    for row in rows:
        score = standing(row, name)
        url, note = f"/runs/{row['run']}", f"step {count(int(row['step']))}"
        point = Point(float(row["step"]), 100 * score.accuracy, label, kind, url=url, note=note)
        if kind == "cft":
            point = replace(point, low=100 * score.low, high=100 * score.high)
        points.append(point)
    return Curve(label, kind, points)


def _point_row(point: Point) -> tuple[str, ...]:
    bounds = DASH
    if point.low is not None and point.high is not None:
        bounds = span(point.low / 100, point.high / 100)
    kind = "reported" if point.kind == "reported" else "measured"
    return point.label, count(int(point.x)), percent(point.y / 100), bounds, kind
