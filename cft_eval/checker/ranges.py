"""Inequalities as the intervals that they say, and intervals put together."""

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from cft_eval.checker.tokens import Unreadable
from cft_eval.checker.values import (
    CONSTANTS,
    INFINITY,
    Brackets,
    Call,
    Node,
    Number,
    Several,
    Sum,
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
    if len(terms) == 2 and (about := _distance(terms, signs[0])):
        return about
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


def _distance(terms: list[Node], sign: str) -> Value | None:
    """``|x - a| < b`` is (a-b, a+b), and ``|x - a| > b`` what lies outside."""
    inside, outside = terms if isinstance(terms[0], Call) else terms[::-1]
    if not (isinstance(inside, Call) and inside.name == "abs" and isinstance(outside, Number)):
        return None
    match inside.arguments[0]:
        case Symbol(name) if name not in CONSTANTS:
            middle = Fraction(0)
        case Sum((Symbol(name), Number(value))) if name not in CONSTANTS:
            middle = -value
        case _:
            return None
    if outside.value <= 0:
        return None
    low, high = Number(middle - outside.value), Number(middle + outside.value)
    closed = sign == "<="
    if inside is terms[0]:
        return Brackets((low, high), "[" if closed else "(", "]" if closed else ")")
    left = Brackets((negative(INFINITY), low), "(", "]" if closed else ")")
    return Union((left, Brackets((high, INFINITY), "[" if closed else "(", ")")))


def merged(parts: Sequence[Value]) -> tuple[Value, ...]:
    """Intervals and points with rational ends, put together where they touch, in their order."""
    spans = [_span(part) for part in parts]
    if any(span is None for span in spans):
        return tuple(parts)
    whole: list[_Span] = []
    for span in sorted(span for span in spans if span is not None):
        last = whole[-1] if whole else None
        if last and (span.low, span.low_open) <= (last.high, 1 - last.high_open):
            end = max((last.high, 1 - last.high_open), (span.high, 1 - span.high_open))
            whole[-1] = _Span(last.low, last.low_open, end[0], 1 - end[1])
        else:
            whole.append(span)
    return tuple(_bracketed(span) for span in whole)


class _Span(NamedTuple):
    low: Fraction | float
    low_open: int
    high: Fraction | float
    high_open: int


def _span(part: Value) -> _Span | None:
    if isinstance(part, Number):
        return _Span(part.value, 0, part.value, 0)
    if not isinstance(part, Brackets) or len(part.items) != 2:
        return None
    low, high = (_end(item) for item in part.items)
    if low is None or high is None or low >= high:
        return None
    return _Span(low, int(part.opening != "["), high, int(part.closing != "]"))


def _end(value: Value) -> Fraction | float | None:
    if value == INFINITY or value == negative(INFINITY):
        return float("inf") if value == INFINITY else float("-inf")
    return value.value if isinstance(value, Number) else None


def _bracketed(span: _Span) -> Value:
    low, high = (
        Number(end) if isinstance(end, Fraction) else INFINITY if end > 0 else negative(INFINITY)
        for end in (span.low, span.high)
    )
    if low == high:
        return low
    return Brackets((low, high), "(" if span.low_open else "[", ")" if span.high_open else "]")


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
