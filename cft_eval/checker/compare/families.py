r"""General solutions: ``\frac\pi4 + k\pi`` for every whole k, whatever the letter, and however many
families together describe the same set. They are compared on one period."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from cft_eval.checker.prove.algebra import (
    TooLarge,
    add,
    cancelled,
    constant,
    inverse,
    multiply,
    negated,
    rational,
)
from cft_eval.checker.prove.atoms import PI_ATOM, Form, Polynomial, SymbolAtom, symbol_atom
from cft_eval.checker.prove.normal_form import form
from cft_eval.checker.types.values import NODES, Relation, Value, in_radians, symbols

LETTERS = frozenset("knmlN")
MAX_MEMBERS = 120
"""On one period."""


class _Family(NamedTuple):
    """start + k * step, for every whole k"""

    start: Form
    step: Form


def same_families(a: Sequence[Value], r: Sequence[Value], *, declared: bool = False) -> bool | None:
    r"""Do they describe the same numbers? None where one of them is no general solution.

    ``declared``: both say that their letter is any integer; without it, only multiples of π are
    taken for a step.
    """
    mine, theirs = _families(a, declared), _families(r, declared)
    if mine is None or theirs is None:
        return None
    unit = theirs[0].step
    shares = [_share(family.step, unit) for family in (*mine, *theirs)]
    known = [abs(share) for share in shares if share]
    if len(known) < len(shares):
        return None
    period = _lcm(known)
    whole = multiply(unit, constant(period))
    first, second = (_members(families, whole, unit, period) for families in (mine, theirs))
    if first is None or second is None:
        return None
    return all(_contains(second, x, whole) for x in first) and all(
        _contains(first, x, whole) for x in second
    )


def _families(items: Sequence[Value], declared: bool) -> list[_Family] | None:
    result = [_family(item, declared) for item in items]
    known = [family for family in result if family is not None]
    return known if known and len(known) == len(result) else None


def _family(item: Value, declared: bool) -> _Family | None:
    if isinstance(item, Relation) and item.signs == ("=",):
        item = item.terms[1]
    if not isinstance(item, NODES):
        return None
    letters = symbols(item)
    if len(letters) != 1 or not letters <= LETTERS:
        return None
    try:
        above, below = form(in_radians(item))
    except (TooLarge, ZeroDivisionError):
        return None
    letter = symbol_atom(next(iter(letters)))
    start: Polynomial = {}
    step: Polynomial = {}
    for monomial, value in above.items():
        powers = dict(monomial)
        times = powers.pop(letter, 0)
        if times not in (0, 1) or any(letter.order in name.order for name in powers):
            return None
        (step if times else start)[tuple(powers.items())] = value
    family = _Family(Form(start, below), Form(step, below))
    # A multiple of π: ``2k`` may as well be a number that the problem names.
    turns = declared or all(PI_ATOM in dict(monomial) for monomial in step)
    plain = all(isinstance(name, SymbolAtom) for monomial in step for name, _ in monomial)
    return family if step and turns and plain else None


def _share(step: Form, unit: Form) -> Fraction | None:
    return rational(_divided(step, unit))


def _divided(a: Form, b: Form) -> Form:
    return cancelled(multiply(a, inverse(b)))


def _lcm(shares: list[Fraction]) -> Fraction:
    below = math.lcm(*(share.denominator for share in shares))
    return Fraction(math.lcm(*(int(share * below) for share in shares)), below)


def _members(
    families: list[_Family], whole: Form, unit: Form, period: Fraction
) -> list[Form] | None:
    members: list[Form] = []
    for family in families:
        share = _share(family.step, unit)
        assert share
        count = int(period / abs(share))
        if len(members) + count > MAX_MEMBERS:
            return None
        turns = (multiply(family.step, constant(Fraction(turn))) for turn in range(count))
        members += [add(family.start, turn) for turn in turns]
    return members


def _contains(members: list[Form], x: Form, whole: Form) -> bool:
    for member in members:
        turns = rational(_divided(add(x, negated(member)), whole))
        if turns is not None and turns.denominator == 1:
            return True
    return False
