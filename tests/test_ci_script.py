"""The action's script, run as CI runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

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


def test_a_missing_baseline_is_5(folder: Path) -> None:
    assert gate(folder, "worse.json", BASELINE="nowhere.json").returncode == 5
