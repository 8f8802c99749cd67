"""Functions of forms: what is known exactly is worked out, the rest is an atom.

Which function goes by which name stands in `registry`.
"""

import math
from fractions import Fraction

from cft_eval.checker.prove.algebra import (
    MINUS,
    ONE,
    ZERO,
    add,
    atom,
    cancelled,
    constant,
    content,
    function,
    inverse,
    is_positive,
    is_positive_atom,
    key,
    multiply,
    negated,
    rational,
    real_and_imaginary,
)
from cft_eval.checker.prove.atoms import (
    IMAGINARY_ATOM,
    ONE_MONOMIAL,
    PI_ATOM,
    Atom,
    Form,
    Monomial,
    Polynomial,
    PowerAtom,
    PrimeAtom,
    RadicalAtom,
    symbol_atom,
)
from cft_eval.checker.prove.circular import cosine_and_sine
from cft_eval.checker.prove.powers import absolute, factors, power, rational_power

MAX_FACTORIAL = 1_500
MAX_SHIFT = 12
"""Of a factorial: ``(n+12)!`` is written as a product with ``n!``."""

_E = atom(symbol_atom("e"))
_HALF = constant(Fraction(1, 2))


def degrees(x: Form) -> Form:
    """Outside of an angle a degree is no number of its own."""
    return x


def percent(x: Form) -> Form:
    return multiply(x, constant(Fraction(1, 100)))


def cosine(x: Form) -> Form:
    return cosine_and_sine(x)[0]


def sine(x: Form) -> Form:
    return cosine_and_sine(x)[1]


def tangent(x: Form) -> Form:
    cos, sin = cosine_and_sine(x)
    return multiply(sin, inverse(cos))


def cotangent(x: Form) -> Form:
    cos, sin = cosine_and_sine(x)
    return multiply(cos, inverse(sin))


def secant(x: Form) -> Form:
    return inverse(cosine(x))


def cosecant(x: Form) -> Form:
    return inverse(sine(x))


def hyperbolic_sine(x: Form) -> Form:
    up = power(_E, x)
    return multiply(add(up, negated(inverse(up))), _HALF)


def hyperbolic_cosine(x: Form) -> Form:
    up = power(_E, x)
    return multiply(add(up, inverse(up)), _HALF)


def hyperbolic_tangent(x: Form) -> Form:
    return multiply(hyperbolic_sine(x), inverse(hyperbolic_cosine(x)))


def hyperbolic_cotangent(x: Form) -> Form:
    return multiply(hyperbolic_cosine(x), inverse(hyperbolic_sine(x)))


def hyperbolic_secant(x: Form) -> Form:
    return inverse(hyperbolic_cosine(x))


def hyperbolic_cosecant(x: Form) -> Form:
    return inverse(hyperbolic_sine(x))


def arcsine(x: Form) -> Form:
    return _odd("asin", x)


def arccosine(x: Form) -> Form:
    """π/2 - arcsin x, unless x is a number."""
    if rational(x) is not None:
        return atom(function("acos", (x,)))
    return add(multiply(atom(PI_ATOM), _HALF), negated(arcsine(x)))


def arctangent(x: Form) -> Form:
    return _odd("atan", x)


def error_function(x: Form) -> Form:
    return _odd("erf", x)


def _odd(name: str, x: Form) -> Form:
    """f(-x) is -f(x): of the two arguments the one with the smaller key is written."""
    turned = negated(x)
    if key(turned) < key(x):
        return negated(atom(function(name, (turned,))))
    return atom(function(name, (x,)))


def area_tangent(x: Form) -> Form:
    """The inverse hyperbolic functions are logarithms."""
    inside = multiply(add(ONE, x), inverse(add(ONE, negated(x))))
    return multiply(natural_logarithm(inside), _HALF)


def area_sine(x: Form) -> Form:
    root = rational_power(add(multiply(x, x), ONE), Fraction(1, 2))
    return natural_logarithm(add(x, root))


def area_cosine(x: Form) -> Form:
    roots = [rational_power(add(x, shift), Fraction(1, 2)) for shift in (ONE, MINUS)]
    return natural_logarithm(add(x, multiply(*roots)))


def conjugate(x: Form) -> Form:
    """Of x + iy, where x and y are known to be real; so are the parts below."""
    parts = _parts(x)
    if parts is None:
        return atom(function("conj", (x,)))
    return add(parts[0], negated(multiply(atom(IMAGINARY_ATOM), parts[1])))


def real_part(x: Form) -> Form:
    parts = _parts(x)
    return atom(function("re", (x,))) if parts is None else parts[0]


def imaginary_part(x: Form) -> Form:
    parts = real_and_imaginary(x)
    return atom(function("im", (x,))) if parts is None else parts[1]


