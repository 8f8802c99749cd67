"""Grade one chunk and write its verdicts; every engine does this.

    chunk ── lines ──> rows ── checker, once a policy ──> part-NNNNNN.parquet

A part appears whole or not at all, so a worker that dies leaves nothing half-written, and doing a
chunk twice does no harm. The same chunk gives the same bytes on every engine.
"""

import gzip
import io
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from cft_eval.checker.run.bulk import BadCheckRow, Checkers, job
from cft_eval.checker.run.jsonl import BAD_INPUT
from cft_eval.checker.types.verdict import Verdict
from cft_eval.corpus.plan import Chunk, parquet_file
from cft_eval.corpus.rows import ResponseRow, responses_in
from cft_eval.corpus.storage import filesystem, put, reaching

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 2048
"""Rows of a packed file in memory at a time."""

LONGEST_LINE = 64 << 20
"""Bytes; a longer line is no sample, and is not read into memory."""

COLUMNS = ("answer", "correct", "how", "outcome", "reason")


@dataclass(frozen=True, slots=True)
class GradeSettings:
    """What the verdicts depend on, beside the rows."""

    policies: tuple[str, ...] = ("strict",)
    """The first of them is the one that the summary counts changes of."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a chunk came to."""

    number: int
    rows: int
    outcomes: Mapping[str, int]
    """Under the first policy."""

    changed: Mapping[str, int]
    """``"wrong -> correct"`` to how often: rows that brought an outcome, and got another."""

    known: int
    """Rows that brought an outcome."""

    bad: tuple[str, ...]
    """The first rows that could not be read, with where they stand and why."""


def grade(chunk: Chunk, settings: GradeSettings, out: str, *, workers: int | None = 1) -> Done:
    """Grade ``chunk`` into its part under ``out``; with one worker in this process."""
    with Checkers(workers) as checkers:
        return grade_with(checkers, chunk, settings, out)


def grade_with(checkers: Checkers, chunk: Chunk, settings: GradeSettings, out: str) -> Done:
    """The same with processes that are there already."""
    positions: list[int] = []
    rows: list[ResponseRow] = []
    verdicts: list[Sequence[Verdict | None]] = []
    for batch in _batches(_responses(chunk)):
        positions += [position for position, _ in batch]
        rows += [each for _, each in batch]
        verdicts += _verdicts(checkers, [each for _, each in batch], settings)
    # Texts that stand in a row are not kept: a part is a tenth of its chunk.
    rows = [each._replace(row=None) if each.row is None else each._replace(row={}) for each in rows]
    _write(_table(chunk, positions, rows, verdicts, settings), f"{out.rstrip('/')}/{chunk.part}")
    return _done(chunk, positions, rows, [each[0] for each in verdicts])


def _batches(rows: Iterator[tuple[int, ResponseRow]]) -> Iterator[list[tuple[int, ResponseRow]]]:
    batch: list[tuple[int, ResponseRow]] = []
    for each in rows:
        batch.append(each)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _verdicts(
    checkers: Checkers, rows: Sequence[ResponseRow], settings: GradeSettings
) -> list[Sequence[Verdict | None]]:
    """A verdict a policy for each row; None for a row that cannot be read."""
    jobs = [job(each.row, *settings.policies) for each in rows if each.row is not None]
    verdicts = iter(checkers.run(jobs))
    unread = (None,) * len(settings.policies)
    return [unread if each.row is None else next(verdicts) for each in rows]


