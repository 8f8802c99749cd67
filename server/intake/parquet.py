"""Samples and verdicts as Parquet, in the order of a task's score vectors.

Only the server writes these files, so only its own files are ever read.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cft_eval.results import Policy, Sample
from cft_eval.server.intake.grading import TaskVerdicts
from cft_eval.server.intake.validation import UploadedResponse

ROW_GROUP = 256
"""Rows that are read together: a page of samples touches one or two groups."""

_PACKED: dict[str, Any] = {"compression": "zstd", "compression_level": 9}

_SAMPLES = pa.schema(
    [
        ("index", pa.int32()),
        ("repeat", pa.int32()),
        ("item", pa.string()),
        ("problem", pa.string()),
        ("reference", pa.string()),
        ("response", pa.string()),
        ("finish", pa.string()),
        ("level", pa.string()),
        ("subject", pa.string()),
        ("prompt_hash", pa.string()),
        ("outcome", pa.string()),
        ("correct", pa.map_(pa.string(), pa.bool_())),
    ]
)


def samples_parquet(responses: Sequence[UploadedResponse]) -> bytes:
    """The samples as they were uploaded."""
    file = BytesIO()
    with pq.ParquetWriter(file, _SAMPLES, **_PACKED) as writer:
        # One group after the other: their texts together may be larger than memory.
        for start in range(0, len(responses), ROW_GROUP):
            rows = [_sample(each.sample) for each in responses[start : start + ROW_GROUP]]
            writer.write_table(pa.Table.from_pylist(rows, schema=_SAMPLES))
    return file.getvalue()


def verdicts_parquet(graded: Mapping[Policy, TaskVerdicts]) -> bytes:
    """One row a response: answer, how and reason under each policy."""
    columns: dict[str, list[str | None]] = {}
    for policy, task in graded.items():
        columns[f"outcome_{policy}"] = [verdict.outcome.value for verdict in task.verdicts]
        columns[f"answer_{policy}"] = [_text(verdict.answer) for verdict in task.verdicts]
        columns[f"how_{policy}"] = [verdict.how for verdict in task.verdicts]
        columns[f"reason_{policy}"] = [_text(verdict.reason) for verdict in task.verdicts]
    schema = pa.schema([(name, pa.string()) for name in columns])
    return _parquet(pa.Table.from_pydict(columns, schema=schema))


def read_rows(
    parquet: bytes, numbers: Sequence[int], columns: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """The rows with these ``numbers``, in that order, with some columns or all.

    Only their row groups are unpacked.
    """
    file = pq.ParquetFile(BytesIO(parquet))
    groups = {number // ROW_GROUP for number in numbers}
    wanted = None if columns is None else list(columns)
    # In this thread: a row group is soon read, and threads of its own take longer to begin.
    unpacked = {
        group: file.read_row_group(group, columns=wanted, use_threads=False) for group in groups
    }
    return [
        unpacked[number // ROW_GROUP]
        .slice(number % ROW_GROUP, 1)
        .to_pylist(maps_as_pydicts="strict")[0]
        for number in numbers
    ]


def read_columns(parquet: bytes, names: Sequence[str]) -> dict[str, list[Any]]:
    """Some columns of all rows."""
    table = pq.ParquetFile(BytesIO(parquet)).read(columns=list(names))
    return {name: table.column(name).to_pylist() for name in names}


def read_all(parquet: bytes) -> list[dict[str, Any]]:
    """Every row, in order."""
    table = pq.ParquetFile(BytesIO(parquet)).read()
    return list(table.to_pylist(maps_as_pydicts="strict"))


def _sample(sample: Sample) -> dict[str, object]:
    row = sample.model_dump(mode="json", include=set(_SAMPLES.names))
    return {**row, "response": sample.response, "correct": list(sample.correct.items())}


def _text(text: str | None) -> str | None:
    # A verdict quotes the response; Arrow's strings are UTF-8 and nothing else.
    return text and text.encode(errors="replace").decode()


def _parquet(table: pa.Table) -> bytes:
    file = BytesIO()
    pq.write_table(table, file, row_group_size=ROW_GROUP, **_PACKED)
    return file.getvalue()
