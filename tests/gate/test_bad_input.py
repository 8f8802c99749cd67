"""Data that cannot be gated: exit 3, and the first item that is off by name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cft_eval.cli import main
from cft_eval.harness.files import MAX_LINE_BYTES
from cft_eval.results import write_outcomes
from cft_eval.results.outcomes import MAX_OUTCOMES_BYTES
from cft_eval.testsets import known_items
from tests.harness import made
from tests.runs import boiled

Lines = list[dict[str, Any]]
ITEM = [made.line(index)["doc"]["item"] for index in range(5)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made.write(tmp_path / "old", [made.line(index) for index in range(4)])
    return tmp_path


def refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What `gate` says of ``new`` against ``old``, both ways round: a fault is one on any side."""
    said = []
    for candidate, baseline in (("new", "old"), ("old", "new")):
        status = main(["gate", str(folder / candidate), "--baseline", str(folder / baseline)])
        captured = capsys.readouterr()
        said.append(captured.out + captured.err)
        assert status == 3, said
    return said[0]


def test_a_sound_run_passes(folder: Path) -> None:
    assert main(["gate", str(folder / "old"), "--baseline", str(folder / "old")]) == 0


def test_other_items(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made.write(folder / "new", [made.line(index) for index in (0, 1, 2, 4)])
    said = refused(folder, capsys)
    first = min(ITEM[3], ITEM[4])
    assert "NOT_COMPARABLE" in said
    assert "cft_mini_gsm8k: items: " in said
    assert f"item {first} is in the" in said


def test_a_missing_item(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The run is whole by its own count, and has one item less than the baseline."""
    made.write(folder / "new", [made.line(index) for index in range(3)])
    assert f"item {ITEM[3]} is in the first run only" in refused(folder, capsys)


def test_an_item_missing_from_the_log(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [made.line(index) for index in (0, 2, 3)]
    made.write(folder / "new", lines, made.results(items=4))
    name = known_items("mini_gsm8k")[1]
    assert f"item 1 ({name}) of mini_gsm8k is the first that is missing" in refused(folder, capsys)


def _twice(lines: Lines) -> None:
    lines[2] = made.line(1)


def _same_problem(lines: Lines) -> None:
    lines[2]["doc"] |= {"item": ITEM[1]}


def _above_one(lines: Lines) -> None:
    lines[2]["acc"] = 1.5


def _below_zero(lines: Lines) -> None:
    lines[2]["answered"] = -1


def _not_a_number(lines: Lines) -> None:
    lines[2]["acc"] = float("nan")


def _infinite(lines: Lines) -> None:
    lines[2]["acc_qwen"] = float("inf")


def _a_text(lines: Lines) -> None:
    lines[2]["acc"] = "all of them"


def _ungraded(lines: Lines) -> None:
    del lines[2]["doc"]["verdicts"]


SPOILT: list[tuple[Callable[[Lines], None], str]] = [
    (_twice, f"line 3: doc.index: item 1 of cft_mini_gsm8k ({ITEM[1]}) is already in line 2"),
    (_same_problem, f"cft_mini_gsm8k: item {ITEM[1]} (number 2) appears twice"),
    (_above_one, f"line 3: acc: Input should be less than or equal to 1 (item 2, {ITEM[2]})"),
    (_below_zero, f"line 3: answered: Input should be greater than or equal to 0 (item 2, {ITEM[2]})"),  # noqa: E501
    (_not_a_number, f"line 3: holds NaN, which is not a number (item 2, {ITEM[2]})"),
    (_infinite, f"line 3: holds Infinity, which is not a number (item 2, {ITEM[2]})"),
    (_a_text, f"(item 2, {ITEM[2]})"),
    (_ungraded, f"(item 2, {ITEM[2]})"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "words"), SPOILT, ids=[f.__name__ for f, _ in SPOILT])
def test_a_spoilt_item_is_named(
    spoil: Callable[[Lines], None], words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [made.line(index) for index in range(4)]
    spoil(lines)
    made.write(folder / "new", lines)
    said = refused(folder, capsys)
    assert words in said
    assert "samples_cft_mini_gsm8k" in said or "cft_mini_gsm8k:" in said


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.99])
def test_a_half_written_log(kept: float, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = made.write(folder / "new", [made.line(index) for index in range(4)])
    text = samples.read_text().rstrip()
    samples.write_text(text[: int(kept * len(text))])
    whole = text[: int(kept * len(text))].count("\n")
    said = refused(folder, capsys)
    assert f"{samples}, line {whole + 1}: not JSON" in said
    assert f"after item {whole - 1} ({ITEM[whole - 1]})" in said


def test_half_written_results(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made.write(folder / "new")
    file = folder / "new" / f"results_{made.STAMP}.json"
    file.write_text(file.read_text()[:300])
    assert "was lm_eval interrupted?" in refused(folder, capsys)


def test_a_score_in_the_results_that_none_can_be(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = made.results(items=4)
    facts["results"]["cft_mini_gsm8k"]["acc,none"] = 95
    made.write(folder / "new", [made.line(index) for index in range(4)], facts)
    assert "results.cft_mini_gsm8k.acc,none: 95 is not a share" in refused(folder, capsys)


# ---- frozen baselines --------------------------------------------------------------------------


def _schema(facts: dict[str, Any]) -> None:
    facts["schema_version"] = 3


def _uncalibrated(facts: dict[str, Any]) -> None:
    facts["schema_version"] = 2


def _too_many_right(facts: dict[str, Any]) -> None:
    facts["tasks"]["cft_aime24"]["right"] = ["10" * 8 + "2" + "0" * 13]


def _no_number(facts: dict[str, Any]) -> None:
    facts["tasks"]["cft_aime24"]["right"] = ["1N"]


def _share(facts: dict[str, Any]) -> None:
    facts["tasks"]["cft_aime24"]["answered"] = 1.2


def _no_problem(facts: dict[str, Any]) -> None:
    facts["tasks"]["cft_aime24"]["right"] = [""]


def _no_schema(facts: dict[str, Any]) -> None:
    del facts["schema_version"]


FROZEN: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (_schema, "schema 3, this cft-eval reads 1 and 2: upgrade it"),
    (_uncalibrated, "calibration: Field required"),
    (_too_many_right, "problem 16 of aime24 (in the order of their hashes) has '2' right"),
    (_no_number, "problem 1 of aime24 (in the order of their hashes) has 'N' right"),
    (_no_problem, "aime24 has no problem"),
    (_no_schema, "not a frozen baseline: it has no schema_version"),
    (_share, "tasks.cft_aime24.answered: Input should be less than or equal to 1"),
]


@pytest.mark.parametrize(("spoil", "words"), FROZEN, ids=[f.__name__ for f, _ in FROZEN])
def test_a_spoilt_baseline(
    spoil: Callable[[dict[str, Any]], None],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("old", "new"):
        write_outcomes(boiled({"cft_aime24": [1, 0] * 15}), tmp_path / name)
    facts = json.loads((tmp_path / "new").read_text())
    spoil(facts)
    (tmp_path / "new").write_text(json.dumps(facts))
    assert words in refused(tmp_path, capsys)


def test_a_baseline_with_fewer_outcomes_than_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_outcomes(boiled({"cft_aime24": [1, 0] * 15}), tmp_path / "old")
    facts = json.loads((tmp_path / "old").read_text())
    facts["tasks"]["cft_aime24"]["right"] = ["10" * 14]
    (tmp_path / "new").write_text(json.dumps(facts))
    assert "cft_aime24: 28 of 30 problems were run" in refused(tmp_path, capsys)


def test_a_frozen_baseline_of_a_whole_set_names_what_the_run_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file holds no names; those of a known test set need none."""
    lines = [made.line(index) for index in range(24)]
    items = known_items("mini_gsm8k")
    for line, item in zip(lines, items, strict=True):
        line["doc"]["item"] = item
    made.write(tmp_path / "whole", lines)
    assert main(["gate", "freeze", str(tmp_path / "whole"), "-o", str(tmp_path / "old")]) == 0
    made.write(tmp_path / "new", lines[:-1])
    assert f"item {items[-1]} is in the" in refused(tmp_path, capsys)


@pytest.mark.parametrize("out", [0, 7, 23])
def test_a_frozen_baseline_that_lacks_one_problem_of_a_known_set_names_it(
    out: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [made.line(index) for index in range(24)]
    items = known_items("mini_gsm8k")
    for line, item in zip(lines, items, strict=True):
        line["doc"]["item"] = item
    made.write(tmp_path / "new", lines)
    made.write(tmp_path / "part", [line for line in lines if line["doc"]["item"] != items[out]])
    assert main(["gate", "freeze", str(tmp_path / "part"), "-o", str(tmp_path / "old")]) == 0
    assert f"item {items[out]} is in the" in refused(tmp_path, capsys)


def test_a_file_too_large_to_be_a_baseline_is_refused_unread(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_outcomes(boiled({"cft_aime24": [1, 0] * 15}), tmp_path / "old")
    facts = json.loads((tmp_path / "old").read_text())
    facts["tasks"]["cft_aime24"]["right"] = ["0"] * (MAX_OUTCOMES_BYTES // 4)
    (tmp_path / "new").write_text(json.dumps(facts))
    assert "more than 4 MB" in refused(tmp_path, capsys)


def test_a_line_too_long_for_a_log_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = made.line(3, ("a" * (MAX_LINE_BYTES + 1),))
    made.write(folder / "new", [*map(made.line, range(3)), long])
    assert "line 4: longer than 64 MB" in refused(folder, capsys)


@pytest.mark.parametrize("name", ["results", "samples"])
def test_endless_nesting_is_refused(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made.write(folder / "new", [*map(made.line, range(4))])
    [file] = (folder / "new").glob(f"{name}_*")
    file.write_text("[" * 200_000 + "\n")
    assert "nested too deeply" in refused(folder, capsys)
