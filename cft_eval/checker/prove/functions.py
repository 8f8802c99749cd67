"""Functions of forms: what is known exactly is worked out, the rest is an atom."""

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
_INVERTED = {"sec": "cos", "csc": "sin", "sech": "cosh", "csch": "sinh"}
_QUOTIENTS = {"tan": ("sin", "cos"), "cot": ("cos", "sin")}
_QUOTIENTS |= {"tanh": ("sinh", "cosh"), "coth": ("cosh", "sinh")}
_INVERSE_OF = {"acot": "atan", "asec": "acos", "acsc": "asin"}
_INVERSE_OF |= {"acoth": "atanh", "asech": "acosh", "acsch": "asinh"}
_OF_NUMBERS = ("mod", "factorial", "factorial2", "binomial", "gcd", "lcm", "max", "min")
_UNORDERED = ("gcd", "lcm", "max", "min")


def call(name: str, arguments: tuple[Form, ...]) -> Form:
    """The form of a function of these arguments."""
    first = arguments[0]
    if name == "degree":
        return first
    if name == "percent":
        return multiply(first, constant(Fraction(1, 100)))
    if name in _INVERTED:
        return inverse(call(_INVERTED[name], arguments))
    if name in _QUOTIENTS:
        above, below = _QUOTIENTS[name]
        return multiply(call(above, arguments), inverse(call(below, arguments)))
    if name in ("sin", "cos"):
        return cosine_and_sine(first)[name == "sin"]
    if name in ("sinh", "cosh"):
        return _hyperbolic(name, first)
    if name in ("asinh", "acosh", "atanh"):
        return _area(name, first)
    if name == "acos" and rational(first) is None:
        quarter = multiply(atom(PI_ATOM), constant(Fraction(1, 2)))
        return add(quarter, negated(call("asin", arguments)))
    if name == "root":
        return _root(*arguments)
    if name in ("ln", "log"):
        return _logarithm(name, arguments)
    return _of_parts(name, arguments)


def _of_parts(name: str, arguments: tuple[Form, ...]) -> Form:
    first = arguments[0]
    if name in ("conj", "re", "im") and (known := _of_complex(name, first)) is not None:
        return known
    if name in _OF_NUMBERS:
        exact = _of_numbers(name, [rational(argument) for argument in arguments])
        if exact is not None:
            return constant(exact)
    if name == "factorial":
        return _factorial(first)
    if name == "binomial" and len(arguments) == 2:
        return _binomial(*arguments)
    if name == "abs":
        return _absolute(first)
    if name in ("floor", "ceil", "sign"):
        value = rational(first)
        if value is not None:
            return constant(_rounded(name, value))
        if name == "sign" and is_positive(first):
            return ONE
    if name in ("step", "dirac"):
        return _signal(name, first)
    if name in ("asin", "atan", "erf") and key(turned := negated(first)) < key(first):
        return negated(atom(function(name, (turned,))))
    if name in _UNORDERED:
        arguments = tuple(sorted(arguments, key=key))
    return atom(function(name, arguments))


def _hyperbolic(name: str, argument: Form) -> Form:
    up = power(_E, argument)
    down = inverse(up)
    both = add(up, negated(down) if name == "sinh" else down)
    return multiply(both, constant(Fraction(1, 2)))


def _area(name: str, x: Form) -> Form:
    """The inverse hyperbolic functions as logarithms."""
    half = Fraction(1, 2)
    if name == "atanh":
        inside = multiply(add(ONE, x), inverse(add(ONE, negated(x))))
        return multiply(_ln(inside), constant(half))
    if name == "asinh":
        return _ln(add(x, rational_power(add(multiply(x, x), ONE), half)))
    roots = [rational_power(add(x, shift), half) for shift in (ONE, MINUS)]
    return _ln(add(x, multiply(*roots)))


def _of_complex(name: str, argument: Form) -> Form | None:
    """The conjugate, real and imaginary part of x + iy, where x and y are known to be real."""
    parts = real_and_imaginary(argument)
    if parts is None or (not parts[1].above and parts[0] == argument and name != "im"):
        return None
    real, imaginary = parts
    if name == "conj":
        return add(real, negated(multiply(atom(IMAGINARY_ATOM), imaginary)))
    return real if name == "re" else imaginary


def _absolute(argument: Form) -> Form:
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


