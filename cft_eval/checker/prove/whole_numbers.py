"""Functions of whole numbers, and by parts of numbers: factorials, divisors, the largest, floors.

Worked out where the arguments are known exactly; the rest is an atom.
"""

import math
from fractions import Fraction

from cft_eval.checker.prove.algebra import (
    ONE,
    add,
    atom,
    constant,
    function,
    inverse,
    is_positive,
    key,
    multiply,
    negated,
    rational,
)
from cft_eval.checker.prove.atoms import (
    ONE_MONOMIAL,
    PI_ATOM,
    Form,
)
from cft_eval.checker.prove.powers import rational_power

MAX_FACTORIAL = 1_500
MAX_SHIFT = 12
"""Of a factorial: ``(n+12)!`` is written as a product with ``n!``."""


def factorial(argument: Form) -> Form:
    """(u + c)! is u! (u+1) … (u+c): the whole part of the argument comes out."""
    natural = _natural(argument)
    if natural and natural[0] <= MAX_FACTORIAL:
        return constant(Fraction(math.factorial(natural[0])))
    value = rational(argument)
    if value is not None and value.denominator == 2 and abs(value) <= MAX_FACTORIAL:
        root = rational_power(atom(PI_ATOM), Fraction(1, 2))
        return multiply(constant(_over_root_of_pi(value)), root)
    shift = Fraction(0)
    if set(argument.below) == {ONE_MONOMIAL}:
        shift = argument.above.get(ONE_MONOMIAL, Fraction(0)) / argument.below[ONE_MONOMIAL]
    whole = shift.denominator == 1 and abs(shift) <= MAX_SHIFT
    if rational(argument) is not None or not whole:
        return atom(function("factorial", (argument,)))
    base = add(argument, constant(-shift))
    out = atom(function("factorial", (base,)))
    for step in range(1, int(shift) + 1):
        out = multiply(out, add(base, constant(Fraction(step))))
    for step in range(0, -int(shift)):
        out = multiply(out, inverse(add(base, constant(Fraction(-step)))))
    return out


def _over_root_of_pi(half: Fraction) -> Fraction:
    """x! over the root of π, of half an odd number: (-1/2)! is that root, and x! is x (x-1)!."""
    above = math.prod(Fraction(odd, 2) for odd in range(1, half.numerator + 1, 2))
    below = math.prod(Fraction(odd, 2) for odd in range(half.numerator + 2, 0, 2))
    return Fraction(above) / below


def double_factorial(argument: Form) -> Form:
    natural = _natural(argument)
    if natural and natural[0] <= MAX_FACTORIAL:
        return constant(Fraction(math.prod(range(natural[0], 0, -2))))
    return atom(function("factorial2", (argument,)))


def binomial(n: Form, k: Form) -> Form:
    """n! / (k! (n-k)!); a polynomial where k is a small number."""
    natural = _natural(n, k)
    if natural and natural[0] <= MAX_FACTORIAL:
        return constant(Fraction(math.comb(*natural)))
    small = rational(k)
    if small is not None and small.denominator == 1 and 0 <= small <= MAX_SHIFT:
        out = ONE
        for step in range(int(small)):
            out = multiply(out, add(n, constant(Fraction(-step))))
        return multiply(out, constant(Fraction(1, math.factorial(int(small)))))
    if rational(n) is not None and rational(k) is not None:
        return atom(function("binomial", (n, k)))
    below = multiply(factorial(k), factorial(add(n, negated(k))))
    return multiply(factorial(n), inverse(below))


def remainder(a: Form, b: Form) -> Form:
    natural = _natural(a, b)
    if natural and natural[1]:
        return constant(Fraction(natural[0] % natural[1]))
    return atom(function("mod", (a, b)))


def _natural(*arguments: Form) -> list[int]:
    """The arguments as whole numbers from 0; empty where one is none."""
    whole = _whole(arguments)
    return whole if all(number >= 0 for number in whole) else []


def _whole(arguments: tuple[Form, ...]) -> list[int]:
    numbers = _rationals(arguments)
    return [int(number) for number in numbers if all(n.denominator == 1 for n in numbers)]


def _rationals(arguments: tuple[Form, ...]) -> list[Fraction]:
    """The arguments as numbers; empty where one is none."""
    values = [rational(argument) for argument in arguments]
    numbers = [Fraction(value) for value in values if value is not None]
    return numbers if len(numbers) == len(values) else []


def common_divisor(*arguments: Form) -> Form:
    whole = _whole(arguments)
    return constant(Fraction(math.gcd(*whole))) if whole else _unordered("gcd", arguments)


def common_multiple(*arguments: Form) -> Form:
    whole = _whole(arguments)
    return constant(Fraction(math.lcm(*whole))) if whole else _unordered("lcm", arguments)


def largest(*arguments: Form) -> Form:
    numbers = _rationals(arguments)
    return constant(max(numbers)) if numbers else _unordered("max", arguments)


def smallest(*arguments: Form) -> Form:
    numbers = _rationals(arguments)
    return constant(min(numbers)) if numbers else _unordered("min", arguments)


def _unordered(name: str, arguments: tuple[Form, ...]) -> Form:
    return atom(function(name, tuple(sorted(arguments, key=key))))


def floor(x: Form) -> Form:
    value = rational(x)
    return atom(function("floor", (x,))) if value is None else constant(Fraction(math.floor(value)))


def ceiling(x: Form) -> Form:
    value = rational(x)
    return atom(function("ceil", (x,))) if value is None else constant(Fraction(math.ceil(value)))


def sign(x: Form) -> Form:
    value = rational(x)
    if value is not None:
        return constant(Fraction((value > 0) - (value < 0)))
    return ONE if is_positive(x) else atom(function("sign", (x,)))
