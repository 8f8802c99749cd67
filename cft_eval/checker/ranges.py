"""Inequalities as the intervals that they say, and intervals put together."""

import itertools

from cft_eval.checker.tokens import Unreadable
from cft_eval.checker.values import (
    INFINITY,
    Brackets,
    Node,
    Number,
    Several,
    Symbol,
    Union,
    Value,
    negative,
)

MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def is_range(item: Brackets) -> bool:
    return len(item.items) == 2 and any(end in (INFINITY, negative(INFINITY)) for end in item.items)


def intersection(ranges: list[Brackets]) -> Brackets | None:
    """Of ``x > 1`` and ``x < 3``: one half line a side; anything else is left alone."""
    low = [r for r in ranges if r.items[1] == INFINITY]
    high = [r for r in ranges if r.items[0] == negative(INFINITY)]
    if len(low) != 1 or len(high) != 1:
        return None
    return Brackets((low[0].items[0], high[0].items[1]), low[0].opening, high[0].closing)


def solved(terms: list[Node], signs: list[str]) -> Value | None:
    """The interval that an inequality in one variable says, where it says one directly."""
    if len(terms) == 2 and signs[0] == "!=" and isinstance(terms[0], Symbol):
        return difference(Brackets((negative(INFINITY), INFINITY), "(", ")"), Several((terms[1],)))
    if not all(sign in MIRRORED for sign in signs):
        return None
    if signs[0] in (">", ">="):
        terms, signs = terms[::-1], [MIRRORED[sign] for sign in signs[::-1]]
    if not all(sign in ("<", "<=") for sign in signs):
        return None
    if len(terms) == 3 and isinstance(terms[1], Symbol):
        low, high = terms[0], terms[2]
        opening, closing = signs
    elif len(terms) == 2 and _is_variable(terms[0]) and not _is_variable(terms[1]):
        low, high, opening, closing = negative(INFINITY), terms[1], "<", signs[0]
    elif len(terms) == 2 and _is_variable(terms[1]) and not _is_variable(terms[0]):
        low, high, opening, closing = terms[0], INFINITY, signs[0], "<"
    else:
        return None
    return Brackets((low, high), "[" if opening == "<=" else "(", "]" if closing == "<=" else ")")


def _is_variable(node: Node) -> bool:
    return isinstance(node, Symbol) and node.name not in ("pi", "e", "oo")


def difference(whole: Value, without: Value) -> Value:
    """The real line without some points."""
    points = without.items if isinstance(without, Several) else (without,)
    line = Brackets((negative(INFINITY), INFINITY), "(", ")")
    numbers = [point for point in points if isinstance(point, Number)]
    if whole != line or (len(points) > 1 and len(numbers) != len(points)):
        raise Unreadable("only points can be taken out of the real line")
    ends: list[Value] = [*sorted(numbers, key=lambda number: number.value)] or [*points]
    edges = [negative(INFINITY), *ends, INFINITY]
    return Union(tuple(Brackets(pair, "(", ")") for pair in itertools.pairwise(edges)))
