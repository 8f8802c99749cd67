import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cft_eval.results import (
    BadRecord,
    Sample,
    parse_run,
    parse_samples,
    read_folder,
    write_folder,
    write_samples,
)
from cft_eval.results.io import MAX_LINE_BYTES
from tests import runs

RUN = runs.run({"cft_math": [1, 0]})
SAMPLES = runs.samples("cft_math", [1, 0])


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_folder(tmp_path, RUN, SAMPLES)
    stored = read_folder(tmp_path)
    assert (stored.run, stored.samples) == (RUN, tuple(SAMPLES))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.json", "samples.jsonl"]


def test_nothing_is_left_of_a_write_that_failed(tmp_path: Path) -> None:
    def broken() -> Iterator[Sample]:
        yield SAMPLES[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_samples(tmp_path / "samples.jsonl", broken())
    assert list(tmp_path.iterdir()) == []


def altered(**changes: object) -> bytes:
    return json.dumps({**json.loads(RUN.model_dump_json()), **changes}).encode()


BAD_RUNS = [
    (b"", "run.json: not JSON at column 1: Expecting value"),
    (b"7", "run.json: expected a JSON object, got 7"),
    (b"[" * 100_000, "run.json: nested too deeply"),
    (b'{"engine": Infinity}', "run.json: Infinity is not a JSON number"),
    (b'{"engine": 1, "engine": 2}', "run.json: the key 'engine' appears twice in one object"),
    (b'{"a": {"b": 1, "b": 2}}', "run.json: the key 'b' appears twice in one object"),
    (b"\xff", "run.json: not UTF-8 at byte 0"),
    (b" " * (2 << 20), "run.json: 2097152 bytes, more than 1048576"),
    (altered(modle="x"), "run.json: modle: Extra inputs are not permitted"),
    (b'{"\\u0000\\u202e": 1}', "run.json: model: Field required"),
    (altered(**{"\x00\u202e": 1}), "run.json: \\x00\\u202e: Extra inputs are not permitted"),
    (altered(schema_version=2), "run.json: schema_version: Input should be 1, got 2"),
    (altered(tasks={}), "run.json: tasks: Dictionary should have at least 1 item"),
    (altered(seconds="12"), "run.json: seconds: Input should be a valid number, got '12'"),
    (altered(engine=None), "run.json: engine: Input should be a valid string, got None"),
]


@pytest.mark.parametrize(("text", "message"), BAD_RUNS)
def test_a_run_that_is_none(text: bytes, message: str) -> None:
    with pytest.raises(BadRecord) as found:
        parse_run(text)
    assert str(found.value).startswith(message)


def test_the_line_and_the_field_are_named() -> None:
    lines = [json.loads(sample.model_dump_json()) for sample in SAMPLES]
    lines[1]["index"] = -1
    text = "\n".join(map(json.dumps, lines)).encode()
    with pytest.raises(BadRecord) as found:
        list(parse_samples(io.BytesIO(text), file="mine.jsonl"))
    assert (found.value.file, found.value.line, found.value.field) == ("mine.jsonl", 2, "index")
    assert str(found.value) == (
        "mine.jsonl, line 2: index: Input should be greater than or equal to 0, got -1"
    )


def test_a_line_without_end_is_not_read_to_its_end() -> None:
    stream = io.BytesIO(b"x" * (3 * MAX_LINE_BYTES))
    with pytest.raises(BadRecord, match="line 1: longer than 4194304 bytes"):
        next(parse_samples(stream))
    assert stream.tell() == MAX_LINE_BYTES + 1


@pytest.mark.parametrize("name", ["run.json", "samples.jsonl"])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    write_folder(tmp_path, RUN, SAMPLES)
    (tmp_path / name).unlink()
    with pytest.raises(BadRecord, match=f"{name}: no such file"):
        read_folder(tmp_path)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(line: bytes) -> None:
    with pytest.raises(BadRecord):
        list(parse_samples(io.BytesIO(b"{" + line)))
