"""The edges of the proofs, without sympy: what each rule takes, and what it must leave."""

import math
from fractions import Fraction

import mpmath
import pytest

from cft_eval.checker.prove import (
    exact,
    functions,
    numeric,
    periodic,
    polynomials,
    powers,
    whole_numbers,
)
from cft_eval.checker.prove.algebra import ONE, TooLarge, constant, key
from cft_eval.checker.prove.digits import NoValue
from cft_eval.checker.prove.exact import NoBound
from cft_eval.checker.prove.normal_form import form
from cft_eval.checker.prove.prove import Truth, prove, to_sympy
from cft_eval.checker.read.parse import readings
from cft_eval.checker.types.values import NODES, Call, Node, Number, Product, Symbol

INFINITE = Symbol("oo")


def node(text: str) -> Node:
    value = next(readings(text))
    assert isinstance(value, NODES), value
    return value


def truth(answer: str, reference: str) -> Truth:
    """By our own rules alone."""
    return prove(node(answer), node(reference), deep=False).truth


EQUAL = [
    (r"|\frac{t}{2}|^2", r"\frac{t^2}{4}"),
    (r"\binom{5}{k}", r"\frac{120}{k!(5-k)!}"),
    (r"\sum_{k=1}^{n} 3", "3n"),
    (r"\sum_{k=100000}^{100003} k", "400006"),
    (r"\prod_{k=1}^{4} k", "24"),
    (r"\sum_{n=1}^\infty \frac{2}{n^3}", r"2\sum_{n=1}^\infty \frac1{n^3}"),
    (r"\int_0^t 6s^2\,ds", "2t^3"),
    (r"\int_1^2 (2s+1)\,ds", "4"),
    (r"e^{3\ln t}", "t^3"),
    (r"1^{t}", "1"),
    (r"(-1)^{10^{12}}", "1"),
    (r"0^{10^{12}}", "0"),
    (r"\delta(2t)", r"\frac12\delta(t)"),
    (r"\delta(3t-6)", r"\frac13\delta(t-2)"),
    (r"\arctan1+\arctan2+\arctan3-\pi", "0"),
    (r"2\ln(1+\sqrt2)-\ln(3+2\sqrt2)", "0"),
    (r"\sin\frac{5\pi}{12}", r"\frac{\sqrt6+\sqrt2}{4}"),
    (r"\cos\frac{11\pi}{12}", r"-\frac{\sqrt6+\sqrt2}{4}"),
    (r"\cos\frac{\pi}{2}", "0"),
    (r"\sin\frac{19\pi}{12}", r"-\frac{\sqrt6+\sqrt2}{4}"),
    (r"\sqrt[3]{-8}", "-2"),
    (r"\max(\sqrt2,1)", r"\sqrt2"),
    (r"\lfloor\pi\rfloor", "3"),
    (r"\lceil-\pi\rceil", "-3"),
]
DIFFERENT = [
    (r"e^{(\ln t)^2}", "t"),
    (r"e^{3\ln t}", "t^2"),
    (r"\binom{5}{k}", r"\frac{60}{k!(5-k)!}"),
    (r"\sum_{k=1}^{n} 3", "3n+3"),
    (r"\int_0^t 6s^2\,ds", "3t^2"),
    (r"\delta(2t)", r"\delta(t)"),
    (r"\arctan1+\arctan2", r"\pi"),
    (r"\sqrt{x^2}\sqrt{y}", r"\sqrt{x^2y}+1"),
    (r"\lfloor\pi\rfloor", "4"),
]


@pytest.mark.parametrize(("answer", "reference"), EQUAL)
def test_proved_equal(answer: str, reference: str) -> None:
    assert truth(answer, reference) is Truth.EQUAL
    assert truth(reference, answer) is Truth.EQUAL


@pytest.mark.parametrize(("answer", "reference"), DIFFERENT)
def test_shown_different(answer: str, reference: str) -> None:
    assert truth(answer, reference) is Truth.DIFFERENT
    assert truth(reference, answer) is Truth.DIFFERENT


# --- infinity and no value ---------------------------------------------------------------------


def times(factor: int) -> Node:
    return Product((Number(Fraction(factor)), INFINITE))


