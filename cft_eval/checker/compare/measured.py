r"""Numbers that were measured or computed to a precision: Minerva-Math's numeric references.

A reference is given at the precision it is written in: ``4.4677`` means 4.46765 to 4.46775. The
rule, in one place:

1. An answer is right within half a unit of the reference's last written digit, and less than 5 %
   off (of one digit, half a unit would be up to half the value).
2. An answer rounded more coarsely is right if it has at least three significant digits and the
   reference, rounded to them, is the answer: nobody is wrong for 4.47 where 4.4677 is asked for.
3. A whole number without an exponent is a count: only an answer in decimals that rounds to it and
   is within 0.5 % of it stands for it (7353.2 for 7353); never another whole number, and never a
   closed form, which is exact.

A wrong constant passes for none of the 272 references, nor does a reference times 1.05
(`tests/checker/test_golds.py`, `benchmarks/minerva.py`).
"""

import re
from fractions import Fraction

from cft_eval.checker.prove.algebra import TooLarge, rational
from cft_eval.checker.prove.normal_form import form
from cft_eval.checker.prove.numeric import value_of
from cft_eval.checker.types.values import (
    NODES,
    Node,
    Value,
    symbols,
)

LARGEST_SHARE = Fraction(5, 100)
COUNT_SHARE = Fraction(1, 200)
MIN_DIGITS = 3

_WRITTEN = re.compile(
    r"^\$?\s*[+-]?\s*(?P<digits>\d+\.?\d*|\.\d+)\s*"
    r"(?:(?:[eE]|(?:\\times|\\cdot|×|x|\*)\s*10\s*(?:\^|\*\*))\s*\{?\s*(?P<exponent>[+-]?\d+)\s*\}?)?\s*\$?\.?$"
)


def close(answer: str, value: Value, reference: str) -> bool | None:
    """Is the answer's value right for a measured reference? None where the reference is not a
    number that was written in digits, or the answer has no numeric value."""
    written = _WRITTEN.match(reference.strip())
    number = _number(value)
    if written is None or number is None:
        return None
    exact, unit = _read(written)
    exact = -exact if reference.strip().lstrip("$").lstrip().startswith("-") else exact
    error = abs(number - exact)
    if "." not in written["digits"] and written["exponent"] is None:
        decimal = number.denominator != 1 and _digits(answer) is not None
        return error == 0 or (decimal and error <= min(unit / 2, COUNT_SHARE * abs(exact)))
    if error == 0 or (error <= unit / 2 and error < LARGEST_SHARE * abs(exact)):
        return True
    coarse = _digits(answer)
    if coarse is None or len(coarse["digits"].replace(".", "").lstrip("0")) < MIN_DIGITS:
        return False
    _, coarse_unit = _read(coarse)
    return coarse_unit > unit and error <= coarse_unit / 2


_BEFORE = re.compile(r"=|\\approx|\\simeq|≈")
_BEHIND = re.compile(r"\\(?:text|mathrm|quad|[,;: ])|(?<=[\d}])[\s~]+(?=[A-Za-z])")


def _digits(answer: str) -> "re.Match[str] | None":
    """The digits of ``x = 4.47``, and of ``4.47 \\text{ m}``."""
    last = _BEFORE.split(answer.strip())[-1]
    return _WRITTEN.match(_BEHIND.split(last.strip())[0].strip())


def _read(written: "re.Match[str]") -> tuple[Fraction, Fraction]:
    """The value, and one unit of its last digit."""
    digits = written["digits"]
    scale = Fraction(10) ** int(written["exponent"] or 0)
    places = len(digits.partition(".")[2])
    value = Fraction(digits + "0" if digits.endswith(".") else digits)
    return value * scale, scale / 10**places


def _number(value: Value) -> Fraction | None:
    if not isinstance(value, NODES) or symbols(value):
        return None
    try:
        exact = rational(form(value))
    except (TooLarge, ZeroDivisionError):
        return None
    return exact if exact is not None else _approximate(value)


def _approximate(node: Node) -> Fraction | None:
    """A closed form to 30 digits: ``\\sqrt{2}/2`` is an answer to 0.707 too."""
    return value_of(node, digits=30)
