"""An expression as its normal form: what powers and functions become is known elsewhere."""

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache

from cft_eval.checker.prove.algebra import (
    ONE,
    ZERO,
    TooLarge,
    add,
    atom,
    constant,
    multiply,
)
from cft_eval.checker.prove.atoms import IMAGINARY_ATOM, POSITIVE_MARK, Form, symbol_atom
from cft_eval.checker.prove.numeric import value_of
from cft_eval.checker.prove.powers import power
from cft_eval.checker.prove.registry import CIRCULAR, form_of
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
    in_radians,
    symbols,
)


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
            return _product(map(form, factors))
        case Power(base, exponent):
            return power(form(base), form(exponent))
        case Call(name, (argument,)) if name in CIRCULAR:
            return form_of(name, (form(in_radians(argument)),))
        case Call("floor" | "ceil" | "max" | "min") if (known := _of_constants(node)) is not None:
            return known
        case Call(name, arguments) if name in BINDERS:
            return summed(name, arguments, form)
        case Call(name, arguments):
            return form_of(name, tuple(map(form, arguments)))


APART = Fraction(1, 10**25)
"""Two numbers that are computed to forty digits and lie farther apart are not one."""


def _of_constants(node: Call) -> Form | None:
    """The floor of π and the larger of two roots: known where digits tell."""
    values = [None if symbols(each) else value_of(each, digits=40) for each in node.arguments]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    if node.name in ("floor", "ceil"):
        [value] = known
        clear = abs(value - round(value)) > APART
        turned = math.floor(value) if node.name == "floor" else math.ceil(value)
        return constant(Fraction(turned)) if clear else None
    chosen = max(known) if node.name == "max" else min(known)
    near = [each for each in known if abs(each - chosen) <= APART]
    return form(node.arguments[known.index(chosen)]) if len(near) == 1 else None


MAX_PRODUCTS = 40_000
"""Of terms, in one product: each step may stay small while all of them take seconds."""


def _product(forms: Iterable[Form]) -> Form:
    out, done = ONE, 0
    for factor in forms:
        done += len(out.above) * len(factor.above) + len(out.below) * len(factor.below)
        if done > MAX_PRODUCTS:
            raise TooLarge("a product of too many sums")
        out = multiply(out, factor)
    return out


def _sum(forms: Iterable[Form]) -> Form:
    out = ZERO
    for term in forms:
        out = add(out, term)
    return out


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


def with_doubled_letters(node: Node) -> Node:
    """2x for every letter x: then ``tan(x/2)`` is in terms of whole angles."""
    match node:
        case Symbol(name) if name not in CONSTANTS and not name.startswith(BOUND_MARK):
            return Product((Number(Fraction(2)), node))
        case Sum(parts):
            return Sum(tuple(map(with_doubled_letters, parts)))
        case Product(parts):
            return Product(tuple(map(with_doubled_letters, parts)))
        case Power(base, exponent):
            return Power(with_doubled_letters(base), with_doubled_letters(exponent))
        case Call(name, arguments):
            return Call(name, tuple(map(with_doubled_letters, arguments)))
        case _:
            return node
