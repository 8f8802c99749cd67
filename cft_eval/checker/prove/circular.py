"""Cosine and sine of a form: exact at multiples of π/12, by the addition theorems of a sum."""

from fractions import Fraction

from cft_eval.checker.prove.algebra import (
    ONE,
    ZERO,
    add,
    atom,
    constant,
    function,
    key,
    multiply,
    negated,
)
from cft_eval.checker.prove.atoms import ONE_MONOMIAL, PI_ATOM, Form, prime_atom

MAX_MULTIPLE = 12
"""Of an angle in ``cos 12x``, which is expanded into powers of cos x."""


def cosine_and_sine(angle: Form) -> tuple[Form, Form]:
    if not angle.above:
        return ONE, ZERO
    if (parts := _whole_parts(angle)) is not None:
        return _of_sum(parts)
    return _of_one("cos", angle), _of_one("sin", angle)


def _of_one(name: str, angle: Form) -> Form:
    """Of one term: exact at a multiple of π/12, else an atom."""
    turn = _share_of_pi(angle)
    exact = _at_share_of_pi(name, turn) if turn is not None else None
    if exact is not None:
        return exact
    # Even and odd: one of x and -x is the name of both.
    turned = negated(angle)
    if key(turned) < key(angle):
        result = atom(function(name, (turned,)))
        return result if name == "cos" else negated(result)
    return atom(function(name, (angle,)))


def _whole_parts(angle: Form) -> list[tuple[Form, int]] | None:
    """The angle as a sum of whole multiples of its terms; None where it is one term, once."""
    if set(angle.below) != {ONE_MONOMIAL}:
        return None
    scale = angle.below[ONE_MONOMIAL]
    parts = []
    for monomial, value in angle.above.items():
        share = value / scale
        single = Form({monomial: Fraction(1, share.denominator)}, {ONE_MONOMIAL: Fraction(1)})
        parts.append((single, share.numerator))
    total = sum(abs(times) for _, times in parts)
    return parts if 1 < total <= MAX_MULTIPLE else None


def _of_sum(parts: list[tuple[Form, int]]) -> tuple[Form, Form]:
    """(cos, sin) of a sum: a product of cos φ + i sin φ."""
    cosine, sine = ONE, ZERO
    for single, times in parts:
        c, s = _of_one("cos", single), _of_one("sin", single)
        if times < 0:
            s = negated(s)
        for _ in range(abs(times)):
            cosine, sine = (
                add(multiply(cosine, c), negated(multiply(sine, s))),
                add(multiply(sine, c), multiply(cosine, s)),
            )
    return cosine, sine


def _share_of_pi(angle: Form) -> Fraction | None:
    if set(angle.below) != {ONE_MONOMIAL}:
        return None
    if set(angle.above) == {((PI_ATOM, 1),)}:
        return angle.above[((PI_ATOM, 1),)] / angle.below[ONE_MONOMIAL]
    return None


def _at_share_of_pi(name: str, turn: Fraction) -> Form | None:
    """cos and sin of kπ/12."""
    twelfths = turn * 12
    if twelfths.denominator != 1:
        return None
    k = int(twelfths) - (6 if name == "sin" else 0)
    k %= 24
    k = min(k, 24 - k)
    turned = k > 6
    k = min(k, 12 - k)
    two, three = (atom(prime_atom(prime), Fraction(1, 2)) for prime in (2, 3))
    six = multiply(two, three)
    exact = {
        0: ONE,
        1: multiply(add(six, two), constant(Fraction(1, 4))),
        2: multiply(three, constant(Fraction(1, 2))),
        3: multiply(two, constant(Fraction(1, 2))),
        4: constant(Fraction(1, 2)),
        5: multiply(add(six, negated(two)), constant(Fraction(1, 4))),
        6: ZERO,
    }
    return negated(exact[k]) if turned else exact[k]
