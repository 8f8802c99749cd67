from collections.abc import Sequence

import numpy as np

from cft_eval.checker.run.votes import commonest
from cft_eval.leaderboard.pages.items.builder import surprises
from cft_eval.records.runs import Answers


def run(name: str, answers: Sequence[str | None], reference: str = "1") -> Answers:
    right = [answer == reference for answer in answers]
    return Answers(name, name, 0.5, np.arange(len(answers)), right, answers)


def test_agreement_against_the_reference_comes_first_then_the_hardest() -> None:
    strong = [
        run("a", ["1", "7", "2", "1", None]),
        run("b", ["1", "7 ", "3", "1", None]),
        run("c", ["1", "$7$", "4", "9", None]),
    ]
    ordered = surprises(strong, commonest).ordered
    assert [(each.position, each.agreed, each.right) for each in ordered] == [
        (1, 3, 0),  # all three say 7, however it is written
        (2, 1, 0),  # all wrong, each in a way of its own
        (4, 0, 0),  # nobody answers
        (3, 1, 2),
        (0, 0, 3),
    ]
    assert ordered[0].answer == "7"


def test_an_answer_is_the_same_however_it_is_written() -> None:
    written = [r"\frac{1}{2}", r"\frac12", "0.5", "1/2"]
    strong = [run(text, ["9", text, "1"]) for text in written] + [run("e", ["9", "3", "1"])]
    ordered = surprises(strong, commonest).ordered
    assert [(each.position, each.agreed) for each in ordered[:2]] == [(0, 5), (1, 4)]
    assert ordered[1].answer in written


def test_the_commonest_answer_is_bounded_and_raises_nothing() -> None:
    assert commonest(["3", "x", "3.0", "", " "]) == ("3", 2)
    assert commonest([str(number) for number in range(500)]) == ("0", 1)
    hostile = [
        "{" * 5_000,
        r"\frac" * 900,
        "9" * 5_000,
        "\ud800",
        "(" * 900 + "1",
        "2^" * 400 + "2",
    ]
    assert commonest([*hostile, "7", "7"]) == ("7", 2)


def test_without_strong_models_there_are_no_problems() -> None:
    assert surprises([], commonest) == ([], [])
