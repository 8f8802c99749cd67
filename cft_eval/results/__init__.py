"""Runs, scores and samples: one schema from lm-eval's output to upload, board and gate."""

from cft_eval.checker.types.verdict import Policy
from cft_eval.results.calibration import Calibration, Replayed, ReplayRate, Spread
from cft_eval.results.frozen import (
    CalibratedOutcomes,
    calibrated,
    calibration_of,
    parse_outcomes,
    read_outcomes,
    write_outcomes,
)
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
from cft_eval.results.outcomes import (
    InvalidData,
    RunOutcomes,
    TaskOutcomes,
    first_difference,
    run_fingerprint,
)
from cft_eval.results.schema import (
    ACCURACY,
    SCHEMA_VERSION,
    Model,
    Run,
    Sample,
    Settings,
    TaskScore,
)
from cft_eval.results.task_pairs import aligned, pairing, renamed
from cft_eval.results.window import pool, pool_tasks

__all__ = [
    "ACCURACY",
    "MAX_RUN_BYTES",
    "RUN_FILE",
    "SAMPLES_FILE",
    "SCHEMA_VERSION",
    "BadRecord",
    "CalibratedOutcomes",
    "Calibration",
    "InvalidData",
    "Model",
    "Policy",
    "ReplayRate",
    "Replayed",
    "Run",
    "RunOutcomes",
    "Sample",
    "Settings",
    "Spread",
    "Stored",
    "TaskOutcomes",
    "TaskScore",
    "Written",
    "aligned",
    "calibrated",
    "calibration_of",
    "first_difference",
    "pairing",
    "parse_outcomes",
    "parse_record",
    "parse_run",
    "parse_samples",
    "pool",
    "pool_tasks",
    "read_folder",
    "read_outcomes",
    "renamed",
    "run_fingerprint",
    "write_folder",
    "write_outcomes",
    "write_run",
    "write_samples",
]
