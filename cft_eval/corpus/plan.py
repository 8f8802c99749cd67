"""Cut a corpus into chunks small enough that losing one costs little.

    paths, folders, patterns, s3://… ──> files ──> chunks

A chunk of JSONL is a range of bytes and has the lines that begin in it; a chunk of Parquet is a
range of rows in one row group. Nothing of a file is read here but Parquet's footer, so a terabyte
is planned in a moment. A compressed JSONL file cannot be cut and is one chunk.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from cft_eval.corpus.storage import filesystem, reaching
from cft_eval.errors import CftError, MissingExtra

CHUNK_BYTES = 8 << 20
"""Of JSONL, about 3,000 samples with their prompts: seconds of grading."""

CHUNK_ROWS = 4096
"""Of Parquet."""

JSONL = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".ndjson")
PARQUET = (".parquet",)

Kind = Literal["jsonl", "packed", "parquet"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one file."""

    number: int
    """Its index in the corpus, from 0; also the name of its file of verdicts."""

    file: str
    kind: Kind
    start: int
    """JSONL: first byte; Parquet: first row of the row group."""

    end: int
    group: int = 0
    first: int = 0
    """Parquet: how many rows of the file lie before its row group."""

    @property
    def part(self) -> str:
        return f"part-{self.number:06d}.parquet"


@dataclass(frozen=True, slots=True)
class Plan:
    """All chunks, in the order of the corpus, and what makes them the same corpus again."""

    chunks: tuple[Chunk, ...]
    files: tuple[tuple[str, int], ...]
    """Name and size in bytes."""

    chunk_bytes: int = CHUNK_BYTES
    """How it was cut; `digest` is over what came of it."""

    @property
    def digest(self) -> str:
        """Equal where the same files are cut in the same way."""
        facts = [[asdict(chunk) for chunk in self.chunks], self.files]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


class NoCorpus(CftError):
    """Nothing to grade where a path points."""


def plan(
    paths: Sequence[str], *, chunk_bytes: int = CHUNK_BYTES, chunk_rows: int = CHUNK_ROWS
) -> Plan:
    """Cut the files that ``paths`` name (files, folders, patterns; local or fsspec URLs).

    Raises `NoCorpus` for a path with no .jsonl or .parquet file, or a damaged one.
    """
    files = list(dict.fromkeys(file for path in paths for file in _files(path)))
    chunks: list[Chunk] = []
    sizes = []
    for file in files:
        size = _size(file)
        sizes.append((file, size))
        for kind, start, end, group, first in _pieces(file, size, chunk_bytes, chunk_rows):
            chunks.append(Chunk(len(chunks), file, kind, start, end, group=group, first=first))
    return Plan(tuple(chunks), tuple(sizes), chunk_bytes)


def _files(path: str) -> list[str]:
    system, inside = filesystem(path)
    with reaching(path, "cannot be listed"):
        if any(mark in inside for mark in "*?["):
            names = [str(name) for name in system.glob(inside)]
        elif system.isdir(inside):
            names = [str(name) for name in system.find(inside)]
        else:
            names = [inside] if system.isfile(inside) else []
    named = sorted(name for name in names if name.endswith(JSONL + PARQUET))
    if not named:
        kinds = ", ".join(JSONL + PARQUET)
        raise NoCorpus(f"{path}: no file to grade; samples lie in {kinds}")
    return [str(system.unstrip_protocol(name)) for name in named]


def _size(file: str) -> int:
    system, inside = filesystem(file)
    with reaching(file, "cannot be read"):
        return int(system.size(inside) or 0)


_Piece = tuple[Kind, int, int, int, int]


def _pieces(file: str, size: int, chunk_bytes: int, chunk_rows: int) -> Iterator[_Piece]:
    if file.endswith(PARQUET):
        yield from _row_ranges(file, chunk_rows)
    elif file.endswith((".jsonl", ".ndjson")):
        for start in range(0, size, chunk_bytes):
            yield "jsonl", start, min(start + chunk_bytes, size), 0, 0
    else:
        yield "packed", 0, size, 0, 0


def _row_ranges(file: str, chunk_rows: int) -> Iterator[_Piece]:
    footer = parquet_file(file).metadata
    first = 0
    for group in range(footer.num_row_groups):
        rows = footer.row_group(group).num_rows
        for start in range(0, rows, chunk_rows):
            yield "parquet", start, min(start + chunk_rows, rows), group, first
        first += rows


def parquet_file(file: str) -> Any:
    """The opened Parquet file (pyarrow's, which has no types). Raises `NoCorpus` for one that is
    damaged."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtra("grading a corpus", "corpus") from None
    system, inside = filesystem(file)
    with reaching(file, "cannot be read"):
        try:
            return pq.ParquetFile(system.open(inside, "rb"))
        except (pa.ArrowInvalid, OSError) as error:
            raise NoCorpus(f"{file}: not a whole Parquet file: {error}") from None
