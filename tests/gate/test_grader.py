"""Runs that two checkers graded: graded again by one, the difference split in two."""

import json
from pathlib import Path
from typing import Any

import pytest

from cft_eval.checker import CHECKER_VERSION
from cft_eval.cli import main
from cft_eval.results import write_outcomes
from tests.harness import made
from tests.runs import boiled

TASK = "cft_mini_gsm8k"
RIGHT, WRONG = r"\boxed{4}", r"\boxed{5}"


def lines(responses: list[str], outcomes: list[bool]) -> list[dict[str, Any]]:
    """A line a problem; ``outcomes`` are what the run's own checker said."""
    made_lines = []
    for index, (response, right) in enumerate(zip(responses, outcomes, strict=True)):
        line = made.line(index, (response,))
        [verdict] = line["doc"]["verdicts"]
        verdict["outcome"] = "correct" if right else "wrong"
        verdict["correct"] = dict.fromkeys(verdict["correct"], right)
        line["acc"] = float(right)
        made_lines.append(line)
    return made_lines


def write(folder: Path, responses: list[str], outcomes: list[bool], *, checker: str) -> str:
    facts = made.results(items=len(responses))
    facts["configs"][TASK]["metadata"] = {"checker": checker}
    facts["results"][TASK]["acc,none"] = sum(outcomes) / len(outcomes)
    made.write(folder, lines(responses, outcomes), facts)
    return str(folder)


N = 20


@pytest.fixture
def old(tmp_path: Path) -> str:
    """Half of the answers are right; the old checker refused five of them."""
    right = [True] * 5 + [False] * 15
    return write(tmp_path / "old", [RIGHT] * 10 + [WRONG] * 10, right, checker="5")


@pytest.fixture
def new(tmp_path: Path) -> str:
    """Twelve are right, and the installed checker says so."""
    right = [True] * 12 + [False] * 8
    return write(tmp_path / "new", [RIGHT] * 12 + [WRONG] * 8, right, checker=CHECKER_VERSION)


def test_the_difference_is_split(
    old: str, new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = tmp_path / "gate.json"
    assert main(["gate", new, "--baseline", old, "--json", str(numbers)]) == 0
    out = capsys.readouterr().out
    assert f"graded by checkers 5 and {CHECKER_VERSION}; both are graded again" in out
    assert (
        f"{TASK}: +35.0 points as stored = +10.0 of the model, +25.0 of the grader (grading again: "
        "baseline 5 newly right, 0 newly wrong, candidate 0 newly right, 0 newly wrong)"
    ) in out
    assert "checker 5 cannot be run here" in out
    facts = json.loads(numbers.read_text())
    [row] = facts["grader"]
    assert (row["task"], row["regraded"]) == (TASK, [[5, 0], [0, 0]])
    assert row["stored"] == pytest.approx(0.35)
    assert row["model"] == pytest.approx(0.10)
    # The rows are of the models alone.
    assert facts["rows"][0]["baseline"] == pytest.approx(0.5)


def test_what_was_the_graders_alone_is_no_regression(
    tmp_path: Path, old: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same responses; a lax checker had accepted all, so the score seems to fall by half."""
    lax = write(tmp_path / "lax", [RIGHT] * 10 + [WRONG] * 10, [True] * 20, checker="4")
    assert main(["gate", old, "--baseline", lax]) == 0
    out = capsys.readouterr().out
    assert out.startswith("OK  ")
    assert "-75.0 points as stored = +0.0 of the model, -75.0 of the grader" in out
    assert "checker 4 and 5 cannot be run here" in out


def test_what_was_lost_is_by_the_verdicts_that_are_compared(
    new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three right ones became wrong; the baseline's own checker had refused all."""
    strict = write(tmp_path / "strict", [RIGHT] * 15 + [WRONG] * 5, [False] * 20, checker="4")
    page = tmp_path / "gate.html"
    main(["gate", new, "--baseline", strict, "--show", "2", "--html", str(page)])
    out = capsys.readouterr().out
    assert "3 problems on which the candidate is right less often; 2 shown" in out
    assert [f"number {index}" in out for index in (11, 12, 13, 14)] == [False, True, True, False]
    assert "baseline (correct): 4" in out
    assert f"{TASK} number 12" in page.read_text()
    # A lax checker's wrong answers, which it called right, are no losses.
    lax = write(tmp_path / "lax", [WRONG] * 20, [True] * 20, checker="4")
    main(["gate", new, "--baseline", lax, "--show", "2"])
    assert "0 problems on which" in capsys.readouterr().out


def test_one_checker_or_an_allowed_difference_is_left_as_it_is(
    old: str, new: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gate", new, "--baseline", new]) == 0
    assert "graded again" not in capsys.readouterr().out
    assert main(["gate", new, "--baseline", old, "--allow-diff", "checker"]) == 0
    assert "graded again" not in capsys.readouterr().out


def test_without_responses_it_says_what_would_help(
    old: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frozen = tmp_path / "frozen.json"
    assert main(["gate", "freeze", old, "-o", str(frozen)]) == 0
    new = write(tmp_path / "n", [RIGHT] * 20, [True] * 20, checker=CHECKER_VERSION)
    assert main(["gate", new, "--baseline", str(frozen)]) == 3
    out = capsys.readouterr().out
    assert "NOT_COMPARABLE" in out
    assert f"{frozen} does not have its responses: name lm-eval output folders on both" in out


def test_compare_splits_too(old: str, new: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", old, new]) == 0
    out = capsys.readouterr().out
    assert "+10.0 of the model, +25.0 of the grader" in out
    assert "run differently" not in out
    assert main(["compare", old, new, "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)["grader"]
    assert row["stored"] == pytest.approx(0.35)


def test_frozen_baselines_of_one_checker_are_as_before(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    write_outcomes(boiled({"cft_math": [1, 0] * 10}), path)
    assert main(["gate", str(path), "--baseline", str(path)]) == 0
