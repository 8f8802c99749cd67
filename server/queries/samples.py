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
    blobs: Blobs, row: TaskRow, places: Sequence[int], verdicts_blob: str = ""
) -> list[SampleRecord]:
    """The samples at ``places`` of a task, in that order; raises `DamagedBlob`.

    ``verdicts_blob``: verdicts of a former checker instead of today's.
    """
    if not places:
        return []
    samples = read_rows(blobs.get(row.samples_blob), places, columns=_OF_SAMPLES)
    verdicts = read_rows(blobs.get(verdicts_blob or row.verdicts_blob), places)
    return [
        _record(row, place, sample, verdict)
        for place, sample, verdict in zip(places, samples, verdicts, strict=True)
    ]


def load_what_is_whole(
    blobs: Blobs, row: TaskRow, places: Sequence[int], verdicts_blob: str = ""
) -> list[SampleRecord]:
    """As `load`; of a damaged task what the database knows: outcomes, and why there is no more."""
    try:
        return load(blobs, row, places, verdicts_blob)
    except DamagedBlob as error:
        log.warning("run %s, %s: %s", row.run_id, row.task, error)
        return [_outcomes_alone(row, place, str(error)) for place in places]


def _outcomes_alone(row: TaskRow, place: int, why: str) -> SampleRecord:
    codes = {score.policy: score.outcomes[place] for score in row.scores}
    return SampleRecord(
        task=row.task,
        benchmark=row.benchmark,
        place=place,
        index=_index(row, place),
        repeat=place % row.repeats,
        item=row.item_hashes[8 * place : 8 * place + 8].hex(),
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


def _index(row: TaskRow, place: int) -> int:
    return int.from_bytes(row.positions[4 * place : 4 * place + 4], "little")


def _record(
    row: TaskRow, place: int, sample: dict[str, Any], verdict: dict[str, Any]
) -> SampleRecord:
    extraction = located(sample["response"], sample["reference"])
    return SampleRecord(
        task=row.task,
        benchmark=row.benchmark,
        place=place,
        index=_index(row, place),
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
