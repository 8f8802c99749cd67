r"""Exact arithmetic of normal forms: quotients of polynomials over the rationals, in atoms.

Rules that hold exactly are applied on the way: i² = -1, (ᵏ√p)ᵏ = p, sin² = 1 - cos², |x|² = x².
Equal forms prove equality. Different forms prove difference only where the atoms are independent
(`independent`); elsewhere nothing is claimed. What powers and functions become is in `powers` and
`functions`; expressions become forms in `normal_form`.
"""

import math
from fractions import Fraction
from typing import NamedTuple

from cft_eval.checker.prove.atoms import (
    IMAGINARY_ATOM,
    ONE_MONOMIAL,
    Atom,
    Exponent,
    Form,
    FunctionAtom,
    ImaginaryAtom,
    Monomial,
    Polynomial,
    PowerAtom,
    PrimeAtom,
    RadicalAtom,
    SymbolAtom,
    written,
)

MAX_TERMS = 600
MAX_BITS = 40_000
"""Of one exact number: 2^{40000} is still read, a tower of powers is not."""

MAX_STEPS = 200
"""Rules applied to one polynomial."""

MAX_WRITTEN = 20_000
"""Characters of an atom's writing."""


class TooLarge(ValueError):
    """The normal form would exceed the limits."""


_ONE: Polynomial = {ONE_MONOMIAL: Fraction(1)}
ONE = Form(_ONE, _ONE)
ZERO = Form({}, _ONE)
MINUS = Form({ONE_MONOMIAL: Fraction(-1)}, _ONE)


def constant(value: Fraction) -> Form:
    if value.numerator.bit_length() + value.denominator.bit_length() > MAX_BITS:
        raise TooLarge("a number of more than twelve thousand digits")
    return Form({ONE_MONOMIAL: value} if value else {}, _ONE)


def atom(name: Atom, exponent: Exponent = 1) -> Form:
    if len(name.order) > MAX_WRITTEN:
        raise TooLarge("an expression that is nested too deep")
    if exponent == 0:
        return ONE
    if exponent > 0:
        return Form(reduced({((name, exponent),): Fraction(1)}), _ONE)
    return Form(_ONE, reduced({((name, -exponent),): Fraction(1)}))


def add(a: Form, b: Form) -> Form:
    if a.below == b.below:
        return Form(_plus(a.above, b.above), a.below)
    return Form(
        _plus(_multiply(a.above, b.below), _multiply(b.above, a.below)),
        _multiply(a.below, b.below),
    )


def multiply(a: Form, b: Form) -> Form:
    return Form(_multiply(a.above, b.above), _multiply(a.below, b.below))


def negated(a: Form) -> Form:
    return Form({monomial: -value for monomial, value in a.above.items()}, a.below)


def inverse(a: Form) -> Form:
    if not a.above:
        raise ZeroDivisionError
    return Form(a.below, a.above)


def difference(a: Form, b: Form) -> Polynomial:
    """The numerator of a - b: empty where they are equal."""
    return _plus(_multiply(a.above, b.below), _multiply(negated(b).above, a.below))


def rational(a: Form) -> Fraction | None:
    """The exact value of a form without atoms."""
    if not a.above:
        return Fraction(0)
    if a.above.keys() <= {ONE_MONOMIAL} and a.below.keys() == {ONE_MONOMIAL}:
        return a.above[ONE_MONOMIAL] / a.below[ONE_MONOMIAL]
    return None


def _plus(a: Polynomial, b: Polynomial) -> Polynomial:
    out = dict(a)
    for monomial, value in b.items():
        total = out.get(monomial, 0) + value
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
            monomial = join(left, right)
            total = out.get(monomial, 0) + x * y
            if total:
                out[monomial] = total
            else:
                out.pop(monomial, None)
    if len(out) > MAX_TERMS:
        raise TooLarge("too many terms")
    return reduced(out)


def join(left: Monomial, right: Monomial) -> Monomial:
    if not left:
        return right
    if not right:
        return left
    powers = dict(left)
    for name, exponent in right:
        total = powers.get(name, 0) + exponent
        if total:
            powers[name] = total
        else:
            del powers[name]
    return tuple(sorted(powers.items()))


def reduced(poly: Polynomial) -> Polynomial:
    """Apply the rules of the atoms until nothing changes."""
    for _ in range(MAX_STEPS):
        step = next(
            (
                (monomial, name, rule)
                for monomial in poly
                for name, exponent in monomial
                if (rule := _replacement(name, exponent)) is not None
            ),
            None,
        )
        if step is None:
            return poly
        monomial, name, rule = step
        poly = dict(poly)
        value = poly.pop(monomial)
        rest = tuple(pair for pair in monomial if pair[0] != name)
        for replaced, factor in rule.items():
            poly = _plus(poly, {join(rest, replaced): value * factor})
        if len(poly) > MAX_TERMS:
            raise TooLarge("too many terms")
    raise TooLarge("too many steps")


