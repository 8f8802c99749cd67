"""Our four distributions against scipy's."""

import pytest
from scipy import stats as scipy_stats

from cft_eval.stats.distributions import (
    beta_cdf,
    beta_quantile,
    binomial_cdf,
    binomial_pmf,
    normal_cdf,
    normal_quantile,
    t_cdf,
    t_quantile,
)

PROBABILITIES = [1e-6, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999]


@pytest.mark.parametrize("p", PROBABILITIES)
@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (2, 3), (0.5, 40.5), (300, 5000), (7336, 1)])
def test_beta_is_scipys(p: float, a: float, b: float) -> None:
    x = scipy_stats.beta.ppf(p, a, b)
    assert beta_cdf(float(x), a, b) == pytest.approx(scipy_stats.beta.cdf(x, a, b), rel=1e-9)
    assert beta_quantile(p, a, b) == pytest.approx(float(x), rel=1e-7, abs=1e-15)


@pytest.mark.parametrize("p", PROBABILITIES)
@pytest.mark.parametrize("df", [1, 2, 29, 271, 4999])
def test_t_is_scipys(p: float, df: int) -> None:
    assert t_quantile(p, df) == pytest.approx(scipy_stats.t.ppf(p, df), rel=1e-7, abs=1e-9)
    x = float(scipy_stats.t.ppf(p, df))
    assert t_cdf(x, df) == pytest.approx(p, rel=1e-8)


@pytest.mark.parametrize("n", [1, 7, 30, 700])
@pytest.mark.parametrize("p", [0.5, 0.03])
def test_binomial_is_scipys(n: int, p: float) -> None:
    for k in range(-1, n + 2, max(1, n // 10)):
        expected = scipy_stats.binom.cdf(k, n, p)
        assert binomial_cdf(k, n, p) == pytest.approx(expected, rel=1e-9, abs=1e-300)
        assert binomial_pmf(k, n, p) == pytest.approx(scipy_stats.binom.pmf(k, n, p), rel=1e-9)


@pytest.mark.parametrize("p", PROBABILITIES)
def test_normal_there_and_back(p: float) -> None:
    assert normal_cdf(normal_quantile(p)) == pytest.approx(p, rel=1e-9)
