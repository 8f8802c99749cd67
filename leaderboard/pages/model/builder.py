"""One model: its runs, the checkpoints of its training, and how much repeats of it differ."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from cft_eval.leaderboard.data.finals import trainings
from cft_eval.leaderboard.data.frames import standing
from cft_eval.leaderboard.data.suites import benchmark_order, title
from cft_eval.leaderboard.data.table import Table
from cft_eval.leaderboard.pages.claims.plots import training_curve
from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.leaderboard.pages.model.address import model_url
from cft_eval.leaderboard.pages.model.context import ModelContext, ModelRun, RepeatSpread
from cft_eval.leaderboard.pages.run.reproduce import HUB_NAME
from cft_eval.records.runs import RunRecord
from cft_eval.render.text import (
    DASH,
    NAME,
    POLICY_NAMES,
    about,
    count,
    percent,
    points,
    short,
    span,
    visible,
)
from cft_eval.results import Policy
from cft_eval.testsets import SUITE

MOST_RECORDS = 30
"""Runs of the model that are read for what they say of it."""

MOST_RUNS = 60
"""Runs in the table, with those of its training."""

COMPARED = 26


def model_context(
    name: str, records: Sequence[RunRecord], table: Table, policy: Policy
) -> ModelContext:
    """The page of the model ``name``; ``records`` are runs of it, the newest first, and ``table``
    is the board of the six sets, a row a run."""
    related = _related(name, table)
    own, listed = related.own, related.own + related.others
    shown = {str(row["run"]) for row in listed}
    graded = "" if policy == "strict" else f"?policy={policy}"
    runs = [_run(row, name, graded) for row in listed[:MOST_RUNS]]
    runs += [_other(record, policy, graded) for record in records if record.id not in shown]
    query = urlencode({"run": [row["run"] for row in listed]}, doseq=True)
    model = records[0].run.model
    known = any(record.run.model.sha for record in records)
    return ModelContext(
        model=visible(name),
        about=about(model),
        hub=f"https://huggingface.co/{name}" if known and HUB_NAME.fullmatch(name) else "",
        heads=["Mean", *map(title, SUITE)],
        runs=runs,
        more=max(0, len(listed) - MOST_RUNS),
        compare_url=f"/compare?{query}" if 1 < len(listed) <= COMPARED else "",
        spreads=[*_repeats(own), *_trainings(own, related.others)],
        curve=training_curve([row for row in own if _whole(row)]),
        best=_best([row for row in own if _whole(row) and _step(row) is not None]),
        policies=[
            Link(
                label,
                model_url(name) + ("" if each == "strict" else f"&policy={each}"),
                each == policy,
            )
            for each, label in POLICY_NAMES.items()
        ],
    )


Row = Mapping[str, Any]


class _Related(NamedTuple):
    """Rows of a board by step, then by date."""

    own: list[Row]
    """Of the model, and the checkpoints of its training."""

    others: list[Row]
    """The final runs of other trainings of its recipe, such as other seeds."""


def _related(name: str, table: Table) -> _Related:
    at = table.once("by name", lambda: _by_name(table))
    recipes, names = table.once("trainings", lambda: trainings(table.frame))
    mine = at.get(name, [])
    own, others = set(mine), set()
    training = {(recipes[index], names[index]) for index in mine if recipes[index] >= 0}
    steps = table.column("step").astype(float)
    for recipe in {recipe for recipe, _ in training}:
        for index in np.flatnonzero(recipes == recipe).tolist():
            if (recipe, names[index]) in training:
                own.add(index)
            else:
                others.add(index)
    final: dict[str, int] = {}
    for index in sorted(others, key=lambda index: (_order(steps[index]), table.runs[index])):
        final[names[index]] = index
    return _Related(_rows(table, own), _rows(table, final.values()))


def _by_name(table: Table) -> dict[str, list[int]]:
    at: dict[str, list[int]] = {}
    for index, model in enumerate(table.column("model")):
        at.setdefault(model, []).append(index)
    return at


def _rows(table: Table, indices: Iterable[int]) -> list[Row]:
    rows = table.rows(np.array(sorted(indices), dtype=np.int64))
    return sorted(rows, key=lambda row: (_order(row["step"]), row["evaluated"]))


def _order(step: Any) -> float:
    """A run without a step is the model that the training ended with."""
    known = _number(step)
    return float("inf") if known is None else float(known)


def _step(row: Row) -> int | None:
    return _number(row["step"])


def _number(step: Any) -> int | None:
    """pandas' missing numbers are not even equal to themselves."""
    return None if step is None or step != step else int(step)


