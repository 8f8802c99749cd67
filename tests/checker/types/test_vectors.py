"""Products of vectors and functions of functions: what is equal in other marks and orders."""

import pytest

from cft_eval import equal
from tests.checker.pairs import assert_different, assert_equal, each

EQUAL = [
    (r"-\vec b\times\vec a", r"\vec a\times\vec b"),
    (r"-b\times a", r"\vec a\times\vec b"),
    (r"\boldsymbol a\times\bm{b}", r"\mathbf{a}\times\vec b"),
    (r"\vec a\times(\vec b+\vec c)", r"\vec a\times\vec b+\vec a\times\vec c"),
    (r"(\vec a+\vec b)\times(\vec a-\vec b)", r"-2\vec a\times\vec b"),
    (r"2\vec a\times3\vec b", r"6(\vec a\times\vec b)"),
    (r"\vec r\times m\vec v", r"m\,\vec r\times\vec v"),
    (r"\vec b\times(\vec a\times\vec c)", r"(\vec c\times\vec a)\times\vec b"),
    (r"\vec a\cdot(\vec b\times\vec c)", r"(\vec a\times\vec b)\cdot\vec c"),
    (r"\vec a\cdot(\vec b\times\vec c)", r"\vec b\cdot(\vec c\times\vec a)"),
    (r"\vec a\cdot(\vec b\times\vec a)", r"0\cdot(\vec a\times\vec b)"),
    (r"q\vec E+q\vec v\times\vec B", r"q(\vec E+\vec v\times\vec B)"),
    (r"|\vec a\times\vec b|", r"|\vec b\times\vec a|"),
    (r"\vec{F}_1\times\vec r", r"-\vec r\times\vec{F}_1"),
    (r"\nabla\times(\vec F+\vec G)", r"\nabla\times\vec F+\nabla\times\vec G"),
    (r"\overrightarrow{AB}+\overrightarrow{BC}", r"\overrightarrow{AC}"),
    (r"-\overrightarrow{BA}", r"\overrightarrow{AB}"),
    (r"3\times n", "3n"),
    # Functions of functions, and of events.
    (r"(f\circ g)(x)", "f(g(x))"),
    ("f\u2218g", r"f\circ g"),
    (r"P(A\cap B)", r"P(B\cap A)"),
    (r"P(B)P(A\mid B)", "P(A|B)P(B)"),
    (r"\overline{z+w}", r"\overline{w+z}"),
    (r"\overline{zw}", r"\bar z\bar w"),
    (r"2\hat i-3\hat j", "(2,-3)"),
]
DIFFERENT = [
    (r"\vec b\times\vec a", r"\vec a\times\vec b"),
    (r"\vec a\cdot\vec b", r"\vec a\times\vec b"),
    (r"a\cdot b", r"\vec a\times\vec b"),
    (r"\vec a\times(\vec b\times\vec c)", r"(\vec a\times\vec b)\times\vec c"),
    (r"\vec a\cdot(\vec b\times\vec c)", r"\vec a\cdot(\vec c\times\vec b)"),
    (r"\vec r\times m\vec v", r"m\,\vec v\times\vec r"),
    (r"\overrightarrow{BA}", r"\overrightarrow{AB}"),
    (r"\nabla\cdot\vec F", r"\nabla\times\vec F"),
    (r"g\circ f", r"f\circ g"),
    (r"(g\circ f)(x)", "f(g(x))"),
    ("Var(X+Y)", "Var(X)+Var(Y)"),
    ("P(A|B)", "P(B|A)"),
    (r"P(A\cap B)", r"P(A\cup B)"),
    (r"\overline{A}", "A"),
    (r"\overline{ab}", "ab"),
]
UNREAD = [
    # Digits below a bar beside others are those of a numeral, and no product.
    (r"1\overline{5}", "5"),
    (r"\overline{5}1", "5"),
    # The curl of a product is no product of the curl.
    (r"\nabla\times(f\vec F)", r"f\nabla\times\vec F"),
]


@each(EQUAL)
def test_equal(answer: str, reference: str) -> None:
    assert_equal(answer, reference)


@each(DIFFERENT)
def test_different(answer: str, reference: str) -> None:
    assert_different(answer, reference)


@pytest.mark.parametrize(("answer", "reference"), UNREAD)
def test_what_is_not_understood_is_not_accepted(answer: str, reference: str) -> None:
    assert not equal(answer, reference).correct
