r"""Constants proved equal by computing far enough: every claim rests on a bound.

**Algebraic numbers** (rationals, roots, i, cosines of rational turns). Such an expression E is U/L
with algebraic integers U and L, built up beside it: of a sum (U₁L₂ + U₂L₁)/(L₁L₂), of a product
U₁U₂/(L₁L₂), of a k-th root (UL^{k-1})^{1/k}/L. All conjugates of U and L stay below the bounds u
and l that the same rules give, and U lies in a field of degree at most D, the product of the
degrees of all roots. The norm of U ≠ 0 is a whole number, so

    E ≠ 0  =>  |E| >= 1 / (l · u^{D-1})

(Mignotte 1992; Burnikel, Fleischer, Mehlhorn, Schirra 2000). A value computed to be smaller is 0.

**Angles and logarithms.** A sum of rational multiples of π and of arctan, arcsin, arccos of
algebraic numbers is 0 if it is near 0 and e^{i·sum}, which is algebraic, is 1; a sum of rational
multiples of logarithms of positive algebraic numbers is 0 if its exponential is 1.

Nothing else is claimed here: what has no bound stays open.
"""

import math
from fractions import Fraction
from typing import Any, NamedTuple

from cft_eval.checker.prove.algebra import TooLarge
from cft_eval.checker.prove.atoms import ONE_MONOMIAL, PI_ATOM
from cft_eval.checker.prove.digits import NoValue
from cft_eval.checker.prove.normal_form import form
from cft_eval.checker.prove.numeric import evaluate
from cft_eval.checker.types.values import (
    HALF,
    IMAGINARY,
    MINUS_ONE,
    Call,
    Node,
    Number,
    Power,
    Product,
    Sum,
    Symbol,
    negative,
)

MAX_DIGITS = 6_000
"""Digits of the longest computation; a hundred milliseconds."""

SPARE_DIGITS = 30
"""What a computation has beside twice the digits that are asked for."""

MAX_DEGREE = 512
MAX_ORDER = 1_000
MAX_TURN = 360
"""Largest denominator of a rational turn whose cosine is taken for algebraic here."""


class NoBound(ValueError):
    """Nothing is known here that bounds the expression from below."""


class _Bound(NamedTuple):
    """log10 of u and of l, the product of the roots' degrees, and the order of the roots of unity:
    cosines of rational turns lie in one field, however many they are."""

    u: float
    l: float  # noqa: E741  # its name in the formula
    roots: int = 1
    order: int = 1

    @property
    def degree(self) -> int:
        return self.roots * _totient(self.order)


def is_zero(node: Node) -> bool | None:
    """Is the constant 0? Proved either way, or None."""
    for rule in (_algebraic_zero, _angle_zero, _log_zero):
        try:
            return rule(node)
        except (NoBound, NoValue, ZeroDivisionError, OverflowError, ValueError, TypeError):
            continue
    return None


def _algebraic_zero(node: Node) -> bool:
    bound = _bound(node)
    digits = int(bound.l + max(bound.u, 0.0) * (bound.degree - 1)) + 15
    if digits > MAX_DIGITS:
        raise NoBound
    return _size(node, digits) < -digits + 10


def _size(node: Node, digits: int) -> float:
    """log10 of the absolute value, computed with twice as many digits as are asked for."""
    import mpmath

    with mpmath.workdps(2 * digits + SPARE_DIGITS):
        value = abs(evaluate(node, {}, mpmath.mp))
        return float(mpmath.log10(value)) if value else -math.inf


def _bound(node: Node) -> _Bound:
    match node:
        case Number(value):
            return _Bound(_log(abs(value.numerator)), _log(value.denominator))
        case Symbol("i"):
            return _Bound(0.0, 0.0, order=4)
        case Sum(terms):
            return _fold(terms, _added)
        case Product(factors):
            return _fold(factors, _multiplied)
        case Power(base, Number(exponent)):
            return _powered(_bound(base), exponent)
        case Call("root", (base, Number(index))) if index:
            return _powered(_bound(base), 1 / index)
        case Call("degree" | "percent", (inside,)):
            scale = 1 if node.name == "degree" else 100
            return _multiplied(_bound(inside), _Bound(0.0, _log(scale)))
        case Call("cos" | "sin", (inside,)):
            turn = _turn(inside)
            if turn.denominator <= MAX_TURN:
                # 2cos(2πk/n) is a sum of two roots of unity; sin is cos of a quarter turn less.
                return _checked(_Bound(_log(2), _log(2), order=math.lcm(4, turn.denominator)))
        case Call("tan" | "cot" | "sec" | "csc" as name, (inside,)):
            return _bound(_quotient(name, inside))
    raise NoBound


def _fold(nodes: tuple[Node, ...], join: Any) -> _Bound:
    bounds = [_bound(node) for node in nodes]
    total = bounds[0]
    for bound in bounds[1:]:
        total = join(total, bound)
    return total


def _added(a: _Bound, b: _Bound) -> _Bound:
    larger = max(a.u + b.l, b.u + a.l)
    return _checked(_Bound(larger + _log(2), a.l + b.l, *_field(a, b)))


def _multiplied(a: _Bound, b: _Bound) -> _Bound:
    return _checked(_Bound(a.u + b.u, a.l + b.l, *_field(a, b)))


