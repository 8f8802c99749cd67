import numpy as np
import pytest
from scipy import stats as scipy_stats
from statsmodels.stats.proportion import proportion_confint

from cft_eval.stats import BadNumbers, beta_interval, clustered_mean, scores, wilson

COUNTS = [(0, 30), (1, 30), (15, 30), (30, 30), (7, 40), (3000, 5000), (1, 1)]


@pytest.mark.parametrize(("successes", "n"), COUNTS)
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_wilson_is_statsmodels(successes: int, n: int, alpha: float) -> None:
    expected = proportion_confint(successes, n, alpha, method="wilson")
    assert wilson(successes, n, alpha=alpha) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("successes", "n"), COUNTS)
def test_beta_is_scipys_posterior_with_whole_ends(successes: int, n: int) -> None:
    low, high = scipy_stats.beta.interval(0.95, successes + 0.5, n - successes + 0.5)
    low = 0.0 if successes == 0 else low
    high = 1.0 if successes == n else high
    assert beta_interval(successes, n) == pytest.approx((low, high), abs=1e-9)


def test_repeats_are_not_extra_problems() -> None:
    means = np.array([1.0, 1.0, 0.0, 0.5])
    low, high = clustered_mean(means)
    expected = scipy_stats.t.interval(0.95, 3, loc=means.mean(), scale=scipy_stats.sem(means))
    assert (low, high) == pytest.approx((max(0, expected[0]), min(1, expected[1])))


@pytest.mark.parametrize("bad", [float("nan"), -0.1, 1.5, float("inf")])
def test_a_score_that_is_none_is_named(bad: float) -> None:
    with pytest.raises(BadNumbers, match="position 1 is not in"):
        scores(np.array([0.5, bad]))


@pytest.mark.parametrize(("successes", "n"), [(2, 1), (-1, 3), (0, 0)])
def test_an_impossible_count_is_refused(successes: int, n: int) -> None:
    with pytest.raises(BadNumbers, match="is no count"):
        wilson(successes, n)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_repeats_that_all_agree_are_no_certainty(share: float) -> None:
    low, high = clustered_mean(np.full(30, share))
    assert (low, high) == pytest.approx(wilson(30 * int(share), 30))
    assert high - low > 0.1
