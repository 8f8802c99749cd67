r"""Floors and ceilings of whole numbers: equality proved by looking at finitely many points.

``\lfloor an/b + c\rfloor``, ``\lceil …\rceil`` and ``(-1)^n`` with a rational slope are
quasi-polynomials: for each residue of n modulo the period they are a polynomial in n. Sums and
products of such, and of polynomials, are too. Two quasi-polynomials of period L and degree at
most d in each variable are equal if they agree at d + 1 whole numbers of every residue class
(Stanley, Enumerative Combinatorics 1, section 4.4), so agreement there is a proof, and one
point where they do not agree is one of difference. All arithmetic is exact.
"""

import itertools
import math
from fractions import Fraction
from typing import NamedTuple

from cft_eval.checker.prove.numeric import INTEGERS
from cft_eval.checker.types.values import Call, Node, Number, Power, Product, Sum, Symbol

MAX_POINTS = 3_000
MAX_PERIOD = 60
MAX_DEGREE = 8


class Unsuited(ValueError):
    """The expression is no quasi-polynomial that is known here."""


class _Shape(NamedTuple):
    period: int
    degree: int


def equal_on_integers(a: Node, b: Node, names: frozenset[str]) -> bool | None:
    """Are they equal for all whole numbers? None where this rule does not apply."""
    if not names or not all(name in INTEGERS for name in names):
        return None
    try:
        shapes = [_shape(node) for node in (a, b)]
    except Unsuited:
        return None
    period = math.lcm(*(shape.period for shape in shapes))
    count = period * (max(shape.degree for shape in shapes) + 1)
    if period == 1 or period > MAX_PERIOD or count ** len(names) > MAX_POINTS:
        return None
    ordered = sorted(names)
    return all(
        _at(a, dict(zip(ordered, point, strict=True)))
        == _at(b, dict(zip(ordered, point, strict=True)))
        for point in itertools.product(range(1, count + 1), repeat=len(ordered))
    )


def _shape(node: Node) -> _Shape:
    match node:
        case Number():
            return _Shape(1, 0)
        case Symbol(name) if name in INTEGERS:
            return _Shape(1, 1)
        case Sum(terms):
            shapes = [_shape(term) for term in terms]
            return _Shape(_period(shapes), max(shape.degree for shape in shapes))
        case Product(factors):
            shapes = [_shape(factor) for factor in factors]
            return _Shape(_period(shapes), sum(shape.degree for shape in shapes))
        case Power(Number(base), exponent) if base == -1:
            slope = _slopes(exponent)
            if any(value.denominator != 1 for value in slope):
                raise Unsuited
            return _Shape(2, 0)
        case Power(Number(base), Number(value)) if base and abs(value) <= MAX_DEGREE:
            if value.denominator == 1:
                return _Shape(1, 0)
        case Power(base, Number(value)) if value.denominator == 1 and 0 < value <= MAX_DEGREE:
            shape = _shape(base)
            return _Shape(shape.period, shape.degree * int(value))
        case Call("floor" | "ceil", (inside,)):
            return _Shape(math.lcm(*(value.denominator for value in _slopes(inside))), 1)
    raise Unsuited


def _period(shapes: list[_Shape]) -> int:
    period = math.lcm(*(shape.period for shape in shapes))
    if period > MAX_PERIOD or sum(shape.degree for shape in shapes) > 4 * MAX_DEGREE:
        raise Unsuited
    return period


def _slopes(node: Node) -> list[Fraction]:
    """The coefficients of a linear expression, measured at three points a variable."""
    names = sorted(_names(node))
    if _shape(node).period != 1 or _shape(node).degree > 1:
        raise Unsuited
    origin = dict.fromkeys(names, 0)
    start = _at(node, origin)
    return [Fraction(1), *(_at(node, origin | {name: 1}) - start for name in names)]


def _names(node: Node) -> set[str]:
    match node:
        case Symbol(name):
            return {name}
        case Sum(parts) | Product(parts) | Call(_, parts):
            return set().union(*map(_names, parts))
        case Power(base, exponent):
            return _names(base) | _names(exponent)
        case _:
            return set()


def _at(node: Node, point: dict[str, int]) -> Fraction:
    match node:
        case Number(value):
            return value
        case Symbol(name):
            return Fraction(point[name])
        case Sum(terms):
            return sum((_at(term, point) for term in terms), Fraction(0))
        case Product(factors):
            return math.prod((_at(factor, point) for factor in factors), start=Fraction(1))
        case Power(base, exponent):
            return _at(base, point) ** int(_at(exponent, point))
        case Call(name, (inside,)):
            value = _at(inside, point)
            return Fraction(math.floor(value) if name == "floor" else math.ceil(value))
    raise Unsuited
