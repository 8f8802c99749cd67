"""Outputs of other harnesses on their way to a board: imported, pushed, graded there again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cft_eval.cli import main
from cft_eval.client import Client
from cft_eval.server.intake.problems import ProblemSets
from cft_eval.testsets import known_items
from tests.harness.test_imports import (
    GSM,
    _small_benchmarks,  # noqa: F401 - the mini sets in place of those that need a download
    lm_eval_output,
    qwen_folder,
    qwen_row,
)
from tests.server import boards

SMALL = ProblemSets(
    items=lambda name: known_items("mini_gsm8k" if name == "gsm8k" else name),
    wordings=lambda name: (known_items("mini_gsm8k"),) if name == "gsm8k" else (),
)
"""The mini set under the name of the one that needs a download, as in `_small_benchmarks`."""


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("CFT_EVAL_TOKEN", "CFT_EVAL_SERVER"):
        monkeypatch.delenv(name, raising=False)
    with boards.served(boards.settings(tmp_path / "board"), problems=SMALL) as url:
        yield url


def pushed(folder: Path, url: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The run as the board has it."""
    capsys.readouterr()
    assert main(["push", str(folder), "--server", url, "--yes"]) == 0
    page = capsys.readouterr().out.strip()
    assert page.startswith(f"{url}/runs/")
    with Client(url) as board:
        return board.run(page.rpartition("/")[2])


def test_a_run_of_qwens_harness(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [qwen_row(GSM[0], f"\\boxed{{{GSM[0].reference}}}"), qwen_row(GSM[1], "no idea")]
    source = qwen_folder(tmp_path / "Some-Model", rows)
    assert main(["import", "qwen", str(source), "-o", str(tmp_path / "run")]) == 0
    run = pushed(tmp_path / "run", url, capsys)
    (task,) = run["tasks"]
    assert (task["items"], task["expected"]) == (2, 24)
    # Its own verdicts, all wrong, are not read: claimed is what the import graded here.
    assert task["accuracy"]["strict"] == task["claimed"]["strict"] == 0.5
    assert run["run"]["model"]["name"] == "Some-Model"


def test_a_run_of_lm_evals_own_tasks(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    docs = [
        {"question": item.problem, "answer": f"#### {item.reference}", "said": said}
        for item, said in zip(GSM[:2], (GSM[0].reference, "no idea"), strict=True)
    ]
    source = lm_eval_output(tmp_path / "out", "gsm8k_cot", docs)
    command = ["import", "lm-eval", str(source), "-o", str(tmp_path / "run")]
    assert main([*command, "--model-name", "other/model"]) == 0
    run = pushed(tmp_path / "run", url, capsys)
    (task,) = run["tasks"]
    assert (task["task"], task["benchmark"]) == ("gsm8k_cot", "gsm8k")
    assert task["accuracy"]["strict"] == task["claimed"]["strict"] == 0.5
    assert run["run"]["model"]["name"] == "other/model"


def test_a_withdrawn_run_is_told_and_no_page_printed(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = qwen_folder(tmp_path / "Some-Model", [qwen_row(GSM[0], "1")])
    assert main(["import", "qwen", str(source), "-o", str(tmp_path / "run")]) == 0
    run = pushed(tmp_path / "run", url, capsys)["id"]
    with Client(url) as board:
        board.request("POST", f"/runs/{run}/withdraw", record={"reason": "a mistake"})
    assert main(["push", str(tmp_path / "run"), "--server", url, "--yes"]) != 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "withdrew it: a mistake" in said.err
