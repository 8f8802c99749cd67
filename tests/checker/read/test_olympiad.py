r"""Answers as contests for proofs give them: all n, families, permutations, sets of numbers."""

import pytest

from cft_eval import equal

EQUAL = [
    (r"\text{all } n\ge 5", r"n\ge5"),
    (r"n \geq 5", r"\text{all integers } n \ge 5"),
    (r"\text{every positive integer } n>5", "n>5"),
    ("x=y=z=4", "(4,4,4)"),
    ("(4,4,4)", "x=y=z=4"),
    ("a=b=4", "4"),
    (r"3/7, \text{ attained at } x=1", "3/7"),
    (r"\frac37 \text{ (achieved when } a=b)", r"\frac37"),
    (r"f(x)=cx, c \text{ constant}", "f(x)=cx"),
    (r"f(x)=cx \text{ for any } c\in\mathbb{R}", "f(x)=cx"),
    (r"\mathbb{Z}^+", r"\text{all positive integers}"),
    (r"\mathbb{Z}_{>0}", r"\mathbb{N}"),
    (r"\text{the set of rational numbers}", r"\mathbb{Q}"),
    (r"\text{all non-negative integers}", r"\mathbb{Z}_{\ge 0}"),
    ("(1,2,5),(1,5,2),(2,1,5),(2,5,1),(5,1,2),(5,2,1)", r"(1,2,5) \text{ and permutations}"),
    (r"(x,y,z)=(1,2,5) \text{ and permutations}", r"(1,2,5) \text{ and all its permutations}"),
    ("(2,2,1),(2,1,2),(1,2,2)", r"(1,2,2) \text{ and its permutations}"),
]
DIFFERENT = [
    (r"\text{all } n\ge 5", r"n\ge6"),
    (r"\text{all even } n\ge 4", r"n\ge4"),
    ("x=y=4", "(4,4,4)"),
    ("x=y=z=4", "(4,4,5)"),
    (r"3/7, \text{ attained at } x=1", "1"),
    ("maximum attained at 2", "maximum attained at 3"),
    (r"\text{the minimum is attained at 2}", r"\text{the minimum is attained at 3}"),
    ("goal reached", "goal"),
    (r"\mathbb{Z}", r"\mathbb{Q}"),
    (r"\mathbb{R}", r"\mathbb{Z}"),
    (r"\mathbb{Z}^+", r"\mathbb{Z}"),
    ("(1,2,5)", r"(1,2,5) \text{ and permutations}"),
    ("(1,2,5),(2,1,5)", r"(1,2,5) \text{ and permutations}"),
]


@pytest.mark.parametrize(("answer", "reference"), EQUAL)
def test_equal(answer: str, reference: str) -> None:
    verdict = equal(answer, reference)
    assert verdict.correct, verdict.reason


@pytest.mark.parametrize(("answer", "reference"), DIFFERENT)
def test_not_equal(answer: str, reference: str) -> None:
    assert not equal(answer, reference).correct
