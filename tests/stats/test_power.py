import numpy as np
import pytest

from cft_eval.stats import (
    Noise,
    mcnemar,
    minimum_detectable,
    needed_problems,
    needed_problems_for_margin,
    needed_repeats,
)

# n, discordance, smallest visible difference in points at 80 % power, two-sided 5 %.
VISIBLE = [
    (7336, 0.10, 1.0),
    (5000, 0.15, 1.5),
    (1319, 0.10, 2.4),
    (272, 0.10, 5.3),
    (40, 0.15, 16.4),  # more than differ by chance: all of it on one side
    (30, 0.25, 22.8),
    (30, 0.01, 20.7),
]


@pytest.mark.parametrize(("n", "discordance", "points"), VISIBLE)
def test_smallest_visible_difference(n: int, discordance: float, points: float) -> None:
    # The published table solves with the asymptotic variance; small n differ in the last digit.
    assert 100 * minimum_detectable(n, discordance) == pytest.approx(points, rel=0.08)


def test_needed_problems_inverts_the_smallest_visible_difference() -> None:
    for n in (272, 1319, 7336):
        delta = minimum_detectable(n, 0.1)
        assert needed_problems(delta, 0.1) == pytest.approx(n, abs=1)


def test_a_margin_of_one_point_takes_six_thousand_problems() -> None:
    assert needed_problems_for_margin(0.01, 0.10) == 6183
    assert needed_problems_for_margin(0.02, 0.10) == 1546
    assert needed_problems_for_margin(0.05, 0.10) == 248


def test_no_number_of_repeats_can_show_it() -> None:
    noise = Noise(between=0.05, within_a=0.15, within_b=0.15)
    assert needed_repeats(0.01, 30, noise) is None
    needed = needed_repeats(0.20, 30, noise)
    assert needed is not None
    z = 1.959964 + 0.841621
    assert z * (noise.variance(needed) / 30) ** 0.5 <= 0.20
    assert needed == 1 or z * (noise.variance(needed - 1) / 30) ** 0.5 > 0.20


def test_the_promised_power_is_there() -> None:
    """Simulation at the promised effect: mid-p McNemar finds it in about 80 % of runs."""
    n, discordance, trials = 1319, 0.15, 2_000
    delta = minimum_detectable(n, discordance)
    generator = np.random.default_rng(3)
    up, down = (discordance + delta) / 2, (discordance - delta) / 2
    found = 0
    for _ in range(trials):
        gains, losses, _rest = generator.multinomial(n, [up, down, 1 - up - down])
        found += mcnemar(int(gains), int(losses), mid=True) < 0.05
    assert found / trials == pytest.approx(0.8, abs=0.03)
