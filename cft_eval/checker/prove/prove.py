"""Equality of two expressions: proved, disproved, or left open.

    same tree ─> equal        normal forms ─> equal, or different where the atoms are independent
    floors of whole numbers ─> equal or different (`periodic`)
    values at points ─> different        constants ─> equal or different, by a bound (`exact`)
    sympy (deep) ─> equal

Nothing is claimed from digits that agree: a cosine of 10^-150 is not 1.
"""

from enum import Enum
from typing import Any, NamedTuple

from cft_eval.checker.prove import exact
from cft_eval.checker.prove.algebra import TooLarge, difference, independent
from cft_eval.checker.prove.normal_form import form, with_doubled_letters, with_positive_letters
from cft_eval.checker.prove.numeric import INTEGERS, compare_at_points
from cft_eval.checker.prove.periodic import equal_on_integers
from cft_eval.checker.prove.registry import sympy_of
from cft_eval.checker.types.binding import BINDERS, has_binder
from cft_eval.checker.types.values import (
    Call,
    Node,
    Number,
    Power,
    Product,
    Sum,
    Symbol,
    negative,
    symbols,
)

MANY_DIGITS = 500
"""To tell constants apart that are near each other; that they agree is claimed from no digits."""


FAR = 1e-6
"""A difference that sympy's fifteen digits show."""


class Truth(Enum):
    EQUAL = "equal"
    DIFFERENT = "different"
    OPEN = "open"


class Proof(NamedTuple):
    truth: Truth
    by: str = ""
    """What settled it, for the reason."""


def prove(a: Node, b: Node, *, deep: bool, positive: bool = False) -> Proof:
    """Are the expressions equal? ``deep`` allows sympy, which may take long; ``positive`` says that
    all letters are positive."""
    if a == b:
        return Proof(Truth.EQUAL, "the same expression")
    if isinstance(a, Number) and isinstance(b, Number):
        return Proof(Truth.EQUAL if a.value == b.value else Truth.DIFFERENT, "exact arithmetic")
    unbound = not (has_binder(a) or has_binder(b))
    if unbound and (Symbol("oo") in (a, b) or _infinite(a) or _infinite(b)):
        if _infinity(a) == _infinity(b) == 0:
            return Proof(Truth.OPEN, "infinity less infinity has no value")
        return Proof(Truth.EQUAL if _infinity(a) == _infinity(b) else Truth.DIFFERENT, "infinity")
    marked = with_positive_letters if positive else _as_it_is
    by_form = _by_form(marked(a), marked(b))
    if by_form is not None:
        return by_form
    names = symbols(a) | symbols(b)
    whole = equal_on_integers(a, b, names)
    if whole is not None:
        return Proof(Truth.EQUAL if whole else Truth.DIFFERENT, "their values at whole numbers")
    at_points = compare_at_points(a, b, names, positive=positive)
    if at_points is False:
        return Proof(Truth.DIFFERENT, "different values")
    if not names:
        return _constants(a, b, deep=deep, known=at_points is not None)
    if at_points is None and not unbound:
        return _deep(a, b) if deep else Proof(Truth.OPEN)
    if at_points is None:
        if symbols(a) != symbols(b):
            return Proof(Truth.DIFFERENT, "different variables")
        return Proof(Truth.OPEN, "it has no value within the limits")
    # Wherever both are real they agree at points of all signs: what is left is proved where all
    # letters are positive, and holds beyond by continuation.
    turned = _by_form(with_positive_letters(a), with_positive_letters(b))
    if turned is None or turned.truth is not Truth.EQUAL:
        doubled = (with_positive_letters(with_doubled_letters(node)) for node in (a, b))
        turned = _by_form(*doubled)
    if turned is not None and turned.truth is Truth.EQUAL:
        return turned
    return _deep(a, b) if deep else Proof(Truth.OPEN)


def _as_it_is(node: Node) -> Node:
    return node


def _by_form(a: Node, b: Node) -> Proof | None:
    undefined = [_is_undefined(a), _is_undefined(b)]
    if any(undefined):  # one of them alone is a difference
        return None if all(undefined) else Proof(Truth.DIFFERENT, "a division by zero")
    try:
        rest = difference(form(a), form(b))
    except TooLarge:
        return None
    if not rest:
        return Proof(Truth.EQUAL, "the same normal form")
    return Proof(Truth.DIFFERENT, "different normal forms") if independent(rest) else None


def _is_undefined(node: Node) -> bool:
    try:
        form(node)
    except ZeroDivisionError:
        return True
    except TooLarge:
        return False
    return False


