"""Finite sums and products, sums of polynomials and of geometric terms, integrals of polynomials.

What is none of these stays an atom, whose name has its bound letter in it.
"""

import math
from collections.abc import Callable
from fractions import Fraction

from cft_eval.checker.prove.algebra import (
    ONE,
    ZERO,
    TooLarge,
    add,
    atom,
    constant,
    function,
    inverse,
    join,
    multiply,
    negated,
    rational,
)
from cft_eval.checker.prove.atoms import ONE_MONOMIAL, Atom, Form, Monomial, PowerAtom, symbol_atom
from cft_eval.checker.prove.powers import power
from cft_eval.checker.types.binding import has_binder, substituted
from cft_eval.checker.types.values import Node, Number, Symbol, symbols

MAX_STEPS = 600
"""Terms of a finite sum of numbers that are added one by one."""

MAX_STEPS_OF_LETTERS = 40
MAX_STEPS_OF_SUMS = 20
"""The same, where the terms have letters, or are sums themselves."""

MAX_DEGREE = 12
"""Of a polynomial that is summed or integrated as a whole."""

Former = Callable[[Node], Form]


def summed(name: str, arguments: tuple[Node, ...], form: Former) -> Form:
    """The form of a binder: ``sum``, ``prod``, ``integral`` and the others."""
    letter, *limits, body = arguments
    assert isinstance(letter, Symbol)
    if name == "antiderivative":
        return _antiderivative(letter, form(body))
    if name in ("sum", "prod"):
        ends = [rational(form(limit)) if limit != Symbol("oo") else None for limit in limits]
        low, high = ends
        if low is not None and high is not None:
            return _one_by_one(name, (letter, low, high, body), form)
    inside = form(body)
    if name in ("sum", "integral") and Symbol("oo") not in limits:
        known = _linear(name, letter, [form(limit) for limit in limits], inside)
        if known is not None:
            return known
    if name == "prod" or len(limits) != 2:
        return atom(function(name, (*(_end(limit, form) for limit in limits), inside)))
    return _apart(name, letter, [_end(limit, form) for limit in limits], inside)


def _antiderivative(letter: Symbol, inside: Form) -> Form:
    """Of a polynomial, without a constant; any other is an atom."""
    variable = symbol_atom(letter.name)
    out = ZERO
    for monomial, value in inside.above.items():
        powers = dict(monomial)
        degree = powers.pop(variable, 0)
        held = any(variable.order in name.order for name in powers)
        held = held or any(variable.order in name.order for m in inside.below for name, _ in m)
        if held or not isinstance(degree, int):
            return atom(function("antiderivative", (atom(variable), inside)))
        rest = Form({tuple(powers.items()): value / (degree + 1)}, inside.below)
        out = add(out, multiply(rest, atom(variable, degree + 1)))
    return out


def _end(limit: Node, form: Former) -> Form:
    return atom(symbol_atom("oo")) if limit == Symbol("oo") else form(limit)


def _one_by_one(name: str, parts: tuple[Symbol, Fraction, Fraction, Node], form: Former) -> Form:
    letter, low, high, body = parts
    inner = MAX_STEPS_OF_LETTERS if symbols(body) else MAX_STEPS
    most = MAX_STEPS_OF_SUMS if has_binder(body) else inner
    if low.denominator != 1 or high.denominator != 1 or high - low > most:
        raise TooLarge("a sum of too many terms")
    out = ZERO if name == "sum" else ONE
    for step in range(int(low), int(high) + 1):
        term = form(substituted(body, letter.name, Number(Fraction(step))))
        out = add(out, term) if name == "sum" else multiply(out, term)
    return out


