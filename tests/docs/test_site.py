"""The guide as a site: it builds, every link leads somewhere, nothing comes from elsewhere."""

import argparse
import inspect
import os
import pkgutil
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import get_args, get_type_hints

import pytest

from cft_eval.cli import COMMANDS, _parser, subcommands
from cft_eval.client import ServerError
from cft_eval.errors import CftError
from cft_eval.gate import Report
from cft_eval.stats import BadNumbers
from cft_eval.weights import DoubledKey
from tests.docs.commands import ROOT

pytest.importorskip("mkdocs", reason="needs the dev group")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    # `strict: true` in mkdocs.yml makes every warning, a broken link among them, an error.
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(out)],
        cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def test_every_command_and_subcommand_is_in_the_reference(site: Path) -> None:
    shown = (site / "reference" / "cli.html").read_text("utf-8")
    wanted = [below.prog for name in COMMANDS for below in below_and_itself(_command(name))]
    wanted += [f"cft-eval {name} {below}" for name in COMMANDS for below in subcommands(name)]
    assert {
        "cft-eval server backup",
        "cft-eval gate plan",
        "cft-eval critique build",
        "cft-eval checkpoint log",
    } < set(wanted)
    assert not [prog for prog in wanted if f"usage: {prog} " not in shown]
    assert "--max-cost" in shown
    assert "--dry-run" in shown


def _command(name: str) -> argparse.ArgumentParser:
    return _below(_parser([name]))[name]


def below_and_itself(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for below in _below(parser).values():
        yield from below_and_itself(below)


def _below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return {name: below for group in groups for name, below in group.choices.items()}


def test_what_is_public_is_in_the_reference_with_every_method(site: Path) -> None:
    shown = (site / "reference" / "python.html").read_text("utf-8")
    assert "Decide whether <code>response</code>, a model's whole text, gives the answer" in shown
    wanted = [
        anchor
        for name, thing in PUBLIC.items()
        for anchor in [name, *(f"{name}.{method}" for method in _methods(thing))]
    ]
    assert "cft_eval.client.Client.publish" in wanted
    assert not [anchor for anchor in wanted if f'id="{anchor}"' not in shown]


def test_all_that_public_functions_return_is_public() -> None:
    functions = [thing for thing in PUBLIC.values() if inspect.isfunction(thing)]
    functions += [getattr(thing, name) for thing in PUBLIC.values() for name in _methods(thing)]
    returned = {
        kind for function in functions for kind in _classes(get_type_hints(function)["return"])
    }
    assert Report in returned
    assert not [kind for kind in returned if kind not in PUBLIC.values()]


def test_all_that_public_functions_raise_is_public() -> None:
    packages = {".".join(name.split(".")[:2]) for name in PUBLIC if name.count(".") > 1}
    raised = {
        thing
        for package in packages
        for module in _modules(package)
        for thing in vars(module).values()
        if inspect.isclass(thing) and issubclass(thing, CftError)
    }
    assert ServerError in raised
    # A private one is caught where it was raised, or by the public one that it is a kind of.
    named = {thing for thing in raised - ELSEWHERE if not thing.__name__.startswith("_")}
    assert not [thing for thing in named if thing not in PUBLIC.values()]


HOOKS = runpy.run_path(str(ROOT / "docs" / "hooks.py"))
PUBLIC = {
    name: pkgutil.resolve_name(":".join(name.rsplit(".", 1)))
    for names in HOOKS["PUBLIC"].values()
    for name in names
}


ELSEWHERE = {
    BadNumbers,  # named by the statistics, which are public as one module
    DoubledKey,  # told as `BadWeights`
}


def _methods(thing: object) -> list[str]:
    """Public methods of a class of ours, those of its bases of ours among them."""
    if not inspect.isclass(thing):
        return []
    return [
        name
        for name, function in inspect.getmembers(thing, inspect.isfunction)
        if not name.startswith("_") and function.__module__.startswith("cft_eval.")
    ]


def _classes(hint: object) -> set[type]:
    """The classes of ours that a type is made of."""
    if inspect.isclass(hint) and not get_args(hint):
        return {hint} if hint.__module__.startswith("cft_eval.") else set()
    return {kind for part in get_args(hint) for kind in _classes(part)}


def _modules(package: str) -> Iterator[ModuleType]:
    top = import_module(package)
    yield top
    for found in pkgutil.iter_modules(getattr(top, "__path__", ()), f"{package}."):
        yield import_module(found.name)


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    loads = re.compile(r"<(?:script|img|link|iframe)[^>]+(?:src|href)=\"?(https?://[^\"> ]+)")
    for page in site.rglob("*.html"):
        found = set(loads.findall(page.read_text("utf-8")))
        assert not found, f"{page.name}: {found}"


def test_anchors_lead_somewhere(site: Path) -> None:
    for page in site.glob("*.html"):
        text = page.read_text("utf-8")
        for target, anchor in re.findall(r'href="([\w/]*\.html)?#([\w-]+)"', text):
            if anchor.startswith("__"):
                continue
            there = (page.parent / target).read_text("utf-8") if target else text
            assert f'id="{anchor}"' in there, f"{page.name}: {target}#{anchor}"
