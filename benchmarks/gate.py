"""How often the gate cries wolf, how often it sees a wolf, and how long it takes.

    python benchmarks/gate.py [--trials 1000]

Runs are simulated: each problem of a task has a chance of being answered right, drawn from a beta
distribution with the task's mean, and each run answers K times. Under "no change" both runs have
the same chances; under a drop of d points all chances shrink so that the mean falls by d. The rule
that the gate is held against fails a build when any benchmark fell by a point or more.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np
from bars import Bar, tell
from numpy.typing import NDArray

from cft_eval.gate import GateDecision, rank
from cft_eval.gate.compare import compare
from cft_eval.gate.decide import decide
from cft_eval.results import RunOutcomes, TaskOutcomes
from cft_eval.results.outcomes import DIGITS

Chances = dict[str, NDArray[np.float64]]

SUITE = {
    "cft_math": (5000, 0.60),
    "cft_gsm8k": (1319, 0.85),
    "cft_olympiadbench": (675, 0.30),
    "cft_minerva_math": (272, 0.25),
    "cft_amc23": (40, 0.45),
    "cft_aime24": (30, 0.15),
}
"""Size of each task, and the score of a model of seven billion parameters."""

SPREAD = 1.5
"""a + b of the beta distribution: most problems are nearly always right or nearly always wrong."""

REPEATS = (1, 4, 8)
POINT = 0.01
ALPHA = 0.05
LETTERS = np.array(list(DIGITS))


def chances(tasks: dict[str, tuple[int, float]], generator: np.random.Generator) -> Chances:
    return {
        task: generator.beta(SPREAD * mean, SPREAD * (1 - mean), n)
        for task, (n, mean) in tasks.items()
    }


def fallen(before: Chances, tasks: dict[str, tuple[int, float]], drop: float) -> Chances:
    return {task: p * (1 - drop / tasks[task][1]) for task, p in before.items()}


def run(p: Chances, k: int, name: str, generator: np.random.Generator) -> RunOutcomes:
    tasks = {
        task: TaskOutcomes(
            benchmark=task.removeprefix("cft_"),
            repeats=k,
            answered=1.0,
            truncated=0.0,
            empty=0.0,
            responses=f"{generator.integers(2**62):016x}",
            right=("".join(LETTERS[generator.binomial(k, chance)]),),
        )
        for task, chance in p.items()
    }
    return RunOutcomes(
        model=name, created=datetime(2026, 1, 1, tzinfo=UTC), settings={}, tasks=tasks
    )


def any_fell(a: RunOutcomes, b: RunOutcomes) -> bool:
    """The rule: some benchmark fell by a point or more."""
    return any(a.tasks[task].score - b.tasks[task].score >= POINT - 1e-12 for task in a.tasks)


def regressed(a: RunOutcomes, b: RunOutcomes) -> bool:
    return decided(a, b) is GateDecision.REGRESSION


def accepted(a: RunOutcomes, b: RunOutcomes) -> bool:
    """What `--strict` lets pass."""
    return decided(a, b) is GateDecision.OK


_last: list[tuple[RunOutcomes, RunOutcomes, GateDecision]] = []


def decided(a: RunOutcomes, b: RunOutcomes) -> GateDecision:
    """The gate's decision, computed once for all rules that ask for it."""
    if not (_last and _last[0][0] is a and _last[0][1] is b):
        _last[:] = [(a, b, decide(a, b, margin=POINT, alpha=ALPHA).decision)]
    return _last[0][2]


def passed(margin: float) -> Callable[[RunOutcomes, RunOutcomes], bool]:
    return lambda a, b: decide(a, b, margin=margin, alpha=ALPHA).decision is GateDecision.OK


def rates(
    tasks: dict[str, tuple[int, float]],
    rules: Sequence[Callable[[RunOutcomes, RunOutcomes], bool]],
    *,
    k: int,
    drop: float,
    trials: int,
) -> list[float]:
    """How often each rule says yes to a rerun that truly fell by ``drop``."""
    generator = np.random.default_rng([k, round(1000 * drop), len(tasks), trials])
    said = np.zeros(len(rules))
    for _ in range(trials):
        before = chances(tasks, generator)
        a = run(before, k, "a", generator)
        b = run(fallen(before, tasks, drop), k, "b", generator)
        said += [rule(a, b) for rule in rules]
    return [float(share) for share in said / trials]


