"""The whole road, as `make demo` walks it: real training, real lm_eval runs, a real server."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cft_eval.demo import STEPS

for package in ("torch", "transformers", "lm_eval", "fastapi"):
    pytest.importorskip(package, reason="the demo needs every extra: pip install 'cft-eval[all]'")


def demo(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cft_eval.cli", "demo", "--out", str(folder)],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def summary(printed: str) -> str:
    """The scores and verdicts; what lm_eval prints before them depends on what was left to do."""
    return printed.split("scores in percent")[1].split("\ntimes")[0]


@pytest.mark.slow
def test_the_demo_shows_an_ok_and_a_regression_and_takes_up_where_it_stopped(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "demo-run"
    first = demo(folder)
    assert first.returncode == 0, first.stderr[-3000:]
    assert "late against early: OK (exit 0)" in first.stdout
    assert "early against late: REGRESSION (exit 1)" in first.stdout
    assert json.loads((folder / "gate-drop.json").read_text())["decision"] == "REGRESSION"
    page = (folder / "board.html").read_text()
    early, late = (f"step-{step}" for step in STEPS.values())
    # The early checkpoint is evaluated while the training goes on.
    begun = first.stderr.index(f"pretrained={folder / 'models' / early},")
    assert begun < first.stderr.index(f"at step {STEPS['late']}")
    assert f"tiny-qwen2-{early}" in page
    assert f"tiny-qwen2-{late}" in page

    # Half of a second run is missing: only that is done again.
    for results in (folder / "runs" / late).rglob("results_*.json"):
        results.unlink()
    second = demo(folder)
    assert second.returncode == 0, second.stderr[-3000:]
    assert "holds both checkpoints already" in second.stderr
    assert f"{early} holds results already" in second.stderr
    assert second.stderr.count("$ lm_eval run") == 1
    assert summary(first.stdout) == summary(second.stdout)
