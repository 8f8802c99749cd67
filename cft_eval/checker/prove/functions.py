"""Functions of forms: what is known exactly is worked out, the rest is an atom.

Which function goes by which name stands in `registry`.
"""

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
