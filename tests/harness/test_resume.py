"""A run that is killed, at each of its stages, and taken up by the same command."""

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest

from cft_eval.harness.read import read_output
from tests.harness import dying, warm
from tests.harness.tiny import save_model

pytest.importorskip("lm_eval", reason="needs the extra `eval`")
pytest.importorskip("torch", reason="needs torch")
pytestmark = pytest.mark.slow

PROBLEMS, BATCH = 20, 4
THERE = {"loading": 0, "generating": 2 * BATCH, "grading": PROBLEMS, "writing": PROBLEMS}
"""Responses that each death leaves behind."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model") / "tiny")


def run(stage: str, model: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = ["run", "--model", "hf", "--device", "cpu", "--tasks", "cft_arithmetic"]
    command += ["--model_args", f"pretrained={model},dtype=float32"]
    command += ["--limit", str(PROBLEMS), "--batch_size", str(BATCH)]
    command += ["--gen_kwargs", "max_gen_toks=8", "--output_path", str(out), *more]
    return warm.run(dying.run, stage, command)


def responses(out: Path) -> list[tuple[str, str, int | None]]:
    return [(s.response, s.finish, s.tokens) for s in read_output(out).samples]


@pytest.fixture(scope="module")
def whole(model: Path, tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    out = tmp_path_factory.mktemp("whole")
    done = run("none", model, out)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "20/20 responses, all there: cft_arithmetic 20/20" in done.stderr
    assert not (out / ".unfinished").exists()
    return list(responses(out))


@pytest.mark.parametrize("stage", THERE)
def test_killed(stage: str, model: Path, whole: list[object], tmp_path: Path) -> None:
    killed = run(stage, model, tmp_path)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    kept = [file.read_text() for file in tmp_path.glob(".unfinished/*.jsonl")]
    assert "".join(kept).count("\n") == THERE[stage]

    again = run("none", model, tmp_path)
    assert again.returncode == 0, again.stderr[-2000:]
    told = re.findall(r"cft_arithmetic: (\d+) responses are there already", again.stderr)
    assert told == ([str(THERE[stage])] if THERE[stage] else [])
    left = PROBLEMS - THERE[stage]
    asked = re.findall(r"Running generate_until requests:.*?/(\d+) \[", again.stderr)
    assert set(asked) == ({str(left)} if left else set())
    assert responses(tmp_path) == whole
    assert not (tmp_path / ".unfinished").exists()


def test_another_model_or_option_starts_anew(model: Path, tmp_path: Path) -> None:
    assert run("grading", model, tmp_path).returncode == -signal.SIGKILL
    other = run("none", model, tmp_path, "--apply_chat_template")
    assert other.returncode == 0, other.stderr[-2000:]
    assert "are there already" not in other.stderr
    # The same path, another checkpoint: its files tell.
    config = model / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"made": "anew"}))
    again = run("none", model, tmp_path)
    assert again.returncode == 0, again.stderr[-2000:]
    assert "are there already" not in again.stderr


def test_draws_are_not_repeated(model: Path, tmp_path: Path) -> None:
    sampled = ["--repeats", "8", "--limit", "1", "--batch_size", "2"]
    more = [*sampled, "--gen_kwargs", "max_gen_toks=8,temperature=1.0"]
    assert run("generating", model, tmp_path, *more).returncode == -signal.SIGKILL
    done = run("none", model, tmp_path, *more)
    assert done.returncode == 0, done.stderr[-2000:]
    drawn = [response for response, *_ in responses(tmp_path)]
    assert "cft_arithmetic: 4 responses are there already" in done.stderr
    assert len(drawn) == 8
    assert len(set(drawn)) == 8