def suite_table(trials: int) -> None:
    print(f"## Six benchmarks, 7,336 problems, {trials:,} pairs of runs in each cell\n")
    print("| truth | rule | " + " | ".join(f"K = {k}" for k in REPEATS) + " |")
    print("|---|---|" + "---:|" * len(REPEATS))
    for drop in (0.0, 0.01, 0.02, 0.03, 0.05):
        truth = "nothing changed" if drop == 0 else f"{100 * drop:.0f} points down"
        rules = [any_fell, regressed, accepted]
        columns = [rates(SUITE, rules, k=k, drop=drop, trials=trials) for k in REPEATS]
        names = "any fell by a point", "gate: REGRESSION", "gate: OK"
        for place, rule in enumerate(names):
            cells = " | ".join(f"{column[place]:.1%}" for column in columns)
            print(f"| {truth} | {rule} | {cells} |", flush=True)


def task_table(trials: int) -> None:
    """One task by itself: both kinds of error, and both kinds of power."""
    print(f"\n## One task, {trials:,} pairs of runs in each cell\n")
    print(
        "| n | K | false alarm: rule | false alarm: gate | 10 points down: gate | "
        "wrong OK at a margin of 5 | right OK at a margin of 5 |"
    )
    print("|---:|---:|" + "---:|" * 5)
    for n in (30, 272, 1319, 5000):
        for k in REPEATS:
            task = {"cft_math": (n, 0.5)}
            rule, alarm = rates(task, [any_fell, regressed], k=k, drop=0.0, trials=trials)
            [power] = rates(task, [regressed], k=k, drop=0.10, trials=trials)
            [wrong] = rates(task, [passed(0.05)], k=k, drop=0.05, trials=trials)
            [right] = rates(task, [passed(0.05)], k=k, drop=0.0, trials=trials)
            cells = " | ".join(f"{share:.1%}" for share in (rule, alarm, power, wrong, right))
            print(f"| {n:,} | {k} | {cells} |", flush=True)


def unequal_table(trials: int) -> None:
    """A baseline with more repeats than the candidate, near the ends of the scale too."""
    print(f"\n## Nothing changed, other repeats, {trials:,} pairs of runs in each cell\n")
    print("| n | K of baseline, candidate | score 3 % | score 50 % | score 97 % |")
    print("|---:|---|" + "---:|" * 3)
    for n in (30, 272):
        for k in ((8, 1), (1, 8), (8, 2)):
            cells = []
            for mean in (0.03, 0.5, 0.97):
                task = {"cft_aime24": (n, mean)}
                generator = np.random.default_rng([*k, n, round(100 * mean)])
                alarms = 0
                for _ in range(trials):
                    p = chances(task, generator)
                    alarms += regressed(*(run(p, each, "r", generator) for each in k))
                cells.append(f"{alarms / trials:.1%}")
            print(f"| {n} | {k[0]}, {k[1]} | {' | '.join(cells)} |", flush=True)


def speed() -> None:
    generator = np.random.default_rng(0)
    p = chances(SUITE, generator)
    runs = [run(p, 1, f"run {i}", generator) for i in range(200)]
    compare(runs[0], runs[1])
    times = []
    for other in runs[1:21]:
        started = time.perf_counter()
        compare(runs[0], other)
        times.append(time.perf_counter() - started)
    started = time.perf_counter()
    rank(runs)
    pairwise = time.perf_counter() - started
    print("\n## Time\n")
    print("| what | seconds | bar |\n|---|---:|---:|")
    print(f"| compare two whole runs, loaded (median of 20) | {np.median(times):.4f} | 0.05 |")
    print(f"| 200 runs, each against each | {pairwise:.2f} | 5 |")
    tell(Bar("compare two runs, loaded", 1000 * float(np.median(times)), "ms", 50, "at most"))
    tell(Bar("200 runs, each against each", pairwise, "s", 5, "at most"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--only", choices=("suite", "task", "unequal", "speed"))
    args = parser.parse_args()
    if args.only in (None, "suite"):
        suite_table(args.trials)
    if args.only in (None, "task"):
        task_table(args.trials)
    if args.only in (None, "unequal"):
        unequal_table(args.trials)
    if args.only in (None, "speed"):
        speed()


if __name__ == "__main__":
    main()
