import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportions_ztest

from cft_eval.stats import (
    Interval,
    combined,
    combined_tails,
    grim,
    inverse_variance,
    macro,
    micro,
    rank_intervals,
    selection_bias,
    share_grew,
    tango_interval,
    tie_groups,
    wilson,
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


def test_the_mean_of_one_score_has_its_interval() -> None:
    (low, high), (below, above) = wilson(0, 15), combined([0.0], [wilson(0, 15)])
    assert (below, above) == pytest.approx((low, high))


def test_a_task_without_a_right_answer_is_not_certain() -> None:
    spans = [wilson(0, 15), wilson(50, 100)]
    found = combined([0.0, 0.5], spans)
    assert found.low == pytest.approx(0.25 - (0.5 - spans[1].low) / 2)
    assert found.high > 0.25 + (spans[1].high - 0.5) / 2


def test_the_interval_of_a_mean_covers_as_often_as_it_says() -> None:
    import random

    chance = random.Random(3)
    shares, sizes = (0.1, 0.5, 0.85), (30, 40, 200)
    truth, hits, rounds = sum(shares) / 3, 0, 2000
    for _ in range(rounds):
        counts = [
            sum(chance.random() < p for _ in range(n)) for p, n in zip(shares, sizes, strict=True)
        ]
        values = [count / n for count, n in zip(counts, sizes, strict=True)]
        found = combined(values, [wilson(c, n) for c, n in zip(counts, sizes, strict=True)])
        hits += found.low <= truth <= found.high
    assert 0.935 < hits / rounds < 0.97


@given(st.lists(st.floats(-0.3, 0.3), min_size=1, max_size=6), st.floats(0.001, 0.2))
def test_the_tails_of_a_mean_say_what_its_interval_says(values: list[float], half: float) -> None:
    intervals = [Interval(value - half, value + 2 * half) for value in values]
    low, high = combined(values, intervals, lowest=-1.0)
    drop, rise = combined_tails(values, intervals, alpha=0.05)
    assert (drop < 0.025) == (high < 0) or abs(high) < 1e-9
    assert (rise < 0.025) == (low > 0) or abs(low) < 1e-9


def test_the_mean_of_small_and_large_tasks_holds_its_level() -> None:
    """Two tasks of 30 and 40 problems and one of 1,000, one response each: nothing changed."""
    generator = np.random.default_rng(11)
    trials, sizes, alarms, outside = 2_000, (30, 40, 1_000), 0, 0
    for _ in range(trials):
        deltas, intervals = [], []
        for n in sizes:
            gains, losses, _ = generator.multinomial(n, [0.1, 0.1, 0.8]).tolist()
            deltas.append((gains - losses) / n)
            intervals.append(tango_interval(gains, losses, n, alpha=0.1))
        alarms += combined_tails(deltas, intervals, alpha=0.1)[0] < 0.05
        low, high = combined(deltas, intervals, lowest=-1.0)
        outside += not low <= 0 <= high
    limit = 3 * (0.05 * 0.95 / trials) ** 0.5
    assert alarms / trials <= 0.05 + limit
    assert outside / trials <= 0.10 + 3 * (0.1 * 0.9 / trials) ** 0.5
