"""Scores by method: the runs that the claims are judged by, and one of every other method."""

from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup

from cft_eval.leaderboard.data.claims import Arm, Stand
from cft_eval.leaderboard.data.finals import by_finality
from cft_eval.leaderboard.data.suites import title
from cft_eval.leaderboard.pages.claims.context import Chart
from cft_eval.render.charts import RowName, heat_map
from cft_eval.render.text import count, owner_and_name, percent, short
from cft_eval.testsets import SUITE

METHODS = ("base", "sft", "cft", "acemath", "instruct", "rl")
"""Methods in the order in which papers list them; others come after."""

HEADING, HEADS = "Scores by method", ("Method", "Run", *map(title, SUITE))

RULE = (
    "One row for each model in the claims above, and one for every other method: its final run "
    "(the last checkpoint, or the run evaluated last), never its best. The claims say which runs "
    "used different settings"
)

LABEL, RUN = 24, 34
"""Letters of a row's label, and of its run's name."""

Row = Mapping[Hashable, Any]


class _ArmLine(NamedTuple):
    label: str
    row: Row


def by_arm(rows: pd.DataFrame, stands: Mapping[Arm, Stand]) -> Chart:
    """The base model of which most arms, or else methods, are measured."""
    here = {arm: stand.run for arm, stand in stands.items()}
    base = _base(rows, here)
    if not base:
        why = "No run names its base model and its method."
        return Chart(
            key="methods",
            title=HEADING,
            drawing=Markup(""),
            caption=RULE,
            empty=why,
            heads=HEADS,
            rows=(),
        )
    lines = _lines(rows.set_index("run", drop=False), here, base)
    names = [_name(line) for line in lines]
    cells = [[float(line.row[name]) for name in SUITE] for line in lines]
    label = f"Accuracy by method on {base}"
    return Chart(
        key="methods",
        title=HEADING,
        drawing=heat_map(names, list(map(title, SUITE)), cells, label),
        caption=f"Base model {short(base, 80)}. {RULE}.",
        empty="",
        heads=HEADS,
        rows=[
            (line.label, _model(line.row), *(percent(share) for share in shares))
            for line, shares in zip(lines, cells, strict=True)
        ],
    )


def _base(rows: pd.DataFrame, here: Mapping[Arm, str]) -> str:
    """The last part of its name; empty where no run says what it is."""
    if here:
        bases = pd.Series([arm.base for arm in here])
        return str(bases.value_counts(sort=False).idxmax())
    known = rows[(rows["method"] != "") & (rows["base_model"] != "")]
    if known.empty:
        return ""
    return _last(str(known.groupby("base_model")["method"].nunique().idxmax()))


def _lines(rows: pd.DataFrame, here: Mapping[Arm, str], base: str) -> list[_ArmLine]:
    """One a run, in the order of the methods."""
    arms: dict[str, str] = {}
    for arm, run in here.items():
        if arm.base == base:
            arms.setdefault(run, arm.label)
    lines = [_ArmLine(label, rows.loc[run].to_dict()) for run, label in arms.items()]
    shown = {str(line.row["method"]).casefold() for line in lines}
    named = rows[rows["method"] != ""]
    bases = named["base_model"].map(_last).str.casefold()
    mine = by_finality(named[bases == base.casefold()])
    words = mine["method"].str.casefold()
    others = mine[~words.isin(shown) & ~words.duplicated(keep="last")]
    lines += [_ArmLine(_method(str(row["method"])), row) for row in others.to_dict("records")]
    return sorted(lines, key=_order)


def _name(line: _ArmLine) -> RowName:
    model = _model(line.row)
    return RowName(
        short(line.label, LABEL),
        short(_last(model), RUN),
        f"{line.label}: {model}",
        f"/runs/{line.row['run']}",
    )


def _model(row: Row) -> str:
    step: Any = row["step"]
    text = "" if pd.isna(step) else f", step {count(int(step))}"
    return f"{short(str(row['model']), 60)}{text}"


def _order(line: _ArmLine) -> tuple[int, str]:
    word = str(line.row["method"]).casefold()
    return (METHODS.index(word) if word in METHODS else len(METHODS), line.label)


def _method(method: str) -> str:
    known = {"sft": "SFT", "cft": "CFT", "rl": "RL", "acemath": "AceMath", "instruct": "Instruct"}
    return known.get(method.casefold(), short(method, LABEL))


def _last(name: str) -> str:
    """A model's name without its publisher."""
    return owner_and_name(name)[1]
