import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from cft_eval.stats import all_of, benjamini_hochberg, holm

p_lists = st.lists(st.floats(0, 1), min_size=1, max_size=12)


# Few: statsmodels collects garbage in each call, which takes long in a large process.
@settings(max_examples=20)
@given(p_lists)
def test_holm_is_statsmodels(p_values: list[float]) -> None:
    expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(list(expected), abs=1e-12)


@given(p_lists)
def test_benjamini_hochberg_is_statsmodels(p_values: list[float]) -> None:
    expected = multipletests(p_values, method="fdr_bh")[1]
    assert benjamini_hochberg(p_values) == pytest.approx(list(expected), abs=1e-12)


def test_all_of_is_the_weakest_claim() -> None:
    assert all_of([0.01, 0.2, 0.03]) == 0.2
