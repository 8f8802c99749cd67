r"""Exact normal forms: an expression as a quotient of polynomials over the rationals.

The variables of the polynomials are atoms: symbols, the imaginary unit, roots of primes, and
whatever does not come apart (``sin x``, ``2^n``). Rules that hold exactly are applied on the way:
i² = -1, (ᵏ√p)ᵏ = p, sin² = 1 - cos², ln and powers of products of primes, trigonometric functions
at multiples of π/12. Equal forms prove equality. Different forms prove difference only where the
atoms are independent (`independent`); elsewhere nothing is claimed.
"""

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from cft_eval.checker.types.values import CONSTANTS, Call, Node, Number, Power, Product, Sum, Symbol

MAX_TERMS = 600
MAX_POWER = 60
"""Of a sum with several terms: beyond it the expansion is too large."""

MAX_BITS = 40_000
"""Of one exact number: 2^{40000} is still read, a tower of powers is not."""

MAX_FACTORIAL = 1_500
_TRIAL = 2_000
"""Factors of an integer are looked for up to here; the cofactor is taken as it is."""

Atom = tuple[object, ...]
Monomial = tuple[tuple[Atom, int], ...]
Polynomial = dict[Monomial, Fraction]

I_ATOM: Atom = ("i",)


class TooLarge(ValueError):
    """The normal form would exceed the limits."""


class Form(NamedTuple):
    """numerator / denominator"""

    above: Polynomial
    below: Polynomial


ONE_MONOMIAL: Monomial = ()
_ONE: Polynomial = {ONE_MONOMIAL: Fraction(1)}


def constant(value: Fraction) -> Form:
    if value.numerator.bit_length() + value.denominator.bit_length() > MAX_BITS:
        raise TooLarge("a number of more than twelve thousand digits")
    return Form({ONE_MONOMIAL: value} if value else {}, _ONE)


def atom(name: Atom, exponent: int = 1) -> Form:
    if exponent >= 0:
        return Form(_reduced({((name, exponent),) if exponent else (): Fraction(1)}), _ONE)
    return Form(_ONE, _reduced({((name, -exponent),): Fraction(1)}))


def add(a: Form, b: Form) -> Form:
    if a.below == b.below:
        return Form(_plus(a.above, b.above), a.below)
    return Form(
        _plus(_multiply(a.above, b.below), _multiply(b.above, a.below)),
        _multiply(a.below, b.below),
    )


def multiply(a: Form, b: Form) -> Form:
    return Form(_multiply(a.above, b.above), _multiply(a.below, b.below))


def inverse(a: Form) -> Form:
    if not a.above:
        raise ZeroDivisionError
    return Form(a.below, a.above)


def is_zero(a: Form) -> bool:
    return not a.above


def difference(a: Form, b: Form) -> Polynomial:
    """The numerator of a - b: empty where they are equal."""
    return _plus(
        _multiply(a.above, b.below),
        {monomial: -value for monomial, value in _multiply(b.above, a.below).items()},
    )


def rational(a: Form) -> Fraction | None:
    """The exact value of a form without atoms."""
    if set(a.above) <= {ONE_MONOMIAL} and set(a.below) == {ONE_MONOMIAL}:
        return a.above.get(ONE_MONOMIAL, Fraction(0)) / a.below[ONE_MONOMIAL]
    return None


def _plus(a: Polynomial, b: Polynomial) -> Polynomial:
    out = dict(a)
    for monomial, value in b.items():
        total = out.get(monomial, Fraction(0)) + value
        if total:
            out[monomial] = total
        else:
            out.pop(monomial, None)
    return out


def _multiply(a: Polynomial, b: Polynomial) -> Polynomial:
    if a is _ONE or a == _ONE:
        return b
    if b is _ONE or b == _ONE:
        return a
    if len(a) * len(b) > 4 * MAX_TERMS:
        raise TooLarge("too many terms")
    out: Polynomial = {}
    for left, x in a.items():
        for right, y in b.items():
            monomial = _join(left, right)
            total = out.get(monomial, Fraction(0)) + x * y
            if total:
                out[monomial] = total
            else:
                out.pop(monomial, None)
    if len(out) > MAX_TERMS:
        raise TooLarge("too many terms")
    return _reduced(out)


def _join(left: Monomial, right: Monomial) -> Monomial:
    if not left:
        return right
    if not right:
        return left
    powers = dict(left)
    for name, exponent in right:
        powers[name] = powers.get(name, 0) + exponent
    return tuple(sorted(powers.items(), key=repr))


