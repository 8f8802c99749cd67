"""An expression as its normal form: what powers and functions become is known elsewhere."""

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache

from cft_eval.checker.prove.algebra import (
    ONE,
    ZERO,
    Form,
    add,
    atom,
    constant,
    multiply,
)
from cft_eval.checker.prove.atoms import IMAGINARY_ATOM, POSITIVE_MARK, symbol_atom
from cft_eval.checker.prove.functions import call
from cft_eval.checker.prove.powers import power
from cft_eval.checker.prove.summation import summed
from cft_eval.checker.types.binding import BINDERS
from cft_eval.checker.types.values import (
    BOUND_MARK,
    CONSTANTS,
    Call,
    Node,
    Number,
    Power,
    Product,
    Sum,
    Symbol,
)

CIRCULAR = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})


@lru_cache(maxsize=4096)
def form(node: Node) -> Form:
    """The normal form of an expression; raises `TooLarge` or `ZeroDivisionError`."""
    match node:
        case Number(value):
            return constant(value)
        case Symbol("i"):
            return atom(IMAGINARY_ATOM)
        case Symbol(name):
            return atom(symbol_atom(name))
        case Sum(terms):
            return _sum(form(term) for term in terms)
        case Product(factors):
            out = ONE
            for factor in factors:
                out = multiply(out, form(factor))
            return out
        case Power(base, exponent):
            return power(form(base), form(exponent))
        case Call(name, (argument,)) if name in CIRCULAR:
            return call(name, (form(in_radians(argument)),))
        case Call(name, arguments) if name in BINDERS:
            return summed(name, arguments, form)
        case Call(name, arguments):
            return call(name, tuple(map(form, arguments)))


def _sum(forms: Iterable[Form]) -> Form:
    out = ZERO
    for term in forms:
        out = add(out, term)
    return out


def in_radians(node: Node) -> Node:
    r"""``\sin 30^\circ``, ``\cos(90^\circ - x)``: the degrees of an angle in radians."""
    match node:
        case Call("degree", (inside,)):
            return Product((inside, Symbol("pi"), Number(Fraction(1, 180))))
        case Product(parts):
            return Product(tuple(map(in_radians, parts)))
        case Sum(parts):
            return Sum(tuple(map(in_radians, parts)))
        case _:
            return node


def with_positive_letters(node: Node) -> Node:
    """The same expression of positive letters."""
    match node:
        case Symbol(name) if name not in CONSTANTS and not name.startswith(BOUND_MARK):
            return Symbol(name + POSITIVE_MARK)
        case Sum(parts):
            return Sum(tuple(map(with_positive_letters, parts)))
        case Product(parts):
            return Product(tuple(map(with_positive_letters, parts)))
        case Power(base, exponent):
            return Power(with_positive_letters(base), with_positive_letters(exponent))
        case Call(name, arguments):
            return Call(name, tuple(map(with_positive_letters, arguments)))
        case _:
            return node
