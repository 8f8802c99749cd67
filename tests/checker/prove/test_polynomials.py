"""Polynomials in one letter, factors of numbers, and functions of digits, by their exact values."""

from fractions import Fraction

import mpmath
import pytest

from cft_eval.checker.prove import digits
from cft_eval.checker.prove.atoms import Polynomial, symbol_atom
from cft_eval.checker.prove.digits import NoValue
from cft_eval.checker.prove.normal_form import form
from cft_eval.checker.prove.numeric import points, value_of
from cft_eval.checker.prove.polynomials import (
    coefficients,
    rational_roots,
    square_root,
    value_at,
)
from cft_eval.checker.prove.powers import factors
from cft_eval.checker.read.parse import readings
from cft_eval.checker.types.values import NODES, Node

X = symbol_atom("x")


def read(text: str) -> Node:
    value = next(readings(text))
    assert isinstance(value, NODES)
    return value


def poly(text: str) -> Polynomial:
    return form(read(text)).above


ROOTS: list[tuple[str, list[str] | None]] = [
    ("x-2", ["2"]), ("2x+3", ["-3/2"]), ("x^2+x-6", ["-3", "2"]), ("x^2+1", []), ("x^2+x+1", []),
    ("x^2-2", None), ("x^2", ["0", "0"]), ("x^3-x", ["-1", "0", "1"]), ("x^4+1", []),
    ("x^4+x^2+3", []), ("-x^4-2", []), ("x^4-2", None), ("6x^2-5x+1", ["1/3", "1/2"]),
    ("x^2-2x+1", ["1", "1"]), ("x^3+x", ["0"]), ("x^3-2", None), ("x-1000000", ["1000000"]),
    ("x^2-4x+5", []), ("x^4-x^2+1", None), ("3", []), ("4x^2-4x+1", ["1/2", "1/2"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "roots"), ROOTS)
def test_real_roots(text: str, roots: list[str] | None) -> None:
    values = coefficients(poly(text), X)
    assert values is not None
    found = rational_roots(values)
    assert (None if found is None else sorted(found)) == (
        None if roots is None else [Fraction(root) for root in roots]
    )


def test_coefficients_from_the_constant_upwards() -> None:
    assert coefficients(poly("3x^2-x+5"), X) == [*map(Fraction, (5, -1, 3))]
    assert coefficients(poly("x^8"), X) == [*map(Fraction, [*[0] * 8, 1])]
    assert coefficients(poly("x^9"), X) is None
    assert coefficients(poly("xy"), X) is None
    assert value_at([Fraction(5), Fraction(-1), Fraction(3)], Fraction(2)) == 15
    assert value_at(None, Fraction(2)) == 0


SQUARES = {
    "x^2+2x+1": "x+1", "4x^2-12x+9": "2x-3", "x^4+2x^3+3x^2+2x+1": "x^2+x+1", "x^2+1": None,
    "x^2+2x+2": None, "2x^2+4x+2": None, "x^3+1": None, "x^2": None, "-x^2-2x-1": None,
    "x^2+2xy+y^2": None, "9x^4+6x^2+1": "3x^2+1", "x^4+1": None, "x^6-2x^3+1": "x^3-1",
}  # fmt: skip


@pytest.mark.parametrize("text", SQUARES)
def test_square_roots_of_polynomials(text: str) -> None:
    root, wanted = square_root(poly(text)), SQUARES[text]
    if wanted is None:
        assert root is None
    else:
        assert root in (poly(wanted), {m: -v for m, v in poly(wanted).items()})


FACTORS = [
    ("12", {2: 2, 3: 1}), ("1", {}), ("8/9", {2: 3, 3: -2}), ("2003", {2003: 1}),
    ("4012009", {2003: 2}), ("1/7", {7: -1}), ("4022027", {4022027: 1}), ("999", {3: 3, 37: 1}),
    ("3996001", {1999: 2}), ("49/2", {7: 2, 2: -1}),
]  # fmt: skip


@pytest.mark.parametrize(("value", "wanted"), FACTORS)
def test_factors(value: str, wanted: dict[int, int]) -> None:
    """A cofactor beyond the trial division counts as prime, unless it is a square."""
    assert factors(Fraction(value)) == wanted


NUMBERS = [
    (digits.smooth_step, (0,), "0.5"), (digits.smooth_step, (1,), "0.75"),
    (digits.smooth_step, (-1,), "0.25"), (digits.smooth_step, (3,), "0.875"),
    (digits.smooth_impulse, (0,), "1"), (digits.smooth_impulse, (1,), "0.5"),
    (digits.smooth_impulse, (-3,), "0.1"), (digits.real_root, (-8, 3), "-2"),
    (digits.real_root, (16, 4), "2"), (digits.real_root, (-32, 5), "-2"),
    (digits.real_root, (8, -3), "0.5"), (digits.power, (0, 2), "0"), (digits.power, (2, -2),
    "0.25"),
    (digits.logarithm, (1000,), "3"), (digits.logarithm, (8, 2), "3"), (digits.percent, (25,),
    "0.25"),
    (digits.degrees, (30,), "30"), (digits.absolute, (-4,), "4"), (digits.floor, (2.5,), "2"),
    (digits.ceiling, (2.5,), "3"), (digits.largest, (2, 5, 3), "5"), (digits.smallest, (2, 5, 3),
    "2"),
    (digits.factorial, (5,), "120"), (digits.factorial, (0,), "1"), (digits.double_factorial, (7,),
    "105"),
    (digits.binomial, (5, 2), "10"), (digits.remainder, (17, 5), "2"),
    (digits.common_divisor, (12, 18), "6"),
    (digits.common_multiple, (4, 6), "12"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "arguments", "value"), NUMBERS)
def test_values_of_functions(function: object, arguments: tuple[float, ...], value: str) -> None:
    given = [mpmath.mpf(each) for each in arguments]
    assert mpmath.almosteq(function(mpmath.mp, *given), mpmath.mpf(value))  # type: ignore[operator]


NONE = [
    (digits.power, (0, 0)), (digits.power, (0, -1)), (digits.power, (2, 100001)),
    (digits.real_root, (2, 0)), (digits.natural_logarithm, (0,)), (digits.factorial, (-1,)),
    (digits.factorial, (1000001,)), (digits.binomial, (1000001, 2)), (digits.remainder, (5, 0)),
    (digits.remainder, (5.5, 2)), (digits.common_divisor, (2, 1.5)),
    (digits.double_factorial, (-2,)),
]  # fmt: skip


@pytest.mark.parametrize(("function", "arguments"), NONE)
def test_where_a_function_has_no_value(function: object, arguments: tuple[float, ...]) -> None:
    with pytest.raises(NoValue):
        function(mpmath.mp, *(mpmath.mpf(each) for each in arguments))  # type: ignore[operator]


def test_points_have_all_signs_and_no_value_twice() -> None:
    names = frozenset("xyz")
    listed = list(points(names, mpmath.mp))
    assert len(listed) == 8
    assert len({tuple(value > 0 for value in point.values()) for point in listed}) == 8
    assert all(len(set(map(abs, point.values()))) == 3 for point in listed)
    assert all(
        value > 0 for point in points(names, mpmath.mp, positive=True) for value in point.values()
    )
    whole = list(points(frozenset("nm"), mpmath.mp))
    assert all(mpmath.isint(value) and value > 0 for point in whole for value in point.values())
    assert len(list(points(frozenset(), mpmath.mp))) == 1


VALUES = [
    (r"\sqrt2", "1.41421356237"), (r"e^{i\pi}", "-1"), (r"\frac{1}{3}", "0.33333333333"),
    (r"-\pi", "-3.14159265359"), (r"(1+i)(1-i)", "2"), (r"\sum_{k=1}^{4}k", "10"),
    (r"\prod_{k=1}^{4}k", "24"), (r"2^{100}", "1267650600228229401496703205376"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_the_real_value_of_a_constant(text: str, value: str) -> None:
    worth = value_of(read(text), digits=40)
    assert worth is not None
    assert abs(worth - Fraction(value)) <= abs(worth) * Fraction(1, 10**10)


@pytest.mark.parametrize(
    "text", ["i", "x", r"\sqrt{-2}", r"\frac{1}{0}", r"\sum_{k=1}^{\infty}\frac{1}{k^2}"]
)
def test_what_has_no_real_value(text: str) -> None:
    assert value_of(read(text), digits=40) is None
