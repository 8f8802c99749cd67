"""A task's defaults: the CFT paper's protocol, as in `tasks/_cft.yaml`.

A user's own task needs a name, a class and problems; the rest is filled in here. A YAML that
includes `_cft.yaml` already has all of it.
"""

import copy
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from cft_eval.errors import CftError

MERGED = ("generation_kwargs", "metadata")
"""Tables of which a task may say a part."""


class NoSuchClass(CftError):
    """A dotted name in a YAML that cannot be imported."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}; expected MODULE.NAME of something that is installed")


def tasks_folder() -> str:
    """The folder of our YAML files."""
    spec = find_spec("cft_eval.tasks")
    if spec is None or not spec.submodule_search_locations:
        raise CftError("the tasks of cft_eval are not installed: pip install --force-reinstall it")
    return next(iter(spec.submodule_search_locations))


def filled(config: Mapping[str, Any]) -> dict[str, Any]:
    """``config`` with its missing keys filled in."""
    base = copy.deepcopy(_protocol())
    parts = {name: {**base[name], **(config.get(name) or {})} for name in MERGED}
    return {**base, **config, **parts}


def named(name: str) -> Any:
    """The object that a dotted name refers to; raises `NoSuchClass`."""
    module, _, last = name.rpartition(".")
    try:
        return getattr(import_module(module), last)
    except (ImportError, ValueError, AttributeError) as error:
        raise NoSuchClass(name, str(error)) from None


@cache
def _protocol() -> dict[str, Any]:
    text = (Path(tasks_folder()) / "_cft.yaml").read_text(encoding="utf-8")
    protocol: dict[str, Any] = yaml.load(text, Loader=_Loader)  # a safe loader, with one tag more
    del protocol["class"]
    return protocol


class _Loader(yaml.SafeLoader):
    """Safe YAML, and lm-eval's tag for a function."""


def _function(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    return named(str(loader.construct_scalar(node)))


_Loader.add_constructor("!function", _function)
