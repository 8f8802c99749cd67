"""vLLM itself, offline and as a server: `make test-vllm` runs this where vLLM is installed."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from cft_eval.harness.read import read_output
from cft_eval.results import Sample
from tests.harness.tiny import save_model

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("vllm") is None or find_spec("lm_eval") is None,
        reason="vLLM is not installed in this Python (see `make test-vllm`)",
    ),
]

ENGINE = "dtype=float32,enforce_eager=True,max_model_len=1024,gpu_memory_utilization=0.2"
SENT = '{"max_gen_toks": 48, "until": ["1", "x"]}'
ENV = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
ENV |= {"VLLM_CPU_KVCACHE_SPACE": "1", "OMP_NUM_THREADS": "1"}
ENOUGH = 40
"""Responses that are done when the engine is killed."""

DYING = f"""
import os, signal, sys
from vllm.v1.engine.llm_engine import LLMEngine

step, done = LLMEngine.step, []
def some(self, *args, **kwargs):
    if len(done) >= {ENOUGH}:
        os.kill(os.getpid(), signal.SIGKILL)
    outputs = step(self, *args, **kwargs)
    done.extend(output for output in outputs if output.finished)
    return outputs
LLMEngine.step = some

from cft_eval.cli import main
sys.exit(main(sys.argv[1:]))
"""
COUNTING = """
import sys
from vllm.v1.engine.llm_engine import LLMEngine

add = LLMEngine.add_request
def counted(self, request_id, prompt, params, *args, **kwargs):
    print(f"engine request: n={params.n} seeded={params.seed is not None}", file=sys.stderr)
    return add(self, request_id, prompt, params, *args, **kwargs)
