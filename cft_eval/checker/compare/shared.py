"""The result of a comparison; words, times of day and numerals in a base, which need no more."""

import re
from dataclasses import dataclass
from fractions import Fraction

from cft_eval.checker.compare.pieces import loose
from cft_eval.checker.compare.show import MAX_SHOWN, kind, show
from cft_eval.checker.prove.prove import Truth
from cft_eval.checker.types.values import Number, Numeral, Ratio, Symbol, Text, Value


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    truth: Truth
    reason: str


def equal(reason: str) -> ComparisonResult:
    return ComparisonResult(Truth.EQUAL, reason)


def differ(reason: str) -> ComparisonResult:
    return ComparisonResult(Truth.DIFFERENT, reason)


def unlike(a: Value, r: Value) -> ComparisonResult:
    return differ(f"the answer is {kind(a)}, {show(a)}, the reference {kind(r)}, {show(r)}")


def texts(a: Value, r: Value) -> ComparisonResult:
    if isinstance(a, Text) and isinstance(r, Text):
        if loose(a.words) == loose(r.words):
            return equal(f'both say "{r.words[:MAX_SHOWN]}"')
        return differ(
            f'the answer says "{a.words[:MAX_SHOWN]}", the reference "{r.words[:MAX_SHOWN]}"'
        )
    words, other = (a, r) if isinstance(a, Text) else (r, a)
    if isinstance(words, Text) and isinstance(other, Ratio):
        return times(words, other)
    if isinstance(words, Text) and isinstance(other, Symbol) and _names(words.words, other.name):
        return equal(f"both are {other.name}")
    return unlike(a, r)


_NAMED = re.compile(
    r"(?:point|vertex|corner|graph|figure|diagram|statement|team|box|bag|urn|city|town|player"
    r"|person|student|plan|set|case|type|row|column|machine|car|card|store|company) ([a-z])"
)


def _names(words: str, letter: str) -> bool:
    """ "point A" is A, where a capital letter is asked for."""
    named = _NAMED.fullmatch(words)
    return named is not None and letter.isupper() and named[1] == letter.lower()


def times(words: Text, clock: Ratio) -> ComparisonResult:
    """``4:30`` and ``16:30`` where "4:30 pm" is asked for, or the other way round."""
    said = re.fullmatch(r"(\d+):(\d\d) ([ap])m", words.words)
    shown = [part.value for part in clock.parts if isinstance(part, Number)]
    if said is None or len(shown) != 2:
        return differ(f"the answer or the reference is a ratio, the other {show(words)}")
    hour, minute = int(said[1]), int(said[2])
    whole_day = hour % 12 + 12 * (said[3] == "p")
    if shown[1] == minute and shown[0] in (hour, whole_day):
        return equal(f"both are {words.words}")
    return differ(f"{shown[0]}:{int(shown[1]):02} is not {words.words}")


def numerals(a: Value, r: Value) -> ComparisonResult:
    if isinstance(a, Numeral) and isinstance(r, Numeral):
        if a.base != r.base:
            return differ(f"base {a.base} in the answer, base {r.base} in the reference")
        if a.digits == r.digits:
            return equal(f"both are {show(r)}")
        return differ(f"the answer is {show(a)}, the reference {show(r)}")
    numeral, other = (a, r) if isinstance(a, Numeral) else (r, a)
    assert isinstance(numeral, Numeral)
    if numeral.base == 10 and isinstance(other, Number):
        if Fraction(numeral.digits) == other.value:
            return equal(f"both are {show(other)}")
        return differ(f"the answer is {show(a)}, the reference {show(r)}")
    return differ(f"only one of them is written in base {numeral.base}")
