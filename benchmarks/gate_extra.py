"""What the gate's other answers are worth: single tasks, seeds, calibration, a watched run.

    python benchmarks/gate_extra.py [--only terms|seeds|calibrate|watch] [--trials 300]

Everything is simulated; the truth is known. `benchmarks/gate.py` has the gate itself.
"""

import argparse

import numpy as np
from gate import Chances, chances, fallen, run
from numpy.typing import NDArray

from cft_eval.gate.calibrate import calibrate
from cft_eval.gate.decide import GateDecision, decide
from cft_eval.gate.terms import Terms
from cft_eval.gate.watch import watch
from cft_eval.stats import Block, seeds_change

Floats = NDArray[np.float64]
ALPHA = 0.05

GRID = (
    (30, 8, 3, 3), (272, 1, 2, 2), (272, 1, 5, 5), (272, 4, 3, 3), (272, 4, 5, 1), (1319, 1, 3, 3),
    (1319, 1, 5, 2),
)  # fmt: skip
"""Problems, responses to each, runs of each side."""


def arm(
    chances: Floats, runs: int, repeats: int, tau: float, generator: np.random.Generator
) -> Floats:
    """Item means of runs whose seed moves every chance by N(0, tau)."""
    moved = np.clip(chances + tau * generator.normal(size=(runs, 1)), 0, 1)
    return generator.binomial(repeats, moved) / repeats


def seeds_table(trials: int) -> None:
    """Two recipes of the same mean, unlike on single problems."""
    print(f"## Several seeds, {trials:,} pairs of recipes in each cell\n")
    print("| n | K | runs | tau 0: fell | bound | tau 1 point: fell | bound | tau 4 points: fell |"
          " bound |")  # fmt: skip
    print("|---:|---:|---|" + "---:|" * 6)
    for n, repeats, first, second in GRID:
        cells = []
        for tau in (0.0, 0.01, 0.04):
            generator = np.random.default_rng([n, repeats, first, second, round(1000 * tau)])
            fell = wrong = 0
            for _ in range(trials):
                chances = generator.uniform(0.2, 0.8, n)
                differs = 0.05 * generator.normal(size=n)
                a = arm(chances, first, repeats, tau, generator)
                both = (repeats, repeats)
                these = arm(chances + differs - differs.mean(), second, repeats, tau, generator)
                fell += seeds_change([Block(a, these, 1.0, both)]).drop() < ALPHA
                others = arm(chances + differs, second, repeats, tau, generator)
                wrong += seeds_change([Block(a, others, 1.0, both)]).lower(ALPHA) > 0
            cells += [f"{fell / trials:.1%}", f"{wrong / trials:.1%}"]
        print(f"| {n:,} | {repeats} | {first}, {second} | {' | '.join(cells)} |", flush=True)


THREE = {"cft_math": (5000, 0.60), "cft_gsm8k": (1319, 0.85), "cft_aime24": (30, 0.15)}
SMALL = {"cft_math": (500, 0.60), "cft_gsm8k": (300, 0.80)}

TRUTHS = (
    ("nothing falls, 20 checkpoints", SMALL, [0.0] * 20),
    ("1.5 points down from the 10th of 15", THREE, [0.0] * 9 + [0.015] * 6),
    ("2 points down from the 10th of 15", THREE, [0.0] * 9 + [0.02] * 6),
    ("5 drops of 0.4 points", THREE, [0.004 * step for step in range(1, 6)]),
    ("5 drops of 0.6 points", THREE, [0.006 * step for step in range(1, 6)]),
)


def watch_table(trials: int) -> None:
    """A training run, one response a problem: watched, and gated at every checkpoint."""
    print(f"## Watched training runs, {trials:,} in each row\n")
    print("| truth | watch: alarm | at checkpoint (median) | gate at each checkpoint: any |")
    print("|---|---:|---:|---:|")
    for number, (truth, tasks, drops) in enumerate(TRUTHS):
        generator = np.random.default_rng(number)
        at, gated = [], 0
        for _ in range(trials):
            before = chances(tasks, generator)
            reference = run(before, 1, "reference", generator)
            steps = [run(fallen(before, tasks, drop), 1, "step", generator) for drop in drops]
            seen = watch(reference, steps, names=[str(i) for i in range(len(steps))]).alarm
            at += [seen[0] + 1] if seen else []
            gated += any(
                decide(reference, step).decision is GateDecision.REGRESSION for step in steps
            )
        when = f"{np.median(at):.0f}" if at else "-"
        shares = f"{len(at) / trials:.1%}", f"{gated / trials:.1%}"
        print(f"| {truth} | {shares[0]} | {when} | {shares[1]} |", flush=True)


