"""Several seeds an arm: against scipy's Welch test, and by simulation with few seeds."""

import numpy as np
import pytest
from scipy import stats

from cft_eval.stats import BadNumbers, Block, Floats, seeds_change

ALPHA, TRIALS = 0.05, 400
SIGMA = (ALPHA * (1 - ALPHA) / TRIALS) ** 0.5


def arm(
    chances: Floats, runs: int, repeats: int, tau: float, generator: np.random.Generator
) -> Floats:
    """Item means of runs whose seed moves every chance by N(0, tau)."""
    moved = np.clip(chances + tau * generator.normal(size=(runs, 1)), 0, 1)
    return generator.binomial(repeats, moved) / repeats


def test_with_seeds_far_apart_it_is_welchs_test() -> None:
    """Where the runs' scores vary far more than responses do, only they count."""
    generator = np.random.default_rng(5)
    chances = generator.uniform(0.3, 0.7, 500)
    a, b = (arm(chances - fall, 4, 1, 0.05, generator) for fall in (0.0, 0.05))
    change = seeds_change([Block(a, b, 1.0, (1, 1))])
    welch = stats.ttest_ind(b.mean(axis=1), a.mean(axis=1), equal_var=False, alternative="less")
    assert change.drop() == pytest.approx(welch.pvalue, rel=1e-9)
    assert change.df == pytest.approx(welch.df, rel=1e-9)
    assert change.delta == pytest.approx(b.mean() - a.mean())


GRID = [
    # n, repeats, runs of each side, tau
    (30, 8, 3, 3, 0.0),
    (30, 8, 2, 2, 0.05),
    (272, 1, 5, 5, 0.02),
    (272, 4, 5, 1, 0.02),
    (272, 4, 3, 2, 0.05),
    (600, 1, 2, 2, 0.05),
]

NEAR_THE_ENDS = [(30, 1, 2, 2), (30, 1, 3, 1), (40, 4, 3, 3)]
"""Most problems nearly always right or nearly always wrong: runs often agree on all of them."""


@pytest.mark.parametrize(("n", "repeats", "first", "second"), NEAR_THE_ENDS)
def test_size_near_the_ends(n: int, repeats: int, first: int, second: int) -> None:
    generator = np.random.default_rng([n, first, second])
    alarms = 0
    for _ in range(TRIALS):
        chances = generator.beta(0.06, 0.34, n)
        a, b = (arm(chances, runs, repeats, 0.0, generator) for runs in (first, second))
        alarms += seeds_change([Block(a, b, 1.0, (repeats, repeats))]).drop() < ALPHA
    assert alarms / TRIALS <= ALPHA + 3 * SIGMA


@pytest.mark.parametrize(("n", "repeats", "first", "second", "tau"), GRID)
def test_size_and_coverage(n: int, repeats: int, first: int, second: int, tau: float) -> None:
    """No drop: the recipes differ on single problems, by 0 on average, and seeds move the runs."""
    generator = np.random.default_rng([n, repeats, first, second, round(1000 * tau)])
    alarms = missed = 0
    for _ in range(TRIALS):
        chances = generator.uniform(0.2, 0.8, n)
        differs = 0.05 * generator.normal(size=n)
        a = arm(chances, first, repeats, tau, generator)
        these = arm(chances + differs - differs.mean(), second, repeats, tau, generator)
        like_these = arm(chances + differs, second, repeats, tau, generator)
        alarms += seeds_change([Block(a, these, 1.0, (repeats, repeats))]).drop() < ALPHA
        change = seeds_change([Block(a, like_these, 1.0, (repeats, repeats))])
        missed += change.lower(ALPHA) > 0
    assert alarms / TRIALS <= ALPHA + 3 * SIGMA
    assert missed / TRIALS <= ALPHA + 3 * SIGMA


def test_a_paired_test_of_runs_as_repeats_would_alarm() -> None:
    """What the seeds cost: the same data pooled as repeats are sure of what is a seed's luck."""
    from cft_eval.stats import sign_flip

    generator = np.random.default_rng(2)
    naive = 0
    for _ in range(100):
        chances = generator.uniform(0.2, 0.8, 600)
        a, b = (arm(chances, 2, 1, 0.05, generator) for _ in range(2))
        naive += sign_flip((b.mean(axis=0) - a.mean(axis=0)) / 600) < ALPHA
    assert naive > 25


def test_the_shares_are_those_that_were_put_in() -> None:
    generator = np.random.default_rng(7)
    sums = np.zeros(3)
    n, runs, repeats, tau, omega = 400, 4, 4, 0.02, 0.3
    for _ in range(200):
        chances = generator.uniform(0.3, 0.7, n)
        differs = np.clip(omega * generator.normal(size=n), -0.3, 0.3)
        a = arm(chances, runs, repeats, tau, generator)
        b = arm(chances + differs, runs, repeats, tau, generator)
        sums += seeds_change([Block(a, b, 1.0, (repeats, repeats))]).shares
    problems, seeds, sampling = sums / 200
    # Shares are ratios, and few runs make the mean of a ratio smaller than the ratio of means.
    parts = np.array([np.var(np.clip(omega * generator.normal(size=10**5), -0.3, 0.3)) / n])
    expected = np.array([parts[0], 2 * tau**2 / runs, 2 * 0.215 / (n * repeats * runs)])
    expected /= expected.sum()
    assert [problems, seeds, sampling] == pytest.approx(expected.tolist(), abs=0.08)


def test_a_mean_over_tasks_is_weighed() -> None:
    generator = np.random.default_rng(1)
    small, large = (generator.uniform(0.3, 0.7, n) for n in (30, 300))
    blocks = [
        Block(arm(p, 3, 2, 0.01, generator), arm(p, 3, 2, 0.01, generator), 0.5, (2, 2))
        for p in (small, large)
    ]
    change = seeds_change(blocks)
    deltas = [float(b.b.mean() - b.a.mean()) for b in blocks]
    assert change.delta == pytest.approx(sum(deltas) / 2)
    assert change.interval(0.05).low < change.lower(0.05) < change.delta
    assert sum(change.shares) == pytest.approx(1)


def test_runs_that_do_not_vary_leave_what_problems_leave() -> None:
    same = np.tile([0.0, 1.0] * 20, (3, 1))
    change = seeds_change([Block(same, same, 1.0, (1, 1))])
    assert change.drop() == 0.5
    assert change.lower(0.05) == pytest.approx(-2.7055 / (40 + 2.7055), rel=1e-3)


def test_runs_that_agree_on_every_problem_are_not_sure() -> None:
    """Two greedy runs a side, all alike: one problem of thirty lost is no proof, ten are."""
    before = np.tile([1.0] * 15 + [0.0] * 15, (2, 1))
    for lost, shown in ((1, False), (10, True)):
        after = before.copy()
        after[:, :lost] = 0.0
        assert (seeds_change([Block(before, after, 1.0, (1, 1))]).drop() < ALPHA) is shown


@pytest.mark.parametrize(
    ("first", "second"), [((1, 30), (1, 30)), ((2, 30), (2, 29)), ((2, 1), (2, 1))]
)
def test_refused(first: tuple[int, int], second: tuple[int, int]) -> None:
    with pytest.raises(BadNumbers):
        seeds_change([Block(np.zeros(first), np.zeros(second), 1.0, (1, 1))])
