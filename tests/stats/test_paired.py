import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize
from scipy import stats as scipy_stats
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from cft_eval.stats import (
    BadNumbers,
    mcnemar,
    mcnemar_drop,
    non_inferiority,
    paired_difference,
    tango_interval,
    tango_intervals,
    tango_lower,
    tango_z,
)

counts = st.integers(0, 40)


@given(gains=counts, losses=counts)
def test_exact_mcnemar_is_statsmodels(gains: int, losses: int) -> None:
    table = [[5, losses], [gains, 7]]
    expected = float(statsmodels_mcnemar(table, exact=True).pvalue) if gains + losses else 1.0
    assert mcnemar(gains, losses) == pytest.approx(min(1.0, expected), abs=1e-12)
    assert mcnemar(gains, losses, mid=True) <= mcnemar(gains, losses)


@given(gains=counts, losses=counts)
def test_one_sided_drop_is_the_binomial_tail(gains: int, losses: int) -> None:
    n = gains + losses
    expected = float(scipy_stats.binom.sf(losses - 1, n, 0.5)) if n else 1.0
    assert mcnemar_drop(gains, losses) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n", [1, 7, 30])
def test_many_intervals_are_the_intervals_one_by_one(n: int) -> None:
    counts = [(g, lost) for g in range(n + 1) for lost in range(n + 1 - g)]
    gains, losses = np.array(counts, dtype=np.float64).T
    found = np.array(tango_intervals(gains, losses, n, alpha=0.01)).T
    expected = [tango_interval(g, lost, n, alpha=0.01) for g, lost in counts]
    assert found == pytest.approx(np.array(expected), abs=1e-12)


def test_tangos_interval_ends_are_the_two_scores() -> None:
    low, high = tango_interval(gains=9, losses=3, n=272)
    assert tango_z(9, 3, 272, low) == pytest.approx(1.959964, abs=1e-5)
    assert tango_z(9, 3, 272, high) == pytest.approx(-1.959964, abs=1e-5)


@given(
    gains=st.integers(0, 12),
    losses=st.integers(0, 12),
    rest=st.integers(1, 60),
    delta=st.floats(-0.6, 0.6),
)
def test_tangos_q_is_the_maximum_likelihood(
    gains: int, losses: int, rest: int, delta: float
) -> None:
    """The closed form against a numerical maximum of the trinomial likelihood."""
    n = gains + losses + rest

    def minus_log_likelihood(q: float) -> float:
        up, down, same = q + delta, q, 1 - 2 * q - delta
        if min(up, down, same) <= 0:
            return float("inf")
        return -float(gains * np.log(up) + losses * np.log(down) + rest * np.log(same))

    low, high = max(0.0, -delta), (1 - delta) / 2
    best = optimize.minimize_scalar(
        minus_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
    ).x
    variance = n * (2 * best + delta * (1 - delta))
    if variance > 1e-6:
        expected = (gains - losses - n * delta) / np.sqrt(variance)
        assert tango_z(gains, losses, n, delta) == pytest.approx(expected, abs=2e-3)


@given(gains=counts, losses=counts, rest=st.integers(1, 200))
def test_tango_is_antisymmetric_and_holds_the_estimate(gains: int, losses: int, rest: int) -> None:
    n = gains + losses + rest
    low, high = tango_interval(gains, losses, n)
    mirrored = tango_interval(losses, gains, n)
    assert (low, high) == pytest.approx((-mirrored.high, -mirrored.low), abs=1e-9)
    assert low - 1e-9 <= (gains - losses) / n <= high + 1e-9
    assert low <= tango_lower(gains, losses, n)


def test_no_discordant_item_of_30_does_not_prove_safety() -> None:
    assert tango_lower(0, 0, 30) == pytest.approx(-0.0827, abs=1e-3)
    assert non_inferiority(0, 0, 30, margin=0.01) > 0.05
    assert non_inferiority(0, 0, 7336, margin=0.01) < 0.001


def test_paired_t_is_scipys() -> None:
    generator = np.random.default_rng(0)
    a, b = generator.random(50), generator.random(50)
    result = paired_difference(a, b)
    expected = scipy_stats.ttest_rel(b, a)
    assert result.p == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval(0.95)
    assert (result.low, result.high) == pytest.approx((interval.low, interval.high))
    assert result.stderr_fixed is None


def test_the_two_noises_add_up() -> None:
    """With many problems, SE² of a rerun = fixed part; of new problems = the whole."""
    generator = np.random.default_rng(1)
    n, k = 400, 8
    p_a, p_b = generator.random(n), generator.random(n)
    reruns = [
        paired_difference(
            generator.binomial(k, p_a) / k, generator.binomial(k, p_b) / k, repeats=(k, k)
        )
        for _ in range(400)
    ]
    spread = float(np.std([r.delta for r in reruns]))
    fixed = [r.stderr_fixed for r in reruns if r.stderr_fixed is not None]
    assert float(np.mean(fixed)) == pytest.approx(spread, rel=0.12)
    assert all(f < r.stderr for f, r in zip(fixed, reruns, strict=True))


def test_different_sizes_are_refused() -> None:
    with pytest.raises(BadNumbers, match="same 2 or more problems"):
        paired_difference(np.zeros(3), np.zeros(4))


@pytest.mark.parametrize("n", [30, 272])
def test_the_exact_drop_test_keeps_its_size(n: int) -> None:
    """Seeded simulation: two runs of one model, discordance 15 %; at most α + 3σ false alarms."""
    generator = np.random.default_rng(n)
    trials, alpha = 4_000, 0.05
    alarms = 0
    for _ in range(trials):
        discordant = int(generator.binomial(n, 0.15))
        losses = int(generator.binomial(discordant, 0.5))
        alarms += mcnemar_drop(discordant - losses, losses) < alpha
    assert alarms / trials <= alpha + 3 * np.sqrt(alpha * (1 - alpha) / trials)


@pytest.mark.parametrize("n", [30, 272, 1319])
def test_non_inferiority_keeps_its_size_at_the_boundary(n: int) -> None:
    """True drop exactly at the margin: "safe" is said at most α + 3σ of the time (Tango: 0.053)."""
    generator = np.random.default_rng(n + 1)
    trials, alpha, margin, discordance = 3_000, 0.05, 0.02, 0.05
    down, up = (discordance + margin) / 2, (discordance - margin) / 2
    safe = 0
    for _ in range(trials):
        losses, gains, _rest = generator.multinomial(n, [down, up, 1 - down - up])
        safe += non_inferiority(int(gains), int(losses), n, margin=margin) < alpha
    assert safe / trials <= 0.053 + 3 * np.sqrt(alpha * (1 - alpha) / trials)


def test_the_published_worked_example() -> None:
    """Complete response before and after consolidation therapy (Cavo et al. 2012): 6 against 16
    of 161 pairs, as worked in Fagerland, Lydersen, Laake, *Statistical Analysis of Contingency
    Tables* (2017), ch. 8, and printed by its R package ``contingencytables``."""
    gains, losses, n = 6, 16, 161
    assert mcnemar(gains, losses) == pytest.approx(0.052479, abs=5e-7)
    assert mcnemar(gains, losses, mid=True) == pytest.approx(0.034690, abs=5e-7)
    assert tango_z(gains, losses, n, 0.0) == pytest.approx(-2.132, abs=5e-4)
    low, high = tango_interval(gains, losses, n)
    assert (round(low, 4), round(high, 4)) == (-0.1240, -0.0054)
