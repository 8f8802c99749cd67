import numpy as np
import pytest

from cft_eval.stats import (
    Noise,
    margin_power,
    mcnemar,
    minimum_detectable,
    needed_problems,
    needed_problems_for_margin,
    needed_repeats,
    needed_repeats_for_margin,
    tango_lower,
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
    assert needed_problems_for_margin(0.01, 0.10) == 6202
    assert needed_problems_for_margin(0.02, 0.10) == 1565
    assert needed_problems_for_margin(0.05, 0.10) == 265


def test_few_problems_rule_out_no_small_margin() -> None:
    """Thirty problems cannot have shown what happens to one in twelve: no repeats help."""
    still = Noise(between=0.0, within_a=0.1, within_b=0.1)
    assert needed_repeats_for_margin(0.05, 30, still) is None
    assert margin_power(0.05, 30, still.variance(10**6)) == 0.0
    needed = needed_repeats_for_margin(0.15, 30, still)
    assert needed is not None
    assert margin_power(0.15, 30, still.variance(needed)) >= 0.8
    assert margin_power(0.15, 30, still.variance(needed - 1)) < 0.8


@pytest.mark.parametrize(("margin", "discordance"), [(0.02, 0.1), (0.05, 0.02), (0.1, 0.3)])
def test_the_needed_problems_rule_the_margin_out(margin: float, discordance: float) -> None:
    """Simulation that follows the advice, decided by Tango's bound as the gate decides."""
    n, trials = needed_problems_for_margin(margin, discordance), 1_000
    generator = np.random.default_rng(5)
    differing = generator.binomial(n, discordance, trials)
    gains = generator.binomial(differing, 0.5)
    pairs = zip(gains.tolist(), (differing - gains).tolist(), strict=True)
    decided = sum(tango_lower(gained, lost, n) > -margin for gained, lost in pairs)
    assert decided / trials >= 0.75


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
