"""What may take long: decided in a process that is killed, from wherever it is asked."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from cft_eval.checker import Outcome, Rules, equal
from cft_eval.checker.run import budget

EASY = (r"\frac{(x+y)^{70}}{(x+y)^{69}}", "x+y")
"""Equal, and decided by sympy alone."""


def easy() -> Outcome | None:
    found = budget.decide(*EASY, Rules())
    return found.outcome if found else None


def test_a_worker_decides_and_serves_again() -> None:
    assert [easy(), easy()] == [Outcome.CORRECT] * 2


def test_an_item_that_overruns_is_killed_and_the_next_gets_a_fresh_worker() -> None:
    worker = budget.SympyWorker("judge", "5")
    frame = {"answer": EASY[0], "reference": EASY[1], "rules": {"tolerance": None}}
    assert worker.ask(frame, seconds=60) is not None
    process = worker._process
    assert process is not None
    os.kill(process.pid, signal.SIGPROF)  # what the kernel sends when the CPU time is up
    assert worker.ask(frame, seconds=60) is None
    assert process.returncode is not None
    assert worker.ask(frame, seconds=60) is not None
    worker.close()


def test_the_clock_of_an_item_is_cpu_time() -> None:
    worker = budget.SympyWorker("judge", "0.001")
    assert worker.ask({"answer": EASY[0], "reference": EASY[1], "rules": {}}, seconds=60) is None


def test_what_was_not_decided_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "decide", lambda *_: None)
    verdict = equal(*EASY)
    assert verdict.outcome is Outcome.TOO_SLOW
    assert verdict.reason == "not decided within 1.5 seconds of computing"


def test_a_worker_that_does_not_answer_is_given_up() -> None:
    worker = budget.SympyWorker("judge", "60")
    frame = {"answer": EASY[0], "reference": EASY[1], "rules": {}}
    assert worker.ask(frame, seconds=60) is not None
    assert worker._process is not None
    os.kill(worker._process.pid, signal.SIGSTOP)
    stopped = worker._process
    assert worker.ask(frame, seconds=0.2) is None
    # Killed: it was not waited for until it answered, which a stopped process never does.
    assert stopped.wait(60) == -signal.SIGKILL


def test_threads_share_the_workers() -> None:
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _: easy(), range(24))) == [Outcome.CORRECT] * 24


def test_asyncio() -> None:
    async def ask() -> Outcome | None:
        return easy()

    assert asyncio.run(ask()) is Outcome.CORRECT


def _child(queue: "multiprocessing.SimpleQueue[Outcome | None]") -> None:
    queue.put(easy())


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_daemonic_child_has_its_own_workers(method: str) -> None:
    assert easy() is Outcome.CORRECT  # the parent has one that the child inherits
    context: Any = multiprocessing.get_context(method)
    queue: multiprocessing.SimpleQueue[Outcome | None] = context.SimpleQueue()
    child = context.Process(target=_child, args=(queue,), daemon=True)
    child.start()
    assert queue.get() is Outcome.CORRECT
    child.join()
    assert easy() is Outcome.CORRECT  # and the child's end is not its end


def test_a_worker_ends_with_its_parent() -> None:
    code = (
        "from cft_eval.checker import Rules\nfrom cft_eval.checker.run import budget\n"
        f"budget.decide({EASY[0]!r}, {EASY[1]!r}, Rules())\n"
        "print([w._process.pid for w in budget._pool.all if w._process][0], flush=True)\n"
        "import os; os.kill(os.getpid(), 9)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path.cwd()
    )
    pid = int(child.stdout)
    until = monotonic() + 20
    while _alive(pid) and monotonic() < until:
        pass
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_it_works_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A file of the user's that has the name of a module is not run.
    (tmp_path / "json.py").write_text("raise SystemExit('ran the wrong file')")
    monkeypatch.chdir(tmp_path)
    budget.close()
    assert easy() is Outcome.CORRECT


def test_memory_is_capped() -> None:
    worker = budget.SympyWorker("judge", "5")
    worker.ask({"answer": "1", "reference": "2", "rules": {}}, seconds=60)
    assert worker._process is not None
    limits = Path(f"/proc/{worker._process.pid}/limits").read_text()
    worker.close()
    assert f"{1 << 30}" in next(line for line in limits.splitlines() if "address space" in line)
