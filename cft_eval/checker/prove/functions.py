"""Functions in exact normal form: what is known exactly is worked out, the rest is an atom."""

import math
from fractions import Fraction

from cft_eval.checker.prove.algebra import (
    MAX_FACTORIAL,
    ONE_MONOMIAL,
    Atom,
    Form,
    add,
    atom,
    constant,
    factors,
    form,
    inverse,
    key,
    multiply,
    rational,
    rational_power,
    symbols,
)
from cft_eval.checker.types.values import Call, Node, Number, Power, Product, Sum, Symbol

_INVERTED = {"sec": "cos", "csc": "sin", "sech": "cosh", "csch": "sinh"}
_QUOTIENTS = {"tan": ("sin", "cos"), "cot": ("cos", "sin")}
_QUOTIENTS |= {"tanh": ("sinh", "cosh"), "coth": ("cosh", "sinh")}
_PI_ATOM: Atom = ("symbol", "pi")


def call(name: str, arguments: tuple[Node, ...]) -> Form:
    """The form of a function of these arguments."""
    if name == "degree":
        # An angle by itself is its number; inside a trigonometric function `_angle` converts it.
        return form(arguments[0])
    if name == "percent":
        return multiply(form(arguments[0]), constant(Fraction(1, 100)))
    if name in _INVERTED:
        return inverse(call(_INVERTED[name], arguments))
    if name in _QUOTIENTS:
        above, below = _QUOTIENTS[name]
        return multiply(call(above, arguments), inverse(call(below, arguments)))
    if name in ("sin", "cos"):
        return _trigonometric(name, _angle(arguments[0]))
    if name == "root":
        return _root(*arguments)
    if name in ("ln", "log"):
        return _logarithm(name, arguments)
    if name == "conj" and not symbols(arguments[0]):
        turned = _conjugate(arguments[0])
        if turned != Call("conj", arguments):
            return form(turned)
    if name in ("mod", "factorial", "factorial2", "binomial", "gcd", "lcm", "max", "min"):
        exact = _of_numbers(name, [rational(form(argument)) for argument in arguments])
        if exact is not None:
            return constant(exact)
    if name in ("abs", "floor", "ceil", "sign"):
        value = rational(form(arguments[0]))
        if value is not None:
            return constant(_rounded(name, value))
    if name in ("step", "dirac"):
        return _signal(name, form(arguments[0]))
    names = tuple(key(form(argument)) for argument in arguments)
    if name in ("gcd", "lcm", "max", "min"):
        names = tuple(sorted(names, key=repr))
    return atom((name, *names))


def _conjugate(node: Node) -> Node:
    """i with its sign changed: right for sums, products and powers that are real but for i."""
    match node:
        case Symbol("i"):
            return Product((Number(Fraction(-1)), node))
        case Sum(parts):
            return Sum(tuple(map(_conjugate, parts)))
        case Product(parts):
            return Product(tuple(map(_conjugate, parts)))
        case Power(base, Number(exponent)) if exponent.denominator == 1:
            return Power(_conjugate(base), Number(exponent))
        case Number() | Symbol():
            return node
        case _:
            return Call("conj", (node,))


def _signal(name: str, argument: Form) -> Form:
    """u(at - b) is u(t - b/a) for a > 0; δ(at - b) is δ(t - b/a) / |a|."""
    scales = [value for monomial, value in argument.above.items() if monomial != ONE_MONOMIAL]
    if len(scales) != 1 or set(argument.below) != {ONE_MONOMIAL}:
        return atom((name, key(argument)))
    scale = scales[0] / argument.below[ONE_MONOMIAL]
    if name == "step":
        return atom((name, key(multiply(argument, constant(1 / abs(scale))))))
    shifted = atom((name, key(multiply(argument, constant(1 / scale)))))
    return multiply(shifted, constant(1 / abs(scale)))


def _angle(node: Node) -> Node:
    r"""``\sin 30^\circ``: the degrees in radians."""
    match node:
        case Call("degree", (inside,)):
            return Product((inside, Symbol("pi"), Number(Fraction(1, 180))))
        case Product(parts):
            return Product(tuple(_angle(part) for part in parts))
        case _:
            return node


def _trigonometric(name: str, argument: Node) -> Form:
    angle = form(argument)
    if not angle.above:
        return constant(Fraction(name == "cos"))
    if (parts := _whole_parts(angle)) is not None:
        cosine, sine = _of_sum(parts)
        return cosine if name == "cos" else sine
    return _trigonometric_of(name, angle)


def _trigonometric_of(name: str, angle: Form) -> Form:
    """Of one term: exact at a multiple of π/12, else an atom."""
    turn = _share_of_pi(angle)
    exact = _at_share_of_pi(name, turn) if turn is not None else None
    if exact is not None:
        return exact
    # Even and odd: one of x and -x is the name of both.
    negated = multiply(angle, constant(Fraction(-1)))
    if repr(key(negated)) < repr(key(angle)):
        found = atom((name, key(negated)))
        return found if name == "cos" else multiply(found, constant(Fraction(-1)))
    return atom((name, key(angle)))


MAX_MULTIPLE = 12
"""Of an angle in ``cos 12x``, which is expanded into powers of cos x."""