def _whole(row: Row) -> bool:
    return bool(row["mean"] == row["mean"]) and not row["partial"]


def _run(row: Row, name: str, graded: str) -> ModelRun:
    mean, step = standing(row, "mean"), _step(row)
    known = mean.accuracy == mean.accuracy
    return ModelRun(
        url=f"/runs/{row['run']}{graded}",
        name="" if row["model"] == name else short(row["model"], NAME),
        step=DASH if step is None else count(step),
        protocol=short(row["protocol"], NAME),
        partial=_partial(row),
        mean=percent(mean.accuracy) if known else DASH,
        interval=span(mean.low, mean.high) if known else "",
        scores=[_score(row[each]) for each in SUITE],
        date=f"{row['evaluated']:%Y-%m-%d}",
    )


def _partial(row: Row) -> str:
    """How few problems the run answered, where it did not answer all of each set."""
    if not row["partial"]:
        return ""
    scores = [standing(row, name) for name in SUITE]
    few = sum(int(each.items or 0) for each in scores if each.accuracy == each.accuracy)
    return f"{count(few)} problems in all"


def _other(record: RunRecord, policy: Policy, graded: str) -> ModelRun:
    """A run that has none of the six sets: its scores stand beside the names of its own."""
    step = record.run.model.step
    tasks = ", ".join(
        f"{title(task.benchmark)} {percent(task.accuracy[policy])}"
        for task in sorted(record.tasks, key=lambda task: benchmark_order(task.benchmark))
    )
    return ModelRun(
        url=f"/runs/{record.id}{graded}",
        name="",
        step=DASH if step is None else count(step),
        protocol=short(tasks, NAME),
        partial="",
        mean=DASH,
        interval="",
        scores=[DASH] * len(SUITE),
        date=f"{record.run.created:%Y-%m-%d}",
    )


def _score(share: Any) -> str:
    return DASH if pd.isna(share) else percent(float(share))


def _repeats(own: Sequence[Row]) -> list[RepeatSpread]:
    """Runs of the same model, step and protocol."""
    groups: dict[tuple[str, int | None, str], list[float]] = {}
    for row in filter(_whole, own):
        key = str(row["model"]), _step(row), str(row["protocol"])
        groups.setdefault(key, []).append(float(row["mean"]))
    return [
        _spread(f"{short(model, NAME)}{'' if step is None else f', step {count(step)}'}", means)
        for (model, step, _), means in groups.items()
        if len(means) > 1
    ]


def _trainings(own: Sequence[Row], others: Sequence[Row]) -> list[RepeatSpread]:
    """The final runs of several trainings of one recipe, by one protocol."""
    whole = list(filter(_whole, own))
    if not whole:
        return []
    alike = [row for row in others if _whole(row) and row["protocol"] == whole[-1]["protocol"]]
    means = [float(row["mean"]) for row in (whole[-1], *alike)]
    return [_spread("Training runs with this recipe (final run of each)", means)] if alike else []


def _spread(what: str, means: Sequence[float]) -> RepeatSpread:
    return RepeatSpread(
        what,
        len(means),
        percent(float(np.mean(means))),
        span(min(means), max(means)),
        percent(float(np.std(means, ddof=1))),
    )


def _best(stepped: Sequence[Row]) -> str:
    """The best checkpoint beside the last; ``stepped`` are whole runs by step."""
    if len({row["step"] for row in stepped}) < 2:
        return ""
    best, last = max(stepped, key=lambda row: float(row["mean"])), stepped[-1]
    gap = points(float(best["mean"]) - float(last["mean"]))
    return (
        f"The best of {len(stepped)} checkpoints is step {count(int(best['step']))} with "
        f"{percent(float(best['mean']))}, {gap} points from the last, step "
        f"{count(int(last['step']))}, with {percent(float(last['mean']))}. Choosing the best on "
        "the test sets favours luck, so claims are judged by the last."
    )
