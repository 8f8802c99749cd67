r"""Powers and roots of forms: what comes out of a root, and what stays an atom.

Out of a root comes what is positive: numbers, primes, letters that are marked as positive. A
negative power is the inverse of the positive one. Euler: e^{ix} is cos x + i sin x, so that
exponentials, circular and hyperbolic functions have one form.
"""

import math
from fractions import Fraction
from functools import lru_cache

from cft_eval.checker.prove.algebra import (
    MAX_BITS,
    MINUS,
    ONE,
    TooLarge,
    add,
    atom,
    cancelled,
    constant,
    content,
    function,
    inverse,
    is_positive,
    is_positive_atom,
    is_real,
    key,
    multiply,
    negated,
    rational,
    reduced,
)
from cft_eval.checker.prove.atoms import (
    IMAGINARY_ATOM,
    ONE_MONOMIAL,
    PI_ATOM,
    Atom,
    Exponent,
    Form,
    FunctionAtom,
    Monomial,
    Polynomial,
    PowerAtom,
    PrimeAtom,
    RadicalAtom,
    SymbolAtom,
    prime_atom,
    symbol_atom,
)
from cft_eval.checker.prove.circular import cosine_and_sine
from cft_eval.checker.prove.polynomials import square_root

MAX_POWER = 60
"""Of a sum with several terms: beyond it the power is an atom of its own."""

MAX_EXPONENT = 10**6
_TRIAL = 2_000
MAX_BITS_TO_FACTOR = 2_000
"""Factors of an integer are looked for up to here; the cofactor is taken as it is."""


def power(base: Form, index: Form) -> Form:
    """base^index"""
    value = rational(index)
    if value is not None:
        return rational_power(base, value)
    if set(index.below) != {ONE_MONOMIAL}:
        return atom(_power_atom(base, index))
    if base == _I:  # iᶻ is e^{iπz/2}
        return power(_E, multiply(index, _QUARTER))
    if base == _E:
        natural = _of_logarithm(index)
        if natural is not None:
            return natural
    return _split_power(base, index)


_E = atom(symbol_atom("e"))
_I = atom(IMAGINARY_ATOM)
_QUARTER = multiply(_I, multiply(atom(PI_ATOM), constant(Fraction(1, 2))))
"""The argument of i, times i."""


def _power_atom(base: Form, index: Form) -> PowerAtom:
    positive = is_positive(base) and is_real(index)
    return PowerAtom(f"^[{key(base)}|{key(index)}]", base, index, positive)


def _of_logarithm(index: Form) -> Form | None:
    """e^{k ln x} is x^k."""
    if len(index.above) != 1:
        return None
    [(monomial, value)] = index.above.items()
    if len(monomial) == 1 and monomial[0][1] == 1:
        match monomial[0][0]:
            case FunctionAtom(_, "ln", (inside,)):
                return rational_power(inside, value / index.below[ONE_MONOMIAL])
    return None


def _split_power(base: Form, index: Form) -> Form:
    """b^{c + m₁/q + …} is b^c · (b^{m₁/q})^p …; a positive rational b comes apart into primes."""
    number = rational(base)
    if number is not None and number > 0:
        out = ONE
        for prime, times in factors(number).items():
            out = multiply(out, _powers(constant(Fraction(prime)), index, times))
        return out
    if number == 0:
        raise TooLarge("a power of zero")
    return _powers(base, index, 1)


def _powers(base: Form, index: Form, times: int) -> Form:
    out = ONE
    scale = index.below[ONE_MONOMIAL]
    for monomial, coefficient in index.above.items():
        share = coefficient * times / scale
        if monomial == ONE_MONOMIAL:
            out = multiply(out, rational_power(base, share))
        elif base == _E and (turned := _turn(monomial)) is not None:
            cosine, sine = cosine_and_sine(Form({turned: share}, ONE.below))
            out = multiply(out, add(cosine, multiply(atom(IMAGINARY_ATOM), sine)))
        else:
            single = _power_atom(base, Form({monomial: Fraction(1)}, ONE.below))
            out = multiply(out, atom(single, _plain(share)))
    return out


