"""Which of several runs is the model that a training ended with.

Rows of a board come in, their order comes out; of scores it knows nothing, since whoever takes the
best of several runs takes what chance has chosen.
"""

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FAMILY = ["base_model", "method", "training_data", "training_examples"]
"""What runs of one recipe share: a training has a name besides."""

_MARK = re.compile(r"[-_./ ]*(?:global|step|steps|checkpoint|ckpt|iter|epoch)?[-_./ ]*$", re.I)
"""What stands before the number of a checkpoint, at the end of a model's name."""


def training_name(model: str, step: Any) -> str:
    """A model's name without what says which checkpoint it is.

    >>> [training_name(name, 98) for name in ("lab/x-step-98", "lab/x-98", "lab/x98b", "lab/x-7")]
    ['lab/x', 'lab/x', 'lab/x98b', 'lab/x-7']
    """
    if pd.isna(step) or not model.endswith(number := str(int(step))):
        return model
    before = model[: -len(number)]
    cut = _MARK.sub("", before)
    # A digit more is another number, and a name that is a number alone stays.
    return cut if cut and not before[-1:].isdigit() else model


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


def training_names(rows: pd.DataFrame) -> list[str]:
    """`training_name` of each row."""
    return list(map(training_name, rows["model"], rows["step"].astype(float)))


def _families(rows: pd.DataFrame) -> pd.Series:
    """The training of each row, as a number: of one recipe and one name. Whole runs and those of a
    part of the problems are not of one."""
    keys = rows[[*FAMILY, "protocol", "partial"]].assign(
        _name=training_names(rows), _whole=rows["mean"].notna()
    )
    return keys.groupby(list(keys), dropna=False, sort=False).ngroup()


def trainings(rows: pd.DataFrame) -> tuple[NDArray[np.int64], list[str]]:
    """The recipe of each row as a number, -1 where the run says nothing of it, and the name of its
    training."""
    unknown = (rows[["base_model", "method", "training_data"]] == "").all(axis=1)
    codes = rows[FAMILY].groupby(FAMILY, dropna=False, sort=False).ngroup()
    return np.asarray(codes.where(~unknown, -1), dtype=np.int64), training_names(rows)
