"""The generated sums: right, the same every day, and apart from training."""

import re

from cft_eval.testsets import BENCHMARKS, known_items
from cft_eval.testsets.arithmetic import LARGEST, ArithmeticProblem, problems
from cft_eval.testsets.load import load

FORM = re.compile(r"What is (\d+) ([+-]) (\d+)\?")


def _operands(problem: ArithmeticProblem) -> tuple[int, str, int]:
    match = FORM.fullmatch(problem.problem)
    assert match is not None
    return int(match[1]), match[2], int(match[3])


def test_every_answer_is_right_and_boxed() -> None:
    for problem in [*problems("train"), *problems("test")]:
        left, sign, right = _operands(problem)
        assert 1 <= min(left, right) <= max(left, right) <= LARGEST
        value = left + right if sign == "+" else left - right
        assert value >= 0
        assert problem.answer == str(value)
        assert problem.response == (
            f"{left} {sign} {right} = {value}. The answer is \\boxed{{{value}}}."
        )


def test_no_pair_of_the_test_is_trained_on_in_either_order() -> None:
    pairs = {
        split: {frozenset(_operands(p)[::2]) for p in problems(split)}
        for split in ("train", "test")
    }
    assert not pairs["train"] & pairs["test"]
    assert len(problems("train")) > 3_000


def test_the_benchmark_is_the_test_half() -> None:
    items = load("arithmetic")
    assert [item.problem for item in items] == [p.problem for p in problems("test")]
    assert len(items) == BENCHMARKS["arithmetic"].size == len(set(known_items("arithmetic")))