def _whole_parts(angle: Form) -> list[tuple[Form, int]] | None:
    """The angle as a sum of whole multiples of its terms; None where it is one term, once."""
    if set(angle.below) != {ONE_MONOMIAL}:
        return None
    scale = angle.below[ONE_MONOMIAL]
    parts = []
    for monomial, value in angle.above.items():
        share = value / scale
        single = multiply(
            Form({monomial: Fraction(1)}, {ONE_MONOMIAL: Fraction(1)}),
            constant(Fraction(1, share.denominator)),
        )
        parts.append((single, share.numerator))
    total = sum(abs(times) for _, times in parts)
    return parts if 1 < total <= MAX_MULTIPLE else None


def _of_sum(parts: list[tuple[Form, int]]) -> tuple[Form, Form]:
    """(cos, sin) of a sum, by the addition theorems: a product of cos φ + i sin φ."""
    cosine, sine = constant(Fraction(1)), constant(Fraction(0))
    for single, times in parts:
        c, s = _trigonometric_of("cos", single), _trigonometric_of("sin", single)
        if times < 0:
            s = multiply(s, constant(Fraction(-1)))
        for _ in range(abs(times)):
            cosine, sine = (
                add(multiply(cosine, c), multiply(constant(Fraction(-1)), multiply(sine, s))),
                add(multiply(sine, c), multiply(cosine, s)),
            )
    return cosine, sine


def _share_of_pi(angle: Form) -> Fraction | None:
    if set(angle.below) != {ONE_MONOMIAL}:
        return None
    if not angle.above:
        return Fraction(0)
    if set(angle.above) == {((_PI_ATOM, 1),)}:
        return angle.above[((_PI_ATOM, 1),)] / angle.below[ONE_MONOMIAL]
    return None


def _at_share_of_pi(name: str, turn: Fraction) -> Form | None:
    """cos and sin of kπ/12."""
    twelfths = turn * 12
    if twelfths.denominator != 1:
        return None
    k = int(twelfths) - (6 if name == "sin" else 0)
    k %= 24
    k = 24 - k if k > 12 else k
    sign = -1 if k > 6 else 1
    k = 12 - k if k > 6 else k
    roots = {n: rational_power(constant(Fraction(n)), Fraction(1, 2)) for n in (2, 3, 6)}
    quarter = constant(Fraction(sign, 4))
    minus = multiply(roots[2], constant(Fraction(-1)))
    exact = {
        0: constant(Fraction(sign)),
        1: multiply(add(roots[6], roots[2]), quarter),
        2: multiply(roots[3], constant(Fraction(sign, 2))),
        3: multiply(roots[2], constant(Fraction(sign, 2))),
        4: constant(Fraction(sign, 2)),
        5: multiply(add(roots[6], minus), quarter),
        6: constant(Fraction(0)),
    }
    return exact[k]


def _root(inside: Node, degree: Node) -> Form:
    """The real root where there is one: the third root of -8 is -2."""
    index = rational(form(degree))
    if index is None or index == 0:
        return form(Power(inside, Power(degree, Number(Fraction(-1)))))
    base = form(inside)
    value = rational(base)
    if value is not None and value < 0 and index.denominator == 1 and index % 2:
        return multiply(rational_power(constant(-value), 1 / index), constant(Fraction(-1)))
    return rational_power(base, 1 / index)


def _logarithm(name: str, arguments: tuple[Node, ...]) -> Form:
    value = _ln(arguments[0])
    if name == "ln":
        return value
    base = arguments[1] if len(arguments) > 1 else Number(Fraction(10))
    return multiply(value, inverse(_ln(base)))


def _ln(node: Node) -> Form:
    """ln of a positive rational comes apart into its primes; ln e^x is x for a real x."""
    if node == Symbol("e"):
        return constant(Fraction(1))
    inside = form(node)
    value = rational(inside)
    if value is not None and value > 0:
        out = constant(Fraction(0))
        for prime, times in factors(value).items():
            out = add(out, multiply(atom(("ln", prime)), constant(Fraction(times))))
        return out
    if value == 0:
        raise ZeroDivisionError
    match node:
        case Power(Symbol("e"), exponent) if rational(form(exponent)) is not None:
            return form(exponent)
        case Power(Number(base), Number(exponent)) if base > 0:
            return multiply(_ln(Number(base)), constant(exponent))
    surd = _ln_of_surd(inside)
    return surd if surd is not None else atom(("ln", key(inside)))


def _ln_of_surd(inside: Form) -> Form | None:
    """ln of a single product of roots of primes: ln √2 is ln(2)/2."""
    if len(inside.above) != 1 or set(inside.below) != {ONE_MONOMIAL}:
        return None
    [(monomial, value)] = inside.above.items()
    value /= inside.below[ONE_MONOMIAL]
    if value <= 0 or any(name[0] != "root" for name, _ in monomial):
        return None
    out = _ln(Number(value))
    for name, exponent in monomial:
        share = Fraction(exponent, int(name[2]))  # type: ignore[call-overload]
        out = add(out, multiply(_ln(Number(Fraction(int(name[1])))), constant(share)))  # type: ignore[call-overload]
    return out


def _of_numbers(name: str, values: list[Fraction | None]) -> Fraction | None:
    """Exact value of a function of whole numbers within the limits."""
    numbers = [value for value in values if value is not None]
    if len(numbers) != len(values):
        return None
    if name in ("max", "min"):
        return max(numbers) if name == "max" else min(numbers)
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
    if name == "abs":
        return abs(value)
    if name == "sign":
        return Fraction((value > 0) - (value < 0))
    return Fraction(math.floor(value) if name == "floor" else math.ceil(value))
