"""Run lm-eval on our tasks alone: `lm_eval run` without its six seconds of indexing.

lm-eval's own arguments come in, what it wrote goes out, read back whole. A run that dies, or
cannot be written, is taken up by the next one with the same arguments.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from cft_eval.errors import CftError
from cft_eval.harness import orphans
from cft_eval.harness.files import BadOutput, NotLogged, OutputError, find_output
from cft_eval.harness.fits import check_lm_eval
from cft_eval.harness.read import EvaluationLog, read_output
from cft_eval.harness.resume import Keeper, keep, process_number

SUITE = "cft_math_suite"
OUTPUT = "runs"
"""Where results go unless ``--output_path`` says otherwise."""

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


@dataclass(frozen=True, slots=True)
class Options:
    """What of lm-eval's arguments must be known before it starts."""

    tasks: str
    output: Path
    model: str
    arguments: tuple[str, ...]
    """All of them, ours filled in."""

    configured: str = ""
    """What a configuration file says beside them."""

    include: str | None = None
    """The user's folder of tasks."""


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
    before = _results(options.output)
    if options.model.startswith("vllm"):
        orphans.watch()
    with _only_ours(), _journalled(folder / UNFINISHED / fingerprint(options), show, fresh=fresh):
        _check_tasks(options)
        with _command_line(["run", *options.arguments]):
            _lm_eval(options.model)
        if process_number() > 0:
            return None
        new = sorted(_results(options.output) - before)
        if not new:
            raise NoResults(
                f"{options.output}: lm_eval wrote no results there; its own messages say why. The "
                "responses are kept: the same command goes on from them"
            )
        # In here: the responses are forgotten when this block has ended well, and not before.
        return _read_back(new[-1])


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


def read_options(arguments: Sequence[str]) -> Options:
    """Read what we need of lm-eval's arguments, and fill in what they do not say."""
    arguments = _in_full(arguments)
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--tasks", "-t", nargs="*")
    parser.add_argument("--include_path")
    parser.add_argument("--gen_kwargs", nargs="*", default=[])
    parser.add_argument("--output_path", "-o")
    parser.add_argument("--model", "-M")
    parser.add_argument("--config", "-C", type=Path)
    parser.add_argument("--batch_size", "-b")
    parser.add_argument("--log_samples", "-s", action="store_true")
    parser.add_argument("--apply_chat_template", nargs="?", const=True)  # its value is no task
    typed, _ = parser.parse_known_args(list(arguments))
    configured = _configuration(typed.config)
    _check_limit([*typed.gen_kwargs, *map(str, configured.get("gen_kwargs") or ())])
    filled = list(arguments)
    tasks = ",".join(typed.tasks) if typed.tasks else _listed(configured.get("tasks"))
    if not tasks:
        tasks = SUITE
        filled += ["--tasks", SUITE]
    output = typed.output_path or configured.get("output_path")
    if not output:
        output = OUTPUT
        filled += ["--output_path", OUTPUT]
    if not typed.log_samples:
        filled += ["--log_samples"]
    model = str(typed.model or configured.get("model") or "hf")
    if model.startswith("vllm") and not (typed.batch_size or configured.get("batch_size")):
        # lm-eval's default of 1 would have vLLM answer one prompt at a time.
        filled += ["--batch_size", "auto"]
    return Options(
        tasks,
        Path(output),
        model,
        tuple(filled),
        configured=json.dumps(configured, default=str),
        include=typed.include_path or configured.get("include_path"),
    )


def _in_full(arguments: Sequence[str]) -> list[str]:
    """The arguments with lm-eval's abbreviations spelled out: `--task` is `--tasks` to lm-eval,
    and must not be no tasks to us."""
    from lm_eval._cli.run import Run

    commands = argparse.ArgumentParser(add_help=False).add_subparsers()
    Run(commands)
    known = commands.choices["run"]._option_string_actions
    full = []
    for word in arguments:
        name, equals, value = word.partition("=")
        meant = {option for option in known if option.startswith(name)}
        if name.startswith("--") and name not in known and len(meant) == 1:
            name = meant.pop()
        full.append(f"{name}{equals}{value}")
    return full


def _check_limit(given: Sequence[str]) -> None:
    """Refuse other names of the token limit: engines differ in which one they follow."""
    names = re.findall(r"[A-Za-z_]+(?=['\"]?\s*[=:])", " ".join(given))
    for name in ("max_tokens", "max_new_tokens", "max_length", "max_completion_tokens"):
        if name in names or name in given:
            raise CftError(
                f"--gen_kwargs {name}: the token limit is called max_gen_toks here, and under "
                "another name it would be recorded wrongly; give max_gen_toks alone"
            )


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


def _configuration(file: Path | None) -> dict[str, Any]:
    if file is None or not file.is_file():
        return {}  # lm-eval says what is wrong with it
    import yaml

    try:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError:
        return {}
    return config if isinstance(config, dict) else {}


def _listed(tasks: object) -> str:
    return ",".join(map(str, tasks)) if isinstance(tasks, list) else str(tasks or "")


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
        if name and not name.endswith(".yaml") and not manager.match_tasks([name])
    ]
    if unknown:
        raise NotOurTask(unknown, sorted(manager.all_tasks))


def _results(folder: Path) -> set[Path]:
    if folder.suffix == ".json":
        return set(folder.parent.glob(f"{folder.stem}_*.json"))
    return set(folder.glob("*/results_*.json"))