def _responses(chunk: Chunk) -> Iterator[tuple[int, ResponseRow]]:
    """The responses of a chunk, each with its position: a byte of JSONL, a row of Parquet.

    A row that is not in the checker's form becomes one that could not be read.
    """
    for position, raw in _raw(chunk):
        responses = (
            [ResponseRow(None, None, reason=raw.reason)]
            if isinstance(raw, Unread)
            else responses_in(raw)
        )
        for each in responses:
            try:
                if each.row is not None:
                    job(each.row, "strict")
            except BadCheckRow as error:
                each = ResponseRow(each.id, None, each.before, str(error))
            yield position, each


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that is no JSON."""

    reason: str


def _raw(chunk: Chunk) -> Iterator[tuple[int, object]]:
    if chunk.kind == "parquet":
        with reaching(chunk.file, "cannot be read"):
            table = parquet_file(chunk.file).read_row_group(chunk.group)
        piece = table.slice(chunk.start, chunk.end - chunk.start)
        for number, row in enumerate(piece.to_pylist(maps_as_pydicts="lossy")):
            yield chunk.first + chunk.start + number, row
        return
    system, file_path = filesystem(chunk.file)
    # A remote file reads no line up to a length; a buffer around it does.
    with (
        reaching(chunk.file, "cannot be read", EOFError, zlib.error),
        system.open(file_path, "rb") as opened,
        io.BufferedReader(opened) as file,
    ):
        lines = _lines(cast("BinaryIO", file), chunk)
        for at, line in lines:
            if line.strip():
                yield at, _parsed(line)


def _lines(file: BinaryIO, chunk: Chunk) -> Iterator[tuple[int, bytes]]:
    """The lines that begin in the chunk, each with its first byte."""
    if chunk.kind == "packed":
        file, at, end = _unpacked(file, chunk.file), 0, None
    else:
        at, end = chunk.start, chunk.end
        if at:  # the line that runs into the chunk is the chunk's before
            file.seek(at - 1)
            at += len(_skip(file)) - 1
    while end is None or at < end:
        line = file.readline(LONGEST_LINE)
        if not line:
            return
        length = len(line)
        if length == LONGEST_LINE and not line.endswith(b"\n"):
            length += len(_skip(file))
            line = b'"longer than 64 MiB"'
        yield at, line
        at += length


def _skip(file: BinaryIO) -> bytes:
    """To the end of the line, in pieces; what was skipped, as zeros would do as well."""
    skipped = bytearray()
    while True:
        piece = file.readline(1 << 20)
        skipped += piece
        if not piece or piece.endswith(b"\n"):
            return bytes(skipped)


def _unpacked(file: BinaryIO, name: str) -> BinaryIO:
    if name.endswith(".gz"):
        return cast("BinaryIO", gzip.open(file))
    import pyarrow as pa

    stream = pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")
    return cast("BinaryIO", io.BufferedReader(stream))


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line)
    except UnicodeDecodeError as error:
        return Unread(f"not UTF-8: {error.reason} at byte {error.start} of the line")
    except RecursionError:
        return Unread("nested too deeply")
    except ValueError as error:
        return Unread(f"not JSON: {error}")


def _table(
    chunk: Chunk,
    positions: Sequence[int],
    rows: Sequence[ResponseRow],
    verdicts: Sequence[Sequence[Verdict | None]],
    settings: GradeSettings,
) -> "pa.Table":
    import pyarrow as pa

    columns: dict[str, Any] = {
        "file": pa.array([chunk.file] * len(rows), pa.string()).dictionary_encode(),
        "at": pa.array(positions, pa.int64()),
        "id": pa.array([_utf8(each.id) for each in rows], pa.string()),
        "before": pa.array([each.before for each in rows], pa.string()),
    }
    for number, policy in enumerate(settings.policies):
        facts = [_facts(each, graded[number]) for each, graded in zip(rows, verdicts, strict=True)]
        for name in COLUMNS:
            kind = pa.bool_() if name == "correct" else pa.string()
            columns[f"{name}_{policy}"] = pa.array([fact[name] for fact in facts], kind)
    return pa.table(columns)


def _facts(each: ResponseRow, verdict: Verdict | None) -> dict[str, object]:
    if verdict is None:
        return {"outcome": BAD_INPUT, "correct": False, "answer": None, "how": "",
                "reason": _utf8(each.reason)}  # fmt: skip
    facts = asdict(verdict) | {"outcome": verdict.outcome.value, "correct": verdict.correct}
    return {
        name: _utf8(value) if isinstance(value, str) else value for name, value in facts.items()
    }


def _utf8(text: str | None) -> str | None:
    # A verdict quotes the response; Arrow's strings are UTF-8 and nothing else.
    return text and text.encode(errors="replace").decode()


def _write(table: "pa.Table", path: str) -> None:
    import pyarrow.parquet as pq

    whole = io.BytesIO()
    pq.write_table(table, whole, compression="zstd")
    put(path, whole.getvalue())


FEW_BAD = 5
"""Rows that could not be read which a chunk names."""


def _done(
    chunk: Chunk,
    positions: Sequence[int],
    rows: Sequence[ResponseRow],
    verdicts: Sequence[Verdict | None],
) -> Done:
    after = [BAD_INPUT if each is None else each.outcome.value for each in verdicts]
    pairs = [(each.before, now) for each, now in zip(rows, after, strict=True) if each.before]
    unit = "row" if chunk.kind == "parquet" else "byte"
    bad = [
        f"{chunk.file}, {unit} {position}: {each.reason}"
        for position, each in zip(positions, rows, strict=True)
        if each.row is None
    ]
    return Done(
        chunk.number,
        len(rows),
        # `asdict` would make a Counter of a Counter's pairs.
        dict(Counter(after)),
        dict(Counter(f"{before} -> {now}" for before, now in pairs if before != now)),
        len(pairs),
        tuple(bad[:FEW_BAD]),
    )
