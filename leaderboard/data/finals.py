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
