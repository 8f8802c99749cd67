r"""Equations and inequalities: what they say of a letter, and whether they say the same.

Two equations are one up to their sides, and a factor that is never zero: a number, a parameter, or
what cannot be zero where the equation holds.
"""

from collections.abc import Sequence
from typing import Protocol

from cft_eval.checker.compare.pieces import differ_by_parameter, is_zero, scale_between
from cft_eval.checker.compare.renaming import (
    contradicts,
    is_function,
    label,
    matching_labels,
    named,
    one_number,
    stated,
    with_names,
)
from cft_eval.checker.compare.shared import ComparisonResult, differ, equal, unlike
from cft_eval.checker.compare.show import show
from cft_eval.checker.prove.prove import Truth
from cft_eval.checker.types.values import (
    MINUS_ONE,
    Brackets,
    Node,
    Product,
    Relation,
    Sum,
    Symbol,
    Value,
    symbols,
)


def _copies(relation: Relation, count: int) -> Brackets | None:
    """``x = y = z = 1`` as ``(1, 1, 1)``: a letter for each entry."""
    *names, last = relation.terms
    letters = {name for name in names if isinstance(name, Symbol)}
    if set(relation.signs) != {"="} or count < 2 or not len(letters) == len(names) == count:
        return None
    return Brackets((last,) * count, "(", ")")


class Comparing(Protocol):
    """What is needed of the comparison that asks."""

    def values(self, a: Value, r: Value) -> ComparisonResult: ...
    def proved(self, a: Node, r: Node) -> ComparisonResult: ...
    def in_order(self, a: Sequence[Value], r: Sequence[Value]) -> ComparisonResult: ...


class Relations:
    """A relation against another, or against what it says of its letter."""

    def __init__(self, comparison: Comparing) -> None:
        self._comparison = comparison

    def compare(self, a: Value, r: Value) -> ComparisonResult:
        if isinstance(a, Relation) and isinstance(r, Relation):
            return self._both_relations(a, r)
        relation, other = (a, r) if isinstance(a, Relation) else (r, a)
        assert isinstance(relation, Relation)
        for side in one_number(relation):
            pair = (side, other) if relation is a else (other, side)
            if self._comparison.values(*pair).truth is Truth.EQUAL:
                return equal(f"both are {show(pair[1])}")
        if isinstance(other, Brackets) and (copies := _copies(relation, len(other.items))):
            first, second = (copies, other) if relation is a else (other, copies)
            return self._comparison.values(first, second)
        if relation is a and contradicts(relation):
            return differ("the sides of its equation are not equal")
        value = named(relation) or (stated(relation) if relation is a else None)
        if value is None:
            return unlike(a, r)
        return (
            self._comparison.values(value, other)
            if relation is a
            else self._comparison.values(other, value)
        )

    def _both_relations(self, a: Relation, r: Relation) -> ComparisonResult:
        if a.signs != r.signs or set(a.signs) != {"="}:
            return self._inequalities(a, r)
        mine, theirs = label(a), label(r)
        if mine is not None and theirs is not None:
            one_function = bool(mine[1]) != bool(theirs[1])
            product = one_function and not (is_function(a) or is_function(r))
            renamed = None if product else matching_labels(mine, theirs)
            if renamed is None:
                result = self._as_equations(a, r)
                return (
                    result
                    if result.truth is Truth.EQUAL
                    else differ(
                        f"the answer names {show(a.terms[0])}, the reference {show(r.terms[0])}"
                    )
                )
            result = self._comparison.values(with_names(a.terms[-1], renamed), r.terms[-1])
            if result.truth is not Truth.DIFFERENT:
                return result
            return result if symbols(r.terms[-1]) == frozenset() else self._as_equations(a, r)
        return self._as_equations(a, r)

    def _as_equations(self, a: Relation, r: Relation) -> ComparisonResult:
        """The same up to rearrangement and a factor that is never zero."""
        if len(a.terms) != 2 or len(r.terms) != 2:
            return self._comparison.in_order(a.terms, r.terms)
        x, y = (Sum((t.terms[0], Product((MINUS_ONE, t.terms[1])))) for t in (a, r))
        for other in (y, Product((MINUS_ONE, y))):
            if self._comparison.proved(x, other).truth is Truth.EQUAL:
                return equal("the same equation")
        if is_zero(x) or is_zero(y):
            return differ("one of the equations is always true")
        scale = scale_between(a, r)
        if scale:
            return equal(f"the same equation times {scale}")
        if differ_by_parameter(x, y):
            return equal("the same equation times a parameter")
        return differ("the equations are not multiples of each other")

    def _inequalities(self, a: Relation, r: Relation) -> ComparisonResult:
        if a.signs == r.signs:
            result = self._comparison.in_order(a.terms, r.terms)
            if result.truth is Truth.EQUAL:
                return result
        flipped = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
        scale = scale_between(a, r) if len(a.terms) == len(r.terms) == 2 else None
        if scale:
            turned = r.signs[0] if scale > 0 else flipped.get(r.signs[0], r.signs[0])
            if a.signs[0] == turned:
                return equal(f"the same inequality times {scale}")
        if tuple(flipped.get(sign, sign) for sign in reversed(a.signs)) == r.signs:
            return self._comparison.in_order(tuple(reversed(a.terms)), r.terms)
        return differ("the signs of the relations differ")
