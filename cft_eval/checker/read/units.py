"""Units as answers write them: products of powers of the SI base units, with their sizes.

    "km/h"  ->  Unit(length/time, 5/18)        "N m", "J", "kg m^2/s^2"  ->  one and the same

One table: names, dimension, size, and where a scale begins (temperatures). Currencies are base
units of their own. What is no unit here may still be what was counted: see `counting`.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

Dimension = tuple[tuple[str, Fraction], ...]


class Unit(NamedTuple):
    dimension: Dimension
    factor: Fraction
    """One of it in base units."""

    offset: Fraction = Fraction(0)
    """Where its zero lies, in base units: 273.15 K of a Celsius scale."""


NO_UNIT = Unit((), Fraction(1))

# Names that mean the same, the dimension, the size. A prefix (``km``) may stand before symbols in
# the first table; those of the second take none.
_WITH_PREFIXES = """
m meter metre | m | 1
g gram gramme | kg | 1/1000
s sec second | s | 1
A amp ampere | A | 1
K kelvin | K | 1
mol mole | mol | 1
kat katal | mol s^-1 | 1
cd candela | cd | 1
Hz hertz | s^-1 | 1
N newton | kg m s^-2 | 1
Pa pascal | kg m^-1 s^-2 | 1
J joule | kg m^2 s^-2 | 1
W watt | kg m^2 s^-3 | 1
C coulomb | A s | 1
V volt | kg m^2 s^-3 A^-1 | 1
F farad | kg^-1 m^-2 s^4 A^2 | 1
Omega ohm Ω | kg m^2 s^-3 A^-2 | 1
S siemens | kg^-1 m^-2 s^3 A^2 | 1
Wb weber | kg m^2 s^-2 A^-1 | 1
T tesla | kg s^-2 A^-1 | 1
H henry henries | kg m^2 s^-2 A^-2 | 1
lm lumen | cd | 1
lx lux | cd m^-2 | 1
Bq becquerel | s^-1 | 1
Gy gray | m^2 s^-2 | 1
Sv sievert | m^2 s^-2 | 1
L l liter litre | m^3 | 1/1000
eV electronvolt | kg m^2 s^-2 | 801088317/5000000000000000000000000000
cal calorie | kg m^2 s^-2 | 523/125
bar | kg m^-1 s^-2 | 100000
pc parsec | m | 30856775814913673
Wh watt-hour | kg m^2 s^-2 | 3600
M molar | mol m^-3 | 1000
B byte | bit | 8
bit | bit | 1
"""
_PLAIN = """
min minute minuto minuten | s | 60
h hr hour heure hora stunde stunden | s | 3600
seconde segundo sekunde sekunden | s | 1
d day | s | 86400
wk week | s | 604800
fortnight | s | 1209600
month | s | 2629800
yr year | s | 31557600
decade | s | 315576000
century centuries | s | 3155760000
in inch inche | m | 127/5000
ft foot feet | m | 381/1250
yd yard | m | 1143/1250
fathom | m | 1143/625
furlong | m | 25146/125
mi mile | m | 201168/125
nmi | m | 1852
angstrom Å å AA | m | 1/10000000000
au AU | m | 149597870700
ly light-year lightyear | m | 9460730472580800
micron | m | 1/1000000
t tonne | kg | 1000
ton | kg | 1000
lb lbs pound | kg | 45359237/100000000
oz ounce | kg | 45359237/1600000000
stone | kg | 635029318/100000000
slug | kg | 14593903/1000000
carat | kg | 1/5000
dalton Da amu | kg | 16605390666/10000000000000000000000000000000000000
gallon gal | m^3 | 473176473/125000000000
quart qt | m^3 | 473176473/500000000000
pint pt | m^3 | 473176473/1000000000000
barrel | m^3 | 158987294928/1000000000000
cup | m^3 | 473176473/2000000000000
cc | m^3 | 1/1000000
tablespoon tbsp | m^3 | 473176473/32000000000000
teaspoon tsp | m^3 | 473176473/96000000000000
acre | m^2 | 316160658/78125
hectare ha | m^2 | 10000
mph | m s^-1 | 1397/3125
kmh kph kmph | m s^-1 | 5/18
fps | m s^-1 | 381/1250
knot kn | m s^-1 | 463/900
bpm rpm | s^-1 | 1/60
atm atmosphere | kg m^-1 s^-2 | 101325
psi | kg m^-1 s^-2 | 8896443230521/1290320000
mmHg torr Torr | kg m^-1 s^-2 | 20265/152
Nm | kg m^2 s^-2 | 1
erg | kg m^2 s^-2 | 1/10000000
dyn dyne | kg m s^-2 | 1/100000
lbf | kg m s^-2 | 8896443230521/2000000000000
BTU Btu btu | kg m^2 s^-2 | 105505585262/100000000
hp horsepower | kg m^2 s^-3 | 37284993579113511/50000000000000
gauss Gauss | kg s^-2 A^-1 | 1/10000
celsius °C degC centigrade | K | 1 | 5463/20
fahrenheit °F degF | K | 5/9 | 229835/900
rad radian | rad | 1
sr steradian | sr | 1
deg degree | degree | 1
arcmin arcminute | degree | 1/60
arcsec arcsecond | degree | 1/3600
rev revolution | turn | 1
dollar usd USD buck | USD | 1
cent ¢ penny pennies c.  | USD | 1/100
nickel | USD | 1/20
dime | USD | 1/10
euro eur EUR € | EUR | 1
gbp GBP £ sterling | GBP | 1
pence | GBP | 1/100
yen jpy JPY ¥ | JPY | 1
rupee inr INR Rs Rs. ₹ | INR | 1
paise paisa | INR | 1/100
yuan rmb RMB cny CNY 元 | CNY | 1
won krw KRW | KRW | 1
ruble rouble rub RUB | RUB | 1
peso MXN | MXN | 1
franc CHF chf | CHF | 1
CAD | CAD | 1
AUD | AUD | 1
percent % | share | 1
dB decibel | dB | 1
"""
_PREFIXES = {
    "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
    "d": -1, "c": -2, "m": -3, "µ": -6, "μ": -6, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18,
    "mu": -6,
}  # fmt: skip
_LONG_PREFIXES = {
    "exa": 18, "peta": 15, "tera": 12, "giga": 9, "mega": 6, "kilo": 3, "hecto": 2, "deca": 1,
    "deci": -1, "centi": -2, "milli": -3, "micro": -6, "nano": -9, "pico": -12, "femto": -15,
}  # fmt: skip
MONEY = {
    r"\$": "dollar", r"\euro": "euro", r"\pounds": "gbp", r"\yen": "¥", r"\rupees": "rupee",
    r"\won": "won",
}  # fmt: skip
"""Signs of money, which stand before their number, or behind it."""

_TWOFOLD = {"C": "celsius", "F": "fahrenheit", "¥": "yuan", "pound": "gbp", "lb": "gbp"}
"""What a name may mean besides: ``30 C`` is a temperature more often than a charge."""

_LETTERS = frozenset("mgshlNJWVAKCFTLMΩHSB")
"""Units of one letter that may stand behind a number without a sign of text."""

_MORE_LIKELY_PRODUCTS = frozenset({"mg", "kT", "pV", "PV", "nT", "mV", "mA", "mT", "mN", "nm"})
"""Without a space before them: ``2mg`` is a weight, ``2 mg`` is a mass."""


def _dimension(text: str) -> Dimension:
    result = []
    for part in text.split():
        name, _, power = part.partition("^")
        result.append((name, Fraction(power or 1)))
    return tuple(sorted(result))


def _rows(table: str) -> Iterator[tuple[list[str], Unit]]:
    for line in table.strip().splitlines():
        names, dimension, factor, *offset = (part.strip() for part in line.split("|"))
        start = Fraction(offset[0]) if offset else Fraction(0)
        yield names.split(), Unit(_dimension(dimension), Fraction(factor), start)


def _table() -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for names, unit in _rows(_WITH_PREFIXES):
        for name in names:
            short = len(name) < 3 or name in ("mol", "cal", "bar", "bit", "Omega")
            for prefix, power in (_PREFIXES if short else _LONG_PREFIXES).items():
                units.setdefault(prefix + name, _times(unit, Fraction(10) ** power))
    for table in (_WITH_PREFIXES, _PLAIN):
        for names, unit in _rows(table):
            units |= dict.fromkeys(names, unit)
    return units


def _times(unit: Unit, factor: Fraction) -> Unit:
    return unit._replace(factor=unit.factor * factor)


_UNITS = _table()
_SHORT_NAMES = "kg km cm mm ml mg hz hr ft yd mi lb oz cl dl kw kv pa mw ev gb mb kb"
_SHORT = frozenset(_SHORT_NAMES.split())
_LOWER = {
    name.lower(): unit
    for name, unit in reversed(_UNITS.items())
    if len(name) > 3 or name.lower() in _SHORT or name.lower().endswith("hz") or name == "mol"
}
"""Names that are known in any case; ``dt`` is no decitesla."""


def is_unit(word: str) -> bool:
    """Is ``word`` a known unit by itself?"""
    return one(word) is not None


def is_bare(word: str, *, spaced: bool) -> bool:
    """May ``word`` be a unit behind a number although nothing marks it as text?"""
    if len(word) == 1:
        return spaced and word in _LETTERS
    return is_unit(word) and (spaced or word not in _MORE_LIKELY_PRODUCTS)


def one(word: str) -> Unit | None:
    """The unit of one name; small letters do for long names."""
    word = word.rstrip(".") if len(word) > 2 else word
    result = _UNITS.get(word)
    if result is None and len(word) > 1:
        low = word.lower()
        result = _LOWER.get(low)
        for end in ("s", "es"):
            if result is None and len(low) > len(end) + 1 and low.endswith(end):
                stem = word.removesuffix(end)
                result = _UNITS.get(stem) if len(stem) > 2 else None
                result = result or (_LOWER.get(stem.lower()) if len(stem) > 1 else None)
    return result


_PIECE = re.compile(
    r"\s*(?:(?P<name>[A-Za-zµμΩÅå°¢€£₹元%]+(?:-[a-z]+)?\.?)|(?P<power>\^?\s*\{?\s*\(?[-−]?\s*\d+(?:/\d+)?\)?\s*\}?)"
    r"|(?P<sign>\\cdot|\\times|[*·/()\u22c5]))"
)
_SPELLED = re.compile(r"\b(square|sq|cubic|cu)\b\.?\s+([a-z]+)", re.IGNORECASE)
_FILLERS = frozenset({
    "of", "in", "long", "tall", "wide", "deep", "high", "old", "away", "ago", "each", "total",
    "altogether", "left", "more", "the", "a", "an", "for", "approximately", "about", "exactly",
    "remaining", "apart", "longer", "later", "earlier", "thick", "tax", "profit",
})  # fmt: skip


@lru_cache(maxsize=4096)
def unit_of(text: str) -> Unit | None:
    """The unit that ``text`` names, None where it is none that is known here.

    >>> unit_of("square inches") == unit_of("in^2"), unit_of("N") == unit_of("kg m/s^2")
    (True, True)
    """
    text = text.replace(r"\Omega", "Ω").replace(r"\degree", " degree ").replace(r"\mu", "µ")
    text = re.sub(r"\\(?:text|AA|,|;|\s|%|\$)|[~$]", " ", text).replace("²", "^2")
    text = re.sub(r"µ\s+", "µ", text.replace("³", "^3").replace("⁻¹", "^{-1}")).strip(" .,")
    text = _SPELLED.sub(lambda m: f"{m[2]}^{2 if m[1][0] in 'sS' else 3}", text)
    text = re.sub(r"\b(?:degrees?\s+)(celsius|fahrenheit|c|f|kelvin)\b", _degrees, text, flags=re.I)
    text = re.sub(r"\s+squared\b", "^2", re.sub(r"\s+cubed\b", "^3", text))
    text = re.sub(r"\s+(?:per|an)\s+(?:a\s+)?|\s+a\s+(?=\w+$)", "/", f" {text}").strip()
    pieces = list(_pieces(text))
    return _product(pieces) if pieces and None not in pieces else None


def _degrees(match: "re.Match[str]") -> str:
    return {"c": "celsius", "f": "fahrenheit"}.get(match[1].lower(), match[1])


def _pieces(text: str) -> Iterator[tuple[str, str] | None]:
    position = 0
    while position < len(text):
        match = _PIECE.match(text, position)
        if match is None:
            if text[position:].strip(" {}"):
                yield None
                return
            break
        position = match.end()
        yield (match.lastgroup or "", match[0].strip())
        while position < len(text) and text[position] in "{}":
            position += 1


def _product(pieces: "list[tuple[str, str] | None]") -> Unit | None:
    """A product of powers; "/" divides by what follows it, up to the next product sign or end."""
    whole, below, bracket = NO_UNIT, False, False
    units = 0
    last: Unit | None = None
    for piece in [*pieces, ("end", "")]:
        if piece is None:
            return None
        kind, text = piece
        if kind == "power":
            power = re.sub(r"[\^{}()\s]", "", text).replace("−", "-")
            if last is None or len(power) > 4 or power.endswith("/0"):
                return None
            last = _powered(last, Fraction(power))
            continue
        if last is not None:
            whole = _joined(whole, _powered(last, Fraction(-1 if below else 1)))
            below = below and bracket
            last = None
        if kind == "name":
            plain = text if len(text) == 1 else text.lower()  # `A` is an ampere, and no article
            if plain.rstrip(".") in _FILLERS and units and not is_bare(text, spaced=False):
                continue
            last = one(text)
            units += 1
            if last is None:
                return None
        elif text == "/":
            below = True
        elif text in "()":
            bracket, below = text == "(", below and text == "("
    if units == 1 and all(piece and piece[0] == "name" for piece in pieces):
        return one(pieces[0][1])  # type: ignore[index]  # with its offset, as a temperature has
    return whole if units else None


def _powered(unit: Unit, power: Fraction) -> Unit:
    dimension = tuple((name, each * power) for name, each in unit.dimension)
    if power.denominator != 1:
        return (
            Unit(dimension, unit.factor) if unit.factor == 1 else Unit((("?", power),), Fraction(1))
        )
    if abs(power) > 12:
        return Unit((("?", power),), Fraction(1))
    return Unit(dimension, unit.factor**power.numerator)


def _joined(a: Unit, b: Unit) -> Unit:
    powers = dict(a.dimension)
    for name, power in b.dimension:
        powers[name] = powers.get(name, Fraction(0)) + power
    kept = tuple(sorted((name, power) for name, power in powers.items() if power))
    return Unit(kept, a.factor * b.factor)


def meanings(text: str) -> list[Unit]:
    """Every unit that ``text`` may name; none where it names no unit that is known here."""
    unit = unit_of(text)
    if unit is None:
        return []
    other = _TWOFOLD.get(text.strip(" .{}")) or _TWOFOLD.get(text.strip(" .{}").removesuffix("s"))
    return [unit, *([_UNITS[other]] if other else [])]
