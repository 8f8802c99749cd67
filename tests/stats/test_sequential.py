import itertools
import math

import numpy as np
import pytest
from scipy import integrate

from cft_eval.stats import BadNumbers, drop_e_value, spend


@pytest.mark.parametrize(("gains", "losses"), [(0, 0), (3, 9), (9, 3), (40, 80), (0, 12)])
def test_the_closed_form_is_the_integral(gains: int, losses: int) -> None:
    expected, _ = integrate.quad(
        lambda t: 2 * (2 * t) ** losses * (2 * (1 - t)) ** gains, 0.5, 1, epsabs=1e-12
    )
    assert drop_e_value(gains, losses) == pytest.approx(expected, rel=1e-6)


def test_peeking_after_every_problem_keeps_alpha() -> None:
    """Seeded: 1,500 reruns of one model, looked at after each of 200 discordant problems."""
    generator = np.random.default_rng(11)
    trials, alpha = 1_500, 0.05
    limit = math.log(1 / alpha)
    table = {}
    alarms = 0
    for _ in range(trials):
        losses = np.cumsum(generator.random(200) < 0.5)
        for n, lost in enumerate(losses.tolist(), start=1):
            key = (n - lost, lost)
            if key not in table:
                table[key] = drop_e_value(*key)
            if table[key] > 0 and math.log(table[key]) >= limit:
                alarms += 1
                break
    assert alarms / trials <= alpha


def test_a_real_drop_is_seen() -> None:
    assert drop_e_value(gains=5, losses=30) > 20


def test_the_levels_add_up_to_alpha() -> None:
    levels = spend(0.05, 4)
    assert sum(levels) == pytest.approx(0.05)
    assert all(a > b > 0 for a, b in itertools.pairwise(levels))
    assert spend(0.05, 1) == pytest.approx([0.05])


def test_no_looks_cannot_be_planned() -> None:
    with pytest.raises(BadNumbers, match="0 looks"):
        spend(0.05, 0)
