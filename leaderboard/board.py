"""From frames of scores to what the board's page prints."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cft_eval.leaderboard import svg
from cft_eval.leaderboard.contexts import (
    BoardContext,
    Cell,
    Choice,
    Column,
    Link,
    MeasuredRow,
    PlotRow,
)
from cft_eval.leaderboard.frames import Scores, Suite, columns, head
from cft_eval.leaderboard.reported import reported_columns, reported_marks, reported_table
from cft_eval.leaderboard.text import (
    DASH,
    POLICY_NAMES,
    POLICY_NOTES,
    count,
    described,
    percent,
    points,
    ranks,
    span,
)
from cft_eval.leaderboard.view import PAGE_ROWS, View
from cft_eval.results import Policy
from cft_eval.stats.unpaired import separation

SUITE_NAMES = {Suite.SUITE: "Six test sets", Suite.MINI: "Mini suite", Suite.OTHER: "Other tasks"}

EXPORTS = (
    ("csv", "CSV"),
    ("json", "JSON"),
    ("md", "Markdown"),
    ("tex", "LaTeX"),
    ("parquet", "Parquet"),
)
"""Files of the board: the ending of their address, and their name."""

PLOT_ROWS = 12
"""Most rows of each kind in the plot."""

CLAIM_TOLERANCE = 5e-4
"""A claim that rounds to the same tenth of a percent agrees."""

CHOICES = {
    "base": ("Base model", "base_model"),
    "method": ("Method", "method"),
    "data": ("Training set", "training_data"),
    "size": ("Size", "size"),
    "protocol": ("Protocol", "protocol"),
    "tag": ("Tag", "tags"),
}
"""Filter to its label and its column."""

MOST_OPTIONS = 40
"""Options of a filter, the commonest: the rest is found by search."""

Row = Mapping[Hashable, Any]
Every = Mapping[Policy, Scores]


def context(every: Every, view: View) -> BoardContext:
    """The board as ``view`` asks for it, of the scores under every policy."""
    scores = every[view.policy]
    suite, rows_chosen = chosen(scores, view)
    whole = scores.board(suite)
    names = columns(scores.frame, suite)
    shown = rows_chosen.iloc[(view.page - 1) * PAGE_ROWS : view.page * PAGE_ROWS].reset_index()
    rows = shown.to_dict("records")
    strict = None if view.policy == "strict" else every["strict"].board(suite)
    cuts = _cuts(rows_chosen, view)
    return BoardContext(
        view=view,
        suites=_suite_links(scores, view, suite),
        policies=[
            Link(name, view.url(policy=policy), policy == view.policy)
            for policy, name in POLICY_NAMES.items()
        ],
        policy_note=POLICY_NOTES[view.policy],
        worth=_worth(every, suite, rows_chosen.index, names),
        columns=_heads(view, names, rows_chosen),
        rows=[_measured(row, names, strict, row["run"] in cuts) for row in rows],
        total=len(rows_chosen),
        runs=len(whole),
        choices=[
            Choice(name, label, getattr(view, name), _options(whole[column]))
            for name, (label, column) in CHOICES.items()
        ],
        pages=_page_links(view, len(rows_chosen)),
        measured_plot=[_measured_mark(row) for row in rows[:PLOT_ROWS] if _known(row["mean"])],
        reported_plot=reported_marks(PLOT_ROWS) if suite is Suite.SUITE else (),
        reported_columns=reported_columns(view),
        reported=reported_table(view),
        mean_label="Mean" if len(names) > 1 else "Score",
        exports=[Link(label, view.file(ending)) for ending, label in EXPORTS],
    )


def chosen(scores: Scores, view: View) -> tuple[Suite, pd.DataFrame]:
    """The suite and the rows that a view asks for, in its order."""
    suite = view.suite or _first_suite(scores)
    names = columns(scores.frame, suite)
    return suite, _sorted(_filtered(scores.board(suite), view), view, names)


def _first_suite(scores: Scores) -> Suite:
    return next((suite for suite in Suite if scores.runs[suite]), Suite.SUITE)


def _suite_links(scores: Scores, view: View, here: Suite) -> list[Link]:
    return [
        Link(
            SUITE_NAMES[suite],
            view.url(suite=suite, sort="mean", order="desc"),
            suite is here,
            count(scores.runs[suite]),
        )
        for suite in Suite
        if scores.runs[suite] or suite in (Suite.SUITE, here)
    ]


def _filtered(rows: pd.DataFrame, view: View) -> pd.DataFrame:
    if view.q:
        rows = rows[rows["model"].str.contains(view.q, case=False, regex=False)]
    if view.method:
        rows = rows[rows["method"].str.casefold() == view.method.casefold()]
    if view.tag:
        rows = rows[[view.tag in tags for tags in rows["tags"]]]
    for name in ("base", "data", "size", "protocol"):
        if value := getattr(view, name):
            rows = rows[rows[CHOICES[name][1]] == value]
    return rows


def _sorted(rows: pd.DataFrame, view: View, names: Sequence[str]) -> pd.DataFrame:
    keys = {"model": "model", "date": "evaluated"} | {name: name for name in names}
    key = keys.get(view.sort, "mean")
    if key == "mean" and view.order != "asc":
        return rows  # the board's own order
    return rows.sort_values(
        [key, "mean"],
        ascending=[view.order == "asc", False],
        na_position="last",
        kind="stable",
        key=lambda column: column.str.casefold() if column.name == "model" else column,
    )


def _heads(view: View, names: Sequence[str], rows: pd.DataFrame) -> list[Column]:
    mean = "Mean" if len(names) > 1 else "Score"
    scored = [_head(view, name, head(name), _separation(rows, name)) for name in names]
    return [
        _head(view, "model", "Model"),
        _head(view, "mean", mean, _leaders(rows)),
        *scored,
        _head(view, "date", "Date"),
    ]


def _head(view: View, key: str, label: str, note: str = "") -> Column:
    if view.sort != key:
        first = "asc" if key == "model" else "desc"
        return Column(key, label, view.url(sort=key, order=first), "none", note)
    now, other = ("ascending", "desc") if view.order == "asc" else ("descending", "asc")
    return Column(key, label, view.url(sort=key, order=other), now, note)


def _separation(rows: pd.DataFrame, name: str) -> str:
    """How little a column tells of the models shown; empty where it tells most pairs apart."""
    known = rows.loc[rows[name].notna() & ~rows[f"{name}:partial"], [name, f"{name}:items"]]
    if len(known) < 2:
        return ""
    told = separation(known[name].to_numpy(), int(known[f"{name}:items"].max()))
    if not told.apart:
        return "tells none apart"
    tied = 1 - told.apart / told.pairs
    return f"{tied:.0%} of pairs tie" if tied >= 0.5 else ""


def _leaders(rows: pd.DataFrame) -> str:
    """How many of the models shown may be the best of them."""
    whole = rows[rows["best"] > 0]
    if len(whole) < 2:
        return ""
    leaders = int((whole["mean:high"] >= whole["mean:low"].max()).sum())
    return f"{leaders} may lead" if leaders > 1 else ""


def _cuts(rows: pd.DataFrame, view: View) -> set[Any]:
    """Runs that, with all below them, are surely below all above: only in the order of means."""
    whole = rows[rows["best"] > 0]
    if view.sort not in ("mean", "") or view.order != "desc" or len(whole) < 2:
        return set()
    lowest_above = np.minimum.accumulate(whole["mean:low"].to_numpy())[:-1]
    highest_below = np.maximum.accumulate(whole["mean:high"].to_numpy()[::-1])[::-1][1:]
    return set(whole.index[1:][lowest_above > highest_below])


def _worth(every: Every, suite: Suite, runs: Any, names: Sequence[str]) -> str:
    """What the paper's grader is worth on the runs shown, in one sentence."""
    strict, paper = (every[policy].board(suite) for policy in ("strict", "cft_paper"))
    shown = runs.intersection(strict.index).intersection(paper.index)
    gains = (paper.loc[shown, list(names)] - strict.loc[shown, list(names)]).mean().dropna()
    if gains.empty:
        return ""
    most = str(gains.idxmax())
    told = f"The paper's grader is worth {points(float(gains.mean()))} points on these runs"
    if len(gains) == 1 or gains[most] < CLAIM_TOLERANCE:
        return f"{told}."
    return f"{told}, most on {head(most)}: {points(float(gains[most]))}."