def _signal(name: str, argument: Form) -> Form:
    """u(at - b) is u(t - b/a) for a > 0; δ(at - b) is δ(t - b/a) / |a|."""
    scales = [value for monomial, value in argument.above.items() if monomial != ONE_MONOMIAL]
    if len(scales) != 1 or set(argument.below) != {ONE_MONOMIAL}:
        return atom(function(name, (argument,)))
    scale = scales[0] / argument.below[ONE_MONOMIAL]
    if name == "step":
        return atom(function(name, (multiply(argument, constant(1 / abs(scale))),)))
    shifted = atom(function(name, (multiply(argument, constant(1 / scale)),)))
    return multiply(shifted, constant(1 / abs(scale)))


def _root(base: Form, degree: Form) -> Form:
    """The real root where there is one: the third root of -8 is -2."""
    index = rational(degree)
    if index is None or index == 0:
        return power(base, inverse(degree))
    value = rational(base)
    if value is not None and value < 0 and index.denominator == 1 and index % 2:
        return negated(rational_power(constant(-value), 1 / index))
    return rational_power(base, 1 / index)


def _logarithm(name: str, arguments: tuple[Form, ...]) -> Form:
    value = _ln(arguments[0])
    if name == "ln":
        return value
    base = arguments[1] if len(arguments) > 1 else constant(Fraction(10))
    return multiply(value, inverse(_ln(base)))


def _ln(inside: Form) -> Form:
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
            return multiply(index, _ln(base))
        case RadicalAtom(_, base, degree):
            return multiply(_ln(base), constant(Fraction(1, degree)))
    return ONE if name == symbol_atom("e") else atom(function("ln", (atom(name),)))


def _factorial(argument: Form) -> Form:
    """(u + c)! is u! (u+1) … (u+c): the whole part of the argument comes out."""
    shift = Fraction(0)
    if set(argument.below) == {ONE_MONOMIAL}:
        shift = argument.above.get(ONE_MONOMIAL, Fraction(0)) / argument.below[ONE_MONOMIAL]
    whole = shift.denominator == 1 and 0 < abs(shift) <= MAX_SHIFT
    if rational(argument) is not None or not whole:
        return atom(function("factorial", (argument,)))
    base = add(argument, constant(-shift))
    out = atom(function("factorial", (base,)))
    for step in range(1, int(shift) + 1):
        out = multiply(out, add(base, constant(Fraction(step))))
    for step in range(0, -int(shift)):
        out = multiply(out, inverse(add(base, constant(Fraction(-step)))))
    return out


def _binomial(n: Form, k: Form) -> Form:
    """n! / (k! (n-k)!); a polynomial where k is a small number."""
    small = rational(k)
    if small is not None and small.denominator == 1 and 0 <= small <= MAX_SHIFT:
        out = ONE
        for step in range(int(small)):
            out = multiply(out, add(n, constant(Fraction(-step))))
        return multiply(out, constant(Fraction(1, math.factorial(int(small)))))
    if rational(n) is not None and rational(k) is not None:
        return atom(function("binomial", (n, k)))
    below = multiply(call("factorial", (k,)), call("factorial", (add(n, negated(k)),)))
    return multiply(call("factorial", (n,)), inverse(below))


def _of_numbers(name: str, values: list[Fraction | None]) -> Fraction | None:
    """Exact value of a function of whole numbers within the limits."""
    numbers = [value for value in values if value is not None]
    if len(numbers) != len(values):
        return None
    if name in ("max", "min"):
        return max(numbers) if name == "max" else min(numbers)
    if name in ("gcd", "lcm"):
        numbers = [abs(number) for number in numbers]
    if any(number.denominator != 1 or number < 0 for number in numbers):
        return None
    whole = [int(number) for number in numbers]
    if name == "mod":
        return Fraction(whole[0] % whole[1]) if whole[1] else None
    if name in ("gcd", "lcm"):
        return Fraction(math.gcd(*whole) if name == "gcd" else math.lcm(*whole))
    if whole[0] > MAX_FACTORIAL:
        return None
    if name == "factorial":
        return Fraction(math.factorial(whole[0]))
    if name == "factorial2":
        return Fraction(math.prod(range(whole[0], 0, -2)))
    return Fraction(math.comb(*whole))


def _rounded(name: str, value: Fraction) -> Fraction:
    if name == "sign":
        return Fraction((value > 0) - (value < 0))
    return Fraction(math.floor(value) if name == "floor" else math.ceil(value))