def _linear(name: str, letter: Symbol, limits: list[Form], inside: Form) -> Form | None:
    """A sum or an integral of a polynomial, or a sum of geometric terms, in its letter."""
    variable = symbol_atom(letter.name)
    inside = _without_quotient(inside, letter.name)
    if any(_holds(name, letter.name) for monomial in inside.below for name, _ in monomial):
        return None
    out = ZERO
    for monomial, value in inside.above.items():
        degree, rest, ratio = 0, list[tuple[Atom, int | Fraction]](), None
        for each, times in monomial:
            if each == variable and isinstance(times, int):
                degree = times
            elif not _holds(each, letter.name):
                rest.append((each, times))
            elif name == "sum" and isinstance(each, PowerAtom) and _is_index(each, variable):
                base = power(each.base, constant(Fraction(times)))
                ratio = base if ratio is None else multiply(ratio, base)
            else:
                return None
        if not 0 <= degree <= MAX_DEGREE or (ratio is not None and degree):
            return None
        factor = Form({tuple(rest): value}, inside.below)
        term = _geometric(ratio, limits) if ratio is not None else _of_power(name, degree, limits)
        if term is None:
            return None
        out = add(out, multiply(factor, term))
    return out


def _without_quotient(inside: Form, letter: str) -> Form:
    """1/3^k as a power of 3^k: what holds the letter goes above, from a denominator of one term."""
    if len(inside.below) != 1:
        return inside
    [(monomial, scale)] = inside.below.items()
    turned = tuple((name, -times) for name, times in monomial if _holds(name, letter))
    free = tuple(pair for pair in monomial if not _holds(pair[0], letter))
    above = {join(each, turned): value for each, value in inside.above.items()}
    return Form(above, {free: scale}) if turned else inside


def _is_index(each: PowerAtom, variable: Atom) -> bool:
    return each.index.above == {((variable, 1),): Fraction(1)} and set(each.index.below) == {()}


def _holds(name: Atom, letter: str) -> bool:
    """Does the bound letter stand in an atom?"""
    return letter in name.order


def _geometric(ratio: Form, limits: list[Form]) -> Form | None:
    low, high = limits
    if rational(ratio) == 1:
        return None
    above = add(power(ratio, add(high, ONE)), negated(power(ratio, low)))
    return multiply(above, inverse(add(ratio, negated(ONE))))


def _of_power(name: str, degree: int, limits: list[Form]) -> Form:
    """The sum over k^degree, or its integral."""
    low, high = limits
    if name == "integral":
        ends = [power(end, constant(Fraction(degree + 1))) for end in (high, low)]
        return multiply(add(ends[0], negated(ends[1])), constant(Fraction(1, degree + 1)))
    return add(_bernoulli(degree, add(high, ONE)), negated(_bernoulli(degree, low)))


def _bernoulli(degree: int, x: Form) -> Form:
    """B_{d+1}(x) / (d+1), whose difference is x^d."""
    out = ZERO
    for j, number in enumerate(_bernoulli_numbers(degree + 1)):
        share = number * math.comb(degree + 1, j) / (degree + 1)
        term = power(x, constant(Fraction(degree + 1 - j))) if j <= degree else ONE
        out = add(out, multiply(term, constant(share)))
    return out


def _bernoulli_numbers(count: int) -> list[Fraction]:
    numbers = [Fraction(1)]
    for m in range(1, count + 1):
        rest = sum((math.comb(m + 1, j) * numbers[j] for j in range(m)), Fraction(0))
        numbers.append(-rest / (m + 1))
    return numbers


def _apart(name: str, letter: Symbol, limits: list[Form], inside: Form) -> Form:
    """Constant factors come out, and a sum of terms comes apart."""
    out = ZERO
    for monomial, value in inside.above.items():
        bound: Monomial = tuple(pair for pair in monomial if _holds(pair[0], letter.name))
        free: Monomial = tuple(pair for pair in monomial if not _holds(pair[0], letter.name))
        held = any(_holds(each, letter.name) for m in inside.below for each, _ in m)
        below = inside.below if held else {ONE_MONOMIAL: Fraction(1)}
        single = atom(function(name, (*limits, Form({bound: Fraction(1)}, below))))
        scale = Form({free: value}, {ONE_MONOMIAL: Fraction(1)} if held else inside.below)
        out = add(out, multiply(scale, single))
    return out
