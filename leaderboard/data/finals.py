"""Which of several runs is the model that a training ended with.

Rows of a board come in, their order comes out; of scores it knows nothing, since whoever takes the
best of several runs takes what chance has chosen.
"""

from typing import Any

import pandas as pd

FAMILY = ["base_model", "method", "training_data", "training_examples"]
"""What runs of one training share."""


def finality(row: Any) -> tuple[float, Any]:
    """What to sort rows by, the final one last: a run without a step is the model that the
    training ended with; of checkpoints the last one is; of equals the one evaluated last."""
    return (float("inf") if pd.isna(row.step) else float(row.step), row.evaluated)


def by_finality(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a board, the most final last."""
    steps = rows["step"].astype(float).fillna(float("inf"))
    order = rows.assign(_step=steps).sort_values(["_step", "evaluated"], kind="stable")
    return order.drop(columns="_step")


def final_runs(rows: pd.DataFrame) -> pd.DataFrame:
    """Every run without a step, and of a training that has checkpoints alone the last one."""
    ordered = by_finality(rows)
    last = ~ordered.duplicated(FAMILY, keep="last")
    return ordered[ordered["step"].isna() | last]


def folded(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a board with the checkpoints of one training, run by one protocol, in one row:
    that of the final run. Their order stays.

    Added: ``checkpoints``, how many of the training a row stands for; ``peak`` and ``peak_step``,
    the best mean among them and its step (missing where there are fewer than two).
    """
    family, stepped = _families(rows), rows["step"].notna()
    last = ~family.loc[by_finality(rows).index].duplicated(keep="last")
    kept = ~stepped | last.reindex(rows.index)
    counted = stepped.groupby(family).transform("sum").astype(int)
    wide = rows.assign(checkpoints=counted, peak=float("nan"), peak_step=float("nan"))
    known = rows["mean"].where(stepped).dropna()
    best = family.map(known.groupby(family[known.index]).idxmax()).where(counted > 1).dropna()
    wide.loc[best.index, "peak"] = rows["mean"].reindex(best).to_numpy()
    wide.loc[best.index, "peak_step"] = rows["step"].reindex(best).to_numpy(dtype=float)
    return wide[kept]


def _families(rows: pd.DataFrame) -> pd.Series:
    """The training of each row, as a number; a run that says nothing of its training is of that of
    its model. Whole runs and those of a part of the problems are not of one."""
    unknown = (rows[["base_model", "method", "training_data"]] == "").all(axis=1)
    keys = rows[[*FAMILY, "protocol", "partial"]].assign(
        _model=rows["model"].where(unknown, ""), _whole=rows["mean"].notna()
    )
    return keys.groupby(list(keys), dropna=False, sort=False).ngroup()
