"""A training run that is watched: alarms, none, false ones over the whole run, and the command."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from cft_eval.cli import main
from cft_eval.cli.gate_watch import in_order
from cft_eval.figures import points
from cft_eval.gate.pairs import POOLED
from cft_eval.gate.watch import WatchedRun, headline, sparkline, watch
from cft_eval.results import InvalidData, RunOutcomes, write_outcomes
from tests.gate.counted import answered, beta

TASKS = {"cft_math": (1500, 0.6), "cft_gsm8k": (500, 0.8)}


def training(
    drops: Sequence[float],
    *,
    seed: int = 0,
    repeats: int = 1,
    wander: float = 0.0,
    tasks: dict[str, tuple[int, float]] = TASKS,
) -> list[RunOutcomes]:
    """A run for each checkpoint, whose tasks lie ``drops`` below the first's."""
    generator = np.random.default_rng([seed, len(drops), repeats])
    chances = beta(tasks, generator)
    runs = []
    for drop in drops:
        now = {}
        for task, p in chances.items():
            other = wander * generator.normal(size=p.size)
            now[task] = p * (1 - drop / tasks[task][1]) + other - other.mean()
        runs.append(answered(now, repeats, generator))
    return runs


def watched(runs: Sequence[RunOutcomes], **options: object) -> WatchedRun:
    reference, *checkpoints = runs
    names = [f"step-{100 * (i + 1)}" for i in range(len(checkpoints))]
    return watch(reference, checkpoints, names=names, **options)  # type: ignore[arg-type]


def walking(seed: int, looks: int, *, repeats: int) -> list[RunOutcomes]:
    """Training that changes every problem further and further, and the mean over them never."""
    generator = np.random.default_rng([7, seed])
    chances = {"cft_math": generator.uniform(0.2, 0.9, 150)}
    mean = float(chances["cft_math"].mean())
    runs = [answered(chances, repeats, generator)]
    for _ in range(looks):
        p = chances["cft_math"] + 0.05 * generator.normal(size=150)
        for _ in range(50):
            p = np.clip(p + mean - p.mean(), 0.01, 0.99)
        chances = {"cft_math": p}
        runs.append(answered(chances, repeats, generator))
    return runs


def test_a_fall_is_seen_where_it_begins_and_stays() -> None:
    run = watched(training([0, 0, 0, 0, 0.08, 0.08]))
    assert run.alarm is not None
    index, rows = run.alarm
    assert index == 3
    assert POOLED in {row.task for row in rows}
    assert headline(run).startswith("ALARM  at checkpoint 4 of 5 (step-400): all problems -")
    # More checkpoints change nothing that was said.
    longer = watched([*training([0, 0, 0, 0, 0.08, 0.08]), *training([0] * 3, seed=0)])
    assert longer.alarm is not None
    assert longer.alarm[0] == 3


def test_five_small_drops_add_up() -> None:
    """Each of 1.2 points, which the gate sees in hardly any pair of neighbours."""
    from cft_eval.gate import GateDecision
    from cft_eval.gate.decide import decide

    alarms = steps = 0
    for seed in range(10):
        runs = training([0.012 * step for step in range(6)], seed=seed)
        alarms += watched(runs).alarm is not None
        pairs = itertools.pairwise(runs)
        steps += sum(decide(a, b).decision is GateDecision.REGRESSION for a, b in pairs)
    assert alarms >= 7
    assert steps / 50 < 0.25


