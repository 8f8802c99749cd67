r"""Where an answer holds: integers or natural numbers, and from which number on."""

import pytest

from cft_eval import equal
from cft_eval.checker.read.asides import Holding, holds_for

SAID = [
    (r"\frac\pi3+k\pi, k\in\mathbb{Z}", Holding("k", "integers")),
    (r"\frac\pi3+k\pi,\ k \in \mathbb Z^+", Holding("k", "natural numbers")),
    (r"\frac\pi3+k\pi, k\in\mathbb{Z}_{\ge 0}", Holding("k", "natural numbers")),
    ("π/3 + kπ, k ∈ \u2115", Holding("k", "natural numbers")),
    (r"2n \text{ for any integer } n", Holding("n", "integers")),
    (r"2n, where $n$ is a positive integer", Holding("n", "natural numbers")),
    (r"x^2 \text{ for } x > 3", Holding("x", "x > 3")),
    (r"x^2 \text{ for } x \geq 3.0", Holding("x", "x ≥ 3")),
    (r"2^n \text{ for } n \ge 1", None),  # from 1 on or above 0: the same for whole numbers
    ("x^2", None),
    (r"\text{12 is an integer}", None),
]
ELSEWHERE = [
    (r"x=\frac\pi3+k\pi, k\in\mathbb{N}", r"x=\frac\pi3+k\pi, k\in\mathbb{Z}"),
    (r"2n, n \in \mathbb{Z}^+", r"2n, n\in\mathbb{Z}"),
    (r"2n \text{ for any integer } n", r"2n, n\in\mathbb{N}"),
    (r"x^2 \text{ for } x>0", r"x^2 \text{ for } x>1"),
    (r"\ln x \text{ for } x>0", r"\ln x \text{ for } x<0"),
]
THE_SAME = [
    (r"x=\frac\pi3+k\pi", r"x=\frac\pi3+k\pi, k\in\mathbb{Z}"),  # one says nothing of it
    (r"n\pi, n\in\mathbb{Z}", r"k\pi, k\in\mathbb{Z}"),
    (r"\pm\frac\pi3+2k\pi, k\in\mathbb{N}", r"\pm\frac\pi3+2k\pi, k\in\mathbb{Z}"),
    (r"k^2, k\in\mathbb{N}", r"k^2, k\in\mathbb{Z}"),
    (r"2n, n \in \mathbb{Z}^+", r"2n, n\in\mathbb{N}"),
    (r"x^2 \text{ for } x>0", r"x^2 \text{ where } x > 0.0"),
]


@pytest.mark.parametrize(("text", "holding"), SAID)
def test_where_it_holds(text: str, holding: Holding | None) -> None:
    assert holds_for(text) == holding


@pytest.mark.parametrize(("answer", "reference"), ELSEWHERE)
def test_an_answer_that_holds_elsewhere_is_wrong(answer: str, reference: str) -> None:
    assert equal(answer, reference).outcome == "wrong"
    assert equal(reference, answer).outcome == "wrong"


@pytest.mark.parametrize(("answer", "reference"), THE_SAME)
def test_what_holds_as_far_is_right(answer: str, reference: str) -> None:
    assert equal(answer, reference).correct
    assert equal(reference, answer).correct


RENAMED = [
    (r"f(x)=kx \text{ for any constant } k", "f(x)=cx"),
    (r"f(x)=kx, k \in \mathbb{R}", "f(x)=cx"),
    ("f(x)=kx where k is a constant", r"f(x)=cx \text{ for any constant } c"),
    ("f(x)=kx, where k is an arbitrary real number", r"f(x)=ax \text{ for all real } a"),
    (r"f(x)=k\cos x, k\in\mathbb R", r"f(x)=c\cos x"),
    (r"mx \text{ for any } m", r"cx \text{ for any } c"),
]
"""Answers with an arbitrary constant under another name."""

NOT_RENAMED = [
    ("kx", "cx"),  # k and c may be given
    (r"f(x)=kx^2, k\in\mathbb{R}", "f(x)=cx"),
    (r"f(x)=2kx, k\in\mathbb{R}", "f(x)=cx"),
    (r"f(x)=kcx, k\in\mathbb{R}", "f(x)=cx"),
    (r"f(x)=x^2 \text{ for all } x", "f(x)=c^2"),
]


@pytest.mark.parametrize(("answer", "reference"), RENAMED)
def test_an_arbitrary_constant_may_have_another_name(answer: str, reference: str) -> None:
    assert equal(answer, reference).correct


@pytest.mark.parametrize(("answer", "reference"), NOT_RENAMED)
def test_another_letter_is_another_quantity(answer: str, reference: str) -> None:
    assert not equal(answer, reference).correct


def test_letters_in_a_list_may_be_any_constants() -> None:
    assert equal(r"f(x)=ax+b \text{ for any constants } a, b", "f(x)=ax+b").correct
