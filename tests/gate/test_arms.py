"""Several training seeds on each side: decisions, warnings, and the command."""

from pathlib import Path

import numpy as np
import pytest

from cft_eval.cli import main
from cft_eval.gate import GateDecision
from cft_eval.gate.arms import decide_arms, mixed
from cft_eval.gate.decide import decide
from cft_eval.gate.report import as_text
from cft_eval.results import InvalidData, RunOutcomes, pool, write_outcomes
from tests.gate.counted import answered, beta

TASKS = {"cft_math": (800, 0.6), "cft_gsm8k": (400, 0.8)}


def recipe(
    runs: int, *, fall: float = 0.0, tau: float = 0.0, repeats: int = 1, seed: int = 0
) -> list[RunOutcomes]:
    """Runs of one recipe on problems that all recipes share, their seeds moving all scores."""
    chances = beta(TASKS, np.random.default_rng(99), spread=4)
    generator = np.random.default_rng([seed, runs, round(1000 * fall), round(1000 * tau)])
    made = []
    for number in range(runs):
        move = tau * generator.normal() - fall
        moved = {task: p * (1 + move / TASKS[task][1]) for task, p in chances.items()}
        made.append(answered(moved, repeats, generator, model=f"seed {number}"))
    return made


def test_a_recipe_that_fell_and_one_that_did_not() -> None:
    report = decide_arms(recipe(3), recipe(3, fall=0.1, seed=1), margin=0.02)
    assert report.decision is GateDecision.REGRESSION
    assert report.candidate == "seed 0, seed 1, seed 2 (3 runs)"
    assert [row.task for row in report.rows] == ["cft_math", "cft_gsm8k", "all problems", "suite"]
    report = decide_arms(recipe(5), recipe(5, seed=1), margin=0.05)
    assert report.decision is GateDecision.OK, report.reason


def test_what_seeds_may_have_done_is_no_regression() -> None:
    """Two seeds a side that move scores by 4 points: as repeats a sure fall, as seeds none."""
    naive = counted = 0
    for seed in range(12):
        sides = recipe(2, tau=0.04, seed=seed), recipe(2, tau=0.04, seed=100 + seed)
        pooled = [pool(side, any_model=True) for side in sides]
        naive += decide(pooled[0], pooled[1]).decision is GateDecision.REGRESSION
        counted += decide_arms(*sides).decision is GateDecision.REGRESSION
    assert naive >= 3
    assert counted <= 1


def test_the_noise_is_said_to_be_the_seeds() -> None:
    report = decide_arms(recipe(4, tau=0.05, repeats=4), recipe(4, tau=0.05, repeats=4, seed=1))
    shares = report.rows[2].shares
    assert shares is not None
    assert shares["seeds"] > 0.8
    assert shares["problems"] + shares["seeds"] + shares["sampling"] == pytest.approx(1)
    assert 0.01 < shares["seed_baseline"] < 0.12
    head, first = report.remarks
    assert head == "4 training runs against 4; the seed is a random effect"
    assert first.startswith("all problems: of the noise of the change ")
    assert "cft_gsm8k: of the noise of the change " in as_text(report, explain=True)
    assert "Welch's t test" in as_text(report, explain=True)
    undecided = [row for row in report.rows if row.decision is GateDecision.INCONCLUSIVE]
    assert undecided
    assert "of the noise is of seeds: more training runs" in undecided[0].reason


def test_one_run_against_several_borrows_their_spread() -> None:
    report = decide_arms(recipe(4, tau=0.03), recipe(1, seed=1))
    assert "a single run's is taken to vary as those of the other side do" in report.remarks[0]
    assert "with one response a problem" in report.remarks[0]


def test_a_broken_set_up_is_a_regression_here_too() -> None:
    def cut(run: RunOutcomes) -> RunOutcomes:
        tasks = {t: o.model_copy(update={"truncated": 0.4}) for t, o in run.tasks.items()}
        return run.model_copy(update={"tasks": tasks})

    report = decide_arms(recipe(3), [cut(run) for run in recipe(3, seed=1)])
    assert report.decision is GateDecision.REGRESSION
    assert "responses cut by the token limit grew from 0.0% to 40.0%" in report.reason


def test_refused() -> None:
    [one] = recipe(1)
    with pytest.raises(InvalidData, match="one run on each side says nothing about seeds"):
        decide_arms([one], recipe(1, seed=1))
    with pytest.raises(InvalidData, match="they are one run"):
        decide_arms([one, one], recipe(2, seed=1))
    with pytest.raises(InvalidData, match="different numbers of responses"):
        decide_arms([one, *recipe(1, repeats=4, seed=2)], recipe(2, seed=1))
    other = one.model_copy(update={"settings": {"temperature": 1.0}})
    report = decide_arms([one, other], recipe(2, seed=1))
    assert report.decision is GateDecision.NOT_COMPARABLE
    assert report.rows == ()


def test_a_window_that_mixes_seeds_is_warned_of() -> None:
    same = [run.model_copy(update={"model": "m"}) for run in recipe(4)]
    assert mixed(same) is None
    assert mixed(same[:1]) is None
    spread = [run.model_copy(update={"model": "m"}) for run in recipe(4, tau=0.06, seed=3)]
    warning = mixed(spread)
    assert warning is not None
    assert "times as much as their responses explain (p" in warning
    assert "`--seeds` counts it" in warning
    named = mixed(recipe(2))
    assert named is not None
    assert "the runs of the window go by 2 names" in named


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    sides = {"a": recipe(3, tau=0.05), "b": recipe(3, tau=0.05, seed=1)}
    paths = {}
    for side, runs in sides.items():
        for number, run in enumerate(runs):
            path = tmp_path / f"{side}{number}.json"
            write_outcomes(run, path)
            paths[f"{side}{number}"] = str(path)
    return paths


def gate(files: dict[str, str], *words: str) -> int:
    return main(["gate", *(files.get(word, word) for word in words)])


BASELINES = ["--baseline", "a0", "--baseline", "a1", "--baseline", "a2"]


def test_the_command(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    status = gate(files, "b0", "--more", "b1", "--more", "b2", *BASELINES, "--seeds", "--strict")
    out = capsys.readouterr().out
    assert status in (0, 4)
    assert "3 training runs against 3; the seed is a random effect" in out
    # The same runs as windows of one model each: names differ, and the gate says so.
    assert gate(files, "b0", "--more", "b1", *BASELINES) == 3
    assert "a window holds runs of one model" in capsys.readouterr().err
    gate(files, "b0", "--more", "b1", *BASELINES, "--allow-diff", "model")
    assert "`--seeds` counts it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["b0", "--baseline", "a0", "--seeds"], 3, "one run on each side says nothing about seeds"),
        (["b0", *BASELINES, "--seeds", "--floor", "cft_math=5"], 2, "--floor compares one model"),
        (["b0", "--more", "missing.json", "--baseline", "a0"], 2, "no such file"),
    ],
)
def test_what_the_command_refuses(
    files: dict[str, str],
    words: list[str],
    status: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert gate(files, *words) == status
    assert said in capsys.readouterr().err
