"""Look at all that can be seen before a model is loaded: a second now, or an error after hours.

    Options ── model, tasks and test sets, protocol, output, server ──> what was seen │ `NotReady`

lm-eval's own readers are used where it has one, so that nothing is understood in two ways. Nothing
is generated, and no weights are read.
"""

import io
import logging
import os
import re
import shutil
import socket
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from cft_eval.caller import setting
from cft_eval.errors import CftError
from cft_eval.harness import guards, servers
from cft_eval.harness.defaults import tasks_folder
from cft_eval.harness.log_schema import GenerationRecord
from cft_eval.harness.options import Options
from cft_eval.harness.protocol import prompt_named
from cft_eval.harness.refusals import (
    BadOption,
    BadTask,
    NoPackage,
    NotLoaded,
    NotOurTask,
    NotReady,
    UnknownModel,
)
from cft_eval.results.io import field_of

REACH = 1.0
"""Seconds that a server has to take a connection."""

RESPONSE_BYTES = 4_000
"""What a response takes on the disk, journal and log together: short ones of 300 tokens."""

NEEDED = {"pretrained": "config.json", "peft": "adapter_config.json"}
"""Model arguments that may name a folder, and a file that is in it."""

NAMED = ("hf", "hf-auto", "huggingface", "vllm", "sglang")
"""Model types that load what `pretrained` names."""

PACKAGES = ("torch", "transformers", "accelerate", "vllm", "sglang")
"""What runs models, and is missing where a task's file is not to blame."""

NEEDS = {
    **dict.fromkeys(("hf", "hf-auto", "huggingface"), ("torch", "transformers", "accelerate")),
    "vllm": ("vllm",),
    "sglang": ("sglang",),
}
"""What a model type imports once it loads a model."""

UNREADY = (ValueError, TypeError, KeyError, AttributeError, AssertionError, ImportError)
"""What lm-eval raises at arguments and task files that it cannot use."""


def check(options: Options, *, resumed: bool = False) -> list[str]:
    """Say what an evaluation with ``options`` will do; raises `NotReady` with all that is wrong.

    Call it where `TaskManager` looks at our tasks. ``resumed``: an earlier run has responses, maybe
    all of them, so that no server need be there.
    """
    said: list[str] = []
    problems: list[CftError | OSError] = []

    def look(part: Callable[..., str], *given: Any) -> None:
        try:
            said.extend(filter(None, [part(*given)]))
        except (CftError, OSError) as error:
            problems.append(error)

    with _quiet():
        look(_model, options)
        settings, tasks = None, {}
        try:
            settings = read_settings(options)
            tasks = _load(settings, options.model)
        except (CftError, OSError) as error:
            problems.append(error)
        if settings is not None and tasks:
            look(_tasks, tasks, settings)
            look(_output, options.output, _responses(tasks, settings))
            look(_engine, options, settings, not resumed)
            look(_payloads, options, settings, tasks, not resumed)
        else:
            look(_output, options.output, 0)
    if problems:
        raise NotReady(problems)
    return said


def read_settings(options: Options) -> Any:
    """lm-eval's own reading of the arguments; raises `BadOption` where it refuses them."""
    from lm_eval._cli.run import Run
    from lm_eval.config.evaluate_config import EvaluatorConfig

    commands = ArgumentParser(prog="cft-eval").add_subparsers()
    Run(commands)
    refused = io.StringIO()
    try:
        with redirect_stderr(refused):
            typed = commands.choices["run"].parse_args(list(options.arguments))
    except SystemExit:
        raise BadOption(_refusal(refused.getvalue())) from None
    try:
        with redirect_stdout(io.StringIO()):  # it shows a configuration file there
            settings = EvaluatorConfig.from_cli(typed)
    except UNREADY as error:
        raise BadOption(_words(error)) from None
    limit = settings.limit
    if limit is not None and limit < 0:
        limit = int(limit) if limit == int(limit) else limit
        raise BadOption(f"{setting('limit', limit)}: expected a number of problems, or a share")
    if settings.samples is not None and not isinstance(settings.samples, dict):
        raise BadOption(
            f"{setting('samples', settings.samples)}: expected JSON, or a file of it, such as "
            '{"cft_math500": [0, 7]}'
        )
    return settings


def _refusal(said: str) -> str:
    """What argparse says last, of an option as the caller writes it.

    >>> _refusal("usage: …\\ncft-eval: error: argument --limit/-L: invalid float value: 'x'\\n")
    "--limit: invalid float value: 'x'"
    """
    what = said.strip().rpartition("error: ")[2]
    option = re.match(r"argument (?:-\w/)?--(\w+)(?:/-\w)?: ", what)
    return f"{setting(option[1])}: {what[option.end() :]}" if option else what


