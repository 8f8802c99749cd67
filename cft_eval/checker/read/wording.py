r"""Answers in words: choices, times, dates, quantities of two units, plain text.

    "\text{4:30 p.m.}"  ->  Text("4:30 pm")        "1 hour 30 minutes"  ->  Quantity(3/2, hour)

What is said here is read from the words; a formula is left to the grammar.
"""

import itertools
import re
from fractions import Fraction

from cft_eval.checker.read.counting import counted
from cft_eval.checker.read.notation import MATHEMATICS
from cft_eval.checker.read.units import unit_of
from cft_eval.checker.types.values import (
    Brackets,
    Number,
    Quantity,
    Several,
    Symbol,
    Text,
    Value,
)

_WORDS = re.compile(r"[A-Za-z][A-Za-z\s'.,;:()?!\"&/-]*")
_A_LETTER = re.compile(r"[A-Za-z]")
_A_WORD = re.compile(r"[A-Za-z]{3,}")
_CHOICE = re.compile(r"^\(?\s*([A-Za-z])\s*[).:]*$")
_CLOCK = re.compile(r"^(\d{1,2})(?::(\d\d))?\s*([ap])\.?\s*m[.\s]*$", re.IGNORECASE)
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DAY, _YEAR = r"(?P<day>\d{1,2})(?:\s*(?:st|nd|rd|th))?", r"(?:\s*,?\s*(?P<year>\d{4}))?"
_WEEKDAY = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+)?"
_DATES = [
    re.compile(rf"^{_WEEKDAY}{order}{_YEAR}$", re.IGNORECASE)
    for order in (rf"{_MONTH}\s+{_DAY}", rf"(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}")
]
_OPTION = re.compile(r"^(?:option|choice|answer)\s*:?\s*\(?([A-Za-z])[).:]*$", re.IGNORECASE)
_CHOICE_WITH_VALUE = re.compile(
    r"^(?:(?:\\text\s*\{\s*)?\(([A-J])\)\s*\}?|([A-J])[.)]\s)(?:\s|~|\\text)*\s*(?=[^\s)\]},])(?!\([A-J]\)|or\b|and\b)(.+)$",
    re.DOTALL,
)
_MIXED = re.compile(
    r"^(\d{1,6}(?:\.\d{1,6})?)\s*([a-zA-Z]+)\.?\s*,?\s*(?:and\s+)?"
    r"(\d{1,6}(?:\.\d{1,6})?)\s*([a-zA-Z]+)\.?$"
)


def phrase(text: str, *, units: bool) -> Value | None:
    """What a normalised text says in words; None where it is a formula."""
    if not _A_LETTER.search(text):
        return _iso_date(text)
    plain = _undressed(text)
    if clock := _CLOCK.match(plain):
        return Text(f"{int(clock[1])}:{clock[2] or '00'} {clock[3].lower()}m")
    if (moment := plain.lower().removeprefix("12 ").strip(" .")) in ("noon", "midnight"):
        return Text("12:00 pm" if moment == "noon" else "12:00 am")
    if date := _date(plain):
        return date
    if (permuted := _PERMUTED.match(text)) and len(permuted[1]) <= 40:
        return _permutations(permuted[1].split(","))
    if numbers := _NUMBERS.match(text):
        return Text(_number_set(numbers[1], numbers[2] or ""))
    mixed: Value | None = _mixed_quantity(plain) if units else None
    if mixed is None and "\\" not in plain:
        mixed = counted(plain)
    return mixed if mixed is not None else _as_words(text, plain)


_PERMUTED = re.compile(
    r"^(?:\(?[a-zA-Z](?:,\s*[a-zA-Z])*\)?\s*=\s*)?\(\s*(-?\d+(?:\s*,\s*-?\d+){1,3})\s*\)\s*,?\s*"
    r"(?:\\text\s*\{)?\s*,?\s*(?:and|or|with|up to|plus)\s+(?:all\s+)?(?:of\s+)?"
    r"(?:its|their|the)?\s*permutations?(?:\s+(?:thereof|of it|of this))?\s*\}?$"
)
"""``(1, 2, 3)`` and its permutations: each of them is an answer."""


def _permutations(entries: list[str]) -> Several:
    values = [Number(Fraction(entry.strip())) for entry in entries]
    orders = dict.fromkeys(itertools.permutations(values))
    return Several(tuple(Brackets(order, "(", ")") for order in orders))


