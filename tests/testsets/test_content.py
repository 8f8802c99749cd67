"""Which texts are the same item."""

import pytest

from cft_eval.testsets import item_hash

SAME = [
    (("What is $x$?", "4"), ("  What is  $x$?\n", "4")),
    (("What is $x$?", "025"), ("What is $x$?", "25")),
    (("What is $x$?", "27.0"), ("What is $x$?", "27")),
    (("What is $x$?", "2,125"), ("What is $x$?", "2125")),
    (("What is $x$?", "100"), ("What is $x$?", "100.")),
    (("What is $x$?", "-0"), ("What is $x$?", "0")),
    (("What is $x$?", r"\frac{1}{2}"), ("What is $x$?", r" \frac {1}{2}")),
]
DIFFERENT = [
    (("What is $x$?", "4"), ("What is $y$?", "4")),
    (("What is $x$?", "4"), ("What is $x$?", "-4")),
    # Ten times as much, and a pair of numbers that is no thousands separator.
    (("What is $x$?", "10"), ("What is $x$?", "1")),
    (("What is $x$?", "2,12"), ("What is $x$?", "212")),
    (("What is $x$?", "0.5"), ("What is $x$?", r"\frac12")),
    # The border between problem and reference is part of the content.
    (("What is $x$?4", ""), ("What is $x$?", "4")),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_same(left: tuple[str, str], right: tuple[str, str]) -> None:
    assert item_hash(*left) == item_hash(*right)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different(left: tuple[str, str], right: tuple[str, str]) -> None:
    assert item_hash(*left) != item_hash(*right)


def test_a_hash_is_sixteen_hex_digits_and_never_changes() -> None:
    # Uploads and boards hold these: another value here orphans every stored run.
    assert item_hash("What is $2+2$?", "4") == "5cc9cda87c36a4e7"
