"""What papers report, as the board shows it: beside the measured rows, never among them."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cft_eval.leaderboard.data.reported import impossible, reported_board, source_url
from cft_eval.leaderboard.data.suites import title
from cft_eval.leaderboard.data.view import FILTERS, View
from cft_eval.leaderboard.pages.board.context import PlotRow, ReportedCell, ReportedRow
from cft_eval.leaderboard.pages.common.context import Column
from cft_eval.render import svg
from cft_eval.render.text import DASH, described, percent, protocol, size
from cft_eval.testsets import SUITE

FEW_SHOT = ("math", "gsm8k")
"""Sets whose base rows the paper copied from few-shot reports, beside zero-shot ones."""

Row = Mapping[Hashable, Any]


PROTOCOLS = {
    "zero-shot, greedy, 1 sample, max 2048 tokens": protocol(
        shots=0, temperature=0.0, tokens=2048, repeats=1
    )
}
"""A cited protocol in the words of measured runs."""

COLUMNS = {
    "base": "base_model",
    "method": "method",
    "data": "training_data",
    "size": "size",
    "protocol": "protocol",
}
"""Filter to the column of the cited rows."""


def reported_table(view: View) -> tuple[ReportedRow, ...]:
    """The cited rows that the filters of ``view`` let through, in its order."""
    plain = replace(view, suite=None, policy="strict", page=1, picked=(), checkpoints="")
    return _table(plain)


@lru_cache(maxsize=256)
def _table(view: View) -> tuple[ReportedRow, ...]:
    rows = _chosen(_filters(view))
    order = _order(rows, view.sort, rising=view.order == "asc")
    return tuple(_row(row) for row in rows.iloc[order].to_dict("records"))


def _filters(view: View) -> View:
    """The same filters, and nothing else."""
    return View(**{name: getattr(view, name) for name in FILTERS})


@lru_cache(maxsize=256)
def _chosen(view: View) -> pd.DataFrame:
    """The cited rows that the filters let through; whoever reads them must not change them."""
    return _filtered(_rows(), view)


def _filtered(rows: pd.DataFrame, view: View) -> pd.DataFrame:
    if view.q:
        rows = rows[rows["model"].str.contains(view.q, case=False, regex=False)]
    if view.base:
        mine = [any(_same(cited, base) for base in view.base) for cited in rows["base_model"]]
        rows = rows[np.array(mine, dtype=bool)]
    if view.method:
        methods = [method.casefold() for method in view.method]
        rows = rows[rows["method"].str.casefold().isin(methods)]
    for name in ("data", "size", "protocol"):
        if values := getattr(view, name):
            rows = rows[rows[COLUMNS[name]].isin(values)]
    return rows[:0] if view.tag else rows  # papers have no tags


def _order(rows: pd.DataFrame, sort: str, *, rising: bool) -> NDArray[np.int64]:
    """The order of the rows by a column; unknown scores last, before them means of fewer sets."""
    values = rows[sort if sort in (*SUITE, "model") else _SORTED.get(sort, "mean")]
    ranks = values.str.casefold() if sort in ("model", "date") else values
    known = ranks.rank(method="dense", ascending=rising).to_numpy()
    late = len(SUITE) - rows["sets"] if values.name == "mean" else 0
    return np.lexsort((np.nan_to_num(known), late * np.ones(len(rows)), np.isnan(known)))


_SORTED = {"date": "source"}
"""The numbers of arXiv begin with year and month: in their order papers are in that of time."""


@cache
def _rows() -> pd.DataFrame:
    """The cited rows with the mean of what is cited of each model: that of a row with all sets is
    its own, else over the rows of the model, as the claims take it (``sets`` of ``tables``)."""
    rows = reported_board().copy()
    rows["size"] = [size(None, base) for base in rows["base_model"]]
    rows["protocol"] = [PROTOCOLS.get(each, each) for each in rows["protocol"]]
    together = rows.groupby("model")[list(SUITE)].first()  # the first table that prints a score
    own = rows["mean"].notna()
    rows["sets"] = rows["model"].map(together.notna().sum(axis=1)).where(~own, len(SUITE))
    rows["mean"] = rows["mean"].where(own, rows["model"].map(together.mean(axis=1)))
    rows["joined"] = ~own & (rows["sets"] > rows[list(SUITE)].notna().sum(axis=1))
    return rows


def reported_columns(view: View) -> list[Column]:
    """The heads of the cited columns, which sort both tables."""
    keys = [("model", "Model"), ("mean", "Mean"), *((name, title(name)) for name in SUITE)]
    return [head(view, key, label) for key, label in (*keys, ("date", "Source"))]


@cache
def reported_options(name: str) -> tuple[str, ...]:
    """What cited rows have under a filter; nothing where papers do not say it."""
    if name not in COLUMNS:
        return ()
    return tuple(sorted(set(_rows()[COLUMNS[name]]) - {""}))


def with_cited(measured: Sequence[str], cited: Sequence[str]) -> list[str]:
    """Options of measured rows, and those of cited ones that none of them stands for."""
    known = {part for each in measured for part in (each.casefold(), _last(each))}
    return sorted([*measured, *(each for each in cited if each.casefold() not in known)],
                  key=str.casefold)  # fmt: skip


def reported_marks(view: View, most: int) -> tuple[PlotRow, ...]:
    """The cited models that the filters let through, with a mean over all six sets, the best
    first."""
    return _marks(_filters(view), most)


@lru_cache(maxsize=256)
def _marks(view: View, most: int) -> tuple[PlotRow, ...]:
    whole = _chosen(view)[lambda rows: rows["sets"] == len(SUITE)]
    once = whole[~whole["joined"] | ~whole["model"].duplicated()]
    best = once.sort_values("mean", ascending=False, kind="stable").head(most)
    return tuple(
        PlotRow(
            row["model"],
            percent(row["mean"] / 100),
            svg.ring(row["mean"] / 100),
            source_url(row["source"]),
        )
        for row in best.to_dict("records")
    )


def mixes_protocols(row: Row, benchmark: str) -> bool:
    """Whether a cited score was prompted with examples while its row says zero-shot."""
    return benchmark in FEW_SHOT and "mixes protocols" in row["note"]


def _row(row: Row) -> ReportedRow:
    return ReportedRow(
        model=row["model"],
        method=row["method"],
        about=described(row["base_model"], row["training_data"], row["training_examples"]),
        source=row["source"],
        source_url=source_url(row["source"]),
        table=row["table"],
        note=row["note"],
        mean=percent(row["mean"] / 100),
        mean_note=_mean_note(row),
        cells=[_cell(row, name) for name in SUITE],
    )


def _mean_note(row: Row) -> str:
    """What a mean is over where not over the six scores of its row."""
    of = "" if row["sets"] == len(SUITE) else f"of {row['sets']} sets"
    return ", ".join(part for part in (of, "two tables" if row["joined"] else "") if part)


def _cell(row: Row, name: str) -> ReportedCell:
    if pd.isna(row[name]):
        return ReportedCell(title(name), DASH, "", "")
    odd = "no whole number of problems gives this" if impossible(row[name], name) else ""
    mixed = "few-shot, beside zero-shot columns" if mixes_protocols(row, name) else ""
    return ReportedCell(title(name), percent(row[name] / 100), odd, mixed)


def _same(cited: str, base: str) -> bool:
    """Papers leave out who published a base model."""
    return cited.casefold() == _last(base)


def _last(name: str) -> str:
    return name.rpartition("/")[2].casefold()


def head(view: View, key: str, label: str, note: str = "") -> Column:
    """The head of the column ``key``; text sorts from A, numbers from the highest."""
    if view.sort != key:
        first = "asc" if key == "model" else "desc"
        return Column(key, label, view.url(sort=key, order=first), "none", note)
    now, other = ("ascending", "desc") if view.order == "asc" else ("descending", "asc")
    return Column(key, label, view.url(sort=key, order=other), now, note)