_NUMBERS = re.compile(
    r"^\\mathbb\s*([ZNQC])\s*((?:\^|_)\s*\{?\s*(?:[+*0]|>\s*0|\\geq?\s*0)\s*\}?)?$"
)
_SETS = {"Z": "integers", "N": "positive integers", "Q": "rational numbers", "C": "complex numbers"}


def _number_set(letter: str, marks: str) -> str:
    """A set of numbers in words. N is taken for the positive ones, as contests have it."""
    name = _SETS[letter]
    if letter == "N":
        return "nonnegative integers" if "0" in marks else name
    if "+" in marks or ">" in marks:
        return f"positive {name}"
    return f"nonnegative {name}" if "0" in marks else name


def prose(text: str) -> Text | None:
    """Prose with a formula in it, to be compared as prose; a broken formula is none."""
    plain = _undressed(text)
    if len(re.findall(r"[A-Za-z]{2,}", plain)) >= 2 and "\\" not in plain:
        return Text(_folded(plain), is_prose=True)
    return None


def choice_with_value(text: str) -> tuple[str, Symbol] | None:
    r"""``\text{(B)} 12``: the value's text, and the letter."""
    match = _CHOICE_WITH_VALUE.match(text)
    return (match[3], Symbol(match[1] or match[2])) if match else None


def _mixed_quantity(plain: str) -> Quantity | None:
    """``1 hour 30 minutes``, ``5 ft 3 in``: both in the first unit."""
    match = _MIXED.match(plain)
    if match is None:
        return None
    first, second = unit_of(match[2]), unit_of(match[4])
    if first is None or second is None or first.dimension != second.dimension:
        return None
    if not first.factor > second.factor > 0:
        return None
    share = Fraction(match[3]) * second.factor / first.factor
    return Quantity(Number(Fraction(match[1]) + share), match[2])


def _date(plain: str) -> Text | None:
    """``May 5``, ``5 May``, ``the 5th of May, 1998``: the month, the day, and the year if any."""
    for pattern in _DATES:
        if match := pattern.match(plain):
            year = f" {match['year']}" if match["year"] else ""
            return Text(f"{match['month'].lower()[:3]} {int(match['day'])}{year}")
    return None


_ISO = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _iso_date(text: str) -> Text | None:
    """``2021-03-04``"""
    match = _ISO.match(text)
    return Text(f"{_MONTHS[int(match[2]) - 1]} {int(match[3])} {match[1]}") if match else None


def _undressed(text: str) -> str:
    r"""``\text{…}`` as its words."""
    return " ".join(re.sub(r"\\text\s*\{([^{}]*)\}", r" \1 ", text).split())


def _as_words(text: str, plain: str) -> Value | None:
    """Plain words, or a choice's letter; ``plain`` is ``text`` undressed."""
    if option := _OPTION.match(plain):
        return Symbol(option[1].upper())
    choice = _CHOICE.match(plain)
    if choice and ("text" in text or "(" in plain or plain[-1] in ").:"):
        return Symbol(choice[1])
    if plain.lower().strip(" .!") == "no":
        return Text("no")
    if plain.isalpha() and plain.islower() and not _may_be_spoken(plain):
        return None  # ``mgh`` and ``xyz`` are products
    if _WORDS.fullmatch(plain):
        result = [word for word in _A_WORD.findall(plain) if word not in MATHEMATICS]
        listed = re.split(r",|;|\band\b|\bor\b", plain)
        if result:
            if len(listed) > 1 and all(part.strip() for part in listed):
                return Several(tuple(Text(_folded(part)) for part in listed))
            return Text(_folded(plain))
    return None


def _may_be_spoken(word: str) -> bool:
    """Has it a vowel, and no letters in their order, as in ``abc``?"""
    return bool(re.search("[aeiou]", word)) and list(word) != sorted(word)


def _folded(words: str) -> str:
    """Lower case, without articles, quotes and full stops."""
    words = re.sub(r"[\"'.!?()$]", "", words)
    # The A of "point A" and of "both A and B" is a name.
    words = re.sub(r"(?:^A|\ba|\b[Aa]n|\b[Tt]he)\b(?=\s+\w)", " ", words).lower()
    return " ".join(words.replace("-", " ").split())