def _words(error: Exception) -> str:
    text = error.args[0] if isinstance(error, KeyError) and error.args else error
    return f"lm_eval: {text}"


def _load(settings: Any, model: str) -> dict[str, Any]:
    """The tasks as lm-eval makes them, with their test sets."""
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_path=settings.include_path, metadata=settings.metadata or {})
    names = settings.tasks
    listed = names.split(",") if isinstance(names, str) else [
        name for each in names for name in str(each).split(",")
    ]  # fmt: skip
    known = set(manager.all_tasks)
    unknown = [
        name
        for name in listed
        # lm-eval 0.5 hands an unknown name back as it is.
        if name and not Path(name).exists() and not set(manager.match_tasks([name])) & known
    ]
    if unknown:
        raise NotOurTask(unknown, sorted(known), list(_unreadable(settings.include_path)))
    try:
        manager = settings.process_tasks(settings.metadata)
        tasks: dict[str, Any] = manager.load(settings.tasks)["tasks"]
        for task in tasks.values():
            len(task.eval_docs)  # lm-eval 0.5 loads them when they are looked at
    except ModuleNotFoundError as error:
        raise (NoPackage(model, error) if error.name in PACKAGES else BadTask(error)) from None
    except UNREADY as error:
        raise BadTask(error) from None
    return tasks


def _unreadable(include: Any) -> Iterator[str]:
    """The user's own task files that lm-eval passes over in silence, and why."""
    from lm_eval.tasks._yaml_loader import load_yaml

    folders = [include] if isinstance(include, str | Path) else include or []
    for path in sorted(path for folder in folders for path in Path(folder).rglob("*.yaml")):
        try:
            load_yaml(path, resolve_func=False)
        except FileNotFoundError as error:
            here = Path(str(error.filename)).name
            ours = here.startswith("_cft") and (Path(tasks_folder()) / here).is_file()
            hint = "; leave `include` out, MathTask has these settings" if ours else ""
            yield f"{path}: `include` names {here}, which is not beside it{hint}"
        except Exception as error:  # noqa: BLE001  # lm-eval's reader: each has an error of its own
            yield f"{path}: {' '.join(str(error).split())}"


def _model(options: Options) -> str:
    import lm_eval.models  # noqa: F401  # fills the registry
    from lm_eval.api.registry import model_registry

    if options.model not in model_registry:
        raise UnknownModel(options.model, model_registry.keys())
    for name in NEEDS.get(options.model, ()):
        if find_spec(name) is None:
            raise NoPackage(options.model, ModuleNotFoundError(name=name))
    return f"model: {options.model}"


def _tasks(tasks: dict[str, Any], settings: Any) -> str:
    for name, task in tasks.items():
        sent = _sent(task, settings)
        _check_sent(sent)
        shots = settings.num_fewshot if task.config.num_fewshot is None else task.config.num_fewshot
        guards.check_examples(name, shots or 0)
        guards.check_sampled(name, task.config.repeats or 1, sent)
        prompt_named((task.config.metadata or {}).get("prompt", "chatml"))
    problems = sum(_count(task, settings) for task in tasks.values())
    return (
        f"tasks: {', '.join(tasks)}: {problems} problems, {_responses(tasks, settings)} responses"
    )


def _sent(task: Any, settings: Any) -> dict[str, Any]:
    return {**(task.config.generation_kwargs or {}), **(settings.gen_kwargs or {})}


def _check_sent(sent: dict[str, Any]) -> None:
    try:
        GenerationRecord.model_validate(sent)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = field_of(first["loc"])
        value = sent.get(str(first["loc"][0]))
        raise BadOption(f"{setting('gen_kwargs', **{where: value})}: {first['msg']}") from None
    for name, least in (("temperature", 0), ("max_gen_toks", 1)):
        if sent.get(name) is not None and sent[name] < least:
            raise BadOption(
                f"{setting('gen_kwargs', **{name: sent[name]})}: expected {least} or more"
            )


def _count(task: Any, settings: Any) -> int:
    whole = len(task.eval_docs)
    if settings.samples:
        return len(settings.samples.get(task.config.task, range(whole)))
    if not settings.limit:
        return whole
    return min(whole, int(settings.limit if settings.limit >= 1 else settings.limit * whole) or 1)


def _responses(tasks: dict[str, Any], settings: Any) -> int:
    return sum(_count(task, settings) * (task.config.repeats or 1) for task in tasks.values())


