"""Where a command finds a run: an lm-eval output folder, a frozen baseline, or a board."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from cft_eval.errors import CftError

if TYPE_CHECKING:
    from cft_eval.harness.read import EvaluationLog
    from cft_eval.results import RunOutcomes

BOARD = "board:"


class NoSuchRun(CftError):
    """Nothing lies where the run was said to be."""


def evaluation(source: str) -> "EvaluationLog":
    """Read an lm-eval output folder with its samples, or a run that was imported."""
    path = Path(source)
    if not source.strip():
        raise CftError("a run's name is empty: an lm-eval output folder, a file or board:RUN")
    try:
        return _read(path)
    except OSError as error:
        from cft_eval.harness.files import UnreadableOutput

        raise UnreadableOutput(path, error) from None


def _read(path: Path) -> "EvaluationLog":
    if not path.exists():
        raise NoSuchRun(f"{path}: no such file or folder; `cft-eval run` or `lm_eval` writes one")
    from cft_eval.harness.read import EvaluationLog, read_output
    from cft_eval.results import RUN_FILE, read_folder

    if (path / RUN_FILE).is_file():
        stored = read_folder(path)
        return EvaluationLog(stored.run, list(stored.samples))
    return read_output(path)


def run_outcomes(
    source: str, *, server: str | None = None, token: str | None = None
) -> "RunOutcomes":
    """The outcomes of any kind of source; ``board:RUN`` asks the server."""
    from cft_eval.results import read_outcomes
    from cft_eval.results.outcomes import outcomes

    if source.startswith(BOARD):
        from cft_eval.client import Client

        with Client(server, token) as client:
            return _named(client.outcomes(source.removeprefix(BOARD)))
    if _frozen(Path(source)):
        return _named(read_outcomes(Path(source)))
    log = evaluation(source)
    return outcomes(log.run, log.samples)


def _named(run: "RunOutcomes") -> "RunOutcomes":
    """The run with its problems by name, where they can be told from its fingerprint: so that an
    error can say which problem is missing."""
    tasks = {}
    for task, outcomes in run.tasks.items():
        items = _items(outcomes.benchmark, len(outcomes.counts), run.fingerprint(task).get("items"))
        tasks[task] = outcomes.naming(items) if items else outcomes
    return run.model_copy(update={"tasks": tasks})


def _items(benchmark: str, size: int, digest: object) -> tuple[str, ...]:
    """The ``size`` problems of a known test set with that digest: the whole of it, its beginning
    (``--limit``) or all but one; nothing where it is none of these."""
    from cft_eval.testsets import BENCHMARKS, known_items

    whole = known_items(benchmark) if benchmark in BENCHMARKS else ()
    guesses = [whole[:size]] if size <= len(whole) else []
    if size + 1 == len(whole):
        guesses += [(*whole[:out], *whole[out + 1 :]) for out in range(size)]
    for items in guesses:
        if hashlib.sha256("".join(sorted(items)).encode()).hexdigest()[:16] == digest:
            return items
    return ()


def is_boiled(source: str) -> bool:
    """Whether ``source`` brings outcomes alone, without the responses behind them."""
    return source.startswith(BOARD) or _frozen(Path(source))


def _frozen(path: Path) -> bool:
    """A file that is not lm-eval's own results file is a frozen baseline, or claims to be."""
    try:
        return path.is_file() and not path.name.startswith(("results_", "samples_"))
    except OSError:
        return False  # in a folder that may not be looked into; whoever reads it says so
