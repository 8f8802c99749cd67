"""What the gate's newer answers are worth: several seeds, and a training run that is watched.

    python benchmarks/gate_extra.py [--only seeds|watch] [--trials 300]

Everything is simulated; the truth is known. `benchmarks/gate.py` has the gate itself.
"""

import argparse

import numpy as np
from numpy.typing import NDArray

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--only", choices=("seeds",))
    args = parser.parse_args()
    if args.only in (None, "seeds"):
        seeds_table(args.trials)


if __name__ == "__main__":
    main()