def _plain(value: Fraction) -> Exponent:
    return value.numerator if value.denominator == 1 else value


def _turn(monomial: Monomial) -> Monomial | None:
    """i times something real: without the i."""
    rest = tuple(pair for pair in monomial if pair[0] != IMAGINARY_ATOM)
    return rest if len(rest) == len(monomial) - 1 else None


def rational_power(base: Form, exponent: Fraction) -> Form:
    """base^{p/q}, the principal value."""
    if exponent.denominator == 1:
        return whole_power(base, exponent.numerator)
    if exponent < 0:
        return inverse(rational_power(base, -exponent))
    value = rational(base)
    if value is not None and value > 0:
        return _number_root(value, exponent)
    if value == 0:
        return base
    if value is not None and exponent.denominator == 2:
        # The principal root: √-a is i√a.
        root = multiply(atom(IMAGINARY_ATOM), _number_root(-value, Fraction(1, 2)))
        return whole_power(root, exponent.numerator)
    return _root_of_expression(base, exponent)


def _root_of_expression(base: Form, exponent: Fraction) -> Form:
    """What is positive comes out of the root; a positive denominator is a root of its own."""
    base = cancelled(base)
    out = _number_root(content(base), exponent)
    base = multiply(base, constant(1 / content(base)))
    above, below = (_positive_part(poly) for poly in base)
    for name, times in above:
        out = multiply(out, _atom_power(name, times * exponent))
    for name, times in below:
        out = multiply(out, inverse(_atom_power(name, times * exponent)))
    rest = Form(_over(base.above, above), _over(base.below, below))
    if (known := rational(rest)) is not None and known > 0:
        return multiply(out, _number_root(known, exponent))
    if len(rest.below) > 1 and is_positive(Form(rest.below, ONE.below)):
        below_root = _radical(Form(rest.below, ONE.below), exponent)
        out = multiply(out, inverse(below_root))
        rest = Form(rest.above, ONE.below)
    return multiply(out, _radical(rest, exponent))


def _radical(base: Form, exponent: Fraction) -> Form:
    root = (
        square_root(base.above) if exponent.denominator == 2 and base.below == ONE.below else None
    )
    if root is not None and is_real(base):
        return whole_power(absolute(Form(root, ONE.below)), exponent.numerator)
    whole, share = divmod(exponent.numerator, exponent.denominator)
    name = RadicalAtom(f"r[{key(base)}|{exponent.denominator}]", base, exponent.denominator)
    return multiply(whole_power(base, whole), atom(name, share))


def absolute(poly: Form) -> Form:
    """|poly| of a polynomial, up to its content."""
    poly = multiply(poly, constant(1 / content(poly)))
    if len(poly.above) > 1:
        turned = negated(poly)
        return atom(function("abs", (min(poly, turned, key=key),)))
    [(monomial, _)] = poly.above.items()
    out = ONE
    for name, times in monomial:
        if is_positive_atom(name):
            out = multiply(out, atom(name, times))
        else:
            out = multiply(out, atom(function("abs", (atom(name),)), times))
    return out


def _positive_part(poly: Polynomial) -> Monomial:
    """The positive atoms that every term has."""
    monomials = iter(poly)
    shared = {name: times for name, times in next(monomials) if is_positive_atom(name)}
    for monomial in monomials:
        powers = dict(monomial)
        shared = {n: min(times, powers[n]) for n, times in shared.items() if n in powers}
    return tuple(sorted(shared.items()))


def _over(poly: Polynomial, factor: Monomial) -> Polynomial:
    if not factor:
        return poly
    taken = dict(factor)
    return {
        tuple((n, left) for n, times in m if (left := times - taken.get(n, 0))): value
        for m, value in poly.items()
    }


