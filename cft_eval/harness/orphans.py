"""End an engine's own processes where the run that started them was killed.

    run ── vLLM's processes │ helper: looks who they are ── the run is gone ── ends what is left

vLLM computes in processes of its own, which wait for ever for one that was ended by `kill -9`, and
hold the GPU's memory. A process cannot clean up after its own kill, so a small one watches. Linux
only: it reads `/proc`. Elsewhere nothing is watched.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

EVERY = 0.5
"""Seconds between two looks."""

GRACE = 5.0
"""Seconds that are left to processes which end by themselves."""


class Process(NamedTuple):
    pid: int
    started: str
    """In clock ticks since the machine was: a number that is given out again differs in it."""


def watch(*, grace: float = GRACE) -> None:
    """Let a helper end what this process has started, once this process is gone."""
    if not Path("/proc/self/stat").exists():
        return
    # By its file, and without the environment's packages: it takes no memory to speak of.
    command = [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(grace)]
    # A session of its own: Ctrl-C is for the run, not for who comes after it.
    subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def follow(run: int, *, grace: float) -> None:
    """Remember the processes below ``run`` while it lives; then end those that outlive it."""
    seen: set[Process] = set()
    while os.getppid() == run:
        seen |= set(below(run))
        time.sleep(EVERY)
    for stop in (signal.SIGTERM, signal.SIGKILL):
        until = time.monotonic() + grace
        while (left := [each for each in seen if alive(each)]) and time.monotonic() < until:
            time.sleep(EVERY)
        for each in left:
            end(each, stop)


def below(pid: int) -> list[Process]:
    """The processes that ``pid`` has started, and those that they have, but for this one."""
    parents: dict[int, list[Process]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (facts := _facts(int(folder.name))):
            parents.setdefault(facts[1], []).append(facts[0])
    below, new = [], [pid]
    while new:
        children = [child for parent in new for child in parents.get(parent, [])]
        below += children
        new = [child.pid for child in children]
    return [each for each in below if each.pid != os.getpid()]


def alive(process: Process) -> bool:
    """A process that has ended and was not yet asked for is not alive."""
    facts = _facts(process.pid)
    return facts is not None and facts[0] == process and facts[2] != "Z"


def end(process: Process, stop: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it may have ended just now
        os.kill(process.pid, stop)


def _facts(pid: int) -> tuple[Process, int, str] | None:
    """A process, its parent and its state; None where it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name stands in brackets, and may hold anything.
    fields = text.rpartition(")")[2].split()
    return Process(pid, fields[19]), int(fields[1]), fields[0]


if __name__ == "__main__":
    follow(int(sys.argv[1]), grace=float(sys.argv[2]))
