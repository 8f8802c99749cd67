"""The whole road on one machine, offline: train, evaluate, push, board, gate.

    arithmetic ──> tiny model, early and late checkpoint ──> lm_eval ──> board ──> gate

Each stage runs the command that a user would type and leaves its result in the folder; a second
run takes up where the first was stopped. Every number that is shown was computed in that folder.
"""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cft_eval.errors import CftError, MissingExtra
from cft_eval.harness.protocol import SYSTEM
from cft_eval.steps import StepFailed, environment, has_results, run_logged, say, typed

STEPS = {"early": 50, "late": 500}
"""Optimiser steps of the two checkpoints: before the sums are learnt, and after."""

TASK = "cft_arithmetic"
NEW_TOKENS = 48
"""Twice the longest right response: a model that is still learning babbles to the limit."""

LOGS = "logs"
"""The folder, in the demo's, of what the commands print."""

SERVER_START = 60
"""Seconds that the server may take to start."""


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What the demo computed."""

    seconds: dict[str, float]
    """Wall time by stage."""

    verdicts: dict[str, tuple[str, int]]
    """The gate's decision and exit status, by the question asked."""

    links: dict[str, str]
    """Permalink of each run on the board."""

    board: str


def run(folder: Path, *, port: int, keep: bool) -> DemoSummary:
    """Walk the road; what ``folder`` holds already is not done again."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CftError(f"{folder}: {error.strerror}; give another folder with --out") from None
    (folder / LOGS).mkdir(exist_ok=True)
    seconds: dict[str, float] = {}
    checkpoints = {name: folder / "models" / f"step-{step}" for name, step in STEPS.items()}
    with ThreadPoolExecutor() as pool:
        results: dict[str, Future[Path]] = {}

        def evaluate(name: str) -> None:
            results[name] = pool.submit(_evaluate, checkpoints[name], folder)

        with _timed(seconds, "train"):
            # The early checkpoint is evaluated while the training goes on.
            _train(folder / "models", on_early=lambda: evaluate("early"))
        with _timed(seconds, "evaluate"):
            for name in checkpoints:
                if name not in results:
                    evaluate(name)
            runs = {name: results[name].result() for name in checkpoints}
    with _timed(seconds, "push"), _server(folder / "board", port, keep=keep) as url:
        links = {
            name: _push(runs[name], url, checkpoint=checkpoints[name], step=STEPS[name])
            for name in runs
        }
        _fetch_board(url, folder / "board.html")
    with _timed(seconds, "gate"):
        verdicts = {
            "late against early": _gate(runs["late"], runs["early"], folder / "gate-ok.json"),
            "early against late": _gate(runs["early"], runs["late"], folder / "gate-drop.json"),
        }
    return DemoSummary(seconds, verdicts, links, url)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    say(f"\n── {stage} " + "─" * 40)
    started = time.monotonic()
    yield
    seconds[stage] = time.monotonic() - started


def _train(folder: Path, *, on_early: Callable[[], None]) -> None:
    """Train one model from scratch and keep two of its checkpoints, unless they are there.

    ``on_early`` is called when the first is there.
    """
    if all((folder / f"step-{step}").is_dir() for step in STEPS.values()):
        say(f"{folder} holds both checkpoints already")
        return
    try:
        import torch
        import transformers
    except ImportError:
        raise MissingExtra("training", "train") from None
    from cft_eval.dataset.rows import Method, TrainingRow
    from cft_eval.lab.tiny import make_model, make_tokenizer
    from cft_eval.testsets import arithmetic
    from cft_eval.training.chat import chat_of
    from cft_eval.training.encode import encode_rows
    from cft_eval.training.measure import StepReading
    from cft_eval.training.run import train
    from cft_eval.training.settings import TrainingSettings

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    # So small a model gains nothing from a second thread, and waits for it on a busy machine.
    torch.set_num_threads(1)
    problems = arithmetic.problems("train")
    tokenizer = make_tokenizer(
        f"system user assistant {SYSTEM} {p.problem} {p.response}" for p in problems[:300]
    )
    model = make_model(tokenizer, hidden=64, layers=2, spread=0.08)
    rows = [TrainingRow(p.problem, p.response, source="arithmetic") for p in problems]
    chat = chat_of(tokenizer)
    encoded = encode_rows(rows, chat, Method.SFT, system=SYSTEM, max_length=256)
    size = sum(weights.numel() for weights in model.parameters())
    say(f"a Qwen2 of {size:,} parameters learns {len(rows):,} sums and differences")
    recipe = TrainingSettings(
        max_steps=max(STEPS.values()),
        batch_size=32,
        micro_batch_size=32,
        learning_rate=6e-3,
        warmup_steps=20,
        weight_decay=0.01,
        # The usual 0.999 remembers the first, useless gradients for longer than so short a run.
        adam_beta2=0.98,
        save_every=STEPS["early"],
        packing=False,  # all rows are of one length
        precision="fp32",  # on a GPU, too: the scores that the guide shows
    )

    def on_step(reading: StepReading) -> None:
        # A checkpoint is written after the reading of its step.
        if reading.step == STEPS["early"] + 1:
            on_early()

    readings = train(model, tokenizer, encoded.examples, recipe, output=folder, on_step=on_step)
    first, last = readings[0], readings[-1]
    say(f"loss {first.loss:.2f} at step {first.step}, {last.loss:.4f} at step {last.step}")


def _evaluate(checkpoint: Path, folder: Path) -> Path:
    """Run lm_eval on a checkpoint, unless its results are there."""
    output = folder / "runs" / checkpoint.name
    command = [sys.executable, "-m", "lm_eval", "run", "--model", "hf"]
    command += ["--model_args", f"pretrained={checkpoint},dtype=float32"]
    command += ["--tasks", TASK, "--apply_chat_template"]
    command += ["--gen_kwargs", f"max_gen_toks={NEW_TOKENS}", "--batch_size", "64"]
    command += ["--device", "cpu", "--output_path", str(output), "--log_samples"]
    if not has_results(output):
        # One thread, as in training: the two run side by side.
        log = folder / LOGS / f"{checkpoint.name}.log"
        run_logged(command, log, title=checkpoint.name, threads=1)
    return output


def _push(run: Path, url: str, *, checkpoint: Path, step: int) -> str:
    """Push a run and return its permalink."""
    command = [sys.executable, "-m", "cft_eval.cli", "push", str(run), "--server", url, "--yes"]
    command += ["--model-name", f"tiny-qwen2-{checkpoint.name}", "--method", "sft"]
    command += ["--base-model", "tiny-qwen2", "--training-data", "arithmetic", "--step", str(step)]
    lines = run_logged(command, run.parent.parent / LOGS / "push.log")
    return next(line for line in reversed(lines) if line.startswith(url))


def _gate(candidate: Path, baseline: Path, report: Path) -> tuple[str, int]:
    command = [sys.executable, "-m", "cft_eval.cli", "gate", str(candidate)]
    command += ["--baseline", str(baseline), "--json", str(report)]
    say("$ " + typed(command))
    status = subprocess.run(command, check=False, env=environment()).returncode
    if not report.is_file():
        raise StepFailed(command, status)
    return json.loads(report.read_text())["decision"], status


@contextmanager
def _server(data: Path, port: int, *, keep: bool) -> Iterator[str]:
    """A board on this machine; it ends with the demo unless ``keep``."""
    command = [sys.executable, "-m", "cft_eval.cli", "serve"]
    command += ["--data", str(data), "--port", str(port)]
    say("$ " + typed(command))
    log_path = data.parent / LOGS / "server.log"
    log = log_path.open("wb")
    process = subprocess.Popen(
        command, stdout=log, stderr=log, env=environment(), start_new_session=True
    )
    left_up = False
    try:
        url = _address(process, log_path)
        yield url
        left_up = keep
    finally:
        log.close()
        if left_up:
            say(f"the board stays at {url}; end it with: kill {process.pid}")
        else:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


def _address(process: "subprocess.Popen[bytes]", log_path: Path) -> str:
    """Where the server answers: it says so itself, since the system may have chosen the port."""
    for _ in range(SERVER_START * 10):
        said = re.search(r"^cft-eval board at (\S+)$", log_path.read_text(), re.MULTILINE)
        if said is not None:
            return said[1]
        if process.poll() is not None:
            raise CftError(f"the server ended with {process.returncode}; its log: {log_path}")
        time.sleep(0.1)
    raise CftError(f"no server in {SERVER_START} s; its log: {log_path}")


def _fetch_board(url: str, path: Path) -> None:
    """Keep the board as the visitor sees it, and its picture, for when the server is gone."""
    import httpx

    for address, file in (("/board.html", path), ("/preview.svg", path.with_suffix(".svg"))):
        answer = httpx.get(url + address, params={"checkpoints": "all"}, timeout=30)
        answer.raise_for_status()
        file.write_text(answer.text, encoding="utf-8")