def test_infinities() -> None:
    assert prove(INFINITE, times(2), deep=False).truth is Truth.EQUAL
    assert prove(times(-1), times(-3), deep=False).truth is Truth.EQUAL
    assert prove(INFINITE, times(-1), deep=False).truth is Truth.DIFFERENT
    assert prove(INFINITE, node("5"), deep=False).truth is Truth.DIFFERENT
    # 0 times infinity has no value: it is not minus infinity.
    assert prove(times(0), times(0), deep=False).truth is Truth.EQUAL  # the same expression
    assert prove(times(0), node("0"), deep=False).truth is Truth.OPEN
    assert prove(times(0), times(-1), deep=False).truth is Truth.DIFFERENT


def test_what_has_no_value_within_the_limits() -> None:
    tower = r"10^{10^{10}}"
    unlike = prove(node(f"{tower}x"), node(f"{tower}y"), deep=False)
    assert (unlike.truth, unlike.by) == (Truth.DIFFERENT, "different variables")
    alike = prove(node(f"{tower}x+{tower}x^2"), node(f"{tower}x^2"), deep=False)
    assert alike.truth is Truth.OPEN
    series = prove(node(r"\sum_{n=0}^\infty \frac{x^n}{n!}"), node("e^x"), deep=False)
    assert series.truth is Truth.OPEN


def test_what_sympy_leaves_is_open() -> None:
    from cft_eval.checker.prove.prove import _deep

    assert _deep(node("x"), node("y")).truth is Truth.OPEN
    assert _deep(node("x"), node("x")).truth is Truth.EQUAL


def test_letters_are_real_and_indices_whole_numbers_for_sympy() -> None:
    import sympy

    assert to_sympy(node("x"), sympy).is_real
    assert not to_sympy(node("x"), sympy).is_integer
    assert to_sympy(node("n"), sympy).is_integer


# --- bounds ------------------------------------------------------------------------------------


def test_bounds_follow_their_formulas() -> None:
    third = node(r"\frac13")
    assert exact._bound(third) == exact._Bound(0.0, math.log10(3))
    percent = exact._bound(Call("percent", (third,)))
    assert percent.l == pytest.approx(math.log10(300))
    assert exact._bound(Call("degree", (third,))).l == pytest.approx(math.log10(3))
    root = exact._powered(exact._Bound(2.0, 1.0), Fraction(1, 2))
    assert (root.u, root.l, root.roots) == (1.5, 1.0, 2)
    fourth = exact._powered(exact._Bound(2.0, 1.0), Fraction(3, 4))
    assert (fourth.u, fourth.l, fourth.roots) == (3 * 1.25, 3.0, 4)
    inverse = exact._powered(exact._Bound(2.0, 1.0), Fraction(-1))
    assert (inverse.u, inverse.l) == (1.0, 2.0)


@pytest.mark.parametrize("name", ["tan", "cot", "sec", "csc"])
def test_quotients_of_sine_and_cosine(name: str) -> None:
    angle = Number(Fraction(1, 3))
    value = numeric.evaluate(exact._quotient(name, angle), {}, mpmath.mp)
    assert value == pytest.approx(getattr(mpmath, name)(mpmath.mpf(1) / 3))


def test_turns() -> None:
    assert exact._turn(Symbol("pi")) == Fraction(1, 2)
    assert exact._turn(node(r"\frac{2\pi}{5}")) == Fraction(1, 5)
    assert exact._turn(node(r"90^\circ")) == Fraction(1, 4)
    for text in ("1", r"\pi^2", r"\pi+1"):
        with pytest.raises(NoBound):
            exact._turn(node(text))


def test_logarithms_are_of_positive_numbers_and_alone() -> None:
    with pytest.raises(NoBound):
        exact._log_zero(node(r"\ln 2+\pi"))
    for text in ("-1", "i", "1+i", "0"):
        with pytest.raises(NoBound):
            exact._positive(node(text))
    exact._positive(node(r"\sqrt2-1"))
    assert exact._log_zero(node(r"\ln 4-2\ln 2"))
    assert exact._angle_zero(node(r"\arctan 1-\frac{\pi}{4}"))
    assert not exact._angle_zero(node(r"\arctan 1+\frac{7\pi}{4}"))  # 2π, which turns to 1 too


# --- numbers, polynomials, whole numbers ---------------------------------------------------------


def test_a_sum_has_whole_limits() -> None:
    for low, high in (("1", r"\frac52"), (r"\frac12", "3"), ("1", "10^9")):
        terms = Call("sum", (Symbol("k"), node(low), node(high), Symbol("k")))
        with pytest.raises(NoValue):
            numeric.evaluate(terms, {}, mpmath.mp)


