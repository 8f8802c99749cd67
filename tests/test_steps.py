"""Commands in a row: what is logged, shown and said where one fails."""

import logging
import os
import sys
from pathlib import Path

import pytest

from cft_eval.steps import BAR, StepFailed, run_here, run_logged

BARS = r"""
import sys
print("loading", file=sys.stderr)
for done in (0, 3, 7):
    sys.stderr.write(f"\rRunning generate_until requests:  40%|##   | {done}/7 [00:01<00:02]")
sys.stderr.write("\n")
print("http://board/runs/1")
"""


def test_output_goes_to_the_log_and_is_returned(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = run_logged([sys.executable, "-c", BARS], tmp_path / "log")
    assert "http://board/runs/1" in lines
    assert (tmp_path / "log").read_text().count("generate_until") == 3
    assert sum(bool(BAR.match(line)) for line in lines) == 3
    assert "\nloading\n" not in capfd.readouterr().err


def test_a_step_in_this_process_leaves_out_lm_evals_notes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("lm_eval", reason="needs the extra `eval`")
    monkeypatch.delenv("LMEVAL_LOG_LEVEL", raising=False)
    words = ["run", "--model", "dummy", "--tasks", "cft_mini_aime24", "--limit", "1"]
    run_here([*words, "--output_path", tmp_path])
    assert logging.getLogger("lm_eval").level == logging.WARNING
    assert "LMEVAL_LOG_LEVEL" not in os.environ


def test_the_threads_of_a_command(tmp_path: Path) -> None:
    script = "import os; print(os.environ['OMP_NUM_THREADS'])"
    assert run_logged([sys.executable, "-c", script], tmp_path / "log", threads=3) == ["3"]


def test_a_command_that_fails_shows_the_end_of_what_it_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = "print(*range(100), sep='\\n'); raise SystemExit('no space left')"
    with pytest.raises(StepFailed, match="ended with 1"):
        run_logged([sys.executable, "-c", script], tmp_path / "log")
    shown = capfd.readouterr().err
    assert "no space left" in shown
    assert "\n5\n" not in shown
    assert "\n5\n" in (tmp_path / "log").read_text()
