from collections.abc import Sequence

import numpy as np

from cft_eval.leaderboard.items import surprises
from cft_eval.leaderboard.records import Answers


def run(name: str, answers: Sequence[str | None], reference: str = "1") -> Answers:
    right = [answer == reference for answer in answers]
    return Answers(name, name, 0.5, np.arange(len(answers)), right, answers)


def test_agreement_against_the_reference_comes_first_then_the_hardest() -> None:
    strong = [
        run("a", ["1", "7", "2", "1", None]),
        run("b", ["1", "7 ", "3", "1", None]),
        run("c", ["1", "$7$", "4", "9", None]),
    ]
    found = surprises(strong)
    assert [(each.position, each.agreed, each.right) for each in found] == [
        (1, 3, 0),  # all three say 7, however it is written
        (2, 1, 0),  # all wrong, each in a way of its own
        (4, 0, 0),  # nobody answers
        (3, 1, 2),
        (0, 0, 3),
    ]
    assert found[0].answer == "7"


def test_without_strong_models_there_are_no_problems() -> None:
    assert surprises([]) == []
