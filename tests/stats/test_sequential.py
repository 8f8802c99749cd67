import itertools
import math

import numpy as np
import pytest
from scipy import integrate

from cft_eval.stats import BadNumbers, DropMonitor, drop_e_value, exchanged, spend, start_weight
from cft_eval.stats.exact import Group, cumulants


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


def _alike(n: int, total: int, past: int) -> list[Group]:
    """n problems with ``total`` right of past + 1 responses, the last one dealt at random."""
    right = np.full(n, float(total))
    zeros = np.zeros(n)
    return exchanged((right, zeros), (np.full(n, float(past)), np.ones(n)), np.full(n, 1 / n))


def test_each_bet_is_fair_given_the_responses() -> None:
    """The mean of E over all orders of the responses is 1, by enumeration."""
    n, past, total = 6, 3, 2
    mean = 0.0
    for last in itertools.product((0, 1), repeat=n):
        right_last = np.array(last, dtype=np.float64)
        chance = math.prod(total / (past + 1) if y else 1 - total / (past + 1) for y in last)
        observed = float((right_last - (total - right_last) / past).mean())
        mean += chance * DropMonitor(planned=1).look(_alike(n, total, past), observed)
    assert mean == pytest.approx(1.0, rel=1e-9)


def test_start_weights_add_up_to_one() -> None:
    assert sum(start_weight(k) for k in range(1, 200_000)) == pytest.approx(1, abs=1e-4)
    assert sum(start_weight(k, 30) for k in range(1, 31)) == pytest.approx(1)
    with pytest.raises(BadNumbers):
        start_weight(31, 30)


def test_evidence_multiplies() -> None:
    """Four looks at a drop of 2 standard deviations each show what none does by itself."""
    monitor, fresh = DropMonitor(), DropMonitor()
    groups = _alike(400, 1, 1)
    _, variance, _ = cumulants(groups, 0.0)
    evidence = [monitor.look(groups, -2 * variance**0.5) for _ in range(4)]
    assert evidence == sorted(evidence)
    assert evidence[-1] > 20 > fresh.look(groups, -2 * variance**0.5)


def test_nothing_that_can_vary_is_no_evidence() -> None:
    assert DropMonitor().look(_alike(30, 2, 1), 0.0) == pytest.approx(1.0)
