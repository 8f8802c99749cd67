"""Samples out of their blobs, as records: the responses of a task with what each policy said.

Knows no visitors and no runs: who asks has seen to it that the task may be shown.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from cft_eval.checker import POLICIES
from cft_eval.checker.extract.extract import located
from cft_eval.records.runs import SampleRecord, VerdictRecord
from cft_eval.server.intake.grading import OUTCOMES
from cft_eval.server.intake.parquet import read_rows
from cft_eval.server.store.blobs import Blobs, DamagedBlob
from cft_eval.server.store.models import TaskRow

log = logging.getLogger(__name__)

_OF_SAMPLES = (
    "repeat", "item", "problem", "reference", "response", "finish", "level", "subject", "outcome",
)  # fmt: skip
"""Columns that a `SampleRecord` is made of."""


LoadSamples = Callable[[Blobs, TaskRow, Sequence[int]], list[SampleRecord]]
"""`load`, or `load_what_is_whole`."""


def load(
    blobs: Blobs, row: TaskRow, numbers: Sequence[int], verdicts_blob: str = ""
) -> list[SampleRecord]:
    """The samples of a task with these ``numbers``, in that order; raises `DamagedBlob`.

    ``verdicts_blob``: verdicts of a former checker instead of today's.
    """
    if not numbers:
        return []
    samples = read_rows(blobs.get(row.samples_blob), numbers, columns=_OF_SAMPLES)
    verdicts = read_rows(blobs.get(verdicts_blob or row.verdicts_blob), numbers)
    return [
        _record(row, number, sample, verdict)
        for number, sample, verdict in zip(numbers, samples, verdicts, strict=True)
    ]


def load_what_is_whole(
    blobs: Blobs, row: TaskRow, numbers: Sequence[int], verdicts_blob: str = ""
) -> list[SampleRecord]:
    """As `load`; of a damaged task what the database knows: outcomes, and why there is no more."""
    try:
        return load(blobs, row, numbers, verdicts_blob)
    except DamagedBlob as error:
        log.warning("run %s, %s: %s", row.run_id, row.task, error)
        return [_outcomes_alone(row, number, str(error)) for number in numbers]


def _outcomes_alone(row: TaskRow, number: int, why: str) -> SampleRecord:
    codes = {score.policy: score.outcomes[number] for score in row.scores}
    return SampleRecord(
        task=row.task,
        benchmark=row.benchmark,
        place=number,
        index=_index(row, number),
        repeat=number % row.repeats,
        item=row.item_hashes[8 * number : 8 * number + 8].hex(),
        problem="",
        reference="",
        response="",
        finish="unknown",
        level=None,
        subject=None,
        claimed_outcome="",
        verdicts=tuple(
            VerdictRecord(policy, OUTCOMES[codes[policy]].value, None, "", why)
            for policy in POLICIES
        ),
    )


def _index(row: TaskRow, number: int) -> int:
    return int.from_bytes(row.positions[4 * number : 4 * number + 4], "little")


def _record(
    row: TaskRow, number: int, sample: dict[str, Any], verdict: dict[str, Any]
) -> SampleRecord:
    extraction = located(sample["response"], sample["reference"])
    return SampleRecord(
        task=row.task,
        benchmark=row.benchmark,
        place=number,
        index=_index(row, number),
        repeat=sample["repeat"],
        item=sample["item"],
        problem=sample["problem"],
        reference=sample["reference"],
        response=sample["response"],
        finish=sample["finish"],
        level=sample["level"],
        subject=sample["subject"],
        claimed_outcome=sample["outcome"],
        verdicts=tuple(
            VerdictRecord(
                policy=policy,
                outcome=verdict[f"outcome_{policy}"],
                answer=verdict[f"answer_{policy}"],
                how=verdict[f"how_{policy}"],
                reason=verdict[f"reason_{policy}"] or "",
            )
            for policy in POLICIES
        ),
        # A former checker may have read another answer than this one does.
        marks=extraction.spans if extraction.answer == verdict["answer_strict"] else (),
    )
