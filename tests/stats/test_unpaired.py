import numpy as np
import pytest
import scipy.stats

from cft_eval.stats import BadNumbers
from cft_eval.stats.unpaired import (
    Count,
    Separation,
    fisher,
    mean_difference,
    separation,
    unlike,
)


@pytest.mark.parametrize(
    ("a", "n", "b", "m"),
    [(3, 10, 7, 10), (0, 5, 9, 40), (120, 300, 1200, 4000), (5, 5, 5, 5), (1, 900, 4000, 4100)],
)
def test_fisher_agrees_with_scipy(a: int, n: int, b: int, m: int) -> None:
    expected = scipy.stats.fisher_exact([[a, n - a], [b, m - b]]).pvalue
    assert fisher(a, n, b, m) == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert fisher(b, m, a, n) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_items_with_repeats_are_tested_by_welch() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 5, 40) / 4, rng.integers(0, 5, 90) / 4
    expected = scipy.stats.ttest_ind(a, b, equal_var=False).pvalue
    assert unlike(a, b) == pytest.approx(expected)
    assert unlike(a, np.array([])) == 1.0


def test_two_counts_that_are_none_are_refused() -> None:
    with pytest.raises(BadNumbers, match="11 of 10"):
        fisher(11, 10, 1, 10)


def test_a_small_set_tells_few_pairs_apart_and_a_large_one_many() -> None:
    shares = np.array([0.10, 0.13, 0.17, 0.20])
    assert separation(shares, 30) == Separation(6, 0, 4)
    assert separation(shares, 5000) == Separation(6, 6, 1)
    assert separation(np.array([]), 30) == Separation(0, 0, 0)


def test_every_pair_is_tested_at_alpha() -> None:
    rng = np.random.default_rng(1)
    draws = rng.binomial(1319, 0.8, size=2000) / 1319
    told = separation(draws, 1319)
    assert told.apart / told.pairs == pytest.approx(0.05, abs=0.01)


def test_the_interval_of_two_printed_means_covers_the_truth() -> None:
    rng = np.random.default_rng(2)
    sizes, a, b = (30, 40, 272, 675), (0.1, 0.5, 0.3, 0.4), (0.2, 0.6, 0.35, 0.4)
    truth, hits = float(np.mean(b) - np.mean(a)), 0
    for _ in range(400):
        first = [Count(rng.binomial(n, p) / n, n) for n, p in zip(sizes, a, strict=True)]
        second = [Count(rng.binomial(n, p) / n, n) for n, p in zip(sizes, b, strict=True)]
        low, high = mean_difference(first, second)
        hits += low <= truth <= high
    assert hits / 400 == pytest.approx(0.95, abs=0.03)
    with pytest.raises(BadNumbers, match="0 and 1 test sets"):
        mean_difference([], [Count(0.5, 2)])


@pytest.mark.parametrize(
    ("n", "few", "more", "told"),
    [(30, 0, 2, 0), (15, 0, 3, 0), (30, 0, 3, 0), (30, 0, 7, 1), (1319, 0, 8, 1), (40, 38, 40, 0)],
)
def test_columns_near_their_ends_are_not_too_sure(n: int, few: int, more: int, told: int) -> None:
    """As Fisher's exact test says of the same counts."""
    assert separation(np.array([few, more]) / n, n).apart == told
    assert (fisher(few, n, more, n) < 0.05) == bool(told)