TERMS = {"cft_math": (900, 0.6), "cft_gsm8k": (700, 0.8), "cft_aime24": (30, 0.3)}


def terms_table(trials: int) -> None:
    """False REGRESSION over all rows and floors, and OK although one task fell by its margin."""
    print(f"## Single tasks, {trials:,} pairs of runs in each row, margin 3, alpha 5 %\n")
    print("| asked for | truth | REGRESSION | OK |\n|---|---|---:|---:|")
    floors = Terms(floors={task: mean - 1e-3 for task, (_, mean) in TERMS.items()})
    each, named = Terms(each_task=True), Terms(margins={"cft_gsm8k": 0.04})
    for asked, terms, truth, task, drop in (
        ("three floors at the true score", floors, "nothing changed", "", 0.0),
        ("--each-task", each, "nothing changed", "", 0.0),
        ("--each-task", each, "cft_math 3 points down", "cft_math", 0.03),
        ("no option", Terms(), "cft_gsm8k 4 points down", "cft_gsm8k", 0.04),
        ("--task-margin cft_gsm8k=4", named, "cft_gsm8k 4 points down", "cft_gsm8k", 0.04),
        ("--task-margin cft_gsm8k=4", named, "cft_gsm8k 8 points down", "cft_gsm8k", 0.08),
    ):
        generator = np.random.default_rng(round(1000 * drop))
        said = []
        for _ in range(trials):
            before = chances(TERMS, generator)
            # Scores of these very problems: where the floors are.
            before = {t: np.clip(p + TERMS[t][1] - p.mean(), 0, 1) for t, p in before.items()}
            after = {**before, **({task: fallen(before, TERMS, drop)[task]} if task else {})}
            sides = run(before, 1, "a", generator), run(after, 1, "b", generator)
            said.append(decide(*sides, margin=0.03, terms=terms).decision)
        rates = (
            f"{sum(each is wanted for each in said) / trials:.1%}"
            for wanted in (GateDecision.REGRESSION, GateDecision.OK)
        )
        print(f"| {asked} | {truth} | {' | '.join(rates)} |", flush=True)


def clipped(p: Chances) -> Chances:
    return {task: np.clip(each, 0, 1) for task, each in p.items()}


def calibrate_table(trials: int) -> None:
    """How often a calibration finds its promises broken, by how much seeds move all scores."""
    print(f"## Calibration, {trials:,} sets of equal runs in each cell, margin 3, alpha 5 %\n")
    print("| runs | seeds move scores by 0 | 1 point | 2 points | 4 points |")
    print("|---:|" + "---:|" * 4)
    for runs in (4, 8):
        cells = []
        for tau in (0.0, 0.01, 0.02, 0.04):
            generator = np.random.default_rng([runs, round(1000 * tau)])
            broken = 0
            for _ in range(trials):
                truth = chances(SMALL, generator)
                equal = [
                    run(clipped(fallen(truth, SMALL, tau * luck)), 1, f"seed {i}", generator)
                    for i, luck in enumerate(generator.normal(size=runs))
                ]
                measured = calibrate(equal, drops=[], margin=0.03, alpha=ALPHA, most=56)
                broken += bool(measured.broken)
            cells.append(f"{broken / trials:.1%}")
        print(f"| {runs} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--only", choices=("terms", "seeds", "calibrate", "watch"))
    args = parser.parse_args()
    if args.only in (None, "terms"):
        terms_table(args.trials)
    if args.only in (None, "calibrate"):
        calibrate_table(args.trials)
    if args.only in (None, "seeds"):
        seeds_table(args.trials)
    if args.only in (None, "watch"):
        watch_table(args.trials)


if __name__ == "__main__":
    main()
