"""Name a setting in an error as the caller wrote it: on a command line, or in Python.

    "gen_kwargs", temperature=0.6 ──> --gen_kwargs temperature=0.6 │ generation={"temperature": 0.6}

Knows the names of settings, not their meaning.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum


class Caller(Enum):
    """Where settings are written."""

    LM_EVAL = "lm_eval"
    CFT_EVAL = "cft-eval run"
    PYTHON = "cft_eval.evaluate()"


METADATA = {"repeats", "problems", "fields", "split"}
"""Options of `cft-eval run` that plain lm_eval takes as metadata."""

ARGUMENTS = {
    "model": "engine",
    "model_args": "arguments",
    "gen_kwargs": "generation",
    "output_path": "output",
    "apply_chat_template": "chat_template",
}
"""What `cft_eval.evaluate` calls an option, where the names differ."""

FIRST = {"pretrained", "base_url"}
"""Model arguments that are the first argument of `cft_eval.evaluate`, its model."""

_caller: ContextVar[Caller] = ContextVar("caller", default=Caller.LM_EVAL)


@contextmanager
def called_from(caller: Caller) -> Iterator[None]:
    """Inside, errors address ``caller``; the outermost one counts, since it called the others."""
    if _caller.get() is not Caller.LM_EVAL:
        yield
        return
    token = _caller.set(caller)
    try:
        yield
    finally:
        _caller.reset(token)


def setting(option: str, value: object = None, /, **pairs: object) -> str:
    """An option by its name, with its value or the pairs in it, as the caller writes it.

    >>> print(setting("gen_kwargs", temperature=0.6, top_p=0.95), setting("fields", problem="…"))
    --gen_kwargs temperature=0.6,top_p=0.95 --metadata '{"fields": {"problem": …}}'
    >>> with called_from(Caller.PYTHON):
    ...     print(setting("gen_kwargs", temperature=0.6), setting("model_args", pretrained="M"))
    ...     print(setting("limit", -1), setting("apply_chat_template"))
    generation={"temperature": 0.6} model="M"
    limit=-1 chat_template=True
    """
    if _caller.get() is Caller.PYTHON:
        return _argument(option, value, pairs)
    if _caller.get() is Caller.LM_EVAL and option in METADATA:
        given = f": {_literal(pairs or value)}" if pairs or value is not None else ""
        return "--metadata " + (f"""'{{"{option}"{given}}}'""" if given else option)
    said = ",".join(f"{name}={each}" for name, each in pairs.items())
    return f"--{option}" + (f" {said or value}" if said or value is not None else "")


def _argument(option: str, value: object, pairs: dict[str, object]) -> str:
    name = ARGUMENTS.get(option, option)
    if option == "apply_chat_template":
        value = True
    if pairs and pairs.keys() <= FIRST:
        name, (value,) = "model", pairs.values()
    elif pairs:
        value = pairs
    return name if value is None else f"{name}={_literal(value)}"


def _literal(value: object) -> str:
    """
    >>> print(_literal("…"), _literal("hf"), _literal({"temperature": 0.6}))
    … "hf" {"temperature": 0.6}
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{name}": {_literal(each)}' for name, each in value.items()) + "}"
    if value == "…" or isinstance(value, bool | int | float | list):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False)


def again() -> str:
    """How to resume an interrupted run."""
    same = "make the same call" if _caller.get() is Caller.PYTHON else "type the same command"
    return f"{same} again"


def saved() -> str:
    """Where the responses of an interrupted run are."""
    if _caller.get() is Caller.LM_EVAL:
        return "`cft-eval run` instead of lm_eval would have saved the responses so far"
    return f"the responses so far are saved: {again()} to resume"


def several(problems: Iterable[str]) -> str:
    """Problems, each on a line of its own; the command line puts its name before the first."""
    return ("\n" if _caller.get() is Caller.PYTHON else "\ncft-eval: ").join(problems)