def _measured(
    row: Row, names: Sequence[str], strict: pd.DataFrame | None, apart: bool
) -> MeasuredRow:
    gaps = [
        row[f"{name}:claimed"] - row[name]
        for name in names
        if _known(row[name]) and _known(row[f"{name}:claimed"])
    ]
    gap = max(gaps, key=abs, default=0.0)
    base = None if strict is None else strict.loc[row["run"]]
    return MeasuredRow(
        id=str(row["run"]),
        rank=ranks(int(row["best"]), int(row["worst"])),
        model=row["model"],
        url=f"/runs/{row['run']}",
        method=row["method"],
        about=described(
            row["base_model"],
            row["training_data"],
            _whole(row["training_examples"]),
            _whole(row["step"]),
            row["tags"],
        ),
        date=f"{row['evaluated']:%Y-%m-%d}",
        checker=row["checker"],
        partial=bool(row["partial"]),
        disputed=points(gap) if abs(gap) > CLAIM_TOLERANCE else "",
        mean=_against(_mean_cell(row, names), row, base, "mean"),
        cells=[_against(_cell(row, name), row, base, name) for name in names],
        bar=_bar(row),
        apart=apart,
    )


def _mean_cell(row: Row, names: Sequence[str]) -> Cell:
    label = "Mean" if len(names) > 1 else "Score"
    if not _known(row["mean"]):
        have = sum(_known(row[name]) for name in names)
        return Cell(label, DASH, note=f"{have} of {len(names)} sets")
    return Cell(label, percent(row["mean"]), span(row["mean:low"], row["mean:high"]))


