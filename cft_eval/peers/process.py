"""One grader's process: started by its first response, killed where it takes too long."""

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from cft_eval.errors import CftError

SCRIPT = Path(__file__).with_name("graders.py")

PEERS = {
    "math_verify": "Math-Verify (Hugging Face)",
    "inspect_math": "Inspect's math() (UK AI Security Institute)",
    "lm_eval_math": "lm-evaluation-harness, hendrycks_math",
    "lm_eval_minerva": "lm-evaluation-harness, minerva_math",
}
"""The graders by name, and whose they are."""

PACKAGES = {
    "math_verify": "pip install 'cft-eval[peers]'",
    "inspect_math": "pip install inspect-ai latex2sympy2-extended==1.11.0",
    "lm_eval_math": "pip install 'cft-eval[eval]'",
    "lm_eval_minerva": "pip install 'lm-eval[math]'",
}
"""What installs each."""

SECONDS = 10.0
"""Wall time of one response, after which the process is killed."""

START = 120.0
"""Seconds until a grader is loaded."""

LONGEST = 1 << 20
"""Characters of a line that a grader may answer with."""


class UnknownPeer(CftError):
    """A grader by a name that is not one of `PEERS`."""

    def __init__(self, name: str) -> None:
        super().__init__(f"grader {name!r} is not known; known are {', '.join(PEERS)}")


class MissingPeer(CftError):
    """A grader whose package is not installed where it was looked for."""

    def __init__(self, name: str, why: str, python: str) -> None:
        super().__init__(
            f"{name} is not installed ({why}; looked for with {python}): {PACKAGES[name]}, or "
            f"name the Python of an environment that has it: --grader-python {name}=/path/to/python"
        )


class PeerVerdict(NamedTuple):
    correct: bool | None
    """None: it raised an error or did not end in time."""

    answer: str | None
    """What it read from the response, where it says so."""

    reason: str
    seconds: float


class PeerGrader:
    """A grader in a process of its own; use it with ``with``, from any thread.

    ``python``: of an environment that has it. Nothing of this process's environment is handed on
    but the path: tokens and keys stay here.
    """

    def __init__(self, name: str, python: str = sys.executable, seconds: float = SECONDS) -> None:
        if name not in PEERS:
            raise UnknownPeer(name)
        self.name = name
        self._python = python
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._version = ""
        self._buffer = b""
        self._lock = threading.Lock()

    def __enter__(self) -> "PeerGrader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def version(self) -> str:
        """Of its package. Raises `MissingPeer`."""
        with self._lock:
            self._started()
        return self._version

    def grade(self, response: str, reference: str) -> PeerVerdict:
        """What the grader says. Raises `MissingPeer`, and nothing for any text."""
        row = json.dumps({"response": response, "reference": reference}).encode() + b"\n"
        with self._lock:
            process = self._started()
            started = monotonic()
            said = self._asked(process, row)
            if said is None:
                self._kill()
                reason = f"it did not end within {self._seconds:g} seconds, or died"
                return PeerVerdict(None, None, reason, monotonic() - started)
        answer = said.get("answer")
        seconds = said.get("seconds")
        right = said.get("correct")
        return PeerVerdict(
            right if isinstance(right, bool) else None,
            answer if isinstance(answer, str) else None,
            str(said.get("error") or ("right" if right else "wrong")),
            float(seconds) if isinstance(seconds, int | float) else 0.0,
        )

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._kill()

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._buffer = b""
        known = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "SYSTEMROOT")
        try:
            self._process = subprocess.Popen(
                [self._python, str(SCRIPT), self.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={
                    **{name: os.environ[name] for name in known if name in os.environ},
                    "PYTHONSAFEPATH": "1",  # not this folder's modules in place of others
                    "HF_HUB_OFFLINE": "1",
                },
            )
        except OSError as error:
            raise MissingPeer(self.name, f"{error.strerror}", self._python) from None
        first = self._line(START) or {"missing": "it does not start"}
        if "missing" in first:
            self._kill()
            raise MissingPeer(self.name, str(first["missing"])[:200], self._python)
        self._version = str(first.get("version", ""))[:40]
        return self._process

    def _asked(self, process: "subprocess.Popen[bytes]", row: bytes) -> dict[str, object] | None:
        try:
            assert process.stdin is not None
            process.stdin.write(row)
            process.stdin.flush()
        except OSError:
            return None
        return self._line(self._seconds)

    def _line(self, seconds: float) -> dict[str, object] | None:
        """The next line of its answers; None where none comes in time, or it is no answer."""
        process = self._process
        if process is None or process.stdout is None:
            return None
        until = monotonic() + seconds
        poll = select.poll()
        poll.register(process.stdout, select.POLLIN)
        while b"\n" not in self._buffer:
            left = until - monotonic()
            if left <= 0 or not poll.poll(left * 1000) or len(self._buffer) > LONGEST:
                return None
            more = os.read(process.stdout.fileno(), 1 << 16)
            if not more:
                return None
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\n")
        try:
            said = json.loads(line)
        except ValueError:
            return None
        return said if isinstance(said, dict) else None

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(OSError):  # what was not sent to a process that is dead
                    pipe.close()
        process.wait()
