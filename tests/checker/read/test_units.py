r"""Units are products of powers of base units: (answer, reference)."""

import pytest

from cft_eval.checker.read.units import _UNITS, unit_of
from tests.checker.pairs import assert_different, assert_equal, each

SAME_SIZE = [
    (r"8 \times 10^{-3} m", "8 mm"),
    (r"3 k\Omega", r"3000 \Omega"),
    ("7 Nm", "7 J"),
    (r"60 \frac{\text{mi}}{\text{h}}", "60 mph"),
    (r"2 \frac{\text{m}}{\text{s}^2}", "2 m/s^2"),
    ("7 N", r"7 \text{ kg m/s}^2"),
    ("7 N", r"7\,\mathrm{kg\,m\,s^{-2}}"),
    ("6 J", r"6 N \cdot m"),
    ("3 kW", "3000 W"),
    ("4 km/h", r"\frac{10}{9} \text{ m/s}"),
    ("2 L", "2000 mL"),
    ("2 L", r"0.002 \text{ m}^3"),
    ("3 kWh", "10.8 MJ"),
    ("250 cents", r"\$2.50"),
    ("20 degrees Celsius", r"68^\circ\text{F}"),
    ("300 K", r"26.85^\circ\text{C}"),
    (r"15 \mathrm{\mu m}", "0.015 mm"),
    ("2 hours", "120 minutes"),
    ("5 sq. ft.", "720 square inches"),
    (r"3 \text{ J/(kg K)}", r"3 \text{ J kg}^{-1} \text{K}^{-1}"),
    ("1.5 GHz", "1500 MHz"),
    # Missing on one side, where it is a unit and no product.
    ("8 V", "8"),
    (r"12 \text{ mph}", "12"),
    ("9 square units", "9"),
    ("Rs. 40", "40"),
    ("₹40", "40"),
    ("5 yen", r"¥5"),
    ("5 yuan", "¥5"),
    ("30 C", r"30^\circ\text{C}"),
    ("90 degrees", r"\frac{\pi}{2}"),
]
OTHER_MEASURE = [
    ("3 A", "3 m"),
    ("3 V", "3 A"),
    ("4 T", "4 s"),
    ("6 kV", "6 V"),
    ("2.5 J", r"2.5 \text{ kg m/s}^2"),
    ("25 degrees Celsius", "25 degrees Fahrenheit"),
    ("8 hours", "8 days"),
    ("8 kg", "8 g"),
    ("6 euros", r"\$6"),
    ("6 rupees", "6 dollars"),
    ("40 mL", "40 L"),
    ("10 m/s", "10 km/h"),
    ("10 N/m", "10 N m"),
    ("7 cm^2", "7 cm^3"),
    ("4 mol", "4 M"),
    # Without a space it is a product.
    ("7m", "7"),
    ("2kT", "2"),
    ("3mg", "3"),
]


@each(SAME_SIZE)
def test_the_same_quantity(answer: str, reference: str) -> None:
    assert_equal(answer, reference)


@each(OTHER_MEASURE)
def test_another_quantity(answer: str, reference: str) -> None:
    assert_different(answer, reference)


@pytest.mark.parametrize(
    "text", ["", "apples", "5", "x y", "meters of gold dust", "m^{999}", "m/0"]
)
def test_what_is_no_unit(text: str) -> None:
    unit = unit_of(text)
    assert unit is None or all(name == "?" for name, _ in unit.dimension)


DIMENSIONED = [name for name in _UNITS if (unit := unit_of(name)) and unit.dimension]


@pytest.mark.parametrize(
    ("written", "power"), [("{}^2", 2), ("{}^{{-1}}", -1), ("{0}/{0}^2", -1), ("{0}^3 per {0}", 2)]
)
def test_every_unit_has_powers(written: str, power: int) -> None:
    """``in`` too, which is a word of prose: ``5 in^2`` is no length."""
    for name in DIMENSIONED:
        alone, powered = unit_of(name), unit_of(written.format(name))
        assert alone, name
        assert powered, name
        assert powered.dimension == tuple((base, power * n) for base, n in alone.dimension), name
