"""The whole road with real parts: lm-eval writes, push sends, the server grades, pages show."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.testsets.data import needs_data

pytest.importorskip("lm_eval", reason="pip install 'cft-eval[eval]'")

ENVIRONMENT = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}


def typed(*words: str, cwd: Path, status: int = 0) -> str:
    """What a command prints; it must end with ``status``."""
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.returncode == status, done.stderr
    return done.stdout


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "cft_eval.cli", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().split()[-1]
        server.terminate()


@pytest.mark.slow
def test_from_lm_eval_to_the_board_and_back_into_the_gate(tmp_path: Path, url: str) -> None:
    evaluate = ("lm_eval", "--model", "dummy", "--tasks", "cft_arithmetic", "--output_path", "out")
    typed(*evaluate, "--log_samples", cwd=tmp_path)
    push = ("cft_eval.cli", "push", "out", "--server", url, "--yes", "--model-name", "dummy-1")
    link = typed(*push, cwd=tmp_path).strip()
    assert typed(*push, cwd=tmp_path).strip() == link  # the same run is the same page
    assert "dummy-1" in httpx.get(url).text
    page = httpx.get(link).text
    assert "200" in page
    assert "The scores claimed by the upload match its responses." in page
    run = f"board:{link.rpartition('/')[2]}"
    gate = ("cft_eval.cli", "gate", "out", "--baseline", run, "--server", url)
    assert "OK" in typed(*gate, cwd=tmp_path)


@pytest.mark.slow
@needs_data
def test_runs_of_critiques_have_a_board_of_their_own(tmp_path: Path, url: str) -> None:
    tasks = "cft_critique_gsm8k,cft_correction_minerva_math"
    judged = {"task": "cft_critique_gsm8k"}
    run = ("cft_eval.cli", "run", "--model", "dummy", "--tasks", tasks, "--output_path", "out")
    typed(*run, cwd=tmp_path)
    push = ("cft_eval.cli", "push", "out", "--server", url, "--yes", "--model-name", "critic")
    link = typed(*push, cwd=tmp_path).strip()
    assert "critic" not in httpx.get(url, params={"suite": "suite"}).text
    board = httpx.get(url, params={"suite": "critique"}).text
    for words in ("critic", "Critique of GSM8K", "Correction of Minerva-Math"):
        assert words in board
    page = httpx.get(link).text
    assert "The scores claimed by the upload match its responses." in page
    for shown in (page, httpx.get(link, params=judged).text):  # both class rates, with intervals
        assert "right solution" in shown
        assert "wrong solution" in shown
    gate = ("cft_eval.cli", "gate", "out", "--server", url, "--baseline")
    typed(*gate, f"board:{link.rpartition('/')[2]}", cwd=tmp_path)
