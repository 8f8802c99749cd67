"""Runs, scores and samples: one schema from lm-eval's output to upload, board and gate."""

from cft_eval.results.outcomes import (
    InvalidData,
    RunOutcomes,
    TaskOutcomes,
    outcomes,
    parse_outcomes,
    pool,
    read_outcomes,
    write_outcomes,
)
from cft_eval.results.schema import (
    SCHEMA_VERSION,
    Model,
    Run,
    Sample,
    Settings,
    TaskScore,
)

__all__ = [
    "SCHEMA_VERSION",
    "InvalidData",
    "Model",
    "Run",
    "RunOutcomes",
    "Sample",
    "Settings",
    "TaskOutcomes",
    "TaskScore",
    "outcomes",
    "parse_outcomes",
    "pool",
    "read_outcomes",
    "write_outcomes",
]
