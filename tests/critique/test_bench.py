"""A run's own responses as a critique task: pairs where there are, labels of the checker alone."""

import json
from pathlib import Path

import pytest

from cft_eval.checker import Outcome
from cft_eval.cli import main
from cft_eval.critique.bench import BenchCount, bench_rows
from cft_eval.results import write_folder
from cft_eval.testsets.own import OwnSource, load_own
from tests import runs


def test_a_right_and_a_wrong_one_of_each_problem() -> None:
    samples = runs.samples("cft_math", [0, 2, 4], repeats=4)
    rows, count = bench_rows(samples)
    assert count == BenchCount(pairs=1, right=1, wrong=1, left_out=0)
    assert [row["reference"] for row in rows] == ["wrong", "right", "wrong", "right"]
    assert rows[1]["problem"] == (
        "What is 1 + 1?\n\n<paragraph_0>\nIt is \\boxed{2}.\n</paragraph_0>"
    )
    paired, _ = bench_rows(samples, pairs_only=True)
    assert [row["reference"] for row in paired] == ["right", "wrong"]


def test_what_nobody_can_judge_is_left_out() -> None:
    right, cut, slow, blank = runs.samples("cft_math", [1, 1, 1, 1])
    samples = [
        right.model_copy(update={"response": "One.\n\n\n\nTwo.\n\nSo \\boxed{1}."}),
        cut.model_copy(update={"finish": "length"}),
        slow.model_copy(update={"outcome": Outcome.TOO_SLOW}),
        blank.model_copy(update={"response": " \n"}),
    ]
    rows, count = bench_rows(samples)
    assert count == BenchCount(pairs=0, right=1, wrong=0, left_out=3)
    assert rows[0]["problem"].count("<paragraph_") == 3


def test_the_command_and_the_task(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = runs.run({"cft_math": [1, 2, 0]}, repeats=2)
    write_folder(tmp_path / "run", run, runs.samples("cft_math", [1, 2, 0], repeats=2))
    out = tmp_path / "solutions.jsonl"
    assert main(["critique", "bench", str(tmp_path / "run"), "-o", str(out)]) == 0
    assert "4 solutions: 1 problems with a right and a wrong one" in capsys.readouterr().err
    items = load_own(OwnSource(str(out), benchmark="critique_own"))
    assert [item.reference for item in items] == ["right", "wrong", "right", "wrong"]
    assert {item.benchmark for item in items} == {"critique_own"}
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert {row["subject"] for row in rows} == {"math"}


def test_a_run_without_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(tmp_path / "run", runs.run({"cft_math": [1, 0]}), runs.samples("cft_math", [1, 0]))
    told = ["critique", "bench", str(tmp_path / "run"), "-o", str(tmp_path / "x"), "--pairs"]
    assert main(told) == 2
    assert (
        "no problem with a right and a wrong response; pairs need several"
        in capsys.readouterr().err
    )


def test_a_model_is_asked_about_them(tmp_path: Path) -> None:
    pytest.importorskip("lm_eval", reason="needs the extra `eval`")
    import cft_eval
    from tests.harness.chat_server import Answer, Payload, serve

    out = tmp_path / "solutions.jsonl"
    rows, _ = bench_rows(runs.samples("cft_math", [1, 1], repeats=2))
    out.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def critic(payload: Payload) -> Answer:
        asked = payload["messages"][-1]["content"]
        right = "0 + 1?" in asked and "\\boxed{1}" in asked
        return Answer(f"Conclusion: {'right' if right else 'wrong'} [END]", "stop", 9)

    with serve(critic) as server:
        run = cft_eval.evaluate(
            server.url,
            tasks="cft_critique_own",
            problems=out,
            arguments={"model": "m", "max_retries": 1},
            output=tmp_path / "out",
        )
    scores = run.scores.loc["cft_critique_own"]
    assert (scores["right_found"], scores["wrong_found"], scores["balanced"]) == (0.5, 1.0, 0.75)