def _replacement(name: Atom, exponent: Exponent) -> Polynomial | None:
    """What a power of an atom is by its own rule; None where it stays."""
    match name:
        case SymbolAtom() | PowerAtom():
            return None
        case ImaginaryAtom() if exponent >= 2:
            sign = Fraction(-1) ** (int(exponent) // 2)
            return {((name, 1),) if exponent % 2 else (): sign}
        case PrimeAtom(_, prime) if exponent >= 1:
            whole, left = divmod(exponent, 1)
            return {((name, left),) if left else (): Fraction(prime) ** int(whole)}
        case RadicalAtom(_, base, degree) if exponent >= degree and set(base.below) == {()}:
            scale = base.below[()]
            lower: Monomial = ((name, exponent - degree),) if exponent > degree else ()
            return {join(lower, m): value / scale for m, value in base.above.items()}
        case FunctionAtom(_, "sin", arguments) if exponent >= 2:
            cosine = function("cos", arguments)
            rest = ((name, exponent - 2),) if exponent > 2 else ()
            return {rest: Fraction(1), join(rest, ((cosine, 2),)): Fraction(-1)}
        case FunctionAtom(_, "abs", (inside,)) if exponent >= 2 and _is_short_real(inside):
            over: Monomial = ((name, exponent - 2),) if exponent > 2 else ()
            square = _multiply(inside.above, inside.above)
            scale = inside.below[()] ** 2
            return {join(over, m): value / scale for m, value in square.items()}
        case FunctionAtom(_, "sign", _) if exponent >= 3:
            return {((name, 1 + (exponent - 1) % 2),): Fraction(1)}
    return None


def _is_short_real(a: Form) -> bool:
    return set(a.below) == {()} and len(a.above) <= 4 and is_real(a)


def function(name: str, arguments: tuple[Form, ...]) -> FunctionAtom:
    """A function that does not come apart, as an atom."""
    order = f"{name}[{';'.join(map(key, arguments))}]"
    if len(order) > MAX_WRITTEN:
        raise TooLarge("an expression that is nested too deep")
    return FunctionAtom(order, name, arguments)


def key(a: Form) -> str:
    """A name of a form, the same for forms that differ by a common factor of one term."""
    a = cancelled(a)
    lead = a.below[min(a.below)]
    text = written(a.above, lead)
    below = "" if a.below.keys() == {()} else "/" + written(a.below, lead)
    return text + below


def cancelled(a: Form) -> Form:
    """Without the factors of one term that both have, and without equal polynomials."""
    if a.below.keys() == {()} or not a.above:
        return a
    common = _common(_common_of(a.above), _common_of(a.below))
    if common:
        turned = tuple((name, -power) for name, power in common)
        a = Form(*({join(m, turned): value for m, value in poly.items()} for poly in a))
    if len(a.above) == len(a.below) and a.above.keys() == a.below.keys():
        shares = {a.above[m] / a.below[m] for m in a.above}
        if len(shares) == 1:
            return constant(shares.pop())
    return a


def _common_of(poly: Polynomial) -> Monomial:
    monomials = iter(poly)
    common = next(monomials)
    for monomial in monomials:
        if not common:
            break
        common = _common(common, monomial)
    return common


def _common(a: Monomial, b: Monomial) -> Monomial:
    powers = dict(b)
    return tuple((name, min(power, powers[name])) for name, power in a if name in powers)


class Primitive(NamedTuple):
    """A polynomial as a factor of one term, and what is left."""

    common: Monomial
    rest: Polynomial


def primitive(poly: Polynomial) -> Primitive | None:
    """None of the zero polynomial."""
    if not poly:
        return None
    common = _common_of(poly)
    turned = tuple((name, -power) for name, power in common)
    return Primitive(common, {join(monomial, turned): value for monomial, value in poly.items()})


def content(a: Form) -> Fraction:
    """The positive number that divides out of a quotient of polynomials."""
    shares = [
        Fraction(
            math.gcd(*(v.numerator for v in poly.values())),
            math.lcm(*(v.denominator for v in poly.values())),
        )
        for poly in a
    ]
    return shares[0] / shares[1]


def is_real(a: Form) -> bool:
    """Is it real wherever its letters are, by its atoms?"""
    return all(_is_real_atom(name) for poly in a for monomial in poly for name, _ in monomial)


def _is_real_atom(name: Atom) -> bool:
    match name:
        case SymbolAtom() | PrimeAtom():
            return True
        case PowerAtom(_, _, _, positive):
            return positive
        case RadicalAtom(_, base, _):
            return is_positive(base)
        case FunctionAtom(_, "sin" | "cos" | "abs" | "sign" | "atan" | "floor" | "ceil", inside):
            return all(map(is_real, inside))
        case FunctionAtom(_, "ln", (inside,)):
            return is_positive(inside)
    return False


def is_positive(a: Form) -> bool:
    """Is it positive wherever its letters are what their marks say?"""
    return bool(a.above) and all(
        value > 0 and all(is_positive_atom(name) for name, _ in monomial)
        for poly in a
        for monomial, value in poly.items()
    )


def is_positive_atom(name: Atom) -> bool:
    match name:
        case PrimeAtom():
            return True
        case SymbolAtom() | PowerAtom():
            return name.is_positive
        case RadicalAtom(_, base, _):
            return is_positive(base)
    return False


def independent(poly: Polynomial) -> bool:
    """Do different polynomials in these atoms have different values?

    Symbols are free; roots of distinct primes are independent over the rationals (Besicovitch
    1940), also with i; π is transcendental. π and e together are not known to be independent.
    """
    names = {name for monomial in poly for name, _ in monomial}
    constants = {n for n in names if isinstance(n, SymbolAtom) and n.name in ("pi", "e")}
    known = all(isinstance(name, (SymbolAtom, ImaginaryAtom, PrimeAtom)) for name in names)
    return len(constants) < 2 and known


def real_and_imaginary(a: Form) -> tuple[Form, Form] | None:
    """a = x + iy with real x and y; None where that is not known."""
    if any(IMAGINARY_ATOM in dict(m) for m in a.below):
        return None
    parts: tuple[Polynomial, Polynomial] = ({}, {})
    for monomial, value in a.above.items():
        rest = tuple(pair for pair in monomial if pair[0] != IMAGINARY_ATOM)
        parts[len(rest) != len(monomial)][rest] = value
    real, imaginary = Form(parts[0], a.below), Form(parts[1], a.below)
    return (real, imaginary) if is_real(real) and is_real(imaginary) else None
