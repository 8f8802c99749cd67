"""A user's own problems: read by their fields, looked through, and hashed like all others."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cft_eval.errors import CftError
from cft_eval.testsets import item_hash
from cft_eval.testsets.own import OwnSource, load_own
from tests.testsets.hub_stand_in import repository, serve

GOOD: list[tuple[dict[str, object], dict[str, str], tuple[str, str]]] = [
    ({"problem": "1+1?", "reference": "2"}, {}, ("1+1?", "2")),
    ({"question": "1+1?", "answer": 2}, {}, ("1+1?", "2")),
    ({"question": "1+1?", "answer": 2.0}, {}, ("1+1?", "2")),
    ({"question": "half?", "answer": 0.5}, {}, ("half?", "0.5")),
    ({"question": "1+1?", "answer": ["2"]}, {}, ("1+1?", "2")),
    ({"q": " 1+1? ", "gold": "2"}, {"problem": "q", "reference": "gold"}, ("1+1?", "2")),
    # What is named is taken, whatever else there is.
    ({"problem": "x", "q": "1+1?", "answer": "2"}, {"problem": "q"}, ("1+1?", "2")),
    # A whole solution gives its answer.
    ({"problem": "1+1?", "solution": "so $\\boxed{2}$"}, {}, ("1+1?", "2")),
    ({"problem": "1+1?", "answer": "One and one.\n#### 2"}, {}, ("1+1?", "2")),
    ({"problem": "sure?", "answer": True}, {}, ("sure?", "True")),
]


def write(path: Path, *rows: object) -> OwnSource:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return OwnSource(str(path))


@pytest.mark.parametrize(("row", "fields", "expected"), GOOD)
def test_a_row_is_read(
    row: dict[str, object], fields: dict[str, str], expected: tuple[str, str], tmp_path: Path
) -> None:
    source = write(tmp_path / "mine.jsonl", row)
    (item,) = load_own(OwnSource(source.problems, fields))
    assert (item.problem, item.reference) == expected
    assert (item.benchmark, item.index, item.item) == ("own", 0, item_hash(*expected))


BAD: list[tuple[list[object], str]] = [
    ([{"question": "1+1?", "gold": "2"}], "line 1: no reference in it (it has: question, gold)"),
    ([{"answer": "2"}], "line 1: no problem in it (it has: answer)"),
    ([{"question": "", "answer": "2"}], "line 1: question: expected text or a number, got ''"),
    (
        [{"question": "x \ud800?", "answer": "1"}],
        "line 1: problem: invalid text: half a surrogate pair",
    ),
    ([{"question": "1+1?", "answer": None}], "answer: expected text or a number, got None"),
    ([{"question": "1+1?", "answer": ["2", "3"]}], "answer: expected text or a number, got ['2'"),
    ([{"problem": "a", "answer": "\\frac{1}{"}], "line 1: reference '\\\\frac{1}{': nothing could"),
    ([{"problem": "a", "answer": "1"}, {"problem": " a", "answer": "1"}], "the problem of line 1 "),
    ([{"problem": "a", "answer": "1"}, {"problem": "a", "answer": "2"}], "with another reference"),
    ([], "no problem in it"),
    (["a"], "line 1: expected a JSON object"),
    ([["a", "1"]], "entry 1: expected a JSON object"),
]


@pytest.mark.parametrize(("rows", "what"), BAD)
def test_what_cannot_be_evaluated_is_an_error(
    rows: list[object], what: str, tmp_path: Path
) -> None:
    with pytest.raises(CftError) as error:
        load_own(write(tmp_path / "mine.jsonl", *rows))
    assert what in str(error.value)


def test_all_bad_rows_are_counted_and_some_are_named(tmp_path: Path) -> None:
    with pytest.raises(CftError) as error:
        load_own(write(tmp_path / "mine.jsonl", *[{"problem": f"{n}"} for n in range(20)]))
    assert str(error.value).endswith("and 15 more")
    assert "line 5: no reference" in str(error.value)


def test_an_unknown_field_of_ours(tmp_path: Path) -> None:
    source = write(tmp_path / "mine.jsonl", {"problem": "a", "answer": "1"})
    with pytest.raises(CftError, match="answr: no such field; known: problem, reference"):
        load_own(OwnSource(source.problems, {"answr": "answer"}))


def test_a_list_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('﻿[{"problem": "a", "answer": 1}, {"problem": "b", "answer": 2}]')
    assert [item.reference for item in load_own(OwnSource(str(path)))] == ["1", "2"]


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    first = load_own(write(path, {"problem": "a", "answer": "1"}))
    second = load_own(write(path, {"problem": "a", "answer": "10"}))
    assert first[0].item != second[0].item


@pytest.mark.parametrize("name", ["nowhere.jsonl", "a/b/c", "nowhere"])
def test_no_such_file(name: str) -> None:
    with pytest.raises(CftError, match="no such file"):
        load_own(OwnSource(name))


LOAD_EASY = """
from cft_eval.testsets.own import OwnSource, load_own
(item,) = load_own(OwnSource("lab/problems", split="dev", config="easy"))
print(item.problem, item.reference)
"""


def test_a_set_on_the_hub(tmp_path: Path) -> None:
    rows: dict[str, list[dict[str, object]]] = {
        "easy.jsonl": [{"question": "1+1?", "answer": 2}],
        "hard.jsonl": [{"question": "1+2?", "answer": 3}],
    }
    repository(tmp_path / "hub/lab/problems", rows, configs=True, split="dev")
    with serve(tmp_path / "hub") as url:
        env = {**os.environ, "HF_ENDPOINT": url, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "0"}
        done = subprocess.run(
            [sys.executable, "-c", LOAD_EASY], env=env, capture_output=True, text=True, check=False
        )
    assert done.stdout == "1+1? 2\n", done.stderr
