"""Polynomials in one letter with rational coefficients: values, rational roots, square roots."""

import math
from fractions import Fraction

from cft_eval.checker.prove.atoms import Atom, Polynomial

MAX_DEGREE = 8
MAX_COEFFICIENT = 10**6


def coefficients(poly: Polynomial, letter: Atom) -> list[Fraction] | None:
    """From the constant upwards; None where other letters stand in it."""
    out = [Fraction(0)] * (MAX_DEGREE + 1)
    for monomial, value in poly.items():
        powers = dict(monomial)
        degree = powers.pop(letter, 0)
        if powers or not isinstance(degree, int) or degree > MAX_DEGREE:
            return None
        out[degree] = value
    while len(out) > 1 and not out[-1]:
        out.pop()
    return out


def value_at(poly: list[Fraction] | None, x: Fraction) -> Fraction:
    return sum((value * x**degree for degree, value in enumerate(poly or ())), Fraction(0))


def rational_roots(poly: list[Fraction]) -> list[Fraction] | None:
    """All real roots, if they are rational; None where there may be others."""
    roots: list[Fraction] = []
    while len(poly) > 1:
        root = next((x for x in _candidates(poly) if not value_at(poly, x)), None)
        if root is None:
            return roots if _has_no_root(poly) else None
        roots.append(root)
        poly = _divided(poly, root)
    return roots


def _candidates(poly: list[Fraction]) -> list[Fraction]:
    if not poly[0]:
        return [Fraction(0)]
    scale = math.lcm(*(value.denominator for value in poly))
    first, last = (abs(int(value * scale)) for value in (poly[0], poly[-1]))
    if max(first, last) > MAX_COEFFICIENT:
        return []
    shares = {Fraction(p, q) for p in _divisors(first) for q in _divisors(last)}
    return [sign * share for share in sorted(shares) for sign in (1, -1)]


def _divisors(number: int) -> list[int]:
    small = [d for d in range(1, math.isqrt(number) + 1) if number % d == 0]
    return small + [number // d for d in small]


def _divided(poly: list[Fraction], root: Fraction) -> list[Fraction]:
    out = [poly[-1]]
    for value in reversed(poly[1:-1]):
        out.append(value + out[-1] * root)
    return out[::-1]


def _has_no_root(poly: list[Fraction]) -> bool:
    if len(poly) == 3:
        return poly[1] ** 2 < 4 * poly[0] * poly[2]
    even = not any(poly[1::2])
    return even and (all(value >= 0 for value in poly) or all(value <= 0 for value in poly))


def square_root(poly: Polynomial) -> Polynomial | None:
    """The polynomial in one atom whose square it is, up to content; None where there is none."""
    names = {name for monomial in poly for name, _ in monomial}
    if len(names) != 1 or len(poly) < 2:
        return None
    letter = next(iter(names))
    values = coefficients(poly, letter)
    if values is None or len(values) % 2 == 0:
        return None
    lead = _root_of(values[-1])
    if lead is None:
        return None
    half = len(values) // 2
    root = [lead] * (half + 1)
    for index in range(half - 1, -1, -1):
        known = sum((root[i] * root[half + index - i] for i in range(index + 1, half)), Fraction(0))
        root[index] = (values[half + index] - known) / (2 * lead)
    square = [Fraction(0)] * len(values)
    for i, x in enumerate(root):
        for j, y in enumerate(root):
            square[i + j] += x * y
    if square != values:
        return None
    return {((letter, i),) if i else (): value for i, value in enumerate(root) if value}


def _root_of(value: Fraction) -> Fraction | None:
    if value <= 0:
        return None
    root = Fraction(math.isqrt(value.numerator), math.isqrt(value.denominator))
    return root if root * root == value else None
