"""Read and write a run: `run.json`, and `samples.jsonl` with one response a line.

What is read comes from strangers. A line is bounded before it is decoded, decoded before it is
parsed, and parsed before it is believed; what does not fit is a `BadRecord` that names the file,
the line and the field. Nothing here grades or computes.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from cft_eval.errors import CftError
from cft_eval.results.schema import Run, Sample

RUN_FILE = "run.json"
SAMPLES_FILE = "samples.jsonl"

MAX_RUN_BYTES = 1 << 20
"""A run.json of the suite has some 10 kB."""

MAX_LINE_BYTES = 4 << 20
"""One sample: a response of 100,000 tokens has half a megabyte."""

MAX_SAMPLES = 1_000_000
"""The suite with 64 responses to each problem has half as many."""

_Model = TypeVar("_Model", bound=BaseModel)


class BadRecord(CftError):
    """A file of a run does not hold what it should."""

    def __init__(self, file: str, line: int | None, field: str | None, what: str) -> None:
        self.file, self.line, self.field, self.what = file, line, field, what
        index = file if line is None else f"{file}, line {line}"
        super().__init__(f"{index}: {field + ': ' if field else ''}{what}")


class Written(NamedTuple):
    """What was written: enough to announce it to a server, and to prove that it arrived."""

    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A run with its samples, as one folder holds them."""

    run: Run
    samples: tuple[Sample, ...]


def parse_run(text: bytes, *, file: str = RUN_FILE) -> Run:
    """Read a run.json, or raise `BadRecord`."""
    if len(text) > MAX_RUN_BYTES:
        raise BadRecord(file, None, None, f"{len(text)} bytes, more than {MAX_RUN_BYTES}")
    return parse_record(Run, text, file=file, line=None)


def parse_samples(stream: BinaryIO, *, file: str = SAMPLES_FILE) -> Iterator[Sample]:
    """Yield the samples of a samples.jsonl one by one, or raise `BadRecord` at the first bad line.

    Memory is bounded by one line, whatever the stream holds.
    """
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise BadRecord(file, number, None, f"longer than {MAX_LINE_BYTES} bytes")
        if number > MAX_SAMPLES:
            raise BadRecord(file, number, None, f"more than {MAX_SAMPLES} lines")
        yield parse_record(Sample, line, file=file, line=number)


def write_run(path: Path, run: Run) -> None:
    """Write ``run`` to ``path``, all of it or nothing."""
    _write(path, iter([run.model_dump_json(indent=2).encode() + b"\n"]))


def write_samples(path: Path, samples: Iterable[Sample]) -> Written:
    """Write one line a sample to ``path``, all of them or nothing."""
    return _write(path, (sample.model_dump_json().encode() + b"\n" for sample in samples))


def write_folder(folder: Path, run: Run, samples: Iterable[Sample]) -> None:
    """Write a run and its samples where `read_folder` finds them."""
    folder.mkdir(parents=True, exist_ok=True)
    write_samples(folder / SAMPLES_FILE, samples)
    write_run(folder / RUN_FILE, run)


def read_folder(folder: Path) -> Stored:
    """Read what `write_folder` wrote.

    Raises `BadRecord` for a file that is missing or does not hold what it should.
    """
    run_file, samples_file = folder / RUN_FILE, folder / SAMPLES_FILE
    for file in (run_file, samples_file):
        if not file.is_file():
            raise BadRecord(str(file), None, None, "no such file")
    run = parse_run(read_at_most(run_file, MAX_RUN_BYTES), file=str(run_file))
    with samples_file.open("rb") as stream:
        return Stored(run, tuple(parse_samples(stream, file=str(samples_file))))


def read_at_most(path: Path, most: int) -> bytes:
    """The bytes of a file; raises `BadRecord` where it has more than ``most``, unread."""
    with path.open("rb") as stream:
        text = stream.read(most + 1)
    if len(text) > most:
        raise BadRecord(
            str(path), None, None, f"more than {most >> 20} MB: not a file of this kind"
        )
    return text


def lines_at_most(stream: BinaryIO, most: int, *, file: str) -> Iterator[bytes]:
    """The lines of a stream; raises `BadRecord` at one longer than ``most``, before it is whole in
    memory."""
    number = 0
    while line := stream.readline(most + 1):
        number += 1
        if len(line) > most:
            raise BadRecord(file, number, None, f"longer than {most >> 20} MB: not a line of a log")
        yield line


def parse_json(text: bytes, *, file: str, line: int | None = None) -> object:
    """Read strict JSON: no NaN, no infinity, no key twice, no endless nesting."""
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        raise BadRecord(file, line, None, f"not UTF-8 at byte {error.start}") from None
    try:
        return _decoder.decode(decoded)
    except json.JSONDecodeError as error:
        what = f"not JSON at column {error.colno}: {error.msg}"
    except RecursionError:
        what = "nested too deeply"
    except ValueError as error:  # a key twice, NaN, or an integer of thousands of digits
        what = str(error).partition(";")[0]
    raise BadRecord(file, line, None, what)


def parse_record(model: type[_Model], text: bytes, *, file: str, line: int | None = None) -> _Model:
    """Read one strict JSON object as ``model``, or raise `BadRecord` with the first bad field."""
    value = parse_json(text, file=file, line=line)
    if not isinstance(value, dict):
        raise BadRecord(file, line, None, f"expected a JSON object, got {_shown(value)}")
    try:
        # From the text once more: strict is about JSON here, where a date is a string and "1" is
        # no number. pydantic alone would let a key stand twice.
        return model.model_validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    # A field may be the sender's own invention: shown, but not believed.
    field = field_of(first["loc"]) or None
    value = first["input"]
    shown = (
        "" if first["type"] in {"missing", "extra_forbidden", "name"} else f", got {_shown(value)}"
    )
    raise BadRecord(file, line, field, first["msg"] + shown)


def field_of(parts: Sequence[int | str]) -> str:
    """Where pydantic found an error, on one line; the names in it may be a stranger's."""
    return ".".join(_shown(part).strip("'") for part in parts if part != "[key]")


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {_shown(twice)} appears twice in one object")
    return fields


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _write(path: Path, chunks: Iterator[bytes]) -> Written:
    # Beside the file and then renamed: a reader never sees half a file.
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    digest, rows, size = hashlib.sha256(), 0, 0
    try:
        with partial.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                rows, size = rows + 1, size + len(chunk)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return Written(rows, size, digest.hexdigest())
