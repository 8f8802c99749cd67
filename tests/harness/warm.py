"""Commands in processes of their own, forked from one that has lm-eval and torch loaded."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from multiprocessing import forkserver
from pathlib import Path
from tempfile import TemporaryDirectory

LOADED = ["torch", "transformers", "datasets", "lm_eval.models.huggingface", "lm_eval.__main__"]
LOADED += ["lm_eval.evaluator", "cft_eval.harness.task", "torch.distributed.tensor"]
LOADED += ["transformers.models.qwen2.modeling_qwen2", "transformers.generation.utils"]
ENV = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}


def preload(*modules: str) -> None:
    """Have these loaded as well, if no command has run in this process yet."""
    LOADED.extend(name for name in modules if name not in LOADED)


def run(
    target: Callable[..., int], *args: object, timeout: float = 200
) -> "subprocess.CompletedProcess[str]":
    """Call ``target`` in a new process, and return what it said and how it ended."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    before = {name: os.environ.get(name) for name in ENV}
    os.environ.update(ENV)  # read when the packages are imported
    try:
        forkserver.ensure_running()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    with TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        process = context.Process(target=_speak_into, args=(str(out), str(err), target, args))
        process.start()
        process.join(timeout)
        if process.is_alive():
            process.kill()
        process.join()
        said = [path.read_text(encoding="utf-8", errors="replace") for path in (out, err)]
    return subprocess.CompletedProcess([], process.exitcode or 0, *said)


def _speak_into(out: str, err: str, target: Callable[..., int], args: tuple[object, ...]) -> None:
    for number, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(file, number)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
    os.environ.update(ENV)
    code = target(*args)
    sys.stdout.flush()
    sys.stderr.flush()
    sys.exit(code)
