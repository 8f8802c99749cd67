"""From frames of scores to what the board's page prints."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from cft_eval.leaderboard import svg
from cft_eval.leaderboard.contexts import (
    BoardContext,
    Cell,
    Column,
    Link,
    MeasuredRow,
    PlotRow,
    ReportedRow,
)
from cft_eval.leaderboard.frames import (
    SUITE,
    Scores,
    Suite,
    columns,
    head,
    impossible,
    reported_board,
)
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

Row = Mapping[Hashable, Any]


def context(scores: Scores, view: View) -> BoardContext:
    """The board of ``scores`` as ``view`` asks for it."""
    suite, rows_chosen = chosen(scores, view)
    whole = scores.board(suite)
    names = columns(scores.frame, suite)
    shown = rows_chosen.iloc[(view.page - 1) * PAGE_ROWS : view.page * PAGE_ROWS].reset_index()
    rows = shown.to_dict("records")
    return BoardContext(
        view=view,
        suites=_suite_links(scores, view, suite),
        policies=[
            Link(name, view.url(policy=policy), policy == view.policy)
            for policy, name in POLICY_NAMES.items()
        ],
        policy_note=POLICY_NOTES[view.policy],
        columns=_heads(view, names),
        rows=[_measured(row, names) for row in rows],
        total=len(rows_chosen),
        runs=len(whole),
        bases=_choices(whole["base_model"]),
        methods=_choices(whole["method"]),
        pages=_page_links(view, len(rows_chosen)),
        measured_plot=[_measured_mark(row) for row in rows[:PLOT_ROWS] if _known(row["mean"])],
        reported_plot=_reported_marks() if suite is Suite.SUITE else (),
        reported_columns=[head(name) for name in SUITE],
        reported=[_reported(row) for row in _reported_frame(view).to_dict("records")],
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
    if view.base:
        rows = rows[rows["base_model"] == view.base]
    if view.method:
        rows = rows[rows["method"] == view.method]
    return rows


def _sorted(rows: pd.DataFrame, view: View, names: Sequence[str]) -> pd.DataFrame:
    keys = {"model": "model", "date": "evaluated"} | {name: name for name in names}
    key = keys.get(view.sort, "mean")
    return rows.sort_values(
        [key, "mean"],
        ascending=[view.order == "asc", False],
        na_position="last",
        kind="stable",
        key=lambda column: column.str.casefold() if column.name == "model" else column,
    )


def _heads(view: View, names: Sequence[str]) -> list[Column]:
    mean = "Mean" if len(names) > 1 else "Score"
    labels = [("model", "Model"), ("mean", mean), *((name, head(name)) for name in names)]
    return [_head(view, key, label) for key, label in [*labels, ("date", "Date")]]


def _head(view: View, key: str, label: str) -> Column:
    if view.sort != key:
        first = "asc" if key == "model" else "desc"
        return Column(key, label, view.url(sort=key, order=first), "none")
    now, other = ("ascending", "desc") if view.order == "asc" else ("descending", "asc")
    return Column(key, label, view.url(sort=key, order=other), now)


def _measured(row: Row, names: Sequence[str]) -> MeasuredRow:
    gaps = [
        row[f"{name}:claimed"] - row[name]
        for name in names
        if _known(row[name]) and _known(row[f"{name}:claimed"])
    ]
    gap = max(gaps, key=abs, default=0.0)
    return MeasuredRow(
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
        mean=_mean_cell(row, names),
        cells=[_cell(row, name) for name in names],
        bar=_bar(row),
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


def _bar(row: Row) -> Any:
    if not _known(row["mean"]):
        return ""
    return svg.interval(row["mean:low"], row["mean"], row["mean:high"])


def _measured_mark(row: Row) -> PlotRow:
    return PlotRow(row["model"], percent(row["mean"]), _bar(row), f"/runs/{row['run']}")


def _reported_marks() -> list[PlotRow]:
    rows = reported_board().dropna(subset="mean").sort_values("mean", ascending=False)
    return [
        PlotRow(row["model"], f"{row['mean']:.1f}", svg.ring(row["mean"] / 100))
        for row in rows.head(PLOT_ROWS).to_dict("records")
    ]


def _reported_frame(view: View) -> pd.DataFrame:
    rows = _filtered(reported_board(), View(q=view.q, base=view.base))
    return rows[rows["method"].str.casefold() == view.method.casefold()] if view.method else rows


def _reported(row: Row) -> ReportedRow:
    return ReportedRow(
        model=row["model"],
        method=row["method"],
        about=described(row["base_model"], row["training_data"], row["training_examples"]),
        source=row["source"],
        source_url=f"https://arxiv.org/abs/{row['source'].removeprefix('arXiv ')}",
        table=row["table"],
        note=row["note"],
        mean=Cell("Mean", f"{row['mean']:.1f}" if _known(row["mean"]) else DASH),
        cells=[_reported_cell(row, name) for name in SUITE],
    )


def _reported_cell(row: Row, name: str) -> Cell:
    if not _known(row[name]):
        return Cell(head(name), DASH)
    odd = "no whole number of problems gives this" if impossible(row[name], name) else ""
    return Cell(head(name), f"{row[name]:.1f}", note=odd)


def _page_links(view: View, total: int) -> list[Link]:
    last = max(1, -(-total // PAGE_ROWS))
    if last == 1:
        return []
    near = sorted({1, last, *range(max(1, view.page - 2), min(last, view.page + 2) + 1)})
    return [Link(str(page), view.url(page=page), page == view.page) for page in near]


def _choices(values: "pd.Series[Any]") -> list[str]:
    return sorted({value for value in values if value}, key=str.casefold)


def _known(value: Any) -> bool:
    return not pd.isna(value)


def _whole(value: Any) -> int | None:
    return int(value) if _known(value) else None
