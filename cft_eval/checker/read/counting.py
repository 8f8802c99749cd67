"""Words behind a number: what was counted, what changes it, and numbers that are words.

    "3 dozen eggs"  ->  36 eggs        "five (5)"  ->  5        "5 impossible"  ->  Unreadable

A word behind a number is a unit or a noun only if nothing speaks against it.
"""

import re
from fractions import Fraction

from cft_eval.checker.prove.registry import BY_SPELLING
from cft_eval.checker.read.notation import GREEK
from cft_eval.checker.read.units import is_unit, unit_of
from cft_eval.checker.types.tokens import Unreadable
from cft_eval.checker.types.values import Call, Number, Quantity, Value
from cft_eval.checker.types.words import share, spelled, spelled_start

_CHANGES = re.compile(
    r"\b(?:squared|cubed|square(?! (?:units?|root))|cube|factorial|times|plus|minus"
    r"|divided|over|not|no|none|never|wrong|incorrect|false|true|right|except|below|under|or|than|if|unless|but|choose"
    r"|negative|positive|repeating|recurring|even|prime|infinit\w+|mod|modulo|root"
    r"|undefined|undetermined|unknown|missing|\w{2,}(?:nary|ible|imal|alid)"
    r"|rejected|extraneous|excluded|invalid|nonexistent|contradiction|reversed|fewer|permille?|and"
    r"|hex|octal|doubled|tripled|halved|inverse|reciprocal|opposite|conjugate|untrue|nope|gross|negated|factorials|radical)\b",
    re.IGNORECASE,
)
"""What is no unit behind a number, but changes it, says more of it or takes it back."""

_PERCENT = frozenset({"percent", "per cent", "a percent", "of a percent", "of one percent"})
_NO_NOUNS = frozenset({"over", "plus", "minus", "times", "divided", "choose", "with", "from"})
_SHORT = frozenset({
    "egg", "men", "cat", "dog", "car", "pen", "box", "bag", "pie", "hat", "toy", "kid", "boy",
    "bus", "bat", "hen", "cow", "pig", "bee", "way", "set", "job", "row", "map", "cap", "jar",
    "can", "ago", "old", "new", "red", "big", "day",
})  # fmt: skip
_DIGITS = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_NUMBER = re.compile(rf"^({_DIGITS})[\s-]+([A-Za-z].*)$", re.DOTALL)
_TWICE = re.compile(rf"^([A-Za-z][A-Za-z\s-]*?)\s*\(\s*({_DIGITS})\s*\)\s*(.*)$", re.DOTALL)
_TWICE_TURNED = re.compile(rf"^({_DIGITS})\s*\(\s*([A-Za-z][A-Za-z\s-]*?)\s*\)\s*(.*)$", re.DOTALL)
_PART_OF = re.compile(r"^(\d{1,9}|[a-z-]+) (?:in|out of)(?: every)? (\d{1,9}|[a-z-]+)$")
_GOES_ON = re.compile(r"^(-?\d*)\.(\d)\s*\(?(?:repeating|recurring)\)?$")


def may_count(word: str) -> bool:
    """Can ``word`` be what is counted, as in ``14 ways``? A run of letters may be variables."""
    known = word in BY_SPELLING or word in GREEK or word in _NO_NOUNS
    if known or not word.islower():
        return False
    return word in _SHORT or (len(word) >= 4 and bool(re.search("[aeiouy]", word)))


def behind(words: str) -> tuple[Fraction, str]:
    """What words behind a number make of it: a factor, and the unit or noun that is left.

    >>> [str(part) for part in behind("dozen eggs")]
    ['12', 'eggs']

    Raises `Unreadable` where a word says something else of the number.
    """
    if unit_of(words) is not None:
        return Fraction(1), words
    plain = re.sub(r"\\text|[{}~]", " ", words).strip().removeprefix("of ")
    first, _, rest = plain.partition(" ")
    times = share(first.strip(".,-").lower())
    if times is not None and not (times.denominator == 4 and "dime" in rest):
        inner, left = (
            behind(rest.strip().removeprefix("of ")) if rest.strip() else (Fraction(1), "")
        )
        return times * inner, left
    bare = re.sub(r"[\^{}\s-]+[1-4]\b", " ", words)
    if _CHANGES.search(bare) or re.search(r"\d", bare):
        raise Unreadable(f"{words.strip()[:40]!r} is no unit")
    return Fraction(1), words


def counted(plain: str) -> Value | None:
    """A number that is spelled, or changed by a word behind it; None for other texts."""
    low = plain.lower().strip(" .!")
    if match := _GOES_ON.match(low):
        whole, digit = match.groups()
        value = Fraction(int(digit), 9) + abs(int(whole.strip("-") or 0))
        return Number(-value if whole.startswith("-") else value)
    twice = _TWICE.match(plain) or _TWICE_TURNED.match(plain)
    if twice is not None:
        return _said_twice(*twice.groups())
    if part := _PART_OF.match(low):
        above, below = (Fraction(x) if x.isdigit() else spelled(x) for x in part.groups())
        if above is not None and below and above <= below:
            return Number(above / below)
    if match := _NUMBER.match(plain):
        if share(re.split(r"[\s,.]", match[2].lower())[0]) is None:
            return None
        times, unit = behind(match[2])
        return _with_unit(Fraction(match[1].replace(",", "")) * times, unit)
    words = re.sub(r"[,.!]", " ", low.replace("-", " ")).split()
    start = spelled_start(words) if words and not is_unit(low) else None
    if start is None:
        return None
    value, count = start
    if words[count:] and words[count] in ("or", "and", "to", "base"):
        return None
    if " ".join(words[count:]) in _PERCENT:
        return Call("percent", (Number(value),))
    times, unit = behind(" ".join(words[count:])) if words[count:] else (Fraction(1), "")
    return _with_unit(value * times, unit)


def _said_twice(first: str, second: str, rest: str) -> Value | None:
    """``five (5)`` and ``5 (five)``"""
    word, digits = (first, second) if second[-1].isdigit() else (second, first)
    value = spelled(word.lower().strip())
    if value is None:
        return None
    if value != Fraction(digits.replace(",", "")):
        raise Unreadable(f"{word.strip()[:40]!r} is not {digits}")
    return _with_unit(value, rest.strip())


def _with_unit(value: Fraction, unit: str) -> Value:
    unit = unit.strip().removeprefix("of ").strip()
    if not unit:
        return Number(value)
    behind(unit)
    return Quantity(Number(value), unit)
