"""Steps of a longer road: a command that a user could type, run unless its result is there.

    command ── printed, run ──> its output, or `StepFailed`     model ── cft-eval run ──> run

`demo`, `lab`, `train watch` and `reproduce` are made of these. Knows nothing of what they compute.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from cft_eval.errors import CftError
from cft_eval.plain import lines


class StepFailed(CftError):
    """A command of a road ended with an error; its output is above."""

    def __init__(self, command: Sequence[str], status: int) -> None:
        super().__init__(f"the command ended with {status}: {typed(command)}")


def say(text: str) -> None:
    sys.stderr.write(lines(text) + "\n")
    sys.stderr.flush()


def ours(*words: object) -> list[str]:
    """`cft-eval WORDS`, by this Python, whatever is on the PATH."""
    return [sys.executable, "-m", "cft_eval.cli", *map(str, words)]


def typed(command: Sequence[str]) -> str:
    """The command as a user types it: by the scripts' names."""
    names = {"lm_eval": "lm_eval", "cft_eval.cli": "cft-eval"}
    if list(command[1:2]) == ["-m"] and command[2] in names:
        command = [names[command[2]], *command[3:]]
    return " ".join(command)


def run_command(command: Sequence[str], *, capture: bool = False) -> str:
    """Run a command, showing it; raise `StepFailed` where it does not end well."""
    say("$ " + typed(command))
    done = subprocess.run(
        command,
        check=False,
        env=environment(),
        # What it prints is not the road's own result.
        stdout=subprocess.PIPE if capture else sys.stderr.fileno(),
        text=True,
    )
    if done.returncode:
        raise StepFailed(command, done.returncode)
    return done.stdout or ""


BAR = re.compile(r"Running \w+ requests:\s*\d+%\|[^|]*\|\s*(?P<done>\d+)/(?P<all>\d+)")
"""The bar of lm-eval, which counts responses."""

TAIL = 30
"""Lines of a log that are shown where the command failed."""


def run_logged(
    command: Sequence[str], log: Path, *, title: str | None = None, threads: int | None = None
) -> list[str]:
    """Run a command whose output goes to ``log``; its lines. lm-eval's progress is shown as a bar.

    ``title`` stands before the bar; ``threads``: of its arithmetic, by default all. Raises
    `StepFailed` where it does not end well, after the end of its output.
    """
    from tqdm import tqdm

    say("$ " + typed(command))
    said: list[str] = []
    with (
        log.open("a", encoding="utf-8") as file,
        subprocess.Popen(
            command,
            env=environment() | ({"OMP_NUM_THREADS": str(threads)} if threads else {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
        tqdm(desc=title, unit="response", leave=False, disable=None) as bar,
    ):
        assert process.stdout is not None
        for line in process.stdout:  # a bar that is drawn anew is a line, too
            said.append(line.rstrip("\n"))
            file.write(line)
            if drawn := BAR.match(line):
                bar.total = int(drawn["all"])
                bar.update(int(drawn["done"]) - bar.n)
    if process.returncode:
        say("\n".join(said[-TAIL:]))
        raise StepFailed(command, process.returncode)
    return said


def run_here(words: Sequence[object]) -> None:
    """`cft-eval WORDS` in this process: a small step need not load its packages again."""
    from cft_eval.cli import main

    command = [str(word) for word in words]
    say("$ cft-eval " + " ".join(command))
    with redirect_stdout(sys.stderr), _few_words():
        status = main(command)
    if status:
        raise StepFailed(ours(*command), status)


@contextmanager
def _few_words() -> Iterator[None]:
    """Of lm-eval's log, the warnings alone, unless the user has set a level."""
    name = "LMEVAL_LOG_LEVEL"
    chosen = name in os.environ
    os.environ.setdefault(name, "WARNING")
    try:
        yield
    finally:
        if not chosen:
            del os.environ[name]


def environment() -> dict[str, str]:
    """Threads that wait without spinning: the machine may be busy."""
    return {"OMP_WAIT_POLICY": "PASSIVE", "TOKENIZERS_PARALLELISM": "false", **os.environ}


def has_results(output: Path) -> bool:
    """Whether an evaluation wrote its results there; says so."""
    there = any(output.rglob("results_*.json"))
    if there:
        say(f"{output} holds results already")
    return there


def evaluation(
    model: Path | str,
    output: Path,
    *,
    tasks: str,
    more: Sequence[str] = (),
    before: Sequence[str] | None = (),
) -> Path:
    """Evaluate a model with `cft-eval run`, which resumes by itself; ``more``: options of it.

    ``before``: what the command is launched with; None runs it in this process.
    """
    if has_results(output):
        return output
    words: list[object] = [
        "run",
        "--tasks",
        tasks,
        "--output_path",
        output,
        "--apply_chat_template",
        *more,
    ]
    if "--model" not in more:
        words += ["--model", "hf"]
    if "--model_args" not in more:
        words += ["--model_args", f"pretrained={model}"]
    if before is None:
        run_here(words)
    else:
        run_command([*before, *ours(*words)])
    return output