def _output(output: Path, responses: int) -> str:
    folder = output.parent if output.suffix == ".json" else output
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not there.is_dir():
        raise BadOption(f"{setting('output_path', output)}: {there} is a file, not a folder")
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(b"\0" * 4096)
            file.flush()
    except OSError as error:
        raise BadOption(
            f"{setting('output_path', output)}: nothing can be written there: {error.strerror}"
        ) from None
    finally:
        for each in made:
            with suppress(OSError):
                each.rmdir()
    free = shutil.disk_usage(there).free
    if free < responses * RESPONSE_BYTES:
        raise BadOption(
            f"{setting('output_path', output)}: {_size(free)} free, and {responses} responses take "
            f"{_size(responses * RESPONSE_BYTES)} and more"
        )
    return f"output: {output}, {_size(free)} free"


def _size(count: float) -> str:
    """
    >>> _size(3_000_000), _size(41_200_000_000)
    ('3 MB', '41 GB')
    """
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.0f} TB"


def _engine(options: Options, settings: Any, reach: bool) -> str:
    """What the model arguments name: weights on this disk, or a server."""
    arguments = settings.model_args or {}
    for name, file in NEEDED.items():
        if arguments.get(name):
            _check_weights(name, str(arguments[name]), file)
    _check_named(options.model, arguments)
    url = arguments.get("base_url")
    if url is None or not reach:
        named = [f"{key}={value}" for key, value in _shown(arguments)]
        return f"arguments: {', '.join(named) or 'none that name a model'}"
    return _server(str(url))


def _payloads(options: Options, settings: Any, tasks: dict[str, Any], reach: bool) -> str:
    """What a server would be sent; raises what `servers.check_payload` raises, and `NotLoaded`.

    lm-eval's class for the server is made without a tokenizer: it reads and asks nothing then.
    """
    from lm_eval.api.registry import get_model, model_registry

    if options.model in (*NAMED, "dummy") or options.model not in model_registry:
        return ""
    try:
        owner = get_model(options.model)
        if owner not in servers.classes():
            return ""
        arguments = {**(settings.model_args or {}), "tokenizer_backend": None}
        lm = owner.create_from_arg_obj(arguments, {"batch_size": 1})
        if reach:
            lm.header  # noqa: B018  # reads the key, which the environment may lack
    except ModuleNotFoundError as error:
        raise NoPackage(options.model, error) from None
    except UNREADY as error:
        raise NotLoaded(options.model, error) from None
    for task in tasks.values():
        servers.check_payload(lm, _sent(task, settings), messages=settings.apply_chat_template)
    return "requests: as the tasks say"


def _check_named(model: str, arguments: dict[str, Any]) -> None:
    """Raise `BadOption` where nothing says which model, or where it is served."""
    from lm_eval.api.registry import model_registry

    if model not in model_registry:
        return  # said already
    served = model.endswith("completions")
    for name in ("model", "base_url") if served else ("pretrained",):
        missing = not arguments.get(name)
        if missing and (model in NAMED or (served and (name == "model" or "local" in model))):
            raise BadOption(
                f"{setting('model', model)}: needs {setting('model_args', **{name: '…'})}"
            )


def _shown(arguments: dict[str, Any]) -> list[tuple[str, Any]]:
    # Keys and tokens are arguments, too.
    return [(name, value) for name, value in arguments.items() if name in NEEDED or name == "model"]


def _check_weights(name: str, value: str, file: str) -> None:
    folder, named = Path(value).expanduser(), setting("model_args", **{name: value})
    if folder.is_dir() and not (folder / file).is_file():
        raise BadOption(f"{named}: no {file} in it; is it a checkpoint?")
    if folder.exists():
        return
    if value[0] in "/.~" or value.count("/") > 1:
        raise BadOption(f"{named}: no such folder")
    if os.environ.get("HF_HUB_OFFLINE") in ("1", "ON", "YES", "TRUE"):
        from huggingface_hub import try_to_load_from_cache

        if not isinstance(try_to_load_from_cache(value, file), str):
            raise BadOption(
                f"{named}: no such folder, not in the Hugging Face cache "
                "(HF_HOME), and HF_HUB_OFFLINE is set"
            )


def _server(url: str) -> str:
    parts, named = urlsplit(url), setting("model_args", base_url=url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadOption(f"{named}: expected http://HOST:PORT/v1/…")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    where = f"{parts.hostname}:{port}"
    if os.environ.get(f"{parts.scheme}_proxy") or os.environ.get(f"{parts.scheme}_proxy".upper()):
        return f"server: {where}, through a proxy"
    try:
        socket.create_connection((parts.hostname, port), timeout=REACH).close()
    except OSError as error:
        why = error.strerror or error
        raise BadOption(f"{named}: no server answers at {where}: {why}") from None
    return f"server: {where} answers"


@contextmanager
def _quiet() -> Iterator[None]:
    """Without lm-eval's messages: it gives them again when it starts."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