LLMEngine.add_request = counted
"""
CLI = "import sys; from cft_eval.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model") / "tiny")


def run(out: Path, *engine: str, code: str = CLI) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, "run", "--model", *engine, "--output_path", str(out)]
    said = out / "said.txt"
    with said.open("w+", encoding="utf-8") as stream:
        # A session of its own: vLLM's processes outlive one that is killed, and must be ended too.
        process = subprocess.Popen(
            command,
            env={**os.environ, **ENV},
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
        try:
            process.wait(500)
            assert _ended(process.pid), "processes of vLLM live on"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    text = said.read_text(encoding="utf-8", errors="replace")
    return subprocess.CompletedProcess(command, process.returncode, text, text)


def _ended(session: int) -> bool:
    """Whether all processes of a session end within half a minute."""
    for _ in range(60):
        if not any(map(partial(_lives_in, session), Path("/proc").glob("[0-9]*/stat"))):
            return True
        time.sleep(0.5)
    return False


def _lives_in(session: int, stat: Path) -> bool:
    with suppress(OSError):
        state, _, _, found = stat.read_text().rpartition(")")[2].split()[:4]
        return int(found) == session and state != "Z"
    return False


def offline(model: Path, out: Path, code: str = CLI) -> subprocess.CompletedProcess[str]:
    engine = ["vllm", "--model_args", f"pretrained={model},{ENGINE}", "--apply_chat_template"]
    return run(out, *engine, "--tasks", "cft_math_suite_mini", "--gen_kwargs", SENT, code=code)


def samples(out: Path) -> list[Sample]:
    return read_output(out).samples


@pytest.fixture(scope="module")
def whole(model: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    out = tmp_path_factory.mktemp("whole")
    done = offline(model, out)
    assert done.returncode == 0, done.stderr[-3000:]
    sys.stdout.write(done.stdout[done.stdout.rindex("\ntask ") :])
    return samples(out)


def test_every_ending_is_that_of_hugging_face(
    model: Path, whole: list[Sample], tmp_path: Path
) -> None:
    engine = ["hf", "--model_args", f"pretrained={model},dtype=float32", "--device", "cpu"]
    engine += ["--batch_size", "16", "--apply_chat_template", "--gen_kwargs", SENT]
    done = run(tmp_path, *engine, "--tasks", "cft_math_suite_mini")
    assert done.returncode == 0, done.stderr[-3000:]
    found = [(sample.item, sample.finish, sample.tokens) for sample in samples(tmp_path)]
    assert found == [(sample.item, sample.finish, sample.tokens) for sample in whole]
    assert {sample.finish for sample in whole} == {"stop", "length"}


def test_killed_in_the_middle_of_a_batch(model: Path, whole: list[Sample], tmp_path: Path) -> None:
    killed = offline(model, tmp_path, DYING)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-3000:]
    again = offline(model, tmp_path)
    assert again.returncode == 0, again.stderr[-3000:]
    there = sum(map(int, re.findall(r": (\d+) responses are there already", again.stderr)))
    assert ENOUGH <= there < len(whole)
    assert f"Running generate_until requests:   0%|          | 0/{len(whole) - there} [" in (
        again.stderr
    )
    assert [sample.response for sample in samples(tmp_path)] == [s.response for s in whole]


REPEATS, PROBLEMS = 8, 12


def sampled(model: Path, out: Path, code: str) -> subprocess.CompletedProcess[str]:
    engine = ["vllm", "--model_args", f"pretrained={model},{ENGINE}", "--apply_chat_template"]
    engine += ["--repeats", str(REPEATS), "--limit", str(PROBLEMS), "--tasks", "cft_mini_gsm8k"]
    return run(
        out, *engine, "--gen_kwargs", "max_gen_toks=24,temperature=1.0", code=COUNTING + code
    )


def asked(done: subprocess.CompletedProcess[str]) -> list[tuple[int, bool]]:
    """How many responses each request of the engine was for, and whether it had a seed."""
    found = re.findall(r"engine request: n=(\d+) seeded=(True|False)", done.stderr)
    return [(int(number), seeded == "True") for number, seeded in found]


def by_problem(out: Path) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for sample in samples(out):
        found.setdefault(sample.item, []).append(sample)
    return found


def test_k_responses_are_one_request_of_the_engine(model: Path, tmp_path: Path) -> None:
    done = sampled(model, tmp_path, CLI)
    assert done.returncode == 0, done.stderr[-3000:]
    assert asked(done) == [(REPEATS, False)] * PROBLEMS
    drawn = by_problem(tmp_path)
    assert len(drawn) == PROBLEMS
    for responses in drawn.values():
        assert len({sample.response for sample in responses}) == len(responses) == REPEATS
        for sample in responses:
            assert sample.finish in ("stop", "length")
            assert (sample.finish == "length") == (sample.tokens == 24)
    evaluation = read_output(tmp_path).run
    assert evaluation.seeds["torch"] == 1234
    (score,) = evaluation.tasks.values()
    assert score.repeats == REPEATS
    assert score.scores["truncated"] == pytest.approx(
        sum(sample.finish == "length" for each in drawn.values() for sample in each)
        / (REPEATS * PROBLEMS)
    )


def test_k_responses_resumed_are_other_ones(model: Path, tmp_path: Path) -> None:
    """What was drawn before the kill is kept, and what is drawn after it is drawn anew."""
    killed = sampled(model, tmp_path, DYING.replace(f">= {ENOUGH}", ">= 4"))
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-3000:]
    again = sampled(model, tmp_path, CLI)
    assert again.returncode == 0, again.stderr[-3000:]
    (there,) = map(int, re.findall(r": (\d+) responses are there already", again.stderr))
    assert 4 * REPEATS <= there < REPEATS * PROBLEMS
    left = asked(again)
    assert sum(number for number, _ in left) == REPEATS * PROBLEMS - there
    assert len(left) == PROBLEMS - there // REPEATS
    assert all(seeded for _, seeded in left)
    for responses in by_problem(tmp_path).values():
        assert len({sample.response for sample in responses}) == len(responses) == REPEATS


@pytest.fixture(scope="module")
def server(model: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = str(Path(sys.executable).parent / "vllm")
    command = [serve, "serve", str(model), "--served-model-name", "tiny", "--enforce-eager"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--dtype", "float32"]
    command += ["--max-model-len", "1024", "--gpu-memory-utilization", "0.2"]
    process = subprocess.Popen(
        command,
        env={**os.environ, **ENV},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}/v1/chat/completions"
    finally:
        process.terminate()
        process.wait(60)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "vllm serve ended"
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(1)
    raise TimeoutError(url)


def test_a_server_says_the_same(server: str, whole: list[Sample], tmp_path: Path) -> None:
    engine = ["local-chat-completions", "--apply_chat_template", "--gen_kwargs", SENT]
    engine += ["--model_args", f"model=tiny,base_url={server},num_concurrent=8"]
    done = run(tmp_path, *engine, "--tasks", "cft_math_suite_mini")
    assert done.returncode == 0, done.stderr[-3000:]
    found = [(sample.item, sample.finish, sample.tokens) for sample in samples(tmp_path)]
    assert found == [(sample.item, sample.finish, sample.tokens) for sample in whole]


def test_a_server_draws_anew_for_each_repeat(server: str, tmp_path: Path) -> None:
    engine = ["local-chat-completions", "--apply_chat_template", "--repeats", "6"]
    engine += ["--gen_kwargs", "max_gen_toks=16,temperature=1.0", "--limit", "2"]
    engine += ["--model_args", f"model=tiny,base_url={server},num_concurrent=4"]
    done = run(tmp_path, *engine, "--tasks", "cft_arithmetic")
    assert done.returncode == 0, done.stderr[-3000:]
    drawn = [sample.response for sample in samples(tmp_path)]
    assert len(drawn) == len(set(drawn)) == 12
