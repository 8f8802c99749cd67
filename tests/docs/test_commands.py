"""Every command in the documentation: understood by the program as it is, and run where that is
possible without a GPU, the hub or a provider; where it is not, the reason is in a table."""

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cft_eval.cli import COMMANDS, _parser
from cft_eval.testsets import load
from tests.docs.commands import ROOT, Command, commands
from tests.harness import made

ALL = commands()
OURS = [command for command in ALL if command.words[0] == "cft-eval"]

ELSEWHERE = [
    (r"--model (vllm|hf|local-chat-completions)", "needs a model"),
    (r"--model Qwen|--model M\b|--model …|--tokenizer Qwen|webinstruct", "needs the hub"),
    (r"s3://|--address|--engine ray", "needs a cluster or an object store"),
    (r"critique build", "asks a teacher, who is paid"),
    (r"critique (audit|export)|data show", "reads rows that the page does not make"),
    (r"\b(lab|demo)\b", "minutes of training: tests/lab, tests/test_demo.py"),
    (r"cft-eval (serve|server|worker|checkpoint)|postgresql", "of a board: tests/server"),
    (r"import (qwen|lm-eval)", "reads another harness's outputs: tests/harness/test_imports.py"),
    (r"--sign", "needs a key: tests/server/test_signing.py"),
    (r"select ", "needs checkpoints: tests/gate/test_selection.py"),
    (r"\$|\bDIR\b|board:|\bRUN\b", "has a name to be filled in"),
    (r"train --accelerate-config", "prints a path for accelerate"),
    (r"\bX\b|cft-eval gate CANDIDATE", "a form, not a command"),
    (r"worker|checkpoint|evaluat", "works for a board: tests/worker"),
    (r"gate escalate", "a second look needs what the first one asked to be run"),
]
"""What a command says, and why it is only parsed here."""


def reason(command: Command) -> str | None:
    return next((why for pattern, why in ELSEWHERE if re.search(pattern, command.line)), None)


def test_there_are_commands_to_test() -> None:
    assert len(OURS) > 40
    assert len([command for command in OURS if reason(command) is None]) > 15


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


@pytest.mark.parametrize("command", [c for c in ALL if c.words[0] == "lm_eval"], ids=str)
def test_lm_eval_understands_it(command: Command) -> None:
    _lm_eval_knows(list(command.words[1:]))
    tasks = command.words[command.words.index("--tasks") + 1]
    for task in tasks.split(","):
        assert (ROOT / "tasks" / f"{task}.yaml").is_file(), f"no such task: {task}"


@pytest.mark.parametrize("command", [c for c in ALL if c.words[0] == "pip"], ids=str)
def test_what_pip_is_to_install_exists(command: Command) -> None:
    facts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = set(facts["project"]["optional-dependencies"])
    for words in re.findall(r"(?:cft-eval|\.)\[([\w,-]+)\]", command.line):
        assert set(words.split(",")) <= extras


@pytest.mark.parametrize("command", [c for c in ALL if c.words[0] == "make"], ids=str)
def test_make_has_the_target(command: Command) -> None:
    target = next(word for word in command.words[1:] if "=" not in word)
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", [c for c in ALL if c.words[0] == "python"], ids=str)
def test_python_has_the_script(command: Command) -> None:
    script = command.words[1]
    if script == "-m":
        module = command.words[2]
        code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
        return
    assert (ROOT / script).is_file()
    text = (ROOT / script).read_text("utf-8")
    options = {word for word in command.words[2:] if word.startswith("--")} - {"--help"}
    for option in options:
        assert f'"{option}"' in text, f"{script} has no {option}"


# ---- run for real ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with what the pages speak of: runs, a frozen baseline, rows; and a board."""
    folder = tmp_path_factory.mktemp("docs")
    for name in (
        "base",
        "sft",
        "cft",
        "mine",
        "main",
        "candidate",
        "old",
        "new",
        "mon",
        "tue",
        "run",
    ):
        made.write(folder / "out" / name, _lines())
    shutil.copytree(folder / "out", folder / "runs")
    with suppress(FileExistsError):
        (folder / "runs" / "sft-right").symlink_to("sft")
    rows = '{"reference": "1", "response": "\\\\boxed{1}"}\n'
    (folder / "rows.jsonl").write_text(rows)
    (folder / "more.parquet").symlink_to(_parquet(folder / "rows.parquet"))
    import gzip

    (folder / "rows.jsonl.gz").write_bytes(gzip.compress(rows.encode()))
    (folder / "response.txt").write_text("It is \\boxed{42}.")
    run(folder, ["gate", "freeze", "out/base", "-o", "baseline.json"])
    with _board(folder) as address:
        (folder / "address").write_text(address)
        yield folder


def _lines() -> list[dict[str, Any]]:
    """Answers to real problems, since a board takes no others."""
    lines = []
    for index, item in enumerate(load("mini_gsm8k")[:4]):
        line = made.line(index, (f"\\boxed{{{item.reference}}}",))
        line["doc"] |= {"item": item.item, "problem": item.problem, "reference": item.reference}
        lines.append(line)
    return lines


def _parquet(path: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist([{"reference": "1", "response": "\\boxed{1}"}]), path)
    return path


class _board:
    """A board of its own, on a free port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> str:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        words = ["serve", "--data", "a-board", "--port", str(port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cft_eval.cli", *words],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError):
                urllib.request.urlopen(f"{address}/readyz", timeout=2).close()
                return address
            time.sleep(0.2)
        pytest.fail("the board did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)


def run(folder: Path, words: list[str]) -> "subprocess.CompletedProcess[str]":
    address = folder / "address"
    server = {"CFT_EVAL_SERVER": address.read_text()} if address.is_file() else {}
    return subprocess.run(
        [sys.executable, "-m", "cft_eval.cli", *words],
        cwd=folder, input="", capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, **server},
    )  # fmt: skip


DONE = {
    "check": {0, 1},  # equal or not
    "gate": {0, 1, 4},
    "doctor": {0, 1},  # this machine may be out of the hub's reach
}
"""Exit statuses that say that a command did its work; 0 where nothing stands here."""


@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in OURS if reason(c) is None], ids=str)
def test_it_runs(command: Command, place: Path, tmp_path: Path) -> None:
    words = [
        word.replace("http://127.0.0.1:8000", (place / "address").read_text())
        for word in command.words[1:]
        if word not in ("…", "...")
    ]
    # What a command writes is its own: the next page may write another thing under that name.
    if "--out" in words and words[0] == "regrade":
        words[words.index("--out") + 1] = str(tmp_path / "verdicts")
    if words[0] == "push":
        words += [] if "--yes" in words or "--dry-run" in words else ["--yes"]
    done = run(place, words)
    assert done.returncode in DONE.get(words[0], {0}), f"{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