def _atom_power(name: Atom, exponent: Fraction) -> Form:
    """A positive atom to a fraction: primes and letters take it as it is."""
    match name:
        case PrimeAtom(_, prime):
            return _number_root(Fraction(prime), exponent)
        case SymbolAtom() | PowerAtom():
            return atom(name, _plain(exponent))
        case RadicalAtom(_, base, degree):
            return rational_power(base, exponent / degree)
    if exponent.denominator == 1:
        return atom(name, exponent.numerator)
    return _radical(atom(name), exponent)


def whole_power(base: Form, exponent: int) -> Form:
    if exponent < 0:
        return whole_power(inverse(base), -exponent)
    if not base.above:
        return constant(Fraction(exponent == 0))
    value = rational(base)
    if value is not None:
        return _number_power(value, exponent)
    if exponent > MAX_EXPONENT:
        raise TooLarge("a power that is too high")
    terms = max(len(base.above), len(base.below))
    if terms > 1 and exponent > MAX_POWER:
        return _high_power(base, exponent)
    if terms == 1:
        return Form(_monomial_power(base.above, exponent), _monomial_power(base.below, exponent))
    out, square = ONE, base
    while exponent:
        if exponent & 1:
            out = multiply(out, square)
        exponent >>= 1
        if exponent:
            square = multiply(square, square)
    return out


def _number_power(value: Fraction, exponent: int) -> Form:
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    grows = abs(value.numerator) > 1 or value.denominator > 1
    if grows and bits * exponent > MAX_BITS:
        raise TooLarge("a power of more than twelve thousand digits")
    return constant(value**exponent)


def _high_power(base: Form, exponent: int) -> Form:
    """An atom, of the base with the sign whose writing comes first."""
    turned = negated(base)
    first, second = key(base), key(turned)
    name = function(f"high{exponent}", (turned if second < first else base,))
    return multiply(atom(name), MINUS) if second < first and exponent % 2 else atom(name)


def _monomial_power(poly: Polynomial, exponent: int) -> Polynomial:
    [(monomial, value)] = poly.items()
    bits = abs(value.numerator).bit_length() + value.denominator.bit_length()
    if abs(value) != 1 and bits * exponent > MAX_BITS:
        raise TooLarge("a power of more than twelve thousand digits")
    raised = tuple((name, times * exponent) for name, times in monomial) if exponent else ()
    return reduced({raised: value**exponent})


def _number_root(value: Fraction, exponent: Fraction) -> Form:
    """A positive number's root, as roots of its primes."""
    out = ONE
    for prime, times in factors(value).items():
        total = times * exponent
        whole = math.floor(total)
        out = multiply(out, whole_power(constant(Fraction(prime)), whole))
        if total != whole:
            out = multiply(out, atom(prime_atom(prime), total - whole))
    return out


@lru_cache(maxsize=4096)
def factors(value: Fraction) -> dict[int, int]:
    """Primes to exponents, negative ones of the denominator; a large cofactor counts as prime."""
    powers: dict[int, int] = {}
    for number, sign in ((value.numerator, 1), (value.denominator, -1)):
        for prime, times in _prime_factors(number).items():
            powers[prime] = powers.get(prime, 0) + sign * times
    return powers


def _prime_factors(number: int) -> dict[int, int]:
    if number.bit_length() > MAX_BITS_TO_FACTOR:
        raise TooLarge("a number too long to factor")
    powers: dict[int, int] = {}
    candidate = 2
    while candidate * candidate <= number and candidate <= _TRIAL:
        while number % candidate == 0:
            powers[candidate] = powers.get(candidate, 0) + 1
            number //= candidate
        candidate += 1 if candidate == 2 else 2
    if number > 1:
        root = math.isqrt(number)
        if root * root == number:
            powers[root] = powers.get(root, 0) + 2
        else:
            powers[number] = powers.get(number, 0) + 1
    return powers
