"""Bound letters and derivatives, held against sympy."""

import pytest
import sympy

from cft_eval.checker.prove.prove import to_sympy
from cft_eval.checker.read.parse import readings
from cft_eval.checker.types.binding import (
    NoDerivative,
    bind,
    derivative,
    has_binder,
    substituted,
)
from cft_eval.checker.types.values import NODES, Node, Symbol


def node(text: str) -> Node:
    value = next(readings(text))
    assert isinstance(value, NODES)
    return value


def test_the_letter_that_is_bound_has_no_name() -> None:
    limits = (node("1"), node("n"))
    assert bind("sum", "k", limits, node("k^2+m")) == bind("sum", "j", limits, node("j^2+m"))
    assert bind("sum", "k", limits, node("k^2+m")) != bind("sum", "k", limits, node("k^2+p"))
    assert has_binder(bind("sum", "k", limits, node("k")))
    assert not has_binder(node("k^2"))


def test_a_binder_inside_another_keeps_its_letter() -> None:
    inner = bind("sum", "p", (node("1"), node("k")), node("kp"))
    outer = bind("sum", "k", (node("1"), node("n")), inner)
    other = bind("sum", "a", (node("1"), node("n")), bind(
        "sum", "b", (node("1"), node("a")), node("ab")
    ))  # fmt: skip
    assert outer == other


def test_the_index_of_a_letter_is_a_part_of_its_name() -> None:
    assert substituted(node("a_n+n"), "n", Symbol("k")) == node("a_k+k")
    with pytest.raises(NoDerivative):
        substituted(node("a_n"), "n", node("3"))


@pytest.mark.parametrize(
    "text",
    [r"x^5", r"3x^2-x+7", r"\sin(x^2)", r"\cos 3x", r"e^{2x}\tan x", r"x^x", r"\ln(x^2+1)",
     r"\frac{x}{x^2+1}", r"\arcsin x", r"\arctan(2x)", r"\sinh x\cosh x", r"\tanh x", r"2^x",
     r"\cot x", r"\arccos(x/2)", r"\log x"],
)  # fmt: skip
def test_derivatives_are_those_of_sympy(text: str) -> None:
    x = sympy.Symbol("x", real=True)
    names = {sympy.Symbol("x"): x}
    function, ours = (
        to_sympy(tree, sympy).subs(names).subs(dict.fromkeys(to_sympy(tree, sympy).free_symbols, x))
        for tree in (node(text), derivative(node(text), "x"))
    )
    for point in (sympy.Rational(3, 10), sympy.Rational(7, 10)):
        difference = (sympy.diff(function, x) - ours).subs(x, point)
        assert abs(complex(difference.evalf(30))) < 1e-20, text


def test_what_has_no_derivative_here() -> None:
    assert derivative(node("y^2"), "x") == node("0")
    with pytest.raises(NoDerivative):
        derivative(node(r"\Gamma(x)"), "x")
