"""What a killed run has started is ended; what belongs to others is left alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cft_eval.harness import orphans

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")

RUN = """
import os, subprocess, sys, time
from cft_eval.harness import orphans

orphans.watch(grace=0.5)
# A child that was forked, as vLLM's are, and one of a program of its own in another session.
forked = os.fork()
if not forked:
    time.sleep(600)
sleep = "import time; time.sleep(600)"
below = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {sleep!r}])"
other = subprocess.Popen([sys.executable, "-c", below], start_new_session=True)
time.sleep(1.5)
print(forked, *(each.pid for each in orphans.below(other.pid)), other.pid, flush=True)
if sys.argv[1] == "ends":
    other.terminate(), os.kill(forked, 15)
else:
    time.sleep(600)
"""


def gone(pid: int) -> bool:
    facts = orphans._facts(pid)
    return facts is None or facts[2] == "Z"


def wait_for(pids: list[int]) -> bool:
    until = time.monotonic() + 15
    while time.monotonic() < until:
        if all(map(gone, pids)):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("way", ["killed", "ends"])
def test_what_a_run_has_started_ends_with_it(way: str) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    run = subprocess.Popen([sys.executable, "-c", RUN, way], stdout=subprocess.PIPE, text=True)
    try:
        assert run.stdout is not None
        started = [int(pid) for pid in run.stdout.readline().split()]
        assert len(started) == 3
        if way == "killed":
            assert not any(map(gone, started))
            os.kill(run.pid, signal.SIGKILL)
        run.wait(15)
        assert wait_for(started)
        assert stranger.poll() is None
    finally:
        run.kill()
        run.wait()
        stranger.kill()
        stranger.wait()
        if run.stdout is not None:
            run.stdout.close()
