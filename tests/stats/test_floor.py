"""Floors: exact for problems with chances of their own, by enumeration and by simulation."""

import numpy as np
import pytest

from cft_eval.stats import BadNumbers, above_floor, below_floor, needed_score
from cft_eval.stats.distributions import binomial_cdf

ALPHA, TRIALS = 0.05, 4_000
SIGMA = (ALPHA * (1 - ALPHA) / TRIALS) ** 0.5


def test_tails_are_binomial() -> None:
    assert below_floor(60, 100, 0.7) == pytest.approx(binomial_cdf(60, 100, 0.7))
    assert above_floor(80, 100, 0.7) == pytest.approx(1 - binomial_cdf(79, 100, 0.7))
    # Both tails hold the observed score.
    assert below_floor(70, 100, 0.7) + above_floor(70, 100, 0.7) > 1


@pytest.mark.parametrize("spread", [0.2, 1.5, 50.0])
@pytest.mark.parametrize(("n", "repeats", "floor"), [(30, 1, 0.3), (30, 8, 0.7), (272, 1, 0.25)])
def test_problems_at_the_floor_seldom_seem_off_it(
    n: int, repeats: int, floor: float, spread: float
) -> None:
    """Chances far apart or all alike, their mean the floor itself: neither side is shown."""
    generator = np.random.default_rng([n, repeats, round(10 * spread)])
    chances = generator.beta(spread * floor, spread * (1 - floor), n)
    chances *= floor / chances.mean()
    right = generator.binomial(repeats, np.clip(chances, 0, 1), (TRIALS, n)).sum(axis=1)
    mean = float(np.clip(chances, 0, 1).mean())
    seen = dict.fromkeys(right.tolist())
    below = {count: below_floor(count, n * repeats, mean) < ALPHA for count in seen}
    above = {count: above_floor(count, n * repeats, mean) < ALPHA for count in seen}
    for wrong in (below, above):
        assert np.mean([wrong[count] for count in right.tolist()]) <= ALPHA + 3 * SIGMA


@pytest.mark.parametrize(("responses", "floor"), [(30, 0.7), (240, 0.1), (5000, 0.7), (20, 0.5)])
def test_the_needed_score_is_the_lowest_that_shows_it(responses: int, floor: float) -> None:
    needed = needed_score(responses, floor)
    assert needed is not None
    count = round(needed * responses)
    assert above_floor(count, responses, floor) < ALPHA <= above_floor(count - 1, responses, floor)


def test_few_responses_show_no_high_floor() -> None:
    assert needed_score(30, 0.95) is None


@pytest.mark.parametrize(
    ("right", "n", "floor"), [(-1, 10, 0.5), (11, 10, 0.5), (5, 10, 0.0), (5, 10, 1.0)]
)
def test_refused(right: int, n: int, floor: float) -> None:
    for tail in (below_floor, above_floor):
        with pytest.raises(BadNumbers):
            tail(right, n, floor)
