"""Margins and floors of single tasks: a table of situations, the command, and simulated runs."""

from pathlib import Path

import numpy as np
import pytest

from cft_eval.cli import main
from cft_eval.gate import GateDecision
from cft_eval.gate.decide import decide
from cft_eval.gate.report import cells
from cft_eval.gate.terms import NONE, Terms
from cft_eval.results import write_outcomes
from tests.gate.counted import answered, beta
from tests.gate.test_decide import flipped, half
from tests.runs import boiled

MANY = 2000
BEFORE = {"cft_math": half(MANY), "cft_gsm8k": half(MANY), "cft_aime24": half(30)}

OK, BAD, OPEN = GateDecision.OK, GateDecision.REGRESSION, GateDecision.INCONCLUSIVE

SITUATIONS = [
    # terms, losses and gains on gsm8k, decision, task that the reason is about
    (NONE, (10, 10), OK, "all problems"),
    (Terms(margins={"cft_gsm8k": 0.02}), (10, 10), OK, "all problems"),
    # Half a point is not ruled out by 20 problems that differ of 2,000.
    (Terms(margins={"cft_gsm8k": 0.002}), (10, 10), OPEN, "cft_gsm8k"),
    # A drop of .7 points is shown: below the margin of a point, above that of its own.
    (NONE, (14, 0), OK, "all problems"),
    (Terms(margins={"cft_gsm8k": 0.005}), (14, 0), BAD, "cft_gsm8k"),
    # A wider margin of its own: 1.2 points down are accepted of a task that may fall by 5.
    (NONE, (24, 0), BAD, "cft_gsm8k"),
    (Terms(margins={"cft_gsm8k": 0.05}), (24, 0), OK, "all problems"),
    # Thirty problems cannot rule out a point, and now they have to.
    (Terms(each_task=True), (10, 10), OPEN, "cft_aime24"),
    (Terms(margins={"cft_aime24": 0.3}, each_task=True), (10, 10), OK, "all problems"),
    (Terms(floors={"cft_gsm8k": 0.4}), (10, 10), OK, "all problems"),
    (Terms(floors={"cft_gsm8k": 0.6}), (10, 10), BAD, "cft_gsm8k, floor 60"),
    (Terms(floors={"cft_gsm8k": 0.499}), (10, 10), OPEN, "cft_gsm8k, floor 49.9"),
    # A floor is a score, whatever the baseline was.
    (Terms(floors={"cft_gsm8k": 0.6}), (0, 100), BAD, "cft_gsm8k, floor 60"),
]


@pytest.mark.parametrize(("terms", "moved", "decision", "task"), SITUATIONS)
def test_situations(
    terms: Terms, moved: tuple[int, int], decision: GateDecision, task: str
) -> None:
    losses, gains = moved
    after = {**BEFORE, "cft_gsm8k": flipped(half(MANY), losses=losses, gains=gains)}
    after["cft_math"] = flipped(half(MANY), losses=5, gains=6)
    after["cft_aime24"] = flipped(half(30), losses=1, gains=1)
    report = decide(boiled(BEFORE), boiled(after), terms=terms)
    assert report.decision is decision, report.reason
    # A pooled drop of the margin or a mean's may be named as well.
    assert task in report.reason


def test_the_same_responses_are_still_held_against_a_floor() -> None:
    run = boiled({"cft_math": half(MANY)})
    report = decide(run, run, terms=Terms(floors={"cft_math": 0.7}))
    assert report.decision is BAD
    assert "50.0 is below the floor of 70.0" in report.reason
    assert [row.task for row in report.rows] == ["cft_math", "cft_math, floor 70"]
    # There is no change to show in a row about the candidate alone.
    assert cells(report.rows[1], 0.05)[1:7] == ("-", "50.0", "-", "-", "-", "-")


