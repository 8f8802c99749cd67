"""Every command in the documentation is run here, or has a row in `elsewhere` that says why not.

A command with a row is still read by the program that it is for, where that program is installed.
"""

import argparse
import os
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cft_eval.cli import COMMANDS, _parser
from tests.docs.commands import ROOT, Command, commands, passed_over
from tests.docs.elsewhere import ELSEWHERE, elsewhere
from tests.docs.place import SERVED, Place, made_place
from tests.harness import warm

ALL = commands()
OURS = [command for command in ALL if command.words[0] == "cft-eval"]
RUN = [command for command in ALL if elsewhere(command) is None]


def of(*programs: str) -> list[Command]:
    return [command for command in ALL if command.words[0] in programs]


def test_no_program_is_passed_over() -> None:
    assert passed_over() == []


def test_most_of_ours_are_run() -> None:
    ours = [command for command in RUN if command.words[0] == "cft-eval"]
    assert len(ours) > 60 > len(OURS) - len(ours)


def test_every_row_is_of_a_command_and_names_a_test_that_is_there() -> None:
    used = {row for command in ALL if (row := elsewhere(command))}
    assert set(ELSEWHERE) == used, f"of no command: {[r.pattern for r in set(ELSEWHERE) - used]}"
    for row in ELSEWHERE:
        path, _, name = row.test.partition("::")
        assert path, row
        assert (ROOT / path).exists(), row
        assert not name or re.search(rf"^def {name}\(", (ROOT / path).read_text("utf-8"), re.M), row


@pytest.mark.parametrize("command", OURS, ids=str)
def test_cft_eval_understands_it(command: Command) -> None:
    name = next((word for word in command.words[1:] if not word.startswith("-")), None)
    if name is None:
        assert command.words[1:] in {("--version",), ("--version", "--json"), ("--help",)}
        return
    assert name in COMMANDS, f"no such command: {name}"
    words = list(command.words[1:])
    if "--help" in words:
        return
    # A form such as `cft-eval gate CANDIDATE …` ends in dots.
    words = [word for word in words if word not in ("…", "...")]
    args, rest = _parser(words).parse_known_args(words)
    assert not rest or args.passes_on, f"unknown: {rest}"
    if args.passes_on:
        _lm_eval_knows(rest)


def _lm_eval_knows(words: list[str]) -> None:
    from lm_eval._cli.harness import HarnessCLI

    cli = HarnessCLI()
    with suppress(AttributeError):
        parser: argparse.ArgumentParser = cli._parser
        _, rest = parser.parse_known_args(["run", *words])
        assert not [word for word in rest if word.startswith("--")], f"lm_eval knows no {rest}"


@pytest.mark.parametrize("command", of("lm_eval"), ids=str)
def test_lm_eval_understands_it(command: Command) -> None:
    _lm_eval_knows(list(command.words[1:]))
    tasks = command.words[command.words.index("--tasks") + 1]
    for task in tasks.split(","):
        assert (ROOT / "tasks" / f"{task}.yaml").is_file(), f"no such task: {task}"


@pytest.mark.parametrize("command", of("pip"), ids=str)
def test_what_pip_is_to_install_exists(command: Command) -> None:
    facts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = set(facts["project"]["optional-dependencies"])
    for words in re.findall(r"(?:cft-eval|\.)\[([\w,-]+)\]", command.line):
        assert set(words.split(",")) <= extras


@pytest.mark.parametrize("command", of("python"), ids=str)
def test_python_has_the_script_and_it_knows_the_options(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = command.words[1]
    if script == "-m":
        module = command.words[2]
        code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
        return
    words = [word for word in command.words[2:] if word != "--help"]
    if "argparse" not in (ROOT / script).read_text("utf-8"):
        assert not words, f"{script} takes no options"
        return
    # It reads its command line with its own parser, and is stopped there.
    parse = argparse.ArgumentParser.parse_args

    def parsed(self: argparse.ArgumentParser, *given: object) -> None:
        parse(self)
        raise Parsed

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parsed)
    monkeypatch.setattr(sys, "argv", [script, *words])
    monkeypatch.syspath_prepend(str(ROOT / Path(script).parent))
    with pytest.raises(Parsed):
        runpy.run_path(str(ROOT / script), run_name="__main__")


class Parsed(Exception):  # nothing is wrong
    """A script has read its command line."""


@pytest.mark.parametrize("command", of("accelerate"), ids=str)
def test_accelerate_and_what_it_launches_understand_it(command: Command) -> None:
    launch = pytest.importorskip("accelerate.commands.launch", reason="needs the extra train")
    args = launch.launch_command_parser().parse_args(list(command.words[2:]))
    assert args.module
    words = args.training_script_args
    if args.training_script == "cft_eval.training":
        _parser(["train", *words]).parse_args(["train", *words])
    else:
        assert args.training_script == "cft_eval.cli"
        _, rest = _parser(words).parse_known_args(words)
        _lm_eval_knows(rest)


@pytest.mark.parametrize("command", of("ray"), ids=str)
def test_ray_understands_it(command: Command) -> None:
    scripts = pytest.importorskip("ray.scripts.scripts", reason="needs the extra ray")
    name, *words = command.words[1:]
    assert scripts.cli.commands[name].make_context(name, words)


@pytest.mark.parametrize("command", of("make"), ids=str)
def test_make_would_run_it(command: Command) -> None:
    done = subprocess.run(
        ["make", "-n", *command.words[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# ---- run for real ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with made_place(tmp_path_factory.mktemp("docs")) as found:
        yield found


DONE = {
    "check": {0, 1},  # equal or not
    "gate": {0, 1, 4},
    "doctor": {0, 1},  # this machine may be out of the hub's reach
}
"""Exit statuses that say that a command did its work; 0 where nothing stands here."""


@pytest.mark.slow
@pytest.mark.parametrize("command", RUN, ids=str)
def test_it_runs(command: Command, place: Place) -> None:
    """In the order of the pages: a token that one command makes is the next one's."""
    if command.words[:2] == SERVED[:2]:
        assert command.words == SERVED, "the place serves a board in another way"
        return
    done = place.run(command)
    allowed = DONE.get(command.words[1], {0})
    assert done.returncode in allowed, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_tiny_model_of_the_page_can_be_made(tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="needs the extra train")
    page = (ROOT / "docs" / "evaluate.md").read_text("utf-8")
    [block] = [b for b in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "make_model" in b]
    done = warm.run(_executed, str(tmp_path), block)
    assert done.returncode == 0, done.stderr
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {
        path.name for path in (tmp_path / "tiny").iterdir()
    }


def _executed(folder: str, block: str) -> int:
    os.chdir(folder)
    exec(compile(block, "docs/evaluate.md", "exec"), {})
    return 0