def _constants(a: Node, b: Node, *, deep: bool, known: bool) -> Proof:
    if not known and (has_binder(a) or has_binder(b)):
        return _deep(a, b) if deep else Proof(Truth.OPEN)
    if not known:
        return Proof(Truth.OPEN, "it has no value within the limits")
    zero = exact.is_zero(Sum((a, negative(b))))
    if zero is not None:
        truth = Truth.EQUAL if zero else Truth.DIFFERENT
        return Proof(truth, "more digits than a root bound asks for")
    if compare_at_points(a, b, frozenset(), digits=MANY_DIGITS) is False:
        return Proof(Truth.DIFFERENT, "different values")
    return _deep(a, b) if deep else Proof(Truth.OPEN)


def _infinite(node: Node) -> bool:
    match node:
        case Product(parts) | Sum(parts):
            return any(part == Symbol("oo") for part in parts)
        case _:
            return False


def _infinity(node: Node) -> int:
    """+1 and -1 for the infinities, 0 for the rest."""
    match node:
        case Symbol("oo"):
            return 1
        case Product((Number(value), Symbol("oo"))) if value:
            return 1 if value > 0 else -1
        case _:
            return 0


def _deep(a: Node, b: Node) -> Proof:
    import sympy

    ends = counting_letters(a) | counting_letters(b)
    x, y = to_sympy(a, sympy, ends), to_sympy(b, sympy, ends)
    if x == y:
        return Proof(Truth.EQUAL, "sympy")
    if x.is_infinite or y.is_infinite:
        return Proof(Truth.OPEN)
    rest = x - y
    for simplify in (sympy.expand, sympy.simplify, sympy.radsimp):
        rest = simplify(rest)
        if rest == 0:
            return Proof(Truth.EQUAL, f"sympy's {simplify.__name__}")
    # Of sums and integrals that sympy has worked out there are digits only now.
    if rest.is_number and abs(complex(rest)) > FAR:
        return Proof(Truth.DIFFERENT, "different values")
    return Proof(Truth.OPEN)


def to_sympy(node: Node, sympy: Any, ends: frozenset[str] = frozenset()) -> Any:
    """Our tree as sympy's, node by node: no text is parsed and nothing is evaluated as code.

    ``ends`` are letters up to which a sum or a product counts: whole numbers, and none below 0.
    """
    match node:
        case Number(value):
            return sympy.Rational(value.numerator, value.denominator)
        case Symbol("pi"):
            return sympy.pi
        case Symbol("e"):
            return sympy.E
        case Symbol("i"):
            return sympy.I
        case Symbol("oo"):
            return sympy.oo
        case Symbol(name):
            counts = True if name in ends else None
            whole = name[0] in INTEGERS or counts
            return sympy.Symbol(name, integer=whole or None, real=True, nonnegative=counts)
        case Sum(terms):
            return sympy.Add(*[to_sympy(term, sympy, ends) for term in terms])
        case Product(factors):
            return sympy.Mul(*[to_sympy(factor, sympy, ends) for factor in factors])
        case Power(base, exponent):
            return sympy.Pow(to_sympy(base, sympy, ends), to_sympy(exponent, sympy, ends))
        case Call(name, arguments) if name in BINDERS:
            return _sympy_binder(
                name, [to_sympy(argument, sympy, ends) for argument in arguments], sympy
            )
        case Call(name, arguments):
            return sympy_of(
                name, [to_sympy(argument, sympy, ends) for argument in arguments], sympy
            )


def counting_letters(node: Node) -> frozenset[str]:
    r"""The n of ``\sum_{k=0}^n``."""
    match node:
        case Sum(parts) | Product(parts):
            return frozenset().union(*map(counting_letters, parts))
        case Power(base, exponent):
            return counting_letters(base) | counting_letters(exponent)
        case Call("sum" | "prod", (_, *limits, body)):
            ends = {limit.name for limit in limits if isinstance(limit, Symbol)}
            return frozenset(ends - {"oo"}) | counting_letters(body)
        case Call(_, parts):
            return frozenset().union(*map(counting_letters, parts))
        case _:
            return frozenset()


def _sympy_binder(name: str, values: list[Any], sympy: Any) -> Any:
    letter, *limits, body = values
    if name in ("sum", "prod"):
        kind = sympy.Sum if name == "sum" else sympy.Product
        return kind(body, (letter, *limits)).doit()
    if name == "antiderivative":
        return sympy.integrate(body, letter)
    if name == "integral":
        return sympy.integrate(body, (letter, *limits))
    return sympy.limit(body, letter, limits[0], name.removeprefix("limit") or "+-")
