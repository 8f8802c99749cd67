"""avg@k, pass@k and maj@k on cases small enough to count by hand."""

from itertools import combinations, permutations

import pytest

from cft_eval.checker.run.votes import pairs, votes
from cft_eval.harness.repeats import average, majority, pass_at


def _same(left: str, right: str) -> bool:
    return float(left) == float(right)


@pytest.mark.parametrize("right", range(7))
@pytest.mark.parametrize("k", range(1, 7))
def test_pass_at_k_is_the_share_of_draws_with_a_right_response(k: int, right: int) -> None:
    correct = [True] * right + [False] * (6 - right)
    draws = list(combinations(correct, k))
    assert pass_at(k, correct) == pytest.approx(sum(map(any, draws)) / len(draws))


def test_pass_at_more_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match="pass@3 of 2 responses"):
        pass_at(3, [True, False])


MAJORITIES = [
    # answers, correct, maj@k
    (["2", "2", "3"], [True, True, False], 1.0),
    (["2", "3", "3"], [True, False, False], 0.0),
    # Equal in value, not in writing: they vote together.
    (["0.5", ".50", "3", "4"], [True, True, False, False], 1.0),
    # A tie counts its share, whichever came first.
    (["2", "3"], [True, False], 0.5),
    (["3", "2"], [False, True], 0.5),
    # Nothing found: no vote.
    (["", "", "2"], [False, False, True], 1.0),
    (["", ""], [False, False], 0.0),
]


@pytest.mark.parametrize(("answers", "correct", "score"), MAJORITIES)
def test_majority(answers: list[str], correct: list[bool], score: float) -> None:
    same = {pair for pair in pairs(answers) if _same(*pair)}
    assert majority(votes(answers, same), correct) == score


def test_no_order_of_the_responses_decides() -> None:
    """``x=3`` and ``y=3`` are both ``3``, and not each other: they vote together all the same."""
    same = {("3", "x=3"), ("3", "y=3")}
    for answers in permutations(["x=3", "3", "y=3", "4", "4"]):
        correct = [answer != "4" for answer in answers]
        assert majority(votes(answers, same), correct) == 1.0


def test_average() -> None:
    assert average([True, False, False, True]) == 0.5
