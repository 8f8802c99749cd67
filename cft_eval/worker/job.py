"""Do one evaluation, from the weights to the pushed run, and tell the board how it ended."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from cft_eval.client import ClaimedEvaluation, Client, Conflict, ServerError
from cft_eval.errors import CftError
from cft_eval.weights import BadWeights
from cft_eval.worker import leash
from cft_eval.worker.host import EvaluationRefused, Host
from cft_eval.worker.pulse import Pulse

GRACE_SECONDS = 20
"""How long a cancelled process may take to end before it is killed."""


_OURS = "cft-eval: "
_ERROR = re.compile(rf"{_OURS}|[A-Za-z_.]*(Error|Exception)\b")
"""How our commands and Python's tracebacks begin the line that matters."""


class Failed(CftError):
    """A command of the evaluation did not succeed."""


class JobStopped(CftError):
    """The evaluation was cancelled, or the worker ends."""


class Ended(NamedTuple):
    """How an evaluation ended."""

    state: str
    reason: str | None = None

    def __str__(self) -> str:
        return self.state if self.reason in (None, self.state) else f"{self.state}: {self.reason}"


def carry_out(job: ClaimedEvaluation, host: Host, ending: threading.Event | None = None) -> Ended:
    """Do ``job`` and return how it ended; the board knows it too by then.

    ``ending``: once it is set, the evaluation is put back for another worker.
    """
    ending = ending or threading.Event()
    folder = (host.work / "runs" / job.id).resolve()
    with Client(host.server, host.token) as board:
        with Pulse(host.server, host.token, job) as pulse:
            state, reason, retry, run = _outcome(job, host, board, pulse, folder, ending)
            if reason:
                pulse.say(f"--- {state}: {reason}")
        if not retry:
            # An unfinished run stays: the next try on this machine goes on where it stopped.
            shutil.rmtree(folder, ignore_errors=True)
        if pulse.lost:
            return Ended("lost")
        with suppress(Conflict):  # cancelled and buried meanwhile
            board.finish(job, state, run=run, reason=reason, retry=retry)
    return Ended(state, reason)


def _outcome(
    job: ClaimedEvaluation,
    host: Host,
    board: Client,
    pulse: Pulse,
    folder: Path,
    ending: threading.Event,
) -> tuple[str, str | None, bool, str | None]:
    """State, reason, whether another try may help, and the run."""
    try:
        return "done", None, False, _evaluate(job, host, board, pulse, folder, ending)
    except JobStopped:
        if pulse.cancelled:
            return "cancelled", "cancelled", False, None
        return "failed", "the worker was stopped", True, None
    except (EvaluationRefused, BadWeights) as error:
        return "failed", str(error), False, None
    except (Failed, ServerError, OSError) as error:
        return "failed", str(error), True, None


def _evaluate(
    job: ClaimedEvaluation,
    host: Host,
    board: Client,
    pulse: Pulse,
    folder: Path,
    ending: threading.Event,
) -> str:
    request = job.request
    host.check_tasks(request)
    source, name, sha256 = _weights(job, host, board, pulse)
    output = folder / "output"
    output.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "CFT_EVAL_SERVER": board.server}
    if host.token:
        environment["CFT_EVAL_TOKEN"] = host.token

    def do(command: list[str]) -> list[str]:
        return _run(command, environment, pulse, ending)

    do(host.run_command(request, source, output))
    pushed = _json(do(host.push_command(request, output, name=name, sha256=sha256)))
    if "run" not in pushed:
        raise Failed("`cft-eval push` did not say where the run is")
    return pushed["run"]


def _weights(
    job: ClaimedEvaluation, host: Host, board: Client, pulse: Pulse
) -> tuple[str, str, str | None]:
    """What lm-eval is to load, how it is called, and the hash of it where it is known."""
    request = job.request
    if request["checkpoint"]:
        folder = (host.work / "checkpoints" / request["checkpoint"]).resolve()
        name = str(board.checkpoint(request["checkpoint"])["name"])
        pulse.say(f"--- fetching checkpoint {request['checkpoint'][:16]}, {name}")
        sha256 = board.fetch_checkpoint(request["checkpoint"], folder)
        host_copy = Host(name=host.name, models=(folder.parent,))
        host_copy.folder_of(str(folder))
        pulse.say(f"--- its files have the hashes that were announced; weights {sha256}")
        return str(folder), name, sha256
    if request["path"]:
        folder = host.folder_of(request["path"])
        return str(folder), folder.name, None
    return request["model"], request["model"], None


def _run(
    command: list[str], environment: dict[str, str], pulse: Pulse, ending: threading.Event
) -> list[str]:
    """Run one of our commands; return the lines that it wrote, which are also passed on."""
    if pulse.stopped() or ending.is_set():
        raise JobStopped("stopped")
    pulse.say(f"--- cft-eval {' '.join(command)}")
    process = subprocess.Popen(
        # On a leash, which is in our hand as long as we live.
        [
            sys.executable,
            "-I",
            "-S",
            leash.__file__,
            sys.executable,
            "-m",
            "cft_eval.cli",
            *command,
        ],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # so that what it started ends with it
    )
    said: list[str] = []
    reader = threading.Thread(target=_read, args=(process, said, pulse), daemon=True)
    reader.start()
    pulse.on_stop(lambda: _end(process))
    try:
        while process.poll() is None:
            if ending.wait(0.2):
                _end(process)
    finally:
        _end(process)
    reader.join()
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdout.close()
    process.stdin.close()
    if pulse.stopped() or ending.is_set():
        raise JobStopped("stopped")
    if process.returncode != 0:
        if rejected := _json(said).get("rejected"):
            raise EvaluationRefused(rejected[:500])  # so would be the same responses again
        words = _last_words(said)[:500]
        raise Failed(f"`cft-eval {command[0]}` ended with {process.returncode}: {words}")
    return said


def _json(said: list[str]) -> dict[str, str]:
    """The last JSON object among the lines of a command; empty where there is none."""
    for line in reversed(said):
        with suppress(ValueError):
            if isinstance(value := json.loads(line), dict):
                return value
    return {}


def _last_words(said: list[str]) -> str:
    """What went wrong, as far as one can tell: the last line, or all of ours at the end."""
    spoken = [line for line in said if line.strip()]
    errors = [line for line in spoken if _ERROR.match(line)]
    last = (errors or spoken or ["it said nothing"])[-1]
    if not last.startswith(_OURS):
        return last
    ours = takewhile(lambda line: line.startswith(_OURS), reversed(spoken))
    return "; ".join(line.removeprefix(_OURS) for line in reversed([*ours])) or last


def _read(process: "subprocess.Popen[str]", said: list[str], pulse: Pulse) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        # A progress bar writes over itself: its last state is what one wants to read.
        text = line.rstrip("\n").rpartition("\r")[2]
        said.append(text)
        pulse.say(text)


def _end(process: "subprocess.Popen[str]") -> None:
    """End a process and all that it started: asked first, then killed."""
    _signal(process, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: "subprocess.Popen[str]", number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
