"""Inequalities as the intervals that they say, and intervals put together."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from cft_eval.checker.prove.algebra import TooLarge
from cft_eval.checker.prove.atoms import ONE_MONOMIAL, Monomial, symbol_atom
from cft_eval.checker.prove.normal_form import form
from cft_eval.checker.prove.polynomials import coefficients, rational_roots, value_at
from cft_eval.checker.types.tokens import Token, Unreadable
from cft_eval.checker.types.values import (
    CONSTANTS,
    INFINITY,
    Brackets,
    Call,
    Node,
    Number,
    Product,
    Several,
    Sum,
    Symbol,
    Union,
    Value,
    Within,
    negative,
    symbols,
)

MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def is_range(item: Brackets) -> bool:
    return len(item.items) == 2 and any(end in (INFINITY, negative(INFINITY)) for end in item.items)


def intersection(ranges: Sequence[Value]) -> Value | None:
    """Of ``x > 1`` and ``x < 3``, of ``x != 2`` and ``x != 3``; None where that is not known."""
    spans = [_spans(each) for each in ranges]
    known = [each for each in spans if each is not None]
    if len(known) < len(spans):
        return _of_half_lines([each for each in ranges if isinstance(each, Brackets)], len(ranges))
    if not all(isinstance(each, (Brackets, Union)) and _unbounded(each) for each in ranges):
        return None
    return overlap(ranges)


MAX_MEMBERS = 200


def within(domain: list[Token], value: Value) -> Value:
    r"""``\{x \in \mathbb{Z} : …\}``: whole numbers, listed where they are few."""
    names = [token.text for token in domain if token.text not in ("{", "}", "^", "+", r"\mathbb")]
    name = names[0] if len(names) == 1 else ""
    if not domain or name == "R":
        return value
    positive = any(token.text == "+" for token in domain)
    if name == "N" or (positive and name in "ZQ"):
        known = overlap([value, Brackets((Number(Fraction(0)), INFINITY), "(", ")")])
        value = value if known is None else known
    name = "Z" if name == "N" else name
    span = _span(value)
    if name == "Z" and span is not None:
        return _whole_numbers(span)
    if not name:
        raise Unreadable("a set of numbers that is not known")
    return Within(name, value)


def _whole_numbers(span: "_Span") -> Value:
    """The whole numbers in an interval; closed ends, so that x > 3 is x >= 4."""
    low, high = (
        end
        if isinstance(end, float)
        else Fraction(turn(end)) + step * (end.denominator == 1 and opened)
        for end, opened, turn, step in (
            (span.low, span.low_open, math.ceil, 1),
            (span.high, span.high_open, math.floor, -1),
        )
    )
    if isinstance(low, Fraction) and isinstance(high, Fraction) and high - low < MAX_MEMBERS:
        members = range(int(low), int(high) + 1)
        return Several(tuple(Number(Fraction(each)) for each in members), is_set=True)
    ends = _Span(low, isinstance(low, float), high, isinstance(high, float))
    return Within("Z", _bracketed(ends))


def overlap(sets: Sequence[Value]) -> Value | None:
    r"""``(-1,1] \cap [1,2)``; None where it is not known."""
    spans = [_spans(each) for each in sets]
    known = [each for each in spans if each is not None]
    if len(known) < len(spans):
        return None
    both = known[0]
    for others in known[1:]:
        pairs = (_overlap(a, b) for a in both for b in others)
        both = [each for each in pairs if each is not None]
    result = tuple(_bracketed(span) for span in both)
    return result[0] if len(result) == 1 else Union(result) if result else Several(())


def _unbounded(value: Brackets | Union) -> bool:
    """Of inequalities: ``(1,2) and (3,4)`` are two points."""
    parts = value.parts if isinstance(value, Union) else (value,)
    return any(isinstance(part, Brackets) and is_range(part) for part in parts)


def _of_half_lines(ranges: list[Brackets], count: int) -> Brackets | None:
    """``x > a`` and ``x < b``, whatever a and b are."""
    low = [r for r in ranges if len(r.items) == 2 and r.items[1] == INFINITY]
    high = [r for r in ranges if len(r.items) == 2 and r.items[0] == negative(INFINITY)]
    if len(low) != 1 or len(high) != 1 or count != 2:
        return None
    return Brackets((low[0].items[0], high[0].items[1]), low[0].opening, high[0].closing)


def _spans(value: Value) -> "list[_Span] | None":
    parts = value.parts if isinstance(value, Union) else (value,)
    spans = [_span(part) for part in parts]
    known = [span for span in spans if span is not None]
    return known if len(known) == len(spans) else None


def _overlap(a: "_Span", b: "_Span") -> "_Span | None":
    low, high = max(a[:2], b[:2]), min((a.high, -a.high_open), (b.high, -b.high_open))
    if low[0] > high[0] or (low[0] == high[0] and (low[1] or high[1])):
        return None
    return _Span(*low, high[0], -high[1])


def solved(terms: list[Node], signs: list[str]) -> Value | None:
    """The interval that an inequality in one variable says, where it says one directly."""
    if len(terms) == 2 and signs[0] == "!=" and isinstance(terms[1], Symbol):
        terms = terms if isinstance(terms[0], Symbol) else terms[::-1]
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
    terms, signs = _isolated(terms, signs)
    if len(terms) == 3 and (isinstance(terms[1], Symbol) or _is_value_of_function(terms[1])):
        low, high = terms[0], terms[2]
        opening, closing = signs
    elif len(terms) == 2 and _is_variable(terms[0]) and not _is_variable(terms[1]):
        low, high, opening, closing = negative(INFINITY), terms[1], "<", signs[0]
    elif len(terms) == 2 and _is_variable(terms[1]) and not _is_variable(terms[0]):
        low, high, opening, closing = terms[0], INFINITY, signs[0], "<"
    else:
        return by_roots(terms, signs[0]) if len(terms) == 2 else None
    names = [term.name for term in terms if isinstance(term, Symbol) and _is_variable(term)]
    left, right = "[" if opening == "<=" else "(", "]" if closing == "<=" else ")"
    return Brackets((low, high), left, right, names[0] if len(names) == 1 else "")


def by_roots(terms: list[Node], sign: str) -> Value | None:
    """``x^2 >= 4``: where a polynomial, or a quotient of two, has its sign; None where its roots
    are not rational."""
    names = symbols(terms[0]) | symbols(terms[1])
    if len(names) != 1:
        return None
    name = next(iter(names))
    try:
        above, below = form(Sum((terms[1], negative(terms[0]))))  # left < right: its sign is +
    except (TooLarge, ZeroDivisionError):
        return None
    polynomials = [coefficients(poly, symbol_atom(name)) for poly in (above, below)]
    roots = [rational_roots(poly) if poly else None for poly in polynomials]
    if None in roots or not polynomials[0] or not polynomials[1]:
        return None
    zeros, poles = (set(each or ()) for each in roots)
    inside = sign == "<="
    edges: list[Fraction | float] = [-math.inf, *sorted(zeros | poles), math.inf]
    spans = []
    for low, high in itertools.pairwise(edges):
        middle = _between(low, high)
        if value_at(polynomials[0], middle) * value_at(polynomials[1], middle) > 0:
            spans.append(
                _Span(
                    low,
                    low not in zeros - poles or not inside,
                    high,
                    high not in zeros - poles or not inside,
                )
            )
    points = [_Span(x, 0, x, 0) for x in zeros - poles if inside]
    result = merged([_bracketed(span) for span in [*spans, *points]])
    if len(result) == 1 and isinstance(result[0], Brackets):
        return replace(result[0], about=name)
    return result[0] if len(result) == 1 else Union(result) if result else Several(())


def _between(low: Fraction | float, high: Fraction | float) -> Fraction:
    if isinstance(low, Fraction) and isinstance(high, Fraction):
        return (low + high) / 2
    if isinstance(low, Fraction):
        return low + 1
    return high - 1 if isinstance(high, Fraction) else Fraction(0)


def _isolated(terms: list[Node], signs: list[str]) -> tuple[list[Node], list[str]]:
    """``2x + 1 > 5`` as ``x > 2`` and ``-2 < 2x <= 6`` as ``-1 < x <= 3``; others as they are."""
    if len(terms) == 2:
        left, right = (_line(term) for term in terms)
        if (
            left is None
            or right is None
            or {left.name, right.name} - {""} != {left.name or right.name}
        ):
            return terms, signs
        name, slope = left.name or right.name, left.slope - right.slope
        if not slope or _is_variable(terms[0]) or _is_variable(terms[1]):
            return terms, signs
        end = Number((right.constant - left.constant) / slope)
        sign = signs[0] if slope > 0 else MIRRORED[signs[0]]
        if sign in ("<", "<="):
            return [Symbol(name), end], [sign]
        return [end, Symbol(name)], [MIRRORED[sign]]
    if len(terms) == 3 and not isinstance(terms[1], Symbol):
        line = _line(terms[1])
        low, high = terms[0], terms[2]
        if (
            line is None
            or not line.slope
            or not isinstance(low, Number)
            or not isinstance(high, Number)
        ):
            return terms, signs
        ends = [Number((end.value - line.constant) / line.slope) for end in (low, high)]
        if line.slope < 0:
            ends, signs = ends[::-1], signs[::-1]
        return [ends[0], Symbol(line.name), ends[1]], signs
    return terms, signs


def _is_value_of_function(node: Node) -> bool:
    """``f(x)``, which stands for what f may be."""
    match node:
        case Product((Symbol(name), Symbol(argument))):
            return name in "fgh" and argument in "xt"
    return False


class _LinearSide(NamedTuple):
    """slope * name + constant; a constant alone has no name."""

    name: str
    slope: Fraction
    constant: Fraction


def _line(node: Node) -> _LinearSide | None:
    names = symbols(node)
    if len(names) > 1:
        return None
    try:
        above, below = form(node)
    except (TooLarge, ZeroDivisionError):
        return None
    name = next(iter(names), "")
    variable: Monomial = ((symbol_atom(name), 1),)
    if set(below) != {ONE_MONOMIAL} or not set(above) <= {ONE_MONOMIAL, variable}:
        return None
    scale = below[ONE_MONOMIAL]
    zero = Fraction(0)
    return _LinearSide(
        name, above.get(variable, zero) / scale, above.get(ONE_MONOMIAL, zero) / scale
    )


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
    """The real line, or an interval, without some points."""
    points = without.items if isinstance(without, Several) else (without,)
    numbers = sorted({point.value for point in points if isinstance(point, Number)})
    span = _span(whole)
    if span is None or (len(points) > 1 and len(numbers) != len(points)):
        raise Unreadable("only points can be taken out of an interval")
    if len(numbers) == len(points):
        inside = [value for value in numbers if span.low <= value <= span.high]
        pieces = [_Span(*pair) for pair in _pieces(span, inside)]
        result = tuple(_bracketed(piece) for piece in pieces)
        return result[0] if len(result) == 1 else Union(result)
    line = Brackets((negative(INFINITY), INFINITY), "(", ")")
    if whole != line:
        raise Unreadable("only numbers can be taken out of an interval")
    edges: list[Value] = [negative(INFINITY), *points, INFINITY]
    return Union(tuple(Brackets(pair, "(", ")") for pair in itertools.pairwise(edges)))


def _pieces(
    span: _Span, points: list[Fraction]
) -> list[tuple[Fraction | float, int, Fraction | float, int]]:
    edges = [
        (span.low, int(span.low_open or span.low in points)),
        *((point, 1) for point in points if span.low < point < span.high),
        (span.high, int(span.high_open or span.high in points)),
    ]
    return [(*low, *high) for low, high in itertools.pairwise(edges)]
