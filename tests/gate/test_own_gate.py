"""What `make gate` does in CI: passes as the repository stands, fails where grading slips."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cft_eval.cli import main

pytest.importorskip("lm_eval", reason="needs the extra `eval`")
pytestmark = pytest.mark.slow

OURS = Path(__file__).parents[2] / ".ci" / "gate"
BASELINE = OURS / "baseline.json"

SLIP = """
import runpy, sys
import cft_eval.harness.grading as grading
check_policies = grading.check_policies
def slipping(rows, **options):
    # The first response of each task is graded against another reference.
    rows[0] = {**rows[0], "reference": "12345"}
    return check_policies(rows, **options)
grading.check_policies = slipping
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def replay(out: Path, *code: str) -> None:
    done = subprocess.run(
        [sys.executable, *code, str(OURS / "replay.py"), str(out)],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_it_passes_as_the_repository_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replay(tmp_path)
    assert main(["gate", str(tmp_path), "--baseline", str(BASELINE), "--strict"]) == 0
    assert "both runs gave the same responses" in capsys.readouterr().out


def test_it_fails_where_one_response_of_a_task_is_graded_differently(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replay(tmp_path, "-c", SLIP)
    assert main(["gate", str(tmp_path), "--baseline", str(BASELINE), "--strict"]) == 3
    said = capsys.readouterr().out
    assert "NOT_COMPARABLE" in said
    assert "cft_mini_gsm8k: grading: '16 right' -> '15 right'" in said
    assert "graded differently on 1 problems, first on item " in said


def test_the_baseline_is_small_and_the_responses_are_whole() -> None:
    assert BASELINE.stat().st_size <= 10_240
    assert len((OURS / "responses.jsonl").read_text(encoding="utf-8").splitlines()) == 200
