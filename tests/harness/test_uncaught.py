"""What ends lm-eval's own command is the last line that it prints, and no traceback."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="needs the extra `eval`")

from cft_eval.errors import CftError
from cft_eval.harness.uncaught import speak_plainly


@pytest.mark.slow
def test_lm_eval_ends_with_what_is_wrong(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lm_eval", "--model", "dummy", "--tasks", "cft_own"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(
        """cft_eval: cft_own: no problems: --metadata '{"problems": "FILE"}' says where they are"""
    )


PROGRAMS = [
    ("/usr/bin/lm_eval", True),
    ("/site-packages/lm_eval/__main__.py", True),
    ("/usr/bin/cft-eval", False),
    ("/home/ada/mine.py", False),
    ("", False),
]


@pytest.mark.parametrize(("program", "plainly"), PROGRAMS)
def test_only_in_lm_evals_own_command(
    program: str, plainly: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    others: list[Any] = []
    monkeypatch.setattr(sys, "excepthook", lambda *given: others.append(given[1]))
    monkeypatch.setattr(sys, "argv", [program])
    speak_plainly()
    speak_plainly()
    ours, theirs = CftError("what is wrong\n::error::x"), ValueError("x")
    for error in (ours, theirs):
        sys.excepthook(type(error), error, None)
    assert others == ([theirs] if plainly else [ours, theirs])
    said = capsys.readouterr().err
    assert said == ("cft_eval: what is wrong\n: :error::x\n" if plainly else "")
