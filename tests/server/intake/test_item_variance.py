"""What a board keeps of repeats: how much its problems differ."""

import numpy as np
import pytest

from cft_eval.leaderboard.data.frames import interval
from cft_eval.server.intake.grading import CORRECT, item_variance
from cft_eval.stats import clustered_mean

WRONG = CORRECT + 1


def codes(rows: list[list[int]]) -> bytes:
    return bytes(CORRECT if right else WRONG for row in rows for right in row)


def test_it_is_that_of_the_problems_means() -> None:
    rows = [[1, 1, 1, 1], [0, 0, 0, 0], [1, 0, 1, 0], [1, 1, 1, 0], [0, 0, 1, 0]]
    means = np.array(rows).mean(axis=1)
    kept = item_variance(codes(rows), 4)
    assert kept == pytest.approx(means.var(ddof=1))
    assert interval(float(means.mean()), 5, kept) == pytest.approx(clustered_mean(means))


@pytest.mark.parametrize(("rows", "repeats"), [([[1], [0], [1]], 1), ([[1, 0, 1]], 3), ([], 4)])
def test_without_repeats_or_with_one_problem_there_is_none(
    rows: list[list[int]], repeats: int
) -> None:
    assert item_variance(codes(rows), repeats) is None
