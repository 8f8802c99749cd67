"""How every pair of the tables is decided, and in which words, as `decisions` has it frozen."""

import pytest

from tests.checker import decisions

SHARES = 40
"""Tests that the pairs are split into."""

ROWS = decisions.frozen()


@pytest.mark.parametrize("share", range(SHARES))
def test_each_pair_is_decided_as_before_and_in_the_same_words(share: int) -> None:
    rows = ROWS[share::SHARES]
    assert [decisions.decide(answer, reference) for answer, reference, *_ in rows] == rows


def test_every_pair_of_the_tables_is_frozen() -> None:
    assert [row[:2] for row in ROWS] == decisions.pairs()
