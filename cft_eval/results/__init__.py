"""Runs, scores and samples: one schema from lm-eval's output to upload, board and gate."""

from cft_eval.results.io import (
    MAX_RUN_BYTES,
    RUN_FILE,
    SAMPLES_FILE,
    BadRecord,
    Stored,
    Written,
    parse_record,
    parse_run,
    parse_samples,
    read_folder,
    write_folder,
    write_run,
    write_samples,
)
from cft_eval.results.schema import (
    SCHEMA_VERSION,
    Model,
    Policy,
    Run,
    Sample,
    Settings,
    TaskScore,
)

__all__ = [
    "MAX_RUN_BYTES",
    "RUN_FILE",
    "SAMPLES_FILE",
    "SCHEMA_VERSION",
    "BadRecord",
    "Model",
    "Policy",
    "Run",
    "Sample",
    "Settings",
    "Stored",
    "TaskScore",
    "Written",
    "parse_record",
    "parse_run",
    "parse_samples",
    "read_folder",
    "write_folder",
    "write_run",
    "write_samples",
]