def _field(a: _Bound, b: _Bound) -> tuple[int, int]:
    return a.roots * b.roots, math.lcm(a.order, b.order)


def _totient(number: int) -> int:
    return sum(math.gcd(number, each) == 1 for each in range(1, number + 1))


def _quotient(name: str, angle: Node) -> Node:
    cos, sin = Call("cos", (angle,)), Call("sin", (angle,))
    above = {"tan": sin, "cot": cos}.get(name, Number(Fraction(1)))
    return Product((above, Power(cos if name in ("tan", "sec") else sin, MINUS_ONE)))


def _powered(a: _Bound, exponent: Fraction) -> _Bound:
    if exponent < 0:
        return _powered(_Bound(a.l, a.u, a.roots, a.order), -exponent)
    k, times = exponent.denominator, exponent.numerator
    root = _checked(_Bound((a.u + (k - 1) * a.l) / k, a.l, a.roots * k, a.order))
    return _checked(_Bound(root.u * times, root.l * times, root.roots, root.order))


def _checked(bound: _Bound) -> _Bound:
    if bound.order > MAX_ORDER or bound.degree > MAX_DEGREE or max(bound.u, bound.l) > MAX_DIGITS:
        raise NoBound
    return bound


def _log(number: int) -> float:
    return math.log10(number) if number > 1 else 0.0


def _turn(angle: Node) -> Fraction:
    """The angle over 2π, where that is rational."""
    degrees = angle.arguments[0] if isinstance(angle, Call) and angle.name == "degree" else None
    try:
        above, below = form(angle if degrees is None else degrees)
    except TooLarge:
        raise NoBound from None
    wanted = ONE_MONOMIAL if degrees is not None else ((PI_ATOM, 1),)
    if set(below) != {ONE_MONOMIAL} or not set(above) <= {wanted}:
        raise NoBound
    value = above.get(wanted, Fraction(0)) / below[ONE_MONOMIAL]
    return value / 360 if degrees is not None else value / 2


# --- angles and logarithms ---------------------------------------------------------------------


def _angle_zero(node: Node) -> bool:
    terms = _combination(node, {"atan", "asin", "acos"}, pi=True)
    scale = math.lcm(*(share.denominator for share, _ in terms))
    if _size(Product((Number(Fraction(scale)), node)), 30) > -1:
        return False
    factors = [_powered_node(_on_circle(inside), share * scale) for share, inside in terms]
    whole = _algebraic_zero(Sum((Product(tuple(factors)), MINUS_ONE)))
    return whole


def _log_zero(node: Node) -> bool:
    terms = _combination(node, {"ln"}, pi=False)
    scale = math.lcm(*(share.denominator for share, _ in terms))
    factors = []
    for share, inside in terms:
        [argument] = inside.arguments if isinstance(inside, Call) else ()
        _positive(argument)
        factors.append(_powered_node(argument, share * scale))
    return _algebraic_zero(Sum((Product(tuple(factors)), MINUS_ONE)))


def _combination(node: Node, names: set[str], *, pi: bool) -> list[tuple[Fraction, Node]]:
    """The node as a sum of rational multiples of such functions, and of π."""
    combined = []
    for term in _terms(node):
        share, rest = Fraction(1), list[Node]()
        for factor in _factors(term):
            if isinstance(factor, Number):
                share *= factor.value
            else:
                rest.append(factor)
        if not rest and not share:
            continue
        known = len(rest) == 1 and (
            (isinstance(rest[0], Call) and rest[0].name in names)
            or (pi and rest[0] == Symbol("pi"))
        )
        if not known:
            raise NoBound
        combined.append((share, rest[0]))
    return combined


def _terms(node: Node) -> list[Node]:
    """The terms of a sum, of sums in it, and of a number times a sum."""
    match node:
        case Sum(terms):
            return [inner for term in terms for inner in _terms(term)]
        case Product((Number() as share, Sum(terms))):
            return [Product((share, inner)) for term in terms for inner in _terms(term)]
        case _:
            return [node]


def _factors(node: Node) -> list[Node]:
    match node:
        case Product(factors):
            return [inner for factor in factors for inner in _factors(factor)]
        case Power(Number(base), Number(exponent)) if exponent == -1 and base:
            return [Number(1 / base)]
        case _:
            return [node]


def _on_circle(node: Node) -> Node:
    """e^{iθ} of θ = π, arctan x, arcsin x or arccos x."""
    if node == Symbol("pi"):
        return MINUS_ONE
    assert isinstance(node, Call)
    [x] = node.arguments
    square = Power(x, Number(Fraction(2)))
    if node.name == "atan":
        along = Sum((Number(Fraction(1)), Product((IMAGINARY, x))))
        return Product((along, Power(Sum((Number(Fraction(1)), square)), Number(Fraction(-1, 2)))))
    other = Power(Sum((Number(Fraction(1)), negative(square))), HALF)
    real, imaginary = (other, x) if node.name == "asin" else (x, other)
    return Sum((real, Product((IMAGINARY, imaginary))))


def _powered_node(node: Node, exponent: Fraction) -> Node:
    return Power(node, Number(exponent))


def _positive(node: Node) -> None:
    import mpmath

    with mpmath.workdps(30):
        value = evaluate(node, {}, mpmath.mp)
        if mpmath.im(value) or mpmath.re(value) < mpmath.mpf(10) ** -10:
            raise NoBound
