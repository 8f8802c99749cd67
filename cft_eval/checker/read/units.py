"""Units as answers write them: what they measure, and how many of the first one they are."""

import re
from fractions import Fraction
from typing import NamedTuple

from cft_eval.checker.read.notation import FUNCTIONS, GREEK


class Unit(NamedTuple):
    dimension: str
    factor: Fraction


NO_UNIT = Unit("", Fraction(1))

# One row a dimension: names that mean the same are separated by "|", then the size in terms of
# the first unit of the row.
_ROWS = {
    "length": "m|meter|metre 1, cm|centimeter|centimetre 1/100, mm|millimeter|millimetre 1/1000,"
    "km|kilometer|kilometre 1000, in|inch 127/5000, ft|foot|feet 381/1250, yd|yard 1143/1250,"
    "mi|mile 201168/125, nm|nanometer 1/1000000000, pm|picometer 1/1000000000000,"
    "angstrom|å 1/10000000000, au 149597870700, pc|parsec 30856775814913673, ly 9460730472580800",
    "time": "s|sec|second 1, min|minute 60, h|hr|hour 3600, day 86400, week 604800, ms 1/1000,"
    "month 2592000, yr|year 31557600",
    "mass": "g|gram 1, kg|kilogram 1000, mg|milligram 1/1000, lb|pound 45359237/100000,"
    "oz|ounce 45359237/1600000, ton 1000000",
    "volume": "l|liter|litre 1, ml|milliliter|millilitre 1/1000, gallon|gal 473176473/125000000,"
    "quart 473176473/500000000, pint 473176473/1000000000, cup 473176473/2000000000",
    "money": "dollar|usd|buck 1, cent|penny|pennies 1/100, nickel 1/20, dime 1/10, quarter 1/4,"
    "euro|eur 0, gbp 0, yen|jpy 0, rupee|inr 0, yuan|rmb 0",
    "angle": "degree|deg 1, radian|rad 0",
    "length/time": "mph 1397/3125, kmh|kph 5/18",
    "temperature": "k|kelvin 1, celsius|c 0, fahrenheit|f 0",
    "energy": "j|joule 1, kj 1000, ev 801088317/5000000000000000000000000000,"
    "kev 801088317/5000000000000000000000000, mev 801088317/5000000000000000000000,"
    "erg 1/10000000, cal 523/125, kcal 523/125000",
    "voltage": "volt 1, kv|kilovolt 1000", "current": "ampere|amp 1", "resistance": "ohm 1",
    "area": "acre 316160658/78125, hectare 10000",
    "force": "n|newton 1", "power": "w|watt 1, kw 1000", "pressure": "pa|pascal 1, atm 101325",
    "frequency": "hz|hertz 1, khz 1000, mhz 1000000", "amount": "mol|mole 1",
    "share": "percent|% 1",
}  # fmt: skip
MONEY = {r"\$": "dollar", r"\euro": "euro", r"\pounds": "gbp", r"\yen": "yen"}
"""Signs of money, which stand before their number."""

CAPITALS = {"M", "G", "T", "P", "V", "A", "C", "F", "B"}
"""Capital letters that stand for something else than the small one: no unit by themselves."""


def _table() -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for dimension, row in _ROWS.items():
        for entry in row.split(","):
            names, size = entry.rsplit(" ", 1)
            each = names.strip().split("|")
            # A size of 0: not to be converted, so it measures something of its own.
            unit = Unit(dimension, Fraction(size)) if size != "0" else Unit(each[0], Fraction(1))
            units |= dict.fromkeys(each, unit)
    return units


_UNITS = _table()
_POWER = re.compile(r"\^?\{?([23])\}?$")


def is_unit(word: str) -> bool:
    """Is ``word`` a known unit by itself?"""
    return _find(word) is not None


_NO_UNITS = frozenset({"over", "plus", "minus", "times", "divided", "choose"})


def may_count(word: str) -> bool:
    """Can ``word`` be what is counted, as in ``14 ways``? A run of letters may be variables."""
    known = word in FUNCTIONS or word in GREEK or word in _NO_UNITS
    return len(word) >= 4 and word.islower() and not known and bool(re.search("[aeiouy]", word))


def _find(word: str) -> Unit | None:
    if word in CAPITALS:
        return None
    low = word.lower()
    return (
        _UNITS.get(low) or _UNITS.get(low.removesuffix("s")) or _UNITS.get(low.removesuffix("es"))
    )


def unit_of(text: str) -> Unit | None:
    """The unit that ``text`` names, None where it is none that is known here.

    ``square inches``, ``cm^2`` and ``m/s`` are products of known ones.
    """
    text = re.sub(r"[{}\\.]|text", "", text).strip().lower()
    text = re.sub(r"\b(square|sq|cubic|cu)\s+(\w+)", _spelled, text)
    text = re.sub(r"(\w+)\s+squared", r"\1^2", text)
    text = re.sub(r"(\w+)\s+cubed", r"\1^3", text)
    text = re.sub(r"\s+per\s+|\s+an\s+", "/", text)
    parts = [part.strip() for part in text.split("/")]
    if not 1 <= len(parts) <= 2:
        return None
    found = [_one(part) for part in parts]
    first, last = found[0], found[-1]
    if first is None or last is None:
        return None
    if len(found) == 1:
        return first
    return Unit(f"{first.dimension}/{last.dimension}", first.factor / last.factor)


def _spelled(found: "re.Match[str]") -> str:
    return f"{found[2]}^{2 if found[1].startswith('sq') else 3}"


def _one(part: str) -> Unit | None:
    power = _POWER.search(part)
    exponent = int(power[1]) if power else 1
    name = _POWER.sub("", part).strip() if power else part
    unit = _find(name)
    if unit is None:
        return None
    if exponent == 1:
        return unit
    return Unit(f"{unit.dimension}^{exponent}", unit.factor**exponent)
