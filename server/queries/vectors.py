"""One run's tasks sample by sample: what is right, of which level, and what was answered.

A run comes in as the catalog loaded it, with its tasks and scores; knows no visitors.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cft_eval.records.runs import Indices, SampleVectors
from cft_eval.results import Policy
from cft_eval.server.intake.grading import CORRECT
from cft_eval.server.intake.parquet import read_columns
from cft_eval.server.queries.catalog import task_of
from cft_eval.server.store.blobs import Blobs, DamagedBlob
from cft_eval.server.store.models import RunRow, Score, TaskRow

log = logging.getLogger(__name__)


def vectors(blobs: Blobs, run: RunRow, task: str, policy: Policy) -> SampleVectors:
    """One task, sample by sample."""
    row = task_of(run, task)
    columns = columns_of(blobs, row.samples_blob, ("level", "subject"), of=row)
    return SampleVectors(
        right=right_of(score_of(row, policy)).astype(np.float64),
        positions=positions_of(row),
        levels=columns["level"],
        subjects=columns["subject"],
    )


def answers(blobs: Blobs, run: RunRow, task: str, policy: Policy) -> Sequence[str | None]:
    """The answer of every response of a task, as a policy reads it."""
    row, name = task_of(run, task), f"answer_{policy}"
    return columns_of(blobs, row.verdicts_blob, (name,), of=row)[name]


def contested(run: RunRow) -> dict[str, int]:
    """Task to its responses that not every policy calls the same."""
    right = {row.task: np.stack([right_of(score) for score in row.scores]) for row in run.tasks}
    return {task: int((v.any(axis=0) & ~v.all(axis=0)).sum()) for task, v in right.items()}


def columns_of(
    blobs: Blobs, blob: str, names: tuple[str, ...], *, of: TaskRow
) -> Mapping[str, Sequence[str | None]]:
    """Columns of all samples of a task; unknown throughout where the blob is damaged."""
    try:
        return read_columns(blobs.get(blob), names)
    except DamagedBlob as error:
        log.warning("run %s, %s: %s", of.run_id, of.task, error)
        return dict.fromkeys(names, [None] * (of.items * of.repeats))


def score_of(row: TaskRow, policy: Policy) -> Score:
    return next(score for score in row.scores if score.policy == policy)


def right_of(score: Score) -> Any:
    return np.frombuffer(score.outcomes, dtype=np.uint8) == CORRECT


def positions_of(row: TaskRow) -> Indices:
    return np.frombuffer(row.positions, dtype="<u4").astype(np.int64)
