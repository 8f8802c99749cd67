"""Runs, scores and samples: one schema from lm-eval's output to upload, board and gate."""

from cft_eval.results.schema import (
    SCHEMA_VERSION,
    Model,
    Run,
    Sample,
    Settings,
    TaskScore,
)

__all__ = ["SCHEMA_VERSION", "Model", "Run", "Sample", "Settings", "TaskScore"]
