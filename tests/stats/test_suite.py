import numpy as np
import pytest
from statsmodels.stats.proportion import proportions_ztest

from cft_eval.stats import (
    grim,
    inverse_variance,
    macro,
    micro,
    rank_intervals,
    selection_bias,
    share_grew,
    tie_groups,
)


def test_macro_is_dominated_by_the_small_sets() -> None:
    """AIME24 and AMC23 are 70 of 7,336 problems and carry most of the macro mean's variance."""
    sizes = [5000, 272, 1319, 675, 30, 40]
    p = [0.80, 0.42, 0.91, 0.42, 0.20, 0.675]
    stderrs = [(q * (1 - q) / n) ** 0.5 for q, n in zip(p, sizes, strict=True)]
    unweighted, pooled = macro(p, stderrs), micro(p, stderrs, sizes)
    assert sum(unweighted.shares[4:]) > 0.85
    assert unweighted.stderr > 3 * pooled.stderr
    assert unweighted.value == pytest.approx(np.mean(p))
    assert pooled.value == pytest.approx(np.average(p, weights=sizes))


def test_identical_tasks_have_no_variance_to_share() -> None:
    assert macro([0.0, 0.0], [0.0, 0.0]) == (0.0, 0.0, (0.0, 0.0))


def test_rank_intervals_show_ties() -> None:
    # 0 is better than 2; nothing else is known.
    better = [[False, False, True], [False] * 3, [False] * 3]
    assert rank_intervals(better) == [(1, 2), (1, 3), (2, 3)]


@pytest.mark.parametrize(
    ("candidates", "expected"), [(1, 0.0), (2, 0.5642), (10, 1.5388), (49, 2.2409)]
)
def test_expected_best_of_n(candidates: int, expected: float) -> None:
    # The expected maximum of N standard normals, as tabulated (Harter 1961).
    assert selection_bias(1.0, candidates) == pytest.approx(expected, abs=2e-3)


def test_a_share_that_grew_is_statsmodels_z_test() -> None:
    _, expected = proportions_ztest([8, 3], [30, 40], alternative="larger")
    assert share_grew(3 / 40, 8 / 30, 40, 30) == pytest.approx(expected)
    assert share_grew(0.0, 0.0, 30, 30) == 1.0


POSSIBLE = [(62.5, 40, 1), (67.5, 40, 1), (33.3, 30, 1), (42.3, 272, 1), (80.2, 5000, 1)]
IMPOSSIBLE = [(57.8, 40, 1), (50.6, 40, 1), (9.3, 30, 1)]


@pytest.mark.parametrize(("percent", "n", "decimals"), POSSIBLE)
def test_a_whole_number_of_items_gives_it(percent: float, n: int, decimals: int) -> None:
    assert grim(percent, n, decimals=decimals)


@pytest.mark.parametrize(("percent", "n", "decimals"), IMPOSSIBLE)
def test_no_whole_number_of_items_gives_it(percent: float, n: int, decimals: int) -> None:
    assert not grim(percent, n, decimals=decimals)


def test_inverse_variance_is_the_most_certain_mean() -> None:
    values, stderrs = [0.1, 0.3, 0.2], [0.01, 0.02, 0.05]
    best = inverse_variance(values, stderrs)
    assert best.stderr == pytest.approx((1 / sum(1 / s**2 for s in stderrs)) ** 0.5)
    assert best.stderr < macro(values, stderrs).stderr


def test_ties_are_the_longest_stretches_that_nothing_tells_apart() -> None:
    told = {(0, 2), (0, 3), (1, 3)}
    different = [[(min(i, j), max(i, j)) in told for j in range(4)] for i in range(4)]
    assert tie_groups(different) == [range(0, 2), range(1, 3), range(2, 4)]
    assert tie_groups([[False]]) == [range(0, 1)]