def _parts(x: Form) -> tuple[Form, Form] | None:
    """None also for what is real as it stands."""
    parts = real_and_imaginary(x)
    return None if parts is not None and not parts[1].above and parts[0] == x else parts


def absolute_value(argument: Form) -> Form:
    """|cx²y| is c·x²·|y| for real letters; |x + iy| is √(x² + y²)."""
    value = rational(argument)
    if value is not None:
        return constant(abs(value))
    parts = real_and_imaginary(argument)
    if parts is not None and parts[1].above:
        square = add(multiply(parts[0], parts[0]), multiply(parts[1], parts[1]))
        return rational_power(square, Fraction(1, 2))
    if is_positive(argument) or is_positive(negated(argument)):
        return argument if is_positive(argument) else negated(argument)
    argument = cancelled(argument)
    out = constant(content(argument))
    sides = [absolute(Form(poly, ONE.below)) for poly in argument]
    return multiply(out, multiply(sides[0], inverse(sides[1])))


def unit_step(argument: Form) -> Form:
    """u(at - b) is u(t - b/a) for a > 0."""
    scale = _scale(argument)
    if scale is not None:
        argument = multiply(argument, constant(1 / abs(scale)))
    return atom(function("step", (argument,)))


def impulse(argument: Form) -> Form:
    """δ(at - b) is δ(t - b/a) / |a|."""
    scale = _scale(argument)
    if scale is None:
        return atom(function("dirac", (argument,)))
    shifted = atom(function("dirac", (multiply(argument, constant(1 / scale)),)))
    return multiply(shifted, constant(1 / abs(scale)))


def _scale(argument: Form) -> Fraction | None:
    """The a of a·t - b; None for other arguments."""
    scales = [value for monomial, value in argument.above.items() if monomial != ONE_MONOMIAL]
    if len(scales) != 1 or set(argument.below) != {ONE_MONOMIAL}:
        return None
    return Fraction(scales[0]) / argument.below[ONE_MONOMIAL]


def root(base: Form, degree: Form) -> Form:
    """The real root where there is one: the third root of -8 is -2."""
    index = rational(degree)
    if index is None or index == 0:
        return power(base, inverse(degree))
    value = rational(base)
    if value is not None and value < 0 and index.denominator == 1 and index % 2:
        return negated(rational_power(constant(-value), 1 / index))
    return rational_power(base, 1 / index)


def logarithm(x: Form, base: Form | None = None) -> Form:
    """To the base 10 where none is given."""
    below = natural_logarithm(constant(Fraction(10)) if base is None else base)
    return multiply(natural_logarithm(x), inverse(below))


def natural_logarithm(inside: Form) -> Form:
    """What is positive comes out of the logarithm; ln e^x is x for a real x."""
    if not inside.above:
        raise ZeroDivisionError
    inside = cancelled(inside)
    out = _ln_of_number(content(inside))
    inside = multiply(inside, constant(1 / content(inside)))
    above, below = (_ln_of_positive(poly) for poly in inside)
    out = add(out, add(above[0], negated(below[0])))
    rest = Form(above[1], below[1])
    if len(rest.below) > 1 and is_positive(Form(rest.below, ONE.below)):
        out = add(out, negated(atom(function("ln", (Form(rest.below, ONE.below),)))))
        rest = Form(rest.above, ONE.below)
    if rational(rest) == 1:
        return out
    return add(out, atom(function("ln", (rest,))))


def _ln_of_number(value: Fraction) -> Form:
    out = ZERO
    for prime, times in factors(value).items():
        single = atom(function("ln", (constant(Fraction(prime)),)))
        out = add(out, multiply(single, constant(Fraction(times))))
    return out


def _ln_of_positive(poly: Polynomial) -> tuple[Form, Polynomial]:
    """The logarithm of the positive atoms of a single term, and what is left."""
    if len(poly) != 1:
        return ZERO, poly
    [(monomial, value)] = poly.items()
    out, left = ZERO, list[tuple[Atom, int | Fraction]]()
    for name, times in monomial:
        if is_positive_atom(name):
            out = add(out, multiply(_ln_of_atom(name), constant(Fraction(times))))
        else:
            left.append((name, times))
    rest: Monomial = tuple(left)
    return out, {rest: value}


def _ln_of_atom(name: Atom) -> Form:
    match name:
        case PrimeAtom(_, prime):
            return _ln_of_number(Fraction(prime))
        case PowerAtom(_, base, index):
            return multiply(index, natural_logarithm(base))
        case RadicalAtom(_, base, degree):
            return multiply(natural_logarithm(base), constant(Fraction(1, degree)))
    return ONE if name == symbol_atom("e") else atom(function("ln", (atom(name),)))


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