def _reduced(poly: Polynomial) -> Polynomial:
    """Apply i² = -1, roots' powers and sin² = 1 - cos², until nothing changes."""
    for _ in range(200):
        for monomial in poly:
            for name, exponent in monomial:
                rule = _replacement(name, exponent)
                if rule is not None:
                    break
            else:
                continue
            break
        else:
            return poly
        value = poly.pop(monomial) if poly is not _ONE else poly[monomial]
        rest = tuple(pair for pair in monomial if pair[0] != name)
        for replaced, factor in rule.items():
            poly = _plus(poly, {_join(rest, replaced): value * factor})
    raise TooLarge("too many steps")


def _replacement(name: Atom, exponent: int) -> Polynomial | None:
    if name == I_ATOM and exponent >= 2:
        sign = Fraction(-1) ** (exponent // 2)
        return {((I_ATOM, 1),) if exponent % 2 else (): sign}
    if name[0] == "root" and exponent >= name[2]:  # type: ignore[operator]
        prime, degree = int(name[1]), int(name[2])  # type: ignore[call-overload]
        whole, left = divmod(exponent, degree)
        return {((name, left),) if left else (): Fraction(prime) ** whole}
    if name[0] == "sin" and exponent >= 2:
        cosine: Atom = ("cos", name[1])
        rest = ((name, exponent - 2),) if exponent > 2 else ()
        return {rest: Fraction(1), _join(rest, ((cosine, 2),)): Fraction(-1)}
    return None


def independent(poly: Polynomial) -> bool:
    """Do different polynomials in these atoms have different values?

    Symbols are free; roots of distinct primes are independent over the rationals (Besicovitch
    1940), also with i; π is transcendental. π and e together are not known to be independent.
    """
    names = {name for monomial in poly for name, _ in monomial}
    constants = {name for name in names if name in (("symbol", "pi"), ("symbol", "e"))}
    return len(constants) < 2 and all(name[0] in ("symbol", "i", "root") for name in names)


@lru_cache(maxsize=4096)
def form(node: Node) -> Form:
    """The normal form of an expression; raises `TooLarge` or `ZeroDivisionError`."""
    match node:
        case Number(value):
            return constant(value)
        case Symbol("i"):
            return atom(I_ATOM)
        case Symbol(name):
            return atom(("symbol", name))
        case Sum(terms):
            return _sum([form(term) for term in terms])
        case Product(factors):
            out = constant(Fraction(1))
            for factor in factors:
                out = multiply(out, form(factor))
            return out
        case Power(base, exponent):
            return _power(base, exponent)
        case Call(name, arguments):
            from cft_eval.checker.prove.functions import call

            return call(name, arguments)


def _sum(forms: Iterable[Form]) -> Form:
    out = constant(Fraction(0))
    for term in forms:
        out = add(out, term)
    return out


def _power(base: Node, exponent: Node) -> Form:
    index = form(exponent)
    value = rational(index)
    if value is not None:
        return rational_power(form(base), value)
    if set(index.below) != {ONE_MONOMIAL}:
        return atom(("power", key(form(base)), key(index)))
    if base == Symbol("e"):
        natural = _exponential(index)
        if natural is not None:
            return natural
    return _split_power(form(base), index)


def _exponential(index: Form) -> Form | None:
    """e^{k ln x} is x^k."""
    if len(index.above) != 1:
        return None
    [(monomial, value)] = index.above.items()
    if len(monomial) == 1 and monomial[0][0][0] == "ln" and monomial[0][1] == 1:
        inside = monomial[0][0][1]
        factor = value / index.below[ONE_MONOMIAL]
        if isinstance(inside, int):
            return rational_power(constant(Fraction(inside)), factor)
    return None


def _split_power(base: Form, index: Form) -> Form:
    """b^{c + m₁/q + …} is b^c · (b^{m₁/q})^p …; a positive rational b comes apart into primes."""
    number = rational(base)
    scale = index.below[ONE_MONOMIAL]
    out = constant(Fraction(1))
    if number is not None and number > 0 and number != 1:
        for prime, times in factors(number).items():
            out = multiply(out, _powers(("symbol", prime), constant(Fraction(prime)), index, times))
        return out
    if number == 1:
        return out
    if number == 0:
        raise TooLarge("a power of zero")
    return _powers(key(base), base, index, 1) if scale else out


def _powers(name: object, base: Form, index: Form, times: int) -> Form:
    out = constant(Fraction(1))
    scale = index.below[ONE_MONOMIAL]
    for monomial, coefficient in index.above.items():
        share = coefficient * times / scale
        if monomial == ONE_MONOMIAL:
            out = multiply(out, rational_power(base, share))
        else:
            single: Atom = ("power", name, monomial, share.denominator)
            out = multiply(out, atom(single, share.numerator))
    return out


def rational_power(base: Form, exponent: Fraction) -> Form:
    """base^{p/q}"""
    if exponent.denominator == 1:
        return _whole_power(base, exponent.numerator)
    value = rational(base)
    if value is not None and value > 0:
        return _number_root(value, exponent)
    if value == 0 and exponent > 0:
        return base
    if value is not None and exponent.denominator == 2:
        # The principal root: √-a is i√a.
        root = multiply(atom(I_ATOM), _number_root(-value, Fraction(1, 2)))
        return _whole_power(root, exponent.numerator)
    whole, share = divmod(exponent.numerator, exponent.denominator)
    single = atom(("radical", key(base), exponent.denominator), share)
    return multiply(_whole_power(base, whole), single)


def _whole_power(base: Form, exponent: int) -> Form:
    if exponent < 0:
        return _whole_power(inverse(base), -exponent)
    if not base.above:
        return constant(Fraction(exponent == 0))
    value = rational(base)
    if value is not None:
        bits = max(value.numerator.bit_length(), value.denominator.bit_length())
        grows = abs(value.numerator) > 1 or value.denominator > 1
        if grows and bits * exponent > MAX_BITS:
            raise TooLarge("a power of more than twelve thousand digits")
        return constant(
            value ** (exponent if value not in (1, -1, 0) else exponent % 2 or 2 * bool(exponent))
        )
    terms = max(len(base.above), len(base.below))
    if (terms > 1 and exponent > MAX_POWER) or exponent > 10**6:
        raise TooLarge("a power of a sum that is too high")
    if terms == 1:
        return Form(_monomial_power(base.above, exponent), _monomial_power(base.below, exponent))
    out = constant(Fraction(1))
    square = base
    while exponent:
        if exponent & 1:
            out = multiply(out, square)
        exponent >>= 1
        if exponent:
            square = multiply(square, square)
    return out


def _monomial_power(poly: Polynomial, exponent: int) -> Polynomial:
    [(monomial, value)] = poly.items()
    if (
        abs(value) != 1
        and (abs(value.numerator).bit_length() + value.denominator.bit_length()) * exponent
        > MAX_BITS
    ):
        raise TooLarge("a power of more than twelve thousand digits")
    raised = tuple((name, power * exponent) for name, power in monomial) if exponent else ()
    return _reduced({raised: value**exponent})


def _number_root(value: Fraction, exponent: Fraction) -> Form:
    """A positive number's root, as roots of its primes."""
    out = constant(Fraction(1))
    for prime, times in factors(value).items():
        power = times * exponent
        whole, share = divmod(power.numerator, power.denominator)
        out = multiply(out, _whole_power(constant(Fraction(prime)), whole))
        if share:
            out = multiply(out, atom(("root", prime, power.denominator), share))
    return out


@lru_cache(maxsize=4096)
def factors(value: Fraction) -> dict[int, int]:
    """Primes to exponents, negative ones of the denominator; a large cofactor counts as prime."""
    found: dict[int, int] = {}
    for number, sign in ((value.numerator, 1), (value.denominator, -1)):
        for prime, times in _prime_factors(number).items():
            found[prime] = found.get(prime, 0) + sign * times
    return found


def _prime_factors(number: int) -> dict[int, int]:
    if number.bit_length() > 2_000:
        raise TooLarge("a number too long to factor")
    found: dict[int, int] = {}
    candidate = 2
    while candidate * candidate <= number and candidate <= _TRIAL:
        while number % candidate == 0:
            found[candidate] = found.get(candidate, 0) + 1
            number //= candidate
        candidate += 1 if candidate == 2 else 2
    if number > 1:
        root = math.isqrt(number)
        if root * root == number:
            found[root] = found.get(root, 0) + 2
        else:
            found[number] = found.get(number, 0) + 1
    return found


def key(a: Form) -> object:
    """A hashable name of a form, the same for forms that differ by a common numeric factor."""
    lead = a.below[min(a.below, key=repr)]
    return (
        tuple(sorted(((m, v / lead) for m, v in a.above.items()), key=repr)),
        tuple(sorted(((m, v / lead) for m, v in a.below.items()), key=repr)),
    )


def symbols(node: Node) -> frozenset[str]:
    """The variables of an expression."""
    match node:
        case Symbol(name):
            return frozenset() if name in CONSTANTS else frozenset({name})
        case Number():
            return frozenset()
        case Sum(parts) | Product(parts) | Call(_, parts):
            return frozenset().union(*map(symbols, parts))
        case Power(base, exponent):
            return symbols(base) | symbols(exponent)