def test_values_at_a_point_are_finite() -> None:
    one = Number(Fraction(1))
    pole = node(r"\frac{1}{t}")
    assert numeric._values(pole, one, {"t": mpmath.mpf(0)}, 20) is None
    assert numeric._values(one, one, {"t": mpmath.inf}, 20) == (1, 1)
    assert numeric._values(Symbol("t"), one, {"t": mpmath.inf}, 20) is None
    assert numeric._values(one, Symbol("t"), {"t": mpmath.inf}, 20) is None


def test_real_roots_of_negative_numbers() -> None:
    turned = numeric._with_real_roots(node("(-8)^{1/3}"))
    assert numeric.evaluate(turned, {}, mpmath.mp) == pytest.approx(-2)
    turned = numeric._with_real_roots(node("(-3)^{2}"))
    assert numeric.evaluate(turned, {}, mpmath.mp) == pytest.approx(9)


def test_quadratics_without_a_root() -> None:
    for low, middle, high, none in ((1, 2, 1, False), (1, 3, 2, False), (1, 1, 1, True)):
        poly = [Fraction(low), Fraction(middle), Fraction(high)]
        assert polynomials._has_no_root(poly) is none
    assert polynomials._root_of(Fraction(0)) is None
    assert polynomials._root_of(Fraction(9, 4)) == Fraction(3, 2)


@pytest.mark.parametrize("text", ["(t+1)^2", "(2t-3)^2", "(t^2+t+1)^2", "(3t^2-5)^2"])
def test_roots_of_squares(text: str) -> None:
    root = polynomials.square_root(form(node(text)).above)
    assert root is not None
    square = powers.whole_power(constant(Fraction(1))._replace(above=root), 2)
    assert square.above == form(node(text)).above


def test_a_period_and_a_degree_are_bounded() -> None:
    shape = periodic._Shape
    assert periodic._period([shape(4, 1), shape(6, 2)]) == 12
    with pytest.raises(periodic.Unsuited):
        periodic._period([shape(7, 1), shape(11, 1)])
    with pytest.raises(periodic.Unsuited):
        periodic._period([shape(1, 20), shape(1, 20)])


def test_whole_numbers_are_looked_at_from_one() -> None:
    # Zero at 2, 3 and 4: only n = 1 tells it from 0.
    odd_but_three = node("(1-(-1)^n)(n-3)")
    zero = Number(Fraction(0))
    assert periodic.equal_on_integers(odd_but_three, zero, frozenset("n")) is False
    assert periodic.equal_on_integers(node("(-1)^n(-1)^n"), node("(-1)^{2n}"), frozenset("n"))
    assert periodic.equal_on_integers(node("n"), node("n"), frozenset("n")) is None


# --- forms ---------------------------------------------------------------------------------------


def test_a_key_tells_forms_apart() -> None:
    texts = ["t", "2t", r"\frac1t", r"\frac{t}{t+1}", r"\frac{t}{t+2}", "t+1", "1"]
    keys = [key(form(node(text))) for text in texts]
    assert len(set(keys)) == len(texts)
    assert key(form(node(r"\frac{2t}{2t+2}"))) == key(form(node(r"\frac{t}{t+1}")))


def test_a_root_has_a_degree() -> None:
    assert functions.root(form(node("t")), ONE) == form(node("t"))
    with pytest.raises((TooLarge, ZeroDivisionError)):
        functions.root(form(node("t")), constant(Fraction(0)))


def test_factorials_of_shifted_letters() -> None:
    n = form(node("n"))
    assert whole_numbers.factorial(n) == form(node("n!"))
    assert truth(r"\frac{(n+2)!}{n!}", "(n+1)(n+2)") is Truth.EQUAL
    assert truth(r"\frac{(n-2)!}{n!}", r"\frac{1}{n(n-1)}") is Truth.EQUAL


def test_powers_of_numbers() -> None:
    assert powers._number_power(Fraction(2), 10) == constant(Fraction(1024))
    assert powers._number_power(Fraction(-1), 10**12 + 1) == constant(Fraction(-1))
    assert powers._number_power(Fraction(0), 10**12) == constant(Fraction(0))
    with pytest.raises(TooLarge):
        powers._number_power(Fraction(1, 2), 10**6)
    with pytest.raises(TooLarge):
        powers._number_power(Fraction(2), 10**6)