@pytest.mark.parametrize("trials", [15, pytest.param(60, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("repeats", "wander", "planned"),
    [(1, 0.0, None), (1, 0.0, 12), pytest.param(4, 0.1, None, marks=pytest.mark.slow)],
)
def test_false_alarms_over_a_whole_run(
    repeats: int, wander: float, planned: int | None, trials: int
) -> None:
    """Ten checkpoints, nothing falls; with ``wander`` each problem moves, their mean does not.

    A gate at each of them would alarm in far more runs than the 5 % that are promised.
    """
    small = {"cft_math": (120, 0.6), "cft_aime24": (30, 0.3)}
    alarms = 0
    for seed in range(trials):
        runs = training([0] * 11, seed=seed, repeats=repeats, wander=wander, tasks=small)
        alarms += watched(runs, planned=planned).alarm is not None
    assert alarms / trials <= 0.05 + 3 * (0.05 * 0.95 / trials) ** 0.5


def test_one_task_has_all_of_alpha() -> None:
    only = {"cft_math": (1500, 0.6)}
    run = watched(training([0, 0, 0.08, 0.08], tasks=only))
    assert [(row.task, row.threshold) for row in run.rows] == [("cft_math", 20)]
    assert run.alarm is not None


@pytest.mark.slow
def test_problems_that_walk_while_their_mean_stays_raise_few_alarms() -> None:
    trials = 60
    alarms = [watched(walking(seed, 10, repeats=4)).alarm is not None for seed in range(trials)]
    assert sum(alarms) / trials <= 0.05 + 3 * (0.05 * 0.95 / trials) ** 0.5


def test_a_model_that_gets_better_raises_none() -> None:
    run = watched(training([-0.02 * step for step in range(8)]))
    assert run.alarm is None
    assert headline(run) == "NO ALARM  7 checkpoints since tiny: no fall of 1.0 points is shown"
    assert all(row.evidence[-1] < 1 for row in run.rows)


def test_a_fall_below_the_margin_is_none() -> None:
    runs = training([0, 0, 0, 0, 0.08, 0.08])
    assert watched(runs, margin=0.2).alarm is None


def test_a_steady_fall_is_told_from_where_it_began() -> None:
    """Four points in eight steps: 2 from the mean of all before, and 4 from the reference."""
    run = watched(training([0.005 * step for step in range(9)], repeats=4), margin=0.03)
    assert run.alarm is not None
    index, rows = run.alarm
    assert min(row.changes[index] for row in rows) <= -0.03 < min(row.falls[index] for row in rows)
    named = next((row for row in rows if row.task == POOLED), rows[0])
    assert f" {points(named.changes[index])} points from tiny and " in headline(run)


def test_a_broken_set_up_alarms_at_once() -> None:
    runs = training([0, 0, 0])
    cut = {
        task: outcomes.model_copy(update={"answered": outcomes.answered - 0.4})
        for task, outcomes in runs[1].tasks.items()
    }
    run = watched([runs[0], runs[1].model_copy(update={"tasks": cut}), runs[2]])
    assert run.alarm == (0, ())
    assert "responses without an answer grew from" in headline(run)
    assert headline(run).endswith(": a broken set-up")


def test_other_numbers_of_repeats_and_the_same_responses() -> None:
    first = training([0], repeats=8)
    run = watched([*first, *training([0.1] * 3, seed=0)])
    assert len(run.rows) == 4
    same = training([0])[0]
    still = watched([same, same, same])
    assert still.alarm is None
    assert still.rows[0].falls == (0.0, 0.0)


def test_refused() -> None:
    runs = training([0, 0, 0])
    with pytest.raises(InvalidData, match="only the reference is left"):
        watched(runs[:1])
    with pytest.raises(InvalidData, match="2 checkpoints, where 1 were planned"):
        watched(runs, planned=1)
    other = runs[2].model_copy(update={"settings": {"temperature": 1.0}})
    with pytest.raises(InvalidData, match="step-200 was not run as the reference"):
        watched([*runs[:2], other])
    assert watched([*runs[:2], other], allow=["temperature"]).alarm is None


def test_sparklines() -> None:
    assert sparkline([0.0, 0.5, 1.0]) == "▁▅█"
    assert sparkline([0.3, 0.3]) == "▄▄"
    assert len(sparkline([float(i) for i in range(100)])) == 40


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (["s-100", "s-1000", "s-200"], ["s-100", "s-200", "s-1000"]),
        (["a/7b/s-20.json", "a/7b/s-3.json"], ["a/7b/s-3.json", "a/7b/s-20.json"]),
        (["base", "s-3", "s-2"], ["base", "s-3", "s-2"]),
        (["x/s-2", "y/s-2"], ["x/s-2", "y/s-2"]),
    ],
)
def test_the_order_of_training(names: list[str], order: list[str]) -> None:
    assert in_order(names) == order


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, run in enumerate(training([0, 0, 0, 0.1, 0.1])):
        write_outcomes(run, tmp_path / f"step-{(number + 1) * 400}.json")
    return tmp_path


def steps(folder: Path) -> list[str]:
    return [str(path) for path in sorted(folder.glob("step-*.json"))]


def test_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = folder / "watch.json"
    assert main(["gate", "watch", *steps(folder), "--json", str(numbers)]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("ALARM  at checkpoint 3 of 4 (")
    # A shell gives step-1200 before step-400.
    assert printed.err.startswith("in the order of their numbers: ")
    facts = json.loads(numbers.read_text())
    assert facts["kind"] == "cft-eval watch"
    assert facts["alarm"].endswith("step-1600.json")
    assert [len(row["changes"]) for row in facts["rows"]] == [4] * 4
    first, *rest = steps(folder)
    assert main(["gate", "watch", *rest, "--baseline", first, "--as-given"]) in (0, 1)
    assert main(["gate", "watch", *steps(folder), "--margin", "40"]) == 0


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["A"], 3, "only the reference is left"),
        (["A", "A"], 2, "a run is given twice"),
        (["A", "B", "--checkpoints", "0"], 2, "--checkpoints 0"),
        (["A", "missing"], 2, "no such file"),
        (["A", "--baseline", "missing"], 5, "the baseline is missing"),
        (["A", "B", "--alpha", "7"], 2, "--alpha 7.0"),
        (["A", "B", "--allow-diff", "temperatur"], 2, "--allow-diff temperatur"),
    ],
)
def test_what_the_command_refuses(
    folder: Path, words: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"A": steps(folder)[0], "B": steps(folder)[1]}
    assert main(["gate", "watch", *(names.get(word, word) for word in words)]) == status
    assert said in capsys.readouterr().err
