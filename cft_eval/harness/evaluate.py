"""Run lm-eval on our tasks alone: `lm_eval run` without its six seconds of indexing.

lm-eval's own arguments come in, what it wrote goes out, read back whole. A run that dies, or
cannot be written, is taken up by the next one with the same arguments.
"""

import hashlib
import json
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from cft_eval.caller import Caller, again, called_from, saved, setting
from cft_eval.errors import CftError
from cft_eval.harness import orphans, preflight
from cft_eval.harness.defaults import named, tasks_folder
from cft_eval.harness.files import BadOutput, NotLogged, OutputError, find_output
from cft_eval.harness.fits import check_lm_eval
from cft_eval.harness.grading import shared_checkers
from cft_eval.harness.options import Options, read_options
from cft_eval.harness.read import EvaluationLog, read_output
from cft_eval.harness.refusals import NoPackage, NotLoaded
from cft_eval.harness.resume import Keeper, keep, process_number
from cft_eval.harness.watch import WATCH

UNFINISHED = ".unfinished"
"""The folder in the output folder that keeps the responses of runs that have not ended."""


class NoResults(CftError):
    """lm-eval ended without a results file."""


class NoMemory(CftError):
    """The accelerator cannot hold what it was given."""

    def __init__(self, model: str, error: Exception) -> None:
        first = (str(error).splitlines() or [""])[0]
        super().__init__(
            f"{setting('model', model)}: {first}: take a smaller {setting('batch_size')} or "
            f"max_gen_toks, or more GPUs; {saved()}"
        )


class NotSaved(CftError):
    """lm-eval ended well, and what it wrote is not whole."""

    def __init__(self, error: OutputError) -> None:
        super().__init__(
            f"{error}; lm_eval's own messages say why it could not save all. The responses are "
            f"kept: see to that (a full disk, a limit on the size of files) and {again()}"
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
    under `accelerate launch`). Raises what `check_lm_eval` and `preflight.check` raise,
    `NotLoaded`, and `NoResults` or `NotSaved`, after which the responses are kept; what lm-eval
    raises while it generates passes through.
    """
    with called_from(Caller.CFT_EVAL):
        return _evaluate(arguments, show, fresh=fresh)


def _evaluate(
    arguments: Sequence[str], show: Callable[[str], None], *, fresh: bool
) -> Finished | None:
    check_lm_eval()
    options = read_options(arguments)
    folder = options.output.parent if options.output.suffix == ".json" else options.output
    WATCH.nulls = 0
    with _only_ours(), _journalled(folder / UNFINISHED / fingerprint(options), show, fresh=fresh):
        preflight.check(options, resumed=_begun(folder / UNFINISHED / fingerprint(options)))
        if options.model.startswith("vllm"):
            orphans.watch()
        command = ["run", *options.arguments]
        with (
            _command_line(command),
            shared_checkers(),
            _no_tokenizer_of_dummy(options),
            _own_results() as written,
        ):
            _lm_eval(options.model)
        if process_number() > 0:
            return None
        if not written or not written[-1].is_file():
            raise NoResults(
                f"{options.output}: lm_eval wrote no results there; its own messages say why; "
                f"{saved()}"
            )
        if WATCH.nulls:
            show(
                f"{WATCH.nulls} answers of the server had no content, and count as empty responses:"
                " a thought that the token limit cut, or one in a field of its own"
            )
        # In here: the responses are forgotten when this block has ended well, and not before.
        return _read_back(written[-1])


def check(arguments: Sequence[str]) -> list[str]:
    """What an evaluation with ``arguments`` would do, without a model; raises `NotReady`."""
    with called_from(Caller.CFT_EVAL), _only_ours():
        check_lm_eval()
        options = read_options(arguments)
        return preflight.check(options)


def _begun(stem: Path) -> bool:
    return any(file.stat().st_size for file in stem.parent.glob(f"{stem.name}.*.jsonl"))


def _lm_eval(model: str) -> None:
    from lm_eval.__main__ import cli_evaluate

    try:
        cli_evaluate()
    except CftError:
        raise
    except ModuleNotFoundError as error:
        # lm-eval loads what a model needs when that model is asked for.
        raise NoPackage(model, error) from error
    except Exception as error:
        if type(error).__name__ in ("OutOfMemoryError", "AcceleratorError"):
            raise NoMemory(model, error) from error
        if _while_loading(error):
            raise NotLoaded(model, error) from error
        raise


def _while_loading(error: Exception) -> bool:
    """Whether lm-eval was making the model: what fails there are its arguments, or the machine."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(frame.name in ("create_from_arg_string", "create_from_arg_obj") for frame in frames)


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
    """Let every `TaskManager` made in here look at our folder, and not at lm-eval's own.

    A `class:` in a YAML may be a plain name in here; lm-eval alone needs its tag before it.
    """
    from lm_eval.tasks import TaskManager
    from lm_eval.tasks._factory import TaskFactory

    manager, factory = TaskManager.__init__, TaskFactory._load_full_config

    def __init__(self: object, *args: Any, **kwargs: Any) -> None:
        given = kwargs.pop("include_path", None) or []
        paths = list(given) if isinstance(given, list | tuple) else [given]
        kwargs.update(include_defaults=False, include_path=[tasks_folder(), *paths])
        manager(self, *args, **kwargs)

    def load(self: object, *args: Any, **kwargs: Any) -> Any:
        config = factory(self, *args, **kwargs)
        if isinstance(config.get("class"), str):
            config["class"] = named(config["class"])
        return config

    TaskManager.__init__, TaskFactory._load_full_config = __init__, load
    try:
        yield
    finally:
        TaskManager.__init__, TaskFactory._load_full_config = manager, factory


@contextmanager
def _no_tokenizer_of_dummy(options: Options) -> Iterator[None]:
    """Keep lm-eval's `dummy` from the hub, where it fetches a tokenizer only to note its name.

    Without a network the hub's client tries again for 46 seconds. A chat template needs one.
    """
    if options.model != "dummy" or options.chat:
        yield
        return
    from lm_eval.models.dummy import DummyLM

    tokenizer = DummyLM.tokenizer
    DummyLM.tokenizer = None
    try:
        yield
    finally:
        DummyLM.tokenizer = tokenizer


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
