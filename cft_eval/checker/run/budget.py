"""Decide what only sympy can settle, within a budget of CPU time, in a process that is killed.

    (answer, reference, rules) ── a worker ──> Judgement, or None when the time was up

Workers start when first needed and serve many items. One that is over its time, out of memory or
crashed is replaced, so no item can harm the next. Threads share a few workers; a forked child
starts its own. The parent blocks, in no more than poll(2): it works in any thread, in asyncio,
in notebooks and in daemonic processes, and sets no signal.
"""

import atexit
import json
import os
import select
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from time import monotonic

from cft_eval.checker.compare.answers import Judgement
from cft_eval.checker.types.rules import Rules
from cft_eval.checker.types.verdict import Outcome

SECONDS = 1.5
"""CPU time of one comparison. 99.9 % of real pairs that come here need less than half of it."""

WALL = 30.0
"""Seconds of the wall clock, should the worker get no CPU at all: twenty times its budget."""

START = 120.0
"""Seconds of the wall clock until a worker is ready; half a second on an idle machine."""

WORKERS = min(4, os.cpu_count() or 1)
"""Workers of one process, for callers with threads."""

HEADER = struct.Struct(">I")


def decide(answer: str, reference: str, rules: Rules) -> Judgement | None:
    """What `compare.judge` finds with sympy; None when the budget or the memory ran out."""
    with _pool.worker() as worker:
        frame = {"answer": answer, "reference": reference, "rules": asdict(rules)}
        result = worker.ask(frame, seconds=WALL)
    if not isinstance(result, dict):
        return None
    return Judgement(Outcome(result["outcome"]), str(result["reason"]), bool(result["undecided"]))


class SympyWorker:
    """One process of `cft_eval.checker.run.worker`; started by its first question."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, frame: object, *, seconds: float) -> object | None:
        """The answer to a frame; None when it did not come in time: then the worker is gone."""
        answered = False
        try:
            if self._process is None:
                self._process = _start(self._arguments)
                if self._read(START) is None:
                    return None
            body = json.dumps(frame).encode()
            answer = self._read(seconds) if self._write(HEADER.pack(len(body)) + body) else None
            answered = answer is not None
        finally:
            # Also on Ctrl-C: an answer still on its way would be taken for the next one's.
            if not answered:
                self.close()
        return answer

    def close(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        process.wait()

    def forget(self) -> None:
        """In a forked child: let go of the parent's process without touching it."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        process.returncode = 0  # it is no child of this process, which must not wait for it

    def _write(self, data: bytes) -> bool:
        pipe = self._process.stdin if self._process else None
        view = memoryview(data)
        try:
            while pipe and view:
                view = view[pipe.write(view) or 0 :]
        except BrokenPipeError:
            return False
        return True

    def _read(self, seconds: float) -> object | None:
        until = monotonic() + seconds
        header = self._read_bytes(HEADER.size, until)
        body = self._read_bytes(HEADER.unpack(header)[0], until) if header else None
        return json.loads(body) if body else None

    def _read_bytes(self, count: int, until: float) -> bytes | None:
        pipe = self._process.stdout if self._process else None
        if pipe is None:
            return None
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        data = b""
        while len(data) < count:
            left = until - monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                return None
            part = os.read(pipe.fileno(), count - len(data))
            if not part:
                return None
            data += part
        return data


def _start(arguments: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    """A worker that can import what this process can, from wherever it runs."""
    paths = [path or os.getcwd() for path in sys.path]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        # The order of sympy's sets, and so its time, is the same in every worker.
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "cft_eval.checker.worker", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env=environment,
        start_new_session=True,  # Ctrl-C is the parent's to answer
    )


class _Pool:
    """The workers of this process: as many as threads ask at once, up to `WORKERS`."""

    def __init__(self) -> None:
        self.free = [SympyWorker("judge", str(SECONDS)) for _ in range(WORKERS)]
        self.all = list(self.free)
        self.lock = threading.Lock()
        self.places = threading.Semaphore(WORKERS)

    @contextmanager
    def worker(self) -> Iterator[SympyWorker]:
        with self.places:
            with self.lock:
                worker = self.free.pop()  # the last that served: it is warm
            try:
                yield worker
            finally:
                with self.lock:
                    self.free.append(worker)

    def close(self) -> None:
        for worker in self.all:
            worker.close()


_pool = _Pool()


def _after_fork() -> None:
    """The parent's workers answer the parent: a child makes its own."""
    global _pool
    for worker in _pool.all:
        worker.forget()
    _pool = _Pool()


def close() -> None:
    """End the workers of this process; the next question starts new ones."""
    _pool.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
atexit.register(close)
