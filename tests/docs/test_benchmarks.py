"""The table of bars: what it says of the command and of the machine is what was measured."""

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.docs.commands import ROOT

BAR = {"row": "speed", "measured": 2, "unit": "s", "limit": 3, "kind": "at most", "peer": ""}
MACHINE = {"date": "2026-01-02", "processor": "P", "cores": 2, "memory_gib": 24, "python": "3.11",
           "packages": {"numpy": "2"}, "load_before": 0.1}  # fmt: skip


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return runpy.run_path(str(ROOT / "benchmarks" / "all.py"))


def kept(**machine: object) -> dict[str, object]:
    command = "python benchmarks/one.py"
    return {"command": command, "bars": [BAR], "failed": "", "machine": {**MACHINE, **machine}}


def commands(table: str) -> list[str]:
    return [line.split(" | ")[-1].removesuffix(" |") for line in table.splitlines()[4:]]


def test_the_committed_table_is_that_of_the_committed_results(bench: dict[str, Any]) -> None:
    folder = ROOT / "docs" / "benchmarks"
    facts = json.loads((folder / "results.json").read_text("utf-8"))
    assert bench["table"](facts) == (folder / "results.md").read_text("utf-8")


def test_what_the_site_takes_from_a_file_is_linked_in_plain_markdown() -> None:
    for page in sorted((ROOT / "docs").glob("*.md")):
        text = page.read_text("utf-8")
        for name in re.findall(r'^--8<-- "docs/(.*)"', text, re.MULTILINE):
            assert f"]({name})" in text, f"{page.name}: {name}"


def test_a_row_of_another_machine_or_day_says_so(bench: dict[str, Any]) -> None:
    scripts = {"a": kept(), "b": kept(date="2026-02-03"), "c": kept(processor="Q"), "d": kept()}
    facts = {"machine": MACHINE, "scripts": scripts}
    assert bench["most_common"]([m for _, m in bench["measured"](facts)]) == MACHINE
    unmeasured = len(bench["UNMEASURED"])
    assert commands(bench["table"](facts))[:-unmeasured] == [
        "`python benchmarks/one.py`",
        "`python benchmarks/one.py` on 2026-02-03",
        "`python benchmarks/one.py` on Q, 2 cores, 24 GiB, Python 3.11, numpy 2; 2026-01-02",
        "`python benchmarks/one.py`",
    ]


def test_the_command_has_what_it_ran_with(bench: dict[str, Any], tmp_path: Path) -> None:
    checker = next(script for script in bench["SCRIPTS"] if script.name == "checker")
    words = bench["arguments"]
    assert words(checker, practice="", peer_python="") == []
    assert words(checker, practice="DIR", peer_python="PY") == [
        "--practice", "DIR", "--peer-python", "PY",
    ]  # fmt: skip
