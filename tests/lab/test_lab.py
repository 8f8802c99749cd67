"""The lab's result, and the whole lab once on a model that learns nothing."""

import json
from pathlib import Path

import pytest

from cft_eval.cli import main
from cft_eval.dataset.rows import TrainingRow
from cft_eval.lab.report import table
from cft_eval.lab.verdicts import JudgedSolutions, judged, prompts, solutions
from cft_eval.lab.world import answer_of
from cft_eval.testsets import arithmetic
from tests.runs import boiled

TASK = "cft_arithmetic"


def test_a_difference_is_shown_where_problems_and_seeds_agree() -> None:
    runs = {
        "base": [boiled({TASK: [1] * 20 + [0] * 80})],
        "cft": [boiled({TASK: [1] * n + [0] * (100 - n)}) for n in (59, 60, 61)],
        "sft-all": [boiled({TASK: [1] * n + [0] * (100 - n)}) for n in (30, 31, 29)],
        "mixed": [boiled({TASK: [1] * n + [0] * (100 - n)}) for n in (20, 60, 95)],
    }
    found = table(runs, task=TASK)
    assert [score.mean for score in found.scores] == pytest.approx(
        [0.2, 0.6, 0.3, 0.5833], abs=1e-3
    )
    assert [(d.other, round(d.delta, 3), d.shown) for d in found.differences] == [
        ("sft-all", 0.3, True),
        ("mixed", 0.017, False),
        ("base", 0.4, True),
    ]
    # t(0.975, 2) = 4.303; the differences by seed are 29, 29 and 32 points.
    low, high = found.differences[0].over_seeds or (0, 0)
    assert (low, high) == pytest.approx((0.3 - 0.04303, 0.3 + 0.04303), abs=1e-4)
    assert found.report()[0].startswith("base        20.0  (95% ")
    assert "cft - sft-all: +30.0 points" in "\n".join(found.report())


def test_one_seed_shows_nothing() -> None:
    runs = {name: [boiled({TASK: [n] * 50})] for name, n in (("base", 0), ("cft", 1), ("sft", 0))}
    difference = table(runs, task=TASK).differences[0]
    assert difference.over_seeds is None
    assert difference.words().endswith(": not shown")


BAD = [
    (["--error-share", "2"], "--error-share: 2.0 is not in [0, 1]"),
    (["--seeds", "0"], "--seeds: 0 must be 1 or more"),
]


@pytest.mark.parametrize(("options", "message"), BAD)
def test_bad_options_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    pytest.importorskip("lm_eval")
    assert main(["lab", "--out", str(tmp_path / "lab"), *options]) == 2
    assert message in capsys.readouterr().err


def test_half_of_the_held_out_solutions_are_wrong_and_none_is_trained_on() -> None:
    rows = solutions()
    wrong = sum(answer_of(row.response) != row.reference for row in rows)
    assert (len(rows), 80 <= wrong <= 120) == (200, True)
    trained = {problem.problem for problem in arithmetic.problems("train")}
    assert not trained & {row.question for row in rows}
    assert rows == solutions()
    assert prompts(rows)[0][-1]["content"].startswith("Please critique whether the following")


def test_verdicts_are_held_against_the_truth() -> None:
    answers = r"\boxed{2}", r"\boxed{3}", r"\boxed{2}", r"\boxed{3}"
    rows = [TrainingRow("1+1?", answer, "", "2") for answer in answers]
    said = ["Conclusion: right [END]", "Conclusion: right [END]", "I see.", "Conclusion: wrong"]
    assert judged(rows, said) == JudgedSolutions([1.0, 0.0, 0.0, 1.0], 0.25)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_whole_lab_and_its_second_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for package in ("torch", "transformers", "lm_eval"):
        pytest.importorskip(package, reason="the lab needs the train and eval extras")
    out = tmp_path / "lab"
    command = ["lab", "--preset", "smoke", "--seeds", "1", "--noise", "self", "--rows", "64"]
    command += ["--out", str(out)]
    # A model that knows nothing gives no right response: only these two arms can learn.
    status = main(command)
    error = capsys.readouterr().err
    assert status == 2
    assert "sft-right: not one response is right" in error
    made = ["lab", "--preset", "smoke", "--seeds", "1", "--rows", "400"]
    made += ["--out", str(tmp_path / "made")]
    assert main(made) == 0
    first = capsys.readouterr().out
    assert "cft - sft-right" in first
    assert "verdicts on held-out noisy solutions" in first
    facts = json.loads((tmp_path / "made" / "result.json").read_text())
    assert list(facts["verdicts"]["silent"]) == ["base", "cft", "sft-all", "sft-right", "mixed"]
    assert json.loads((tmp_path / "made" / "result.json").read_text())["scores"][1]["arm"] == "cft"
    assert main(made) == 0
    again = capsys.readouterr()
    assert again.out == first
    assert "parameters" not in again.err  # nothing is trained again
    assert main([*made, "--tokens", "7000"]) == 2
    assert "holds a lab of other settings" in capsys.readouterr().err
