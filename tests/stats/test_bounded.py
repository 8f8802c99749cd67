"""Both errors of the bounds for repeats, where t alone does not hold: few problems that change
much, unequal repeats, scores near the ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cft_eval.stats import (
    BadNumbers,
    bounded_change,
    bounded_drop,
    bounded_interval,
    bounded_lower,
    paired_difference,
    tango_lower,
)

ALPHA, TRIALS = 0.05, 600
LIMIT = ALPHA + 3 * (ALPHA * (1 - ALPHA) / TRIALS) ** 0.5


def means(generator: np.random.Generator, p: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    return generator.binomial(k, p) / k


LOST = [
    # n, repeats, margin, chance of a problem that is not lost
    (30, 16, 0.05, 0.9),
    (40, 16, 0.05, 0.9),
    (40, 32, 0.05, 0.9),
    (30, 8, 0.05, 0.8),
    (30, 2, 0.02, 0.6),
    (60, 16, 0.03, 0.9),
    (100, 16, 0.03, 0.9),
    (272, 8, 0.02, 0.9),
    (272, 2, 0.05, 0.6),
]


@pytest.mark.parametrize(("n", "k", "margin", "chance"), LOST)
def test_a_few_problems_lost_altogether_are_no_certainty(
    n: int, k: int, margin: float, chance: float
) -> None:
    """ "A drop of the margin is ruled out", where the mean fell by just the margin."""
    generator, wrong = np.random.default_rng([n, k]), 0
    for _ in range(TRIALS):
        lost = generator.random(n) < margin / chance
        a = means(generator, np.full(n, chance), k)
        b = means(generator, np.where(lost, 0.0, chance), k)
        wrong += bounded_lower(paired_difference(a, b), n, alpha=ALPHA) > -margin
    assert wrong / TRIALS <= LIMIT


GAINED = [(30, 16, 0.1, 0.05), (30, 60, 0.1, 0.05), (40, 32, 0.5, 0.08), (272, 32, 0.5, 0.02)]


@pytest.mark.parametrize(("n", "k", "chance", "share"), GAINED)
def test_a_few_large_gains_that_were_not_seen_are_no_drop(
    n: int, k: int, chance: float, share: float
) -> None:
    """The mean did not change: a share of the problems gained much, the rest lost a little."""
    generator, wrong = np.random.default_rng([n, k]), 0
    fall = share * (1 - chance) / (1 - share)
    for _ in range(TRIALS):
        up = generator.random(n) < share
        a = means(generator, np.full(n, chance), k)
        b = means(generator, np.where(up, 1.0, max(0.0, chance - fall)), k)
        wrong += bounded_drop(paired_difference(a, b), n) < ALPHA
    assert wrong / TRIALS <= LIMIT


@pytest.mark.parametrize("repeats", [(8, 1), (1, 8), (8, 2), (4, 4)])
@pytest.mark.parametrize("mean", [0.03, 0.5, 0.97])
def test_nothing_changed(repeats: tuple[int, int], mean: float) -> None:
    generator, drops, changes, outside = np.random.default_rng([*repeats, int(100 * mean)]), 0, 0, 0
    n = 30
    for _ in range(TRIALS):
        p = generator.beta(1.5 * mean, 1.5 * (1 - mean), n)
        found = paired_difference(*(means(generator, p, k) for k in repeats))
        drops += bounded_drop(found, n) < ALPHA
        changes += bounded_change(found, n) < ALPHA
        low, high = bounded_interval(found, n, alpha=ALPHA)
        outside += not low <= 0 <= high
    assert max(drops, changes, outside) / TRIALS <= LIMIT


@given(st.lists(st.floats(0, 1), min_size=2, max_size=60), st.randoms(use_true_random=False))
def test_p_says_what_the_bound_says(values: list[float], chooser: object) -> None:
    a = np.array(values)
    b = np.roll(a, 1) ** 2
    found, n = paired_difference(a, b), a.size
    upper = -bounded_lower(paired_difference(b, a), n, alpha=ALPHA)
    if abs(upper) > 0.01:
        assert (bounded_drop(found, n) < ALPHA) == (upper < 0)


def test_thirty_problems_without_a_difference_leave_a_doubt() -> None:
    same = np.full(30, 0.5)
    lower = bounded_lower(paired_difference(same, same), 30, alpha=ALPHA)
    assert lower == pytest.approx(tango_lower(0, 0, 30))


def test_many_problems_are_told_by_t() -> None:
    generator = np.random.default_rng(0)
    a, b = generator.random(5000), generator.random(5000)
    found = paired_difference(a, b)
    low, high = bounded_interval(found, 5000, alpha=ALPHA)
    assert (low, high) == pytest.approx((found.low, found.high), abs=2e-4)
    assert bounded_change(found, 5000) == pytest.approx(found.p, rel=0.02)


def test_one_problem_has_no_spread() -> None:
    found = paired_difference(np.zeros(2), np.ones(2))
    with pytest.raises(BadNumbers, match="at least 2 problems"):
        bounded_lower(found, 1, alpha=ALPHA)
