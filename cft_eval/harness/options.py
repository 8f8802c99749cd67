"""What `cft-eval run` reads of lm-eval's arguments, and what it fills in.

    arguments as typed ── in full, defaults, one spelling for both lm-evals ──> Options

lm-eval's own parser reads the rest when it starts. Knows no tasks and no models.
"""

import argparse
import ast
import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cft_eval.caller import setting
from cft_eval.errors import CftError

SUITE = "cft_math_suite"
OWN_TASK = "cft_own"
"""What is run where problems are named and no task is."""

OWN_TASKS = {OWN_TASK, "cft_critique_own"}

LIMITS = (
    "max_tokens",
    "max_new_tokens",
    "max_length",
    "max_completion_tokens",
    "max_gen_tokens",
    "max_output_tokens",
)
"""Other names of the token limit."""

GENERATION = (
    "do_sample",
    "frequency_penalty",
    "max_gen_toks",
    "min_p",
    "presence_penalty",
    "repetition_penalty",
    "seed",
    "temperature",
    "top_k",
    "top_p",
    "typical_p",
    "until",
)
"""What is often asked for; engines know many more."""

MISSPELT = 0.85
"""Likeness from which a name is one of `GENERATION` with an error in it: `topp` has 0.89."""

OUTPUT = "runs"
"""Where results go unless ``--output_path`` says otherwise."""


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

    metadata: Mapping[str, Any] = field(default_factory=dict)
    """What `--metadata` tells the tasks."""

    chat: bool = False
    """Whether the tokenizer's chat template is asked for."""


def read_options(arguments: Sequence[str]) -> Options:
    """Read what we need of lm-eval's arguments, and fill in what they do not say."""
    arguments, metadata = _metadata(_in_full(arguments))
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
    _check_spelling([*typed.gen_kwargs, *map(str, configured.get("gen_kwargs") or ())])
    filled = list(arguments)
    if metadata:
        filled += ["--metadata", json.dumps(metadata)]
    tasks = ",".join(typed.tasks) if typed.tasks else _listed(configured.get("tasks"))
    if typed.tasks and not all(tasks.split(",")):
        raise CftError(f"{setting('tasks', tasks)}: an empty name; remove the extra comma")
    if not tasks:
        tasks = OWN_TASK if metadata.get("problems") else SUITE
        filled += ["--tasks", tasks]
    if metadata.get("problems") and not set(tasks.split(",")) & OWN_TASKS:
        own = " and ".join(sorted(OWN_TASKS))
        raise CftError(
            f"{setting('problems')}: they are for the tasks {own}; {setting('tasks')} has {tasks}"
        )
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
        metadata={**(configured.get("metadata") or {}), **metadata},
        chat=bool(typed.apply_chat_template or configured.get("apply_chat_template")),
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


def _metadata(arguments: Sequence[str]) -> tuple[list[str], dict[str, Any]]:
    """The arguments without `--metadata`, and what it says: lm-eval 0.5 reads it as JSON alone."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--metadata", nargs="+", action="append", default=[])
    typed, rest = parser.parse_known_args(list(arguments))
    metadata: dict[str, Any] = {}
    for words in typed.metadata:
        metadata |= _object(words[0]) or dict(
            _pair(pair) for word in words for pair in word.split(",")
        )
    return rest, metadata


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CftError(f"--metadata {text}: expected NAME=VALUE, or one JSON object")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def _check_limit(given: Sequence[str]) -> None:
    """Refuse other names of the token limit: engines differ in which one they follow."""
    names = re.findall(r"[A-Za-z_]+(?=['\"]?\s*[=:])", " ".join(given))
    for name in LIMITS:
        if name in names or name in given:
            raise CftError(
                f"{setting('gen_kwargs', **{name: '…'})}: the token limit is called max_gen_toks "
                "here, and under another name it would be recorded wrongly; give max_gen_toks alone"
            )


def _check_spelling(given: Sequence[str]) -> None:
    """Refuse a name that is nearly a known one: a server ignores it, and others end at it late."""
    typed = re.findall(r"(?:^|(?<=[\s,{'\"]))[A-Za-z_]+(?=['\"]?\s*[=:])", " ".join(given))
    for name in [*typed, *filter(str.isidentifier, given)]:
        near = difflib.get_close_matches(name, GENERATION, n=1, cutoff=MISSPELT)
        if near and name not in GENERATION:
            raise CftError(
                f"{setting('gen_kwargs', **{name: '…'})}: no such argument; did you mean {near[0]}?"
            )


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
