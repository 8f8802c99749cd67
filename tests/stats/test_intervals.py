import numpy as np
import pytest
from scipy import stats as scipy_stats
from statsmodels.stats.proportion import proportion_confint

from cft_eval.stats import BadNumbers, beta_interval, clustered_mean, proportion, scores, wilson

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
    """All problems always right or always wrong: as many problems, whatever the repeats."""
    means = np.array([1.0] * 12 + [0.0] * 18)
    assert clustered_mean(means) == pytest.approx(wilson(12, 30), abs=0.01)


def test_one_response_each_gives_the_interval_of_a_proportion() -> None:
    for right in (0, 1, 7, 15, 29, 30):
        means = np.array([1.0] * right + [0.0] * (30 - right))
        assert clustered_mean(means) == pytest.approx(proportion(right, 30), abs=1e-12)


@pytest.mark.parametrize("n", [30, 40, 272, 675, 1319])
def test_coverage_with_one_response_each(n: int) -> None:
    """Worked out, not simulated: at least 94 % for scores from 1 in 10,000 up."""
    ends = np.array([proportion(right, n) for right in range(n + 1)])
    shares = np.concatenate([np.geomspace(1e-4, 0.05, 150), np.linspace(0.05, 0.5, 100)])
    for share in (*shares, *(1 - shares)):
        held = (ends[:, 0] <= share) & (share <= ends[:, 1])
        assert scipy_stats.binom.pmf(np.arange(n + 1), n, share)[held].sum() >= 0.94, share


def test_ends_are_between_wilsons_and_the_exact_ones() -> None:
    for right in (1, 5, 150):
        exact = proportion_confint(right, 300, 0.05, method="beta")
        assert exact[0] < proportion(right, 300).low < wilson(right, 300).low
    assert proportion(1500, 3000) == pytest.approx(wilson(1500, 3000), abs=1e-5)


def test_repeats_narrow_the_interval_where_problems_are_alike() -> None:
    alike = clustered_mean(np.tile([0.375, 0.5, 0.625], 100))
    assert alike.high - alike.low < 0.4 * (wilson(150, 300).high - wilson(150, 300).low)


@pytest.mark.parametrize("trials", [250, pytest.param(2_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("score", [0.03, 0.15, 0.5, 0.97])
@pytest.mark.parametrize("repeats", [8, 61])
@pytest.mark.parametrize("n", [30, 40, 272])
def test_coverage_with_repeats(n: int, repeats: int, score: float, trials: int) -> None:
    """At least 94 %, however unlike the problems are (a + b of their beta distribution)."""
    for spread in (0.3, 1.5, 8.0):
        generator = np.random.default_rng([n, repeats, round(100 * score), round(10 * spread)])
        chances = generator.beta(spread * score, spread * (1 - score), (trials, n))
        means = generator.binomial(repeats, chances) / repeats
        held = sum(low <= score <= high for low, high in map(clustered_mean, means))
        assert held / trials >= 0.94 - 3 * (0.94 * 0.06 / trials) ** 0.5, spread


@pytest.mark.parametrize("bad", [float("nan"), -0.1, 1.5, float("inf")])
def test_a_score_that_is_none_is_named(bad: float) -> None:
    with pytest.raises(BadNumbers, match="position 1 is not in"):
        scores(np.array([0.5, bad]))


@pytest.mark.parametrize(("successes", "n"), [(2, 1), (-1, 3), (0, 0)])
def test_an_impossible_count_is_refused(successes: int, n: int) -> None:
    with pytest.raises(BadNumbers, match="impossible counts"):
        wilson(successes, n)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_repeats_that_all_agree_are_no_certainty(share: float) -> None:
    low, high = clustered_mean(np.full(30, share))
    assert (low, high) == pytest.approx(wilson(30 * int(share), 30))
    assert high - low > 0.1
