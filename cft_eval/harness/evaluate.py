"""Run lm-eval on our tasks alone: `lm_eval run` without its six seconds of indexing.

lm-eval's own arguments come in, what it wrote goes out, read back whole. A run that dies, or
cannot be written, is taken up by the next one with the same arguments.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from cft_eval.errors import CftError
from cft_eval.harness import orphans
from cft_eval.harness.files import BadOutput, NotLogged, OutputError, find_output
from cft_eval.harness.fits import check_lm_eval
from cft_eval.harness.options import Options, read_options
from cft_eval.harness.read import EvaluationLog, read_output
from cft_eval.harness.resume import Keeper, keep, process_number
from cft_eval.harness.watch import WATCH

UNFINISHED = ".unfinished"
"""The folder in the output folder that keeps the responses of runs that have not ended."""


class NotOurTask(CftError):
    """A task that only plain lm_eval knows."""

    def __init__(self, names: Sequence[str], known: Sequence[str]) -> None:
        super().__init__(
            f"{', '.join(names)}: no such task of cft_eval; known: {', '.join(known)} "
            "(lm_eval itself runs all others)"
        )


class NoResults(CftError):
    """lm-eval ended without a results file."""


class NoPackage(CftError):
    """What the model is run by needs a package that is not installed."""

    def __init__(self, model: str, error: ModuleNotFoundError) -> None:
        what = f"{error.name} is not installed" if error.name else str(error)
        super().__init__(
            f"--model {model}: {what}: install it; `cft-eval doctor` says what else is missing"
        )


class NotSaved(CftError):
    """lm-eval ended well, and what it wrote is not whole."""

    def __init__(self, error: OutputError) -> None:
        super().__init__(
            f"{error}; lm_eval's own messages say why it could not save all. The responses are "
            "kept: see to that (a full disk, a limit on the size of files) and type the same "
            "command again"
        )


class Finished(NamedTuple):
    """A run that is on the disk."""

    results: Path
    """lm-eval's results file; the samples stand beside it."""

    evaluation: EvaluationLog


def evaluate(
    arguments: Sequence[str], *, show: Callable[[str], None], fresh: bool = False
) -> Finished | None:
    """Run lm-eval with ``arguments`` and return what it wrote.

    Where they say nothing of it, the whole suite is run, results go to `runs/` and the samples
    are logged. ``show`` is called with a line about the progress now and then; ``fresh`` throws
    away what an unfinished run has. None in a process that only helps another one (several GPUs
    under `accelerate launch`). Raises what `check_lm_eval` raises, `NotOurTask`, and `NoResults`
    or `NotSaved`, after which the responses are kept; lm-eval's own errors pass through.
    """
    check_lm_eval()
    options = read_options(arguments)
    folder = options.output.parent if options.output.suffix == ".json" else options.output
    WATCH.nulls = 0
    if options.model.startswith("vllm"):
        orphans.watch()
    with _only_ours(), _journalled(folder / UNFINISHED / fingerprint(options), show, fresh=fresh):
        _check_tasks(options)
        with _command_line(["run", *options.arguments]), _own_results() as written:
            _lm_eval(options.model)
        if process_number() > 0:
            return None
        if not written or not written[-1].is_file():
            raise NoResults(
                f"{options.output}: lm_eval wrote no results there; its own messages say why. The "
                "responses are kept: the same command goes on from them"
            )
        if WATCH.nulls:
            show(
                f"{WATCH.nulls} answers of the server had no content, and count as empty responses:"
                " a thought that the token limit cut, or one in a field of its own"
            )
        # In here: the responses are forgotten when this block has ended well, and not before.
        return _read_back(written[-1])


def _lm_eval(model: str) -> None:
    from lm_eval.__main__ import cli_evaluate

    try:
        cli_evaluate()
    except ModuleNotFoundError as error:
        # lm-eval loads what a model needs when that model is asked for.
        raise NoPackage(model, error) from error


def _read_back(results: Path) -> Finished:
    """lm-eval only warns where it cannot save the samples, and ends as if all were well."""
    try:
        return Finished(find_output(results).results, read_output(results))
    except (BadOutput, NotLogged) as error:
        raise NotSaved(error) from None


def fingerprint(options: Options) -> str:
    """What names the journal of a run: the same model under the same arguments, and no other."""
    named = [*options.arguments, options.configured.replace('"', "=")]
    facts = [options.arguments, options.configured, _weights(named)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _weights(arguments: Sequence[str]) -> list[tuple[str, int, int]]:
    """The files of local models among the arguments: the same path may hold another checkpoint."""
    values = [value for text in arguments for value in text.replace(",", "=").split("=")]
    folders = sorted({Path(value) for value in values if value and len(value) < 1000})
    stats = []
    for folder in folders:
        if (folder / "config.json").is_file() or (folder / "adapter_config.json").is_file():
            for file in sorted(folder.iterdir()):
                if file.is_file():
                    facts = file.stat()
                    stats.append((str(file), facts.st_size, facts.st_mtime_ns))
    return stats


@contextmanager
def _command_line(arguments: list[str]) -> Iterator[None]:
    # lm-eval's entry point reads sys.argv and nothing else.
    typed, sys.argv = sys.argv, ["cft-eval", *arguments]
    try:
        yield
    finally:
        sys.argv = typed


@contextmanager
def _journalled(stem: Path, show: Callable[[str], None], *, fresh: bool) -> Iterator[None]:
    """Keep every response of what is run in here, until it has ended well."""
    if fresh:
        for file in stem.parent.glob(f"{stem.name}.*.jsonl"):
            file.unlink()
    keeper = Keeper(stem, show)
    keep(keeper)
    try:
        yield
        # Where several processes evaluate together, the first one writes the results.
        if process_number() == 0:
            keeper.done()
    finally:
        keep(None)
        keeper.close()


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
    spec = find_spec("cft_eval.tasks")
    if spec is None or not spec.submodule_search_locations:
        raise CftError("the tasks of cft_eval are not installed: pip install --force-reinstall it")
    return next(iter(spec.submodule_search_locations))


def _check_tasks(options: Options) -> None:
    """Raise `NotOurTask` before a model is loaded, not after."""
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_path=options.include)
    unknown = [
        name
        for name in options.tasks.split(",")
        if name and not name.endswith(".yaml") and not _matches(manager, name)
    ]
    if unknown:
        raise NotOurTask(unknown, sorted(manager.all_tasks))


def _matches(manager: Any, name: str) -> bool:
    # lm-eval 0.5 hands an unknown name back as it is.
    return bool(set(manager.match_tasks([name])) & set(manager.all_tasks))


@contextmanager
def _own_results() -> Iterator[list[Path]]:
    """The results files that this process writes in here: another run may write beside them."""
    from lm_eval.loggers import EvaluationTracker

    written: list[Path] = []
    original = EvaluationTracker.save_results_aggregated

    def save(self: Any, *args: Any, **kwargs: Any) -> Any:
        saved = original(self, *args, **kwargs)
        if self.output_path and hasattr(self, "date_id"):
            written.append(_results_file(self))
        return saved

    EvaluationTracker.save_results_aggregated = save
    try:
        yield written
    finally:
        EvaluationTracker.save_results_aggregated = original


def _results_file(tracker: Any) -> Path:
    """The name that lm-eval gives its results: by the model and by the time, to the microsecond."""
    path = Path(tracker.output_path)
    if path.suffix == ".json":
        return path.with_name(f"{path.stem}_{tracker.date_id}.json")
    folder = path / str(tracker.general_config_tracker.model_name_sanitized)
    return folder / f"results_{tracker.date_id}.json"
