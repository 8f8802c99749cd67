"""Rates over pairs that share runs: their intervals hold, simulated with few runs and many."""

import numpy as np
import pytest
from scipy import stats

from cft_eval.stats import BadNumbers, Floats, dispersion, pair_rate
from cft_eval.stats.distributions import (
    chi_square_cdf,
    chi_square_quantile,
    normal_both_above,
    normal_cdf,
)

TRIALS = 300
SIGMA = (0.05 * 0.95 / TRIALS) ** 0.5
Z = 1.645


@pytest.mark.parametrize("df", [1, 3, 7, 40, 400])
@pytest.mark.parametrize("p", [0.001, 0.025, 0.5, 0.975, 0.999])
def test_chi_square_is_scipys(df: int, p: float) -> None:
    x = stats.chi2.ppf(p, df)
    assert chi_square_cdf(x, df) == pytest.approx(p, rel=1e-9)
    assert chi_square_quantile(p, df) == pytest.approx(x, rel=1e-9)


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.5, 0.9])
@pytest.mark.parametrize("z", [0.0, 1.0, 1.645, 2.5])
def test_two_normals_above(z: float, correlation: float) -> None:
    matrix = [[1.0, correlation], [correlation, 1.0]]
    expected = stats.multivariate_normal([0, 0], matrix).cdf([-z, -z])
    assert normal_both_above(z, correlation) == pytest.approx(expected, abs=1e-6)


def _standardised(runs: int, ratio: float, generator: np.random.Generator) -> Floats:
    scores = generator.normal(size=runs) * ratio**0.5
    differences: Floats = scores[:, None] - scores[None, :]
    return differences / 2**0.5


@pytest.mark.parametrize("runs", [4, 8, 20])
@pytest.mark.parametrize("ratio", [1.0, 4.0])
def test_intervals_cover(runs: int, ratio: float) -> None:
    """Alarms of a one-sided test at 5 % between runs that vary ``ratio`` times as they should."""
    generator = np.random.default_rng([runs, round(ratio)])
    truth = normal_cdf(-Z / ratio**0.5)
    covered = covered_ratio = accused = 0
    for _ in range(TRIALS):
        z = _standardised(runs, ratio, generator)
        hits = np.where(np.eye(runs, dtype=bool), np.nan, z > Z)
        rate = pair_rate(hits, promised=0.05)
        covered += rate.interval.low <= truth <= rate.interval.high
        spread = dispersion(z[np.triu_indices(runs, 1)] ** 2, runs)
        covered_ratio += spread.interval.low <= ratio <= spread.interval.high
        accused += rate.interval.low > 0.05
    assert covered / TRIALS >= 0.95 - 3 * SIGMA
    assert covered_ratio / TRIALS >= 0.95 - 3 * SIGMA
    if ratio == 1:
        assert accused / TRIALS <= 0.025 + 3 * SIGMA


def test_more_pairs_tell_more_and_less_than_as_many_independent_ones() -> None:
    none = [pair_rate(_quiet(runs), promised=0.05) for runs in (2, 4, 8, 20)]
    highs = [each.interval.high for each in none]
    assert highs == sorted(highs, reverse=True)
    assert [each.interval.low for each in none] == [0.0] * 4
    for each, runs in zip(none, (2, 4, 8, 20), strict=True):
        assert runs / 2 <= each.effective <= runs * (runs - 1)


def _quiet(runs: int) -> Floats:
    hits: Floats = np.where(np.eye(runs, dtype=bool), np.nan, 0.0)
    return hits


def test_one_odd_run_does_not_count_as_many() -> None:
    """All alarms are of one run of eight: as evidence that is one run, not seven pairs."""
    odd = _quiet(8)
    odd[1:, 0] = 1.0
    spread = _quiet(8)
    for i in range(7):
        spread[i, i + 1] = 1.0
    assert pair_rate(odd, promised=0.05).effective < pair_rate(spread, promised=0.05).effective


def test_no_pairs_are_refused() -> None:
    for hits in (np.full((1, 1), np.nan), np.full((3, 3), np.nan)):
        with pytest.raises(BadNumbers):
            pair_rate(hits, promised=0.05)
    with pytest.raises(BadNumbers):
        dispersion(np.array([]), 1)
