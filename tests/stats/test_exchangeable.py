import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from cft_eval.stats import (
    BadNumbers,
    exchangeable_stderr,
    exchangeable_tails,
    mcnemar_drop,
    paired_difference,
    responses,
    t_drop,
)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=40))
def test_one_response_a_side_is_mcnemars_exact_test(rights: list[tuple[int, int]]) -> None:
    a, b = zip(*rights, strict=True)
    gains = sum(y > x for x, y in rights)
    losses = sum(y < x for x, y in rights)
    drop, rise = exchangeable_tails(responses(a, b, repeats=(1, 1)))
    assert drop == pytest.approx(mcnemar_drop(gains, losses), abs=1e-9)
    assert rise == pytest.approx(mcnemar_drop(losses, gains), abs=1e-9)


@given(
    k_a=st.integers(1, 4),
    k_b=st.integers(1, 3),
    data=st.data(),
)
def test_it_is_what_counting_every_exchange_gives(k_a: int, k_b: int, data: st.DataObject) -> None:
    n = 3
    a = data.draw(st.lists(st.integers(0, k_a), min_size=n, max_size=n))
    b = data.draw(st.lists(st.integers(0, k_b), min_size=n, max_size=n))
    shares = [
        [
            sum(pick)
            for pick in itertools.combinations([1] * (x + y) + [0] * (k_a + k_b - x - y), k_b)
        ]
        for x, y in zip(a, b, strict=True)
    ]
    sums = [sum(each) for each in itertools.product(*shares)]
    found = responses(a, b, repeats=(k_a, k_b))
    drop, rise = exchangeable_tails(found)
    assert drop == pytest.approx(np.mean([s <= sum(b) for s in sums]), abs=1e-9)
    assert rise == pytest.approx(np.mean([s >= sum(b) for s in sums]), abs=1e-9)
    factor = 1 / k_a + 1 / k_b
    assert exchangeable_stderr(found) == pytest.approx(np.std(sums) * factor / n, abs=1e-9)


def test_the_normal_form_of_it_is_statsmodels_cochran_mantel_haenszel() -> None:
    generator = np.random.default_rng(3)
    p = generator.random(400)
    a, b = generator.binomial(6, p), generator.binomial(4, p * 0.97)
    tables = [np.array([[y, 4 - y], [x, 6 - x]]) for x, y in zip(a, b, strict=True)]
    expected = StratifiedTable(tables).test_null_odds(correction=True).pvalue / 2
    drop, _ = exchangeable_tails(responses(a, b, repeats=(6, 4)))
    assert drop == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("repeats", [(8, 1), (1, 8), (8, 2), (4, 4)])
@pytest.mark.parametrize("mean", [0.03, 0.5, 0.97])
def test_nothing_changed_seldom_looks_like_a_drop(repeats: tuple[int, int], mean: float) -> None:
    """Where t alone does not hold its level: few problems, near the ends, unequal repeats."""
    generator = np.random.default_rng([*repeats, int(100 * mean)])
    trials, n, alarms = 1_000, 30, 0
    for _ in range(trials):
        p = generator.beta(1.5 * mean, 1.5 * (1 - mean), n)
        a, b = (generator.binomial(k, p) for k in repeats)
        t = t_drop(paired_difference(a / repeats[0], b / repeats[1]), n)
        alarms += max(t, exchangeable_tails(responses(a, b, repeats=repeats))[0]) < 0.05
    assert alarms / trials <= 0.05 + 3 * (0.05 * 0.95 / trials) ** 0.5


BAD = [
    (([1, 2], [1]), (2, 2), "not 2 and 1"),
    (([3], [1]), (2, 2), "3 right of 2 responses at position 0"),
    (([0], [-1]), (2, 2), "-1 right of 2 responses at position 0"),
    (([0], [0]), (0, 2), "0 right of 0 responses"),
]


@pytest.mark.parametrize(("rights", "repeats", "words"), BAD)
def test_counts_that_are_none(
    rights: tuple[list[int], list[int]], repeats: tuple[int, int], words: str
) -> None:
    with pytest.raises(BadNumbers, match=words):
        responses(*rights, repeats=repeats)
