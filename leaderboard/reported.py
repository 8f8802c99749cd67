"""What papers report, as the board shows it: beside the measured rows, never among them."""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pandas as pd

from cft_eval.leaderboard import svg
from cft_eval.leaderboard.contexts import Column, PlotRow, ReportedCell, ReportedRow
from cft_eval.leaderboard.frames import SUITE, impossible, reported_board, title
from cft_eval.leaderboard.text import DASH, described, size
from cft_eval.leaderboard.view import View

FEW_SHOT = ("math", "gsm8k")
"""Sets whose base rows the paper copied from few-shot reports, beside zero-shot ones."""

Row = Mapping[Hashable, Any]


def reported_table(view: View) -> tuple[ReportedRow, ...]:
    """The cited rows that the filters of ``view`` let through, in its order where they can be."""
    return _table(replace(view, suite=None, policy="strict", page=1))


@lru_cache(maxsize=256)
def _table(view: View) -> tuple[ReportedRow, ...]:
    rows = reported_board()
    if view.q:
        rows = rows[rows["model"].str.contains(view.q, case=False, regex=False)]
    if view.base:
        rows = rows[[_same(base, view.base) for base in rows["base_model"]]]
    if view.method:
        rows = rows[rows["method"].str.casefold() == view.method.casefold()]
    if view.data:
        rows = rows[rows["training_data"] == view.data]
    if view.size:
        rows = rows[[size(None, base) == view.size for base in rows["base_model"]]]
    if view.tag or view.protocol:
        rows = rows[:0]  # papers have neither
    key = view.sort if view.sort in (*SUITE, "model") else ""
    if key:
        rows = rows.sort_values(key, ascending=view.order == "asc", kind="stable")
    return tuple(_row(row) for row in rows.to_dict("records"))


def reported_columns(view: View) -> list[Column]:
    """The heads of the cited columns, which sort both tables."""
    return [Column(name, title(name), view.url(sort=name, order="desc"), "none") for name in SUITE]


@lru_cache
def reported_marks(most: int) -> tuple[PlotRow, ...]:
    """The cited models with a mean over all six sets, the best first."""
    rows = reported_board().dropna(subset="mean").sort_values("mean", ascending=False)
    return tuple(
        PlotRow(row["model"], f"{row['mean']:.1f}", svg.ring(row["mean"] / 100))
        for row in rows.head(most).to_dict("records")
    )


def mixes_protocols(row: Row, benchmark: str) -> bool:
    """Whether a cited score was asked with examples while its row says zero-shot."""
    return benchmark in FEW_SHOT and "mixes protocols" in row["note"]


def _row(row: Row) -> ReportedRow:
    return ReportedRow(
        model=row["model"],
        method=row["method"],
        about=described(row["base_model"], row["training_data"], row["training_examples"]),
        source=row["source"],
        source_url=f"https://arxiv.org/abs/{row['source'].removeprefix('arXiv ')}",
        table=row["table"],
        note=row["note"],
        mean=_mean(row["mean"]),
        cells=[_cell(row, name) for name in SUITE],
    )


def _mean(mean: Any) -> str:
    return DASH if pd.isna(mean) else f"{mean:.1f}"


def _cell(row: Row, name: str) -> ReportedCell:
    if pd.isna(row[name]):
        return ReportedCell(title(name), DASH, "", "")
    odd = "no whole number of problems gives this" if impossible(row[name], name) else ""
    mixed = "few-shot, beside zero-shot columns" if mixes_protocols(row, name) else ""
    return ReportedCell(title(name), f"{row[name]:.1f}", odd, mixed)


def _same(cited: str, base: str) -> bool:
    """Papers leave out who published a base model."""
    return cited.casefold() == base.rpartition("/")[2].casefold()
