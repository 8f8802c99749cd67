"""Hostile answers: seconds and memory of each, beside Math-Verify.

    python benchmarks/hostile.py [--peer-python VENV/bin/python]

The answers are those of `tests/checker/test_hostile.py`, each against its references. The peer
grades them in a process of its own, as its documentation has it, and is killed after KILL seconds.
"""

import argparse
import json
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

from bars import Bar, tell

sys.path.insert(0, str(Path(__file__).parents[1]))

from cft_eval import equal
from tests.checker.test_hostile import HOSTILE, REFERENCES

KILL = 20.0

PEER = r"""
import json, sys
from math_verify import parse, verify
for line in sys.stdin:
    answer, reference = json.loads(line)
    try:
        verify(parse("$" + reference + "$"), parse("$" + answer + "$"))
    except Exception as error:
        print(type(error).__name__, flush=True)
    else:
        print("decided", flush=True)
"""


def ours() -> tuple[float, str, float]:
    """Worst seconds, of which answer, and the peak of memory of all processes in MB."""
    worst, name = 0.0, ""
    for kind, text in HOSTILE.items():
        for reference in REFERENCES:
            started = time.perf_counter()
            equal(text, reference)
            seconds = time.perf_counter() - started
            if seconds > worst:
                worst, name = seconds, kind
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF,
                                                           resource.RUSAGE_CHILDREN))  # fmt: skip
    return worst, name, max(peaks) / 1024


def peers(python: str) -> tuple[float, int, int]:
    """Worst seconds, answers that it had to be killed on, answers on which it raised."""
    worst, killed, raised = 0.0, 0, 0
    process = _start(python)
    for text in HOSTILE.values():
        started = time.perf_counter()
        watch = threading.Timer(KILL, process.kill)
        watch.start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps([text, REFERENCES[0]]) + "\n")
            process.stdin.flush()
            said = process.stdout.readline()
        except BrokenPipeError:
            said = ""
        watch.cancel()
        worst = max(worst, time.perf_counter() - started)
        raised += said.strip() not in ("", "decided")
        if not said:
            killed += 1
            process.kill()
            process = _start(python)
    process.kill()
    return worst, killed, raised


def _start(python: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [python, "-c", PEER],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer-python", help="Python with Math-Verify")
    args = parser.parse_args()
    equal("x+x", "2x")  # the worker process is there
    worst, name, memory = ours()
    print(f"| checker | answers | worst, s | killed | raised | MB |\n|---|{'---:|' * 5}")
    print(f"| cft_eval | {len(HOSTILE)} | {worst:.2f} ({name}) | 0 | 0 | {memory:,.0f} |")
    peer = ""
    if args.peer_python:
        theirs, killed, raised = peers(args.peer_python)
        print(f"| Math-Verify | {len(HOSTILE)} | {theirs:.2f} | {killed} | {raised} | |")
        peer = f"Math-Verify: {theirs:.1f} s, killed on {killed}, raised on {raised}"
    tell(Bar("hostile answers, the slowest, by the clock", worst, "s", 2, "at most", peer))
    tell(Bar("hostile answers, memory", memory, "MB", 1000, "at most"))


if __name__ == "__main__":
    main()
