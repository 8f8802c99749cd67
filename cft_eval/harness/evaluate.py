"""Run lm-eval on our tasks alone: `lm_eval run` without its six seconds of indexing.

lm-eval's own arguments come in, the results file that it wrote goes out.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cft_eval.errors import CftError, MissingExtra
from cft_eval.harness.files import find_output

SUITE = "cft_math_suite"
OUTPUT = "runs"
"""Where results go unless ``--output_path`` says otherwise."""


class NotOurTask(CftError):
    """A task that only plain lm_eval knows."""

    def __init__(self, names: Sequence[str], known: Sequence[str]) -> None:
        super().__init__(
            f"{', '.join(names)}: no such task of cft_eval; known: {', '.join(known)} "
            "(lm_eval itself runs all others)"
        )


class NoResults(CftError):
    """lm-eval ended without a results file."""


def evaluate(arguments: Sequence[str]) -> Path:
    """Run `lm_eval run` with ``arguments`` and return the results file.

    Where they say nothing of it, the whole suite is run, results go to `runs/` and the samples
    are logged. Raises `MissingExtra` without lm-eval, and `NotOurTask`; lm-eval's own errors
    pass through.
    """
    if find_spec("lm_eval") is None:
        raise MissingExtra("evaluating", "eval")
    from lm_eval._cli.harness import HarnessCLI

    with _command_line(["run", *_with_defaults(arguments)]):
        parsed = HarnessCLI().parse_args()
    folder = Path(parsed.output_path)
    before = _results(folder)
    with _only_ours():
        _check_tasks(parsed.tasks)
        parsed.func(parsed)
    new = sorted(_results(folder) - before)
    if not new:
        raise NoResults(f"{folder}: lm_eval wrote no results there; its own messages say why")
    return find_output(new[-1]).results


def _with_defaults(arguments: Sequence[str]) -> list[str]:
    given = {argument.partition("=")[0] for argument in arguments}
    filled = list(arguments)
    # A configuration file may name tasks and output; what is typed would override it.
    if not given & {"--tasks", "-t", "--config", "-C"}:
        filled += ["--tasks", SUITE]
    if not given & {"--output_path", "-o"}:
        filled += ["--output_path", OUTPUT]
    if not given & {"--log_samples", "-s"}:
        filled += ["--log_samples"]
    return filled


@contextmanager
def _command_line(arguments: list[str]) -> Iterator[None]:
    # lm-eval's parser reads sys.argv and nothing else.
    typed, sys.argv = sys.argv, ["cft-eval", *arguments]
    try:
        yield
    finally:
        sys.argv = typed


@contextmanager
def _only_ours() -> Iterator[None]:
    """Let every `TaskManager` made in here look at our folder, and not at lm-eval's own."""
    from lm_eval.tasks import TaskManager

    original = TaskManager.__init__

    def __init__(self: object, *args: Any, **kwargs: Any) -> None:
        given = kwargs.pop("include_path", None) or []
        paths = list(given) if isinstance(given, list | tuple) else [given]
        kwargs.update(include_defaults=False, include_path=[tasks_folder(), *paths])
        original(self, *args, **kwargs)

    TaskManager.__init__ = __init__
    try:
        yield
    finally:
        TaskManager.__init__ = original


def tasks_folder() -> str:
    """The folder of our YAML files."""
    import cft_eval.tasks

    return next(iter(cft_eval.tasks.__path__))


def _check_tasks(tasks: str | Sequence[str] | None) -> None:
    """Raise `NotOurTask` before a model is loaded, not after."""
    from lm_eval.tasks import TaskManager

    if not tasks:
        return
    listed = (
        tasks.split(",") if isinstance(tasks, str) else [t for n in tasks for t in n.split(",")]
    )
    manager = TaskManager()
    unknown = [
        name for name in listed if not name.endswith(".yaml") and not manager.match_tasks([name])
    ]
    if unknown:
        raise NotOurTask(unknown, sorted(manager.all_tasks))


def _results(folder: Path) -> set[Path]:
    if folder.suffix == ".json":
        return set(folder.parent.glob(f"{folder.stem}_*.json"))
    return set(folder.glob("*/results_*.json"))
