"""Check a JSONL file: a row in, a row out, in order, in bounded memory.

A row out is ``{"id", "outcome", "correct", "answer", "how", "reason", "seconds"}``. A malformed
line becomes one with outcome ``bad_input`` and its reason, and never stops the file. The output
appears under its name when it is whole.
"""

import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cft_eval.checker.run.bulk import BadCheckRow, Checkers, CheckJob, job
from cft_eval.checker.run.judging import GRADERS, UnknownPolicy
from cft_eval.checker.types.verdict import Verdict
from cft_eval.errors import CftError

BATCH = 4096
"""Rows in memory at a time."""

BATCH_BYTES = 1 << 26
"""Bytes of lines in memory at a time."""

BAD_INPUT = "bad_input"


class Line(NamedTuple):
    """One line read: its id as it stood there, and what it asks for or why that is unknown."""

    id: object
    job: CheckJob | None
    reason: str = ""


def check_file(
    source: str | Path,
    out: str | Path,
    *,
    policy: str = "strict",
    workers: int | None = None,
    batch: int = BATCH,
    progress: Callable[[int], None] | None = None,
) -> Counter[str]:
    """Check the rows of ``source`` into ``out``; how many had each outcome.

    ``batch``: rows in memory at a time. ``progress`` is called with the number of rows done.
    Raises `CftError` for a file that cannot be read or written, never for what stands in it.
    """
    if policy not in GRADERS:
        raise UnknownPolicy(policy)
    source, out = Path(source), Path(out)
    try:
        with source.open("rb") as lines, Checkers(workers) as checkers:
            counts: Counter[str] = Counter()
            _write(_rows(_batches(lines, policy, batch), checkers, counts, progress), out)
            return counts
    except OSError as error:
        name = error.filename or out
        raise CftError(f"{name}: {error.strerror or error}") from None


def _write(rows: Iterator[str], out: Path) -> None:
    if out.exists() and not out.is_file():  # /dev/stdout, a pipe: nothing to replace
        with out.open("w", encoding="utf-8") as file:
            file.writelines(rows)
        return
    part = out.with_name(f".{out.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with part.open("x", encoding="utf-8") as file:
            file.writelines(rows)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _rows(
    batches: Iterator[list[Line]],
    checkers: Checkers,
    counts: Counter[str],
    progress: Callable[[int], None] | None,
) -> Iterator[str]:
    for batch in batches:
        verdicts = iter(checkers.run([line.job for line in batch if line.job]))
        for line in batch:
            row = _row(*next(verdicts)) if line.job else _bad(line.reason)
            counts[str(row["outcome"])] += 1
            yield json.dumps({"id": line.id, **row}) + "\n"
        if progress:
            progress(counts.total())


def _batches(lines: BinaryIO, policy: str, most: int) -> Iterator[list[Line]]:
    batch: list[Line] = []
    size = 0
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        batch.append(_line(raw, number, policy))
        size += len(raw)
        if len(batch) == most or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _line(raw: bytes, number: int, policy: str) -> Line:
    try:
        row = json.loads(raw)
    except UnicodeDecodeError as error:
        return Line(None, None, f"line {number} is not UTF-8: {error.reason} at byte {error.start}")
    except RecursionError:
        return Line(None, None, f"line {number} is nested too deeply")
    except ValueError as error:
        return Line(None, None, f"line {number} is not JSON: {error}")
    if not isinstance(row, dict):
        return Line(None, None, f"line {number} is not a JSON object")
    try:
        return Line(row.get("id"), job(row, policy))
    except BadCheckRow as error:
        return Line(row.get("id"), None, f"line {number}: {error}")


def _row(verdict: Verdict) -> dict[str, object]:
    row = verdict.as_dict()
    keys = ("outcome", "correct", "answer", "how", "reason", "seconds")
    return {key: row[key] for key in keys}


def _bad(reason: str) -> dict[str, object]:
    return {
        "outcome": BAD_INPUT,
        "correct": False,
        "answer": None,
        "how": "",
        "reason": reason,
        "seconds": 0.0,
    }
