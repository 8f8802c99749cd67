"""A user's own problems, the whole way: run, compared, gated, regraded."""

import json
from pathlib import Path

import httpx
import pytest

from cft_eval.cli import main

pytest.importorskip("lm_eval", reason="needs the extra `eval`")

from cft_eval.harness.read import read_output
from cft_eval.server.intake.problems import PUBLISHED
from tests.server import boards

# lm-eval's dummy answers "lol" to everything: one of these has that for its answer.
ROWS = [{"q": f"Say the word number {n}.", "gold": "lol" if n == 3 else str(n)} for n in range(8)]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))


def run(out: str, *more: str) -> Path:
    told = ["run", "--model", "dummy", "--output_path", out, *more]
    assert main(told) == 0
    (results,) = Path(out).glob("*/results_*.json")
    return results


OWN = ["--problems", "mine.jsonl", "--fields", "problem=q,reference=gold"]


def test_they_are_run_compared_and_gated(capsys: pytest.CaptureFixture[str]) -> None:
    first = run("one", *OWN)
    second = run("two", "--tasks", "cft_own", *OWN)
    log = read_output(first)
    assert log.run.tasks["cft_own"].items == log.run.tasks["cft_own"].expected_items == 8
    assert {sample.benchmark for sample in log.samples} == {"own"}
    assert log.run.tasks["cft_own"].scores["acc"] == pytest.approx(1 / 8)
    capsys.readouterr()
    assert main(["compare", str(first), str(second)]) == 0
    assert "cft_own" in capsys.readouterr().out
    assert main(["gate", "freeze", str(first), "-o", "base.json"]) == 0
    assert main(["gate", str(second), "--baseline", "base.json"]) == 0
    assert main(["regrade", "one", "--out", "verdicts"]) == 0


def test_other_problems_are_another_set(capsys: pytest.CaptureFixture[str]) -> None:
    first = run("one", *OWN)
    Path("mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS[1:]))
    second = run("two", *OWN)
    capsys.readouterr()
    assert main(["gate", "freeze", str(first), "-o", "base.json"]) == 0
    assert main(["gate", str(second), "--baseline", "base.json"]) == 3  # not comparable


def test_a_task_of_three_lines_beside_its_problems() -> None:
    Path("tasks").mkdir()
    Path("tasks/mine.jsonl").write_text(
        "".join(json.dumps({"question": f"{n}?", "answer": n}) + "\n" for n in range(3))
    )
    Path("tasks/mine.yaml").write_text(
        "task: my_problems\nclass: !function cft_eval.harness.task.MathTask\n"
        "dataset_kwargs: {problems: mine.jsonl, fields: {problem: question}}\n"
    )
    results = run("out", "--include_path", "tasks", "--tasks", "my_problems")
    assert read_output(results).run.tasks["my_problems"].items == 3


WRONG = [
    (["--tasks", "cft_own"], "cft_own: no problems: --problems FILE says where they are"),
    (["--problems", "nowhere.jsonl"], "nowhere.jsonl: no such file"),
    (["--problems", "mine.jsonl"], "line 1: no problem in it (it has: q, gold)"),
    (["--problems", "mine.jsonl", "--fields", "q"], "fields 'q': expected OURS=THEIRS"),
    (["--problems", "mine.jsonl", "--tasks", "cft_math500"], "--tasks has cft_math500"),
]


@pytest.mark.parametrize(("arguments", "what"), WRONG)
def test_what_is_wrong_is_said(
    arguments: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--model", "dummy", *arguments]) == 2
    assert what in capsys.readouterr().err


def test_a_board_takes_them_where_its_host_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("out", *OWN)
    own = {"own_problems": "mine.jsonl", "own_fields": {"problem": "q", "reference": "gold"}}
    with boards.served(boards.settings(tmp_path / "board", **own), problems=PUBLISHED) as url:
        assert main(["push", "out", "--server", url, "--yes", "--method", "cft"]) == 0
        page = capsys.readouterr().out.split()[-1]
        assert "Own problems" in httpx.get(page).text
        for path in ("/?suite=other", "/items/own", "/items/own/3", "/benchmarks/own"):
            assert "Own problems" in httpx.get(url + path).raise_for_status().text, path
        # Other problems of the same name are not the host's.
        Path("mine.jsonl").write_text(json.dumps({"q": "Say seven.", "gold": "7"}) + "\n")
        run("other", *OWN)
        assert main(["push", "other", "--server", url, "--yes", "--method", "cft"]) != 0
        assert "is no problem of own" in capsys.readouterr().err


def test_other_boards_say_that_they_take_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("out", *OWN)
    with boards.served(boards.settings(tmp_path / "board"), problems=PUBLISHED) as url:
        assert main(["push", "out", "--server", url, "--yes"]) != 0
    assert "its host lists them with CFT_EVAL_OWN_PROBLEMS" in capsys.readouterr().err


def test_a_board_does_not_start_with_problems_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = str(tmp_path / "board")
    assert main(["serve", "--data", board, "--problems", "none.jsonl", "--port", "0"]) == 2
    assert "none.jsonl: no such file" in capsys.readouterr().err
