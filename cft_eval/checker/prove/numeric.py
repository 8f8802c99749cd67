"""Values at points, to many digits: proof that two expressions differ, never that they are equal.

mpmath's arithmetic, over our own tree; nothing is evaluated as code. A difference counts when it
is the same at twice the precision, so that rounding cannot make one.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cft_eval.checker.prove.digits import NoValue, power
from cft_eval.checker.prove.registry import CIRCULAR, number_of
from cft_eval.checker.types.binding import BINDERS, has_binder
from cft_eval.checker.types.values import (
    Call,
    Node,
    Number,
    Power,
    Product,
    Sum,
    Symbol,
    in_radians,
)

if TYPE_CHECKING:
    import mpmath

DIGITS = 40
LOST = 14
"""Digits that cancellation may cost: two values that agree up to them are not shown to differ."""

LARGEST_ARGUMENT = 997
"""In bits, some 300 digits: as much as an argument of a function may have before the point."""

REAL_DIGITS = 20
"""A value whose imaginary part is smaller by so many digits is real."""

MAX_BINARY_EXPONENT = 10_000
MAX_STEPS = 300
MAX_STEPS_OF_SUMS = 20
"""Terms of a sum that is added up at a point, and of a sum of sums."""

INTEGERS = frozenset("nmkjN")
"""Letters that stand for whole numbers; their points are whole numbers."""

_POINTS = ("1.3719", "0.6283", "2.7193", "0.2413", "3.9117", "1.9407")
_WHOLE = (3, 5, 2, 7, 4, 6)


def evaluate(node: Node, at: Mapping[str, "mpmath.mpf"], mp: Any) -> Any:
    """The value of ``node``, complex where it is; raises `NoValue`."""
    match node:
        case Number(value):
            return _fraction(value, mp)
        case Symbol("pi"):
            return +mp.pi
        case Symbol("e"):
            return +mp.e
        case Symbol("i"):
            return mp.mpc(0, 1)
        case Symbol(name):
            if name not in at:
                raise NoValue(name)
            return at[name]
        case Sum(terms):
            return mp.fsum([evaluate(term, at, mp) for term in terms])
        case Product(factors):
            return mp.fprod([evaluate(factor, at, mp) for factor in factors])
        case Power(base, exponent):
            return power(mp, evaluate(base, at, mp), evaluate(exponent, at, mp))
        case Call(name, arguments):
            return _call(name, arguments, at, mp)


def _fraction(value: Fraction, mp: Any) -> Any:
    return mp.mpf(value.numerator) / value.denominator


def _call(name: str, arguments: tuple[Node, ...], at: Mapping[str, Any], mp: Any) -> Any:
    if name in BINDERS:
        return _step_by_step(name, arguments, at, mp)
    if name in CIRCULAR:
        arguments = tuple(map(in_radians, arguments))
    values = [evaluate(argument, at, mp) for argument in arguments]
    if any(mp.mag(value) > LARGEST_ARGUMENT for value in values):
        raise NoValue("an argument out of range")
    return number_of(name, values, mp)


def _step_by_step(name: str, arguments: tuple[Node, ...], at: Mapping[str, Any], mp: Any) -> Any:
    """A finite sum or product; there is no value of the others that a proof could rest on."""
    letter, *limits, body = arguments
    if name not in ("sum", "prod") or Symbol("oo") in limits or not isinstance(letter, Symbol):
        raise NoValue(name)
    low, high = (evaluate(limit, at, mp) for limit in limits)
    most = MAX_STEPS_OF_SUMS if has_binder(body) else MAX_STEPS
    if not (mp.isint(low) and mp.isint(high)) or high - low > most:
        raise NoValue("a sum of too many terms")
    steps = range(int(mp.re(low)), int(mp.re(high)) + 1)
    values = [evaluate(body, {**at, letter.name: mp.mpf(step)}, mp) for step in steps]
    return mp.fsum(values) if name == "sum" else mp.fprod(values)


def points(names: frozenset[str], mp: Any, *, positive: bool = False) -> Iterator[dict[str, Any]]:
    """Eight points, the same every time, of all signs that three letters can have; no two letters
    share a value."""
    ordered = sorted(names)
    for turn in range(8 if ordered else 1):
        point = {}
        for index, name in enumerate(ordered):
            if name[0] in INTEGERS:
                point[name] = mp.mpf(_WHOLE[(turn + 2 * index) % 6] + index // 6)
            else:
                size = _size(mp, mp.prec, (turn + index) % 6, index)
                turned = (turn >> (index % 3)) & 1 and not positive
                point[name] = -size if turned else size
        yield point


@lru_cache(maxsize=1024)
def _size(mp: Any, _precision: int, turn: int, index: int) -> Any:
    """The value of a letter at a point, before its sign: read from its digits once."""
    return mp.mpf(_POINTS[turn]) + mp.mpf(index) / 7


def compare_at_points(
    a: Node,
    b: Node,
    names: frozenset[str],
    *,
    digits: int = DIGITS,
    positive: bool = False,
) -> bool | None:
    """False: shown to differ. True: agree at every point that tells. None: no such point.

    A point tells where exactly one side is real, or both are; where they have an i of their own,
    every point tells. ``positive``: the letters are positive.
    """
    import mpmath

    every = _has_i(a) or _has_i(b) or not names
    agreed = 0
    with mpmath.workdps(digits):
        at_points = list(points(names, mpmath.mp, positive=positive))
    for at in at_points:
        same = _same_at(a, b, at, digits, every=every)
        if same is False:
            return False
        agreed += bool(same)
    return True if agreed else None


def _has_i(node: Node) -> bool:
    match node:
        case Symbol(name):
            return name == "i"
        case Sum(parts) | Product(parts) | Call(_, parts):
            return any(map(_has_i, parts))
        case Power(base, exponent):
            return _has_i(base) or _has_i(exponent)
    return False


def _same_at(a: Node, b: Node, at: Mapping[str, Any], digits: int, *, every: bool) -> bool | None:
    """Do both agree at one point? None where it does not tell."""
    near = _values(a, b, at, digits)
    if near is None:
        return None
    if _agree(*near, digits) and (every or _are_real(*near)):
        return True
    # Once more with twice the digits: what rounding made is then smaller by as many.
    far = _values(a, b, at, 2 * digits)
    if far is None:
        return None
    real = [_is_real(x, y, digits) for x, y in zip(near, far, strict=True)]
    if not (every or any(real)):
        return None
    if real[0] != real[1]:
        return False if every or not _same_with_real_roots(a, b, at, digits) else None
    return not _lasts(near, far, digits)


def _same_with_real_roots(a: Node, b: Node, at: Mapping[str, Any], digits: int) -> bool:
    """Is ``x^{1/3}`` of a negative x meant to be real here?"""
    turned = _values(_with_real_roots(a), _with_real_roots(b), at, digits)
    return turned is not None and _agree(*turned, digits)


def _with_real_roots(node: Node) -> Node:
    match node:
        case Power(base, Number(value)) if value.denominator % 2:
            root = Call("root", (_with_real_roots(base), Number(Fraction(value.denominator))))
            return Power(root, Number(Fraction(value.numerator)))
        case Power(base, exponent):
            return Power(_with_real_roots(base), _with_real_roots(exponent))
        case Sum(parts):
            return Sum(tuple(map(_with_real_roots, parts)))
        case Product(parts):
            return Product(tuple(map(_with_real_roots, parts)))
        case Call(name, parts):
            return Call(name, tuple(map(_with_real_roots, parts)))
        case _:
            return node


def _values(a: Node, b: Node, at: Mapping[str, Any], digits: int) -> tuple[Any, Any] | None:
    import mpmath

    with mpmath.workdps(digits):
        try:
            x, y = evaluate(a, at, mpmath.mp), evaluate(b, at, mpmath.mp)
        except (NoValue, ZeroDivisionError, ValueError, OverflowError, TypeError):
            return None
        if not (mpmath.isfinite(x) and mpmath.isfinite(y)):
            return None
        return x, y


def _agree(x: Any, y: Any, digits: int) -> bool:
    import mpmath

    with mpmath.workdps(digits):
        return bool(abs(x - y) <= max(abs(x), abs(y)) * mpmath.mpf(10) ** (LOST - digits))


def _lasts(near: tuple[Any, Any], far: tuple[Any, Any], digits: int) -> bool:
    """Is the difference the same with more digits? One that rounding made shrinks with them."""
    import mpmath

    with mpmath.workdps(2 * digits):
        first, second = near[0] - near[1], far[0] - far[1]
        return bool(second != 0 and abs(first - second) <= abs(second) / 10)


def _are_real(x: Any, y: Any) -> bool:
    import mpmath

    return not mpmath.im(x) and not mpmath.im(y)


def _is_real(near: Any, far: Any, digits: int) -> bool:
    """No imaginary part, or one that more digits make smaller."""
    import mpmath

    if not mpmath.im(far):
        return True
    with mpmath.workdps(2 * digits):
        shrunk = abs(mpmath.im(far)) < abs(mpmath.im(near)) * mpmath.mpf(10) ** (-digits // 2)
        return bool(
            shrunk or abs(mpmath.im(far)) < abs(far) * mpmath.mpf(10) ** (LOST - 2 * digits)
        )


def value_of(node: Node, *, digits: int) -> Fraction | None:
    """The real value of a constant expression to ``digits`` digits; None where it has none."""
    import mpmath

    with mpmath.workdps(digits):
        try:
            value = evaluate(node, {}, mpmath.mp)
        except (NoValue, ZeroDivisionError, ValueError, OverflowError, TypeError):
            return None
        if (
            not mpmath.isfinite(value)
            or abs(mpmath.im(value)) > abs(value) * mpmath.mpf(10) ** -REAL_DIGITS
        ):
            return None
        sign, mantissa, exponent, _ = mpmath.mpf(mpmath.re(value))._mpf_
    if abs(exponent) > MAX_BINARY_EXPONENT:
        return None
    value = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -value if sign else value
