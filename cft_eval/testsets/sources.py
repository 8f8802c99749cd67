"""Read what a benchmark's source holds, without checking order or hashes.

    CFT_EVAL_DATA, or the hub, or this package ── rows ──> contents

Proves nothing: `load` compares the contents with the hashes as published. `datasets` is imported
only to read the hub.
"""

import json
import os
from codecs import BOM_UTF8
from collections.abc import Hashable, Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from cft_eval.errors import CftError
from cft_eval.testsets import arithmetic, hub
from cft_eval.testsets.benchmarks import Benchmark, Source
from cft_eval.testsets.content import item_hash
from cft_eval.testsets.rows import BadRow, Content, Row

DATA = "CFT_EVAL_DATA"
"""A folder with one folder a benchmark; where it is set, the hub is not used."""


class NoData(CftError):
    """A benchmark's file is not where ``CFT_EVAL_DATA`` says."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(
            f"{name}: {path}: no such file; {DATA} names the folder that holds it "
            f"(unset {DATA} to load from the Hugging Face hub)"
        )


class NotOnHub(CftError):
    """A benchmark that no hub has."""

    def __init__(self, name: str, elsewhere: str, file: str) -> None:
        super().__init__(
            f"{name}: the Hugging Face hub does not have it: take it from {elsewhere}, and set "
            f"{DATA} to a folder that holds it as {file}"
        )


def contents_of(benchmark: Benchmark) -> tuple[list[Content], str]:
    """What a benchmark holds, and where that was found."""
    if benchmark.name == "arithmetic":
        made = [Content(p.problem, p.answer) for p in arithmetic.problems("test")]
        return made, "this package"
    if benchmark.shipped:
        path = Path(str(files("cft_eval.testsets") / benchmark.file))
        return read_file(benchmark, path), "this package"
    folder = os.environ.get(DATA)
    if folder:
        path = Path(folder) / benchmark.file
        return read_file(benchmark, path), str(path)
    if benchmark.hub is None:
        raise NotOnHub(benchmark.name, benchmark.elsewhere, benchmark.file)
    return _from_hub(benchmark, benchmark.hub)


def state_of(benchmark: Benchmark) -> Hashable:
    """What a benchmark's content depends on, so that it is read once; None of the hub's."""
    folder = os.environ.get(DATA)
    if benchmark.shipped:
        return "this package"
    if not folder:
        return None
    path = Path(folder) / benchmark.file
    facts = path.stat() if path.is_file() else None
    return None if facts is None else (str(path), facts.st_mtime_ns, facts.st_size)


def shipped_hashes(benchmark: Benchmark) -> tuple[str, ...]:
    """The hashes of a benchmark that ships with this package or is computed by it."""
    contents, _ = contents_of(benchmark)
    return tuple(item_hash(content.problem, content.reference) for content in contents)


def read_file(benchmark: Benchmark, path: Path) -> list[Content]:
    """Read a local file in the layout of ``benchmark``; raises `CftError` naming the line."""
    return list(_read(benchmark, json_rows(benchmark.name, path), str(path)))


def _from_hub(benchmark: Benchmark, first: Source) -> tuple[list[Content], str]:
    """The first copy on the hub that can be had; which one does not matter, its hashes do."""
    failed: hub.NoHub | None = None
    for source in (first, *benchmark.alternatives):
        try:
            return hub.contents(benchmark.name, source), f"the hub's {source.id}"
        except hub.NoHub as error:
            failed = failed or error
    assert failed is not None
    raise failed


def json_rows(name: str, path: Path) -> Iterator[tuple[int, Row]]:
    """The rows with the numbers of their lines; blank lines and a mark at the start are none."""
    if not path.is_file():
        raise NoData(name, path)
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            line = line.removeprefix(BOM_UTF8) if number == 1 else line
            if line.strip():
                yield number, _json(line, f"{path}, line {number}")


def _json(line: bytes, where: str) -> Row:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadRow(f"{where}: not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    except ValueError as error:
        raise BadRow(f"{where}: not JSON: {error}") from None
    if not isinstance(row, dict):
        raise BadRow(f"{where}: expected a JSON object")
    return row


def _read(benchmark: Benchmark, rows: Iterable[tuple[int, Row]], where: str) -> Iterator[Content]:
    for number, row in rows:
        try:
            content = benchmark.read(row)
        except BadRow as error:
            raise BadRow(f"{where}, line {number}: {error}") from None
        yield content
