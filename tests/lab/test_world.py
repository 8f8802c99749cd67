"""The lab's rows: what is right, what is wrong, and who says so. No torch."""

import pytest

from cft_eval.dataset.rows import Method, TrainingRow
from cft_eval.errors import CftError
from cft_eval.lab.experiment import fill, lessons
from cft_eval.lab.world import World, answer_of, noisy_rows
from cft_eval.testsets import arithmetic
from cft_eval.training.encode import Example

PROBLEMS = arithmetic.problems("train")[:400]


def right(row: TrainingRow) -> bool:
    return answer_of(row.response) == row.reference


def test_half_of_the_responses_are_wrong_and_every_verdict_is_true() -> None:
    rows = noisy_rows(PROBLEMS, World(), seed=1)
    assert 150 < sum(map(right, rows)) < 250
    assert all((row.judged == "right") == right(row) for row in rows)
    # A wrong response differs in its result alone, not in what was asked.
    assert all(row.response.split(" = ")[0] in row.question for row in rows)
    assert rows == noisy_rows(PROBLEMS, World(), seed=1)
    assert rows != noisy_rows(PROBLEMS, World(), seed=2)


def test_a_mistaken_teacher_confirms_the_wrong_and_corrects_the_right() -> None:
    rows = noisy_rows(PROBLEMS, World(teacher_error=1.0), seed=1)
    assert all((row.judged == "right") != right(row) for row in rows)
    some = noisy_rows(PROBLEMS, World(teacher_error=0.2), seed=1)
    assert 50 < sum((row.judged == "right") != right(row) for row in some) < 110


def test_a_critique_works_the_problem_out() -> None:
    problem = arithmetic.ArithmeticProblem("What is 28 + 40?", "68", r"28 + 40 = 68. …")
    (row,) = noisy_rows([problem], World(), seed=0, responses=[r"It is \boxed{67}."])
    assert row.critique == (
        "ones: 8 + 0 = 8, tens: 2 + 4 = 6. So 28 + 40 = 68. The answer is \\boxed{68}. "
        "Conclusion: wrong [END]"
    )
    assert row.response == r"It is \boxed{67}."


def test_what_the_arms_learn() -> None:
    rows = noisy_rows(PROBLEMS, World(rows=100), seed=1)
    assert lessons("cft", rows) == [(rows, Method.CFT)]
    assert lessons("sft-all", rows) == [(rows, Method.SFT)]
    (verified, method), *_ = lessons("sft-right", rows)
    assert method is Method.SFT
    assert all(map(right, verified))
    assert 0 < len(verified) < 100
    assert lessons("mixed", rows) == [(rows, Method.CFT), (verified, Method.SFT)]
    with pytest.raises(CftError, match="not one response is right"):
        lessons("sft-right", noisy_rows(PROBLEMS, World(error_share=1.0), seed=1))


def test_every_arm_gets_equal_tokens_and_pools_equal_shares() -> None:
    short = [Example([1] * 10, [1] * 10, f"s{i}") for i in range(7)]
    long = [Example([1] * 30, [1] * 30, f"l{i}") for i in range(7)]
    both = fill([short, long], tokens=1200, seed=0)
    assert sum(map(len, both)) == 1200
    assert sum(len(example) for example in both if example.name[0] == "s") == 600
    # Less data is repeated, evenly.
    names = [example.name for example in fill([short], tokens=700, seed=0)]
    assert {names.count(name) for name in names} == {10}
