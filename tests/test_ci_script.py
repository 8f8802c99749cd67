"""The action's script, run as CI runs it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cft_eval.results import write_outcomes
from tests.runs import boiled

ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_outcomes(boiled({"cft_math": [1, 0] * 500}), tmp_path / "baseline.json")
    write_outcomes(boiled({"cft_math": [0, 0] * 500}), tmp_path / "worse.json")
    script = tmp_path / "cft-eval"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cft_eval.cli "$@"\n')
    script.chmod(0o755)
    return tmp_path


def gate(folder: Path, candidate: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "CFT_EVAL": str(folder / "cft-eval"),
        "CANDIDATE": candidate,
        "BASELINE": "baseline.json",
        **more,
    }
    return subprocess.run(
        ["bash", str(ROOT / "docs/ci/gate.sh")],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_regression_fails_the_step_with_summary_and_annotation(folder: Path) -> None:
    done = gate(
        folder,
        "worse.json",
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(folder / "summary.md"),
        GITHUB_OUTPUT=str(folder / "output"),
    )
    assert done.returncode == 1, done.stderr
    assert "::error title=cft-eval%3A cft_math::" in done.stdout
    assert (folder / "summary.md").read_text().startswith("## REGRESSION: tiny")
    assert (folder / "output").read_text() == "decision=REGRESSION\n"
    assert (folder / "gate.xml").is_file()


def test_the_same_run_passes_outside_github(folder: Path) -> None:
    done = gate(folder, "baseline.json", STRICT="true")
    assert done.returncode == 0, done.stderr
    assert "::" not in done.stdout


@pytest.mark.parametrize(
    "names", [{"BASELINE": ""}, {"CANDIDATE": ""}, {"CANDIDATE": "--help"}, {"BASELINE": "--help"}]
)
def test_a_name_that_is_none_is_no_pass_and_no_regression(
    folder: Path, names: dict[str, str]
) -> None:
    done = gate(folder, "worse.json", **names)
    assert done.returncode in (2, 5), done.stdout + done.stderr


def test_limits_and_a_page(folder: Path) -> None:
    given = {"TRUNCATION": "5", "LENGTH": "20", "COST": "20", "HTML": "true"}
    done = gate(folder, "baseline.json", **given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "gate.html").read_text().startswith("<!doctype html>")
    assert gate(folder, "baseline.json", LENGTH="many").returncode == 2


def test_a_missing_baseline_is_5(folder: Path) -> None:
    assert gate(folder, "worse.json", BASELINE="nowhere.json").returncode == 5


@pytest.mark.parametrize(
    ("name", "spelling"),
    [("gate.json", "{}"), ("gate.xml", "./{}"), ("gate.md", "{folder}/{}")],
)
def test_a_run_with_a_reports_name_survives(folder: Path, name: str, spelling: str) -> None:
    text = (folder / "baseline.json").read_text()
    (folder / name).write_text(text)
    done = gate(folder, "worse.json", BASELINE=spelling.format(name, folder=folder))
    assert done.returncode == 1, done.stderr
    assert (folder / name).read_text() == text
    assert (folder / "gate-report.xml").is_file()


@pytest.mark.parametrize(
    "names",
    [
        {"CANDIDATE": "gate.json"},
        {"CANDIDATE": "gate.json\r\n"},
        {"BASELINE": "gate.json\r\n"},
        {"BASELINE": "baseline.json\r\ngate.json\r\n"},
        {"BASELINE": "gate.json\nbaseline.json\n"},
        {"MORE": "gate.json"},
        {"MORE": "second.json\r\ngate.json\r\n"},
        # What stands in for the reports' name is taken as well.
        {"BASELINE": "gate.json\r\ngate-report.json", "MORE": "gate-report.xml"},
    ],
)
def test_no_run_that_is_compared_is_taken_for_a_report(folder: Path, names: dict[str, str]) -> None:
    text = (folder / "baseline.json").read_text()
    runs = ("second.json", "gate.json", "gate-report.json", "gate-report.xml")
    for name in runs:
        (folder / name).write_text(text)
    given = {"CANDIDATE": "baseline.json", **names}
    done = gate(folder, given.pop("CANDIDATE"), **given)
    assert done.returncode == 0, done.stderr
    named = [name for name in runs if any(name in value for value in names.values())]
    assert {(folder / name).read_text() for name in named} == {text}


def spelled(first: str, *others: str) -> list[Any]:
    """Spellings of a word: each starts a process, so the tests run one and the slow ones all."""
    return [first, *(pytest.param(other, marks=pytest.mark.slow) for other in others)]


@pytest.mark.parametrize("word", spelled("on", "true", "True", "TRUE", "1", "yes"))
def test_strict_is_strict_however_it_is_spelled(folder: Path, word: str) -> None:
    write_outcomes(boiled({"cft_math": [1, 0] * 499 + [0, 1]}), folder / "near.json")
    assert gate(folder, "near.json", MARGIN="0.05", STRICT=word).returncode == 4


@pytest.mark.parametrize("word", spelled("", "false", "False", "0", "no"))
def test_strict_is_off_where_it_is_off(folder: Path, word: str) -> None:
    write_outcomes(boiled({"cft_math": [1, 0] * 499 + [0, 1]}), folder / "near.json")
    assert gate(folder, "near.json", MARGIN="0.05", STRICT=word).returncode == 0


@pytest.mark.parametrize("name", ["STRICT", "EACH_TASK", "SEEDS", "COMMENT"])
def test_a_switch_that_is_neither_is_no_switch_that_is_off(folder: Path, name: str) -> None:
    done = gate(folder, "baseline.json", **{name: "maybe"})
    assert (done.returncode, f"{name}=maybe: true or false" in done.stderr) == (2, True)


def test_a_value_commands_no_runner(folder: Path) -> None:
    hostile = "x\n::error::forged\r::add-mask::y"
    for name in ("STRICT", "MARGIN", "ALPHA", "ALLOW_DIFF", "FLOOR", "BASELINE", "CANDIDATE"):
        given = {"CANDIDATE": "baseline.json", name: hostile}
        candidate = given.pop("CANDIDATE")
        done = gate(folder, candidate, GITHUB_ACTIONS="true", **given)
        assert done.returncode in (2, 3, 5), name
        lines = (done.stdout + done.stderr).replace("\r", "\n").splitlines()
        obeyed = [line for line in lines if line.lstrip().startswith("::")]
        assert all(line.startswith("::error title=cft-eval%3A ") for line in obeyed), obeyed


def test_names_are_no_patterns(folder: Path) -> None:
    """`engi*` is a misspelt field, not the files of that name in the folder."""
    (folder / "engine").write_text("")
    done = gate(folder, "baseline.json", ALLOW_DIFF="engi* temperature")
    assert done.returncode == 2
    assert "--allow-diff engi*: no such" in done.stderr
    assert gate(folder, "baseline.json", ALLOW_DIFF="engine  temperature\n").returncode == 0


@pytest.mark.parametrize("names", [{"CANDIDATE": ""}, {"BASELINE": ""}, {"CFT_EVAL": "/nowhere"}])
def test_no_earlier_report_is_left(folder: Path, names: dict[str, str]) -> None:
    for name in ("gate.json", "gate.xml", "gate.md"):
        (folder / name).write_text('errors="0"')
    assert gate(folder, "baseline.json", **names).returncode in (2, 126, 127)
    junit = folder / "gate.xml"
    assert not junit.exists() or 'errors="1"' in junit.read_text()


def test_several_lines_are_a_window(folder: Path) -> None:
    write_outcomes(boiled({"cft_math": [0, 1] * 500}), folder / "second run.json")
    done = gate(folder, "baseline.json", BASELINE="baseline.json\nsecond run.json\n")
    assert done.returncode == 0, done.stderr
    assert "a window of 2 runs" in done.stdout


def test_terms_of_single_tasks(folder: Path) -> None:
    assert gate(folder, "baseline.json", FLOOR="cft_math=70").returncode == 1
    assert gate(folder, "baseline.json", TASK_MARGIN="cft_math=0.5").returncode == 0


def test_the_action_hands_every_input_on() -> None:
    """Inputs travel as environment variables: pasted into a script they would run as code."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    script = (ROOT / "docs/ci/gate.sh").read_text()
    steps = action["runs"]["steps"]
    given = {name: value for step in steps for name, value in step.get("env", {}).items()}
    inputs = {value.removeprefix("${{ inputs.").removesuffix(" }}") for value in given.values()}
    assert inputs == action["inputs"].keys()
    assert not any("${{" in step.get("run", "") for step in steps)
    ours = {name for name in given if name not in ("VERSION", "GITHUB_TOKEN")}
    read_by_the_client = {"CFT_EVAL_SERVER", "CFT_EVAL_TOKEN"}
    assert {name for name in ours if name not in script} == read_by_the_client


def test_several_training_seeds_of_both_sides(folder: Path) -> None:
    for number in range(2):
        for side, right in (("old", [1, 0]), ("new", [1, 0])):
            run = boiled({"cft_math": [*(right * 500), 1 - number]}, model=f"{side} {number}")
            tasks = {
                task: outcomes.model_copy(update={"responses": f"{side == 'old':08x}{number:08x}"})
                for task, outcomes in run.tasks.items()
            }
            whole = run.model_copy(update={"tasks": tasks})
            write_outcomes(whole, folder / f"{side}-{number}.json")
    done = gate(
        folder, "new-0.json", BASELINE="old-0.json\nold-1.json", MORE="new-1.json", SEEDS="true"
    )
    assert done.returncode == 0, done.stderr
    assert "2 training runs against 2; the seed is a random effect" in done.stdout
