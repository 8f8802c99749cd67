"""CONTRIBUTING's example of a seventh benchmark, done as it is written there."""

import re
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import pytest

from cft_eval.testsets import BENCHMARKS, Benchmark, benchmarks, known_items, rows
from cft_eval.testsets.load import load

ROOT = Path(__file__).parent.parent
RESPONSES = [
    (r"One less than vertices: \boxed{16}.", True),
    (r"\boxed{\text{False}}", True),
    (r"$e^{-3} = \boxed{0.049787}$", True),
    (r"\boxed{3, 1}", True),
]


@pytest.fixture(scope="module")
def blocks() -> dict[str, list[str]]:
    """The fenced blocks of the section, by language."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("## A benchmark")[2].partition("## Style")[0]
    found: dict[str, list[str]] = {}
    for language, block in re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL):
        found.setdefault(language, []).append(dedent(block))
    return found


@pytest.fixture
def theorems(
    blocks: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Benchmark:
    (jsonl,), (function, entry) = blocks["json"], blocks["python"]
    (tmp_path / "theorems.jsonl").write_text(jsonl, encoding="utf-8")
    row_names = dict(vars(rows))
    exec(function, row_names)  # our own documentation
    names: dict[str, Any] = {**vars(benchmarks), "rows": SimpleNamespace(**row_names)}
    exec(entry, names)
    made: Benchmark = names["_THEOREMS"]
    assert (ROOT / "cft_eval/testsets" / made.file).parent.is_dir()
    found = replace(made, file=str(tmp_path / "theorems.jsonl"))
    monkeypatch.setitem(BENCHMARKS, found.name, found)
    return found


def test_its_items_load_and_are_proved(theorems: Benchmark) -> None:
    items = load("theorems")
    assert len(items) == theorems.size
    assert [item.reference for item in items] == ["16", "False", "0.0498", "1,3"]
    assert tuple(item.item for item in items) == known_items("theorems")
    with pytest.raises(rows.BadRow, match="Answer: expected an answer, got None"):
        theorems.read({"Question": "?"})


def test_lm_eval_runs_it(theorems: Benchmark, blocks: dict[str, list[str]], tmp_path: Path) -> None:
    lm_eval = pytest.importorskip("lm_eval", reason="needs the extra `eval`")
    from lm_eval.models.dummy import DummyLM
    from lm_eval.tasks import TaskManager

    from cft_eval.harness.defaults import tasks_folder

    class Model(DummyLM):  # type: ignore[misc]  # lm-eval has no types
        def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
            return [response for response, _ in RESPONSES]

    (yaml,) = blocks["yaml"]
    (tmp_path / "cft_theorems.yaml").write_text(
        yaml.replace("_cft.yaml", f"{tasks_folder()}/_cft.yaml"), encoding="utf-8"
    )
    manager = TaskManager(include_defaults=False, include_path=[str(tmp_path)])
    found = lm_eval.evaluate(lm=Model(), task_dict=manager.load([theorems.task]))
    samples = found["samples"][theorems.task]
    assert [s["doc"]["verdicts"][0]["correct"]["strict"] for s in samples] == [
        right for _, right in RESPONSES
    ]
    assert found["results"][theorems.task]["acc,none"] == 1.0
