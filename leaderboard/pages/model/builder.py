"""One model: its runs, the checkpoints of its training, and how much repeats of it differ."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from cft_eval.leaderboard.data.finals import FAMILY
from cft_eval.leaderboard.data.frames import Scores, Suite, standing, title
from cft_eval.leaderboard.pages.claims.plots import training_curve
from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.leaderboard.pages.model.address import model_url
from cft_eval.leaderboard.pages.model.context import ModelContext, ModelRun, RepeatSpread
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

_HUB = re.compile(r"[\w.-]+/[\w.-]+")


def model_context(
    name: str, records: Sequence[RunRecord], scores: Scores, policy: Policy
) -> ModelContext:
    """The page of the model ``name``; ``records`` are runs of it, the newest first."""
    rows = _related(name, scores.board(Suite.SUITE))
    listed = rows.head(MOST_RUNS)
    graded = "" if policy == "strict" else f"?policy={policy}"
    runs = [_run(row, name, graded) for row in listed.reset_index().to_dict("records")]
    shown = set(listed.index)
    runs += [_other(record, graded) for record in records if record.id not in shown]
    several = 1 < len(listed) <= COMPARED
    query = urlencode({"run": list(listed.index)}, doseq=True)
    model = records[0].run.model
    known = any(record.run.model.sha for record in records)
    return ModelContext(
        model=visible(name),
        about=about(model),
        hub=f"https://huggingface.co/{name}" if known and _HUB.fullmatch(name) else "",
        heads=["Mean", *map(title, SUITE)],
        runs=runs,
        more=max(0, len(rows) - MOST_RUNS),
        compare_url=f"/compare?{query}" if several else "",
        spreads=_spreads(rows),
        curve=training_curve(rows.reset_index()),
        best=_best(rows),
        policies=[
            Link(
                label,
                model_url(name) + ("" if each == "strict" else f"&policy={each}"),
                each == policy,
            )
            for each, label in POLICY_NAMES.items()
        ],
    )


def _related(name: str, board: pd.DataFrame) -> pd.DataFrame:
    """The runs of the model, and of the training that it is of, where it says which."""
    mine = board[board["model"] == name]
    families = mine[(mine[["base_model", "method", "training_data"]] != "").any(axis=1)]
    if families.empty:
        return _by_step(mine)
    same = (board["model"] == name).to_numpy(dtype=bool).copy()
    for _, family in families[FAMILY].drop_duplicates().iterrows():
        alike = np.ones(len(board), dtype=bool)
        for column in FAMILY:
            values, wanted = board[column], family[column]
            alike &= (values.isna() if pd.isna(wanted) else values == wanted).to_numpy(dtype=bool)
        same |= alike
    related = board[same]
    # Other models of one training belong here as its checkpoints; else they are others.
    stepped = related["step"].notna()
    return _by_step(related[stepped | (related["model"] == name)])


def _by_step(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(["step", "evaluated"], na_position="last", kind="stable")


def _run(row: dict[Any, Any], name: str, graded: str) -> ModelRun:
    mean = standing(row, "mean")
    known = mean.accuracy == mean.accuracy
    return ModelRun(
        url=f"/runs/{row['run']}{graded}",
        name="" if row["model"] == name else short(row["model"], NAME),
        step=DASH if pd.isna(row["step"]) else count(int(row["step"])),
        protocol=short(row["protocol"], NAME),
        mean=percent(mean.accuracy) if known else DASH,
        interval=span(mean.low, mean.high) if known else "",
        scores=[_score(row[each]) for each in SUITE],
        date=f"{row['evaluated']:%Y-%m-%d}",
    )


def _other(record: RunRecord, graded: str) -> ModelRun:
    """A run that has none of the six sets."""
    step = record.run.model.step
    tasks = ", ".join(sorted({title(task.benchmark) for task in record.tasks}))
    return ModelRun(
        url=f"/runs/{record.id}{graded}",
        name="",
        step=DASH if step is None else count(step),
        protocol=short(tasks, NAME),
        mean=DASH,
        interval="",
        scores=[DASH] * len(SUITE),
        date=f"{record.run.created:%Y-%m-%d}",
    )


def _score(share: Any) -> str:
    return DASH if pd.isna(share) else percent(float(share))


def _spreads(rows: pd.DataFrame) -> list[RepeatSpread]:
    whole = rows[rows["mean"].notna() & ~rows["partial"].astype(bool)]
    listed = []
    keys = ["model", "step", "protocol"]
    for named, group in whole.groupby(keys, dropna=False, sort=False):
        key: Any = named
        if len(group) < 2:
            continue
        means = group["mean"].astype(float)
        step = "" if pd.isna(key[1]) else f", step {count(int(key[1]))}"
        listed.append(
            RepeatSpread(
                f"{short(str(key[0]), NAME)}{step}",
                len(group),
                percent(float(means.mean())),
                span(float(means.min()), float(means.max())),
                percent(float(means.std(ddof=1))),
            )
        )
    return listed


def _best(rows: pd.DataFrame) -> str:
    stepped = rows[rows["step"].notna() & rows["mean"].notna() & ~rows["partial"].astype(bool)]
    if stepped["step"].nunique() < 2:
        return ""
    best, last = stepped.iloc[int(stepped["mean"].to_numpy().argmax())], stepped.iloc[-1]
    gap = points(float(best["mean"]) - float(last["mean"]))
    return (
        f"The best of {len(stepped)} checkpoints is step {count(int(best['step']))} with "
        f"{percent(float(best['mean']))}, {gap} points to the last, step {count(int(last['step']))}"
        f" with {percent(float(last['mean']))}. Whoever picks the best on the test sets picks "
        "chance, too: claims are judged by the last."
    )