def _cell(row: Row, name: str) -> Cell:
    if not _known(row[name]):
        return Cell(head(name), DASH)
    partial = f"{count(int(row[f'{name}:items']))} problems" if row[f"{name}:partial"] else ""
    interval = span(row[f"{name}:low"], row[f"{name}:high"])
    return Cell(head(name), percent(row[name]), interval, partial)


def _against(cell: Cell, row: Row, strict: Any, name: str) -> Cell:
    """The cell with what its policy is worth beside the strict one."""
    if strict is None or not _known(row[name]):
        return cell
    gain = float(row[name] - strict[name])
    return replace(cell, worth=points(gain)) if abs(gain) > CLAIM_TOLERANCE else cell


def _bar(row: Row) -> Any:
    if not _known(row["mean"]):
        return ""
    return svg.interval(row["mean:low"], row["mean"], row["mean:high"])


def _measured_mark(row: Row) -> PlotRow:
    return PlotRow(row["model"], percent(row["mean"]), _bar(row), f"/runs/{row['run']}")


def _page_links(view: View, total: int) -> list[Link]:
    last = max(1, -(-total // PAGE_ROWS))
    if last == 1:
        return []
    near = sorted({1, last, *range(max(1, view.page - 2), min(last, view.page + 2) + 1)})
    return [Link(str(page), view.url(page=page), page == view.page) for page in near]


def _options(values: "pd.Series[Any]") -> list[str]:
    """The commonest values, in the order of the alphabet; a word once, whatever its case."""
    listed = (each for value in values for each in ((value,) if isinstance(value, str) else value))
    counted = Counter(value for value in listed if value)
    by_word: dict[str, str] = {}
    for value, _ in counted.most_common(MOST_OPTIONS):
        by_word.setdefault(value.casefold(), value)
    return [by_word[word] for word in sorted(by_word)]


def _known(value: Any) -> bool:
    return not pd.isna(value)


def _whole(value: Any) -> int | None:
    return int(value) if _known(value) else None