def test_a_floor_that_cannot_be_told_says_which_score_would() -> None:
    run = boiled({"cft_math": half(100)})
    [row] = decide(run, run, terms=Terms(floors={"cft_math": 0.45})).rows[1:]
    assert row.decision is OPEN
    assert row.reason == (
        "50.0 does not rule out a score below the floor of 45.0; with as many responses 54.0 would"
    )
    enough = boiled({"cft_math": [1] * 54 + [0] * 46})
    assert decide(enough, enough, terms=Terms(floors={"cft_math": 0.45})).decision is OK


TASKS = {"cft_math": (900, 0.6), "cft_gsm8k": (700, 0.8), "cft_aime24": (30, 0.3)}


def _share_of(
    decision: GateDecision, terms: Terms, *, trials: int, fallen: str = "", drop: float = 0.0
) -> float:
    """How often two runs get ``decision``; ``fallen`` truly fell."""
    generator = np.random.default_rng([trials, round(1000 * drop), len(terms.floors)])
    count = 0
    for _ in range(trials):
        chances = beta(TASKS, generator)
        # The mean over these problems is the task's own: where a floor is put.
        chances = {task: p + TASKS[task][1] - p.mean() for task, p in chances.items()}
        worse = dict(chances)
        if fallen:
            worse[fallen] = worse[fallen] * (1 - drop / TASKS[fallen][1])
        sides = answered(chances, 1, generator), answered(worse, 1, generator)
        count += decide(*sides, margin=0.03, terms=terms).decision is decision
    return count / trials


@pytest.mark.parametrize("trials", [60, pytest.param(200, marks=pytest.mark.slow)])
def test_error_rates_with_terms(trials: int) -> None:
    """False alarms over all rows and floors, and OK although a named task fell by its margin."""
    most = 0.05 + 3 * (0.05 * 0.95 / trials) ** 0.5
    each = Terms(margins={"cft_gsm8k": 0.02}, each_task=True)
    assert _share_of(BAD, each, trials=trials) <= most
    # Floors at the true mean chance, the worst null there is.
    at = Terms(floors={task: mean - 1e-3 for task, (_, mean) in TASKS.items()})
    assert _share_of(BAD, at, trials=trials) <= most
    named = Terms(margins={"cft_gsm8k": 0.04})
    assert _share_of(OK, named, fallen="cft_gsm8k", drop=0.04, trials=trials) <= most
    every = Terms(each_task=True)
    assert _share_of(OK, every, fallen="cft_math", drop=0.03, trials=trials) <= most
    # Without terms the fall of one task by 4 points hides behind all problems together.
    assert _share_of(BAD, named, fallen="cft_gsm8k", drop=0.08, trials=trials) > 0.9


@pytest.fixture
def run(tmp_path: Path) -> str:
    path = tmp_path / "run.json"
    write_outcomes(boiled({"cft_math": half(MANY), "cft_gsm8k": half(MANY)}), path)
    return str(path)


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["--floor", "cft_math=40", "--task-margin", "cft_gsm8k=0.5", "--each-task"], 0, "OK"),
        (["--floor", "cft_math=70"], 1, "cft_math, floor 70: 50.0 is below the floor of 70.0"),
        (["--floor", "cft_math=49.9", "--strict"], 4, "does not rule out a score below"),
        (["--floor", "math=70"], 2, "--floor math: no such task in both runs; they have cft_math"),
        (["--floor", "cft_math"], 2, "a task and percent between 0 and 100, such as cft_math=70"),
        (["--floor", "cft_math=100"], 2, "between 0 and 100"),
        (["--floor", "cft_math=nan"], 2, "between 0 and 100"),
        (["--floor", "cft_math=4", "--floor", "cft_math=5"], 2, "cft_math is given twice"),
        (["--task-margin", "cft_gsm8k=0"], 2, "a task and points between 0 and 100"),
        (["--task-margin", "gsm8k=1"], 2, "--task-margin gsm8k: no such task"),
    ],
)
def test_the_command(
    run: str, options: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gate", run, "--baseline", run, *options]) == status
    printed = capsys.readouterr()
    assert said in printed.out + printed.err
