"""pass@k and maj@k against counting by hand."""

from itertools import combinations

import numpy as np
import pytest

from cft_eval.leaderboard.pages.run.repeats import RepeatRow, repeat_rows
from cft_eval.records.runs import SampleVectors


def vectors(right: list[list[int]]) -> SampleVectors:
    flat = np.array([each for row in right for each in row], dtype=np.float64)
    positions = np.repeat(np.arange(len(right)), [len(row) for row in right])
    return SampleVectors(flat, positions, [None] * flat.size, [None] * flat.size)


RIGHT = [[1, 0, 0, 0], [1, 1, 1, 0], [0, 0, 0, 0]]
SAID = ["1", "2", "2", "3", "1", "1.0", "1", "9", None, None, "", "5"]


def test_pass_at_k_is_the_mean_over_all_draws() -> None:
    rows = {row.k: row.passed for row in repeat_rows(vectors(RIGHT), SAID)}
    for k in (1, 2, 4):
        draws = [any(draw) for row in RIGHT for draw in combinations(row, k)]
        assert rows[k] == f"{100 * sum(draws) / len(draws):.1f}"


MAJORITIES = [
    # Two say 2: the right answer is outvoted; three right ones win, however written; nobody right.
    (RIGHT, SAID, "33.3"),
    # A tie counts by its share.
    ([[1, 0]], ["1", "2"], "50.0"),
    ([[0, 0]], [None, None], "0.0"),
]


@pytest.mark.parametrize(("right", "said", "majority"), MAJORITIES)
def test_a_majority_counts_right_answers_as_one(
    right: list[list[int]], said: list[str | None], majority: str
) -> None:
    assert repeat_rows(vectors(right), said)[-1].majority == majority


def test_problems_asked_once_or_unevenly_have_no_rows() -> None:
    assert repeat_rows(vectors([[1], [0]]), ["1", "2"]) == []
    assert repeat_rows(vectors([[1, 0], [0]]), ["1", "2", "3"]) == []
    assert repeat_rows(vectors([]), []) == []
    assert repeat_rows(vectors([[1, 1, 1]]), ["1"] * 3) == [
        RepeatRow(1, "100.0", "–"),
        RepeatRow(2, "100.0", "–"),
        RepeatRow(3, "100.0", "100.0"),
    ]
