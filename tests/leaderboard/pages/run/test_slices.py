from collections.abc import Sequence

import numpy as np

from cft_eval.leaderboard.pages.run.slices import slices
from cft_eval.records.runs import SampleVectors


def vectors(right: Sequence[int], levels: Sequence[str | None], repeats: int = 1) -> SampleVectors:
    return SampleVectors(
        np.array(right, dtype=np.float64),
        np.arange(len(right)) // repeats,
        levels,
        [None] * len(right),
    )


def test_a_slice_unlike_the_rest_is_marked() -> None:
    right = [1] * 30 + [0] * 30 + [1, 0] * 30
    levels = ["Level 1"] * 30 + ["Level 5"] * 30 + ["Level 3"] * 60
    rows = slices(vectors(right, levels))
    assert [(row.name, row.mark) for row in rows] == [
        ("Level 1", "better"),
        ("Level 3", ""),
        ("Level 5", "worse"),
    ]
    assert [row.score.text for row in rows] == ["100.0", "50.0", "0.0"]


def test_repeats_of_a_problem_are_one_problem() -> None:
    rows = slices(vectors([1, 0] * 20, (["a"] * 20 + ["b"] * 20), repeats=2))
    assert [row.problems for row in rows] == ["10", "10"]


def test_one_slice_or_none_is_no_comparison() -> None:
    assert slices(vectors([1, 0], ["a", "a"])) == []
    assert slices(vectors([1, 0], [None, None])) == []
