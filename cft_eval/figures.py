"""Numbers as every page, terminal and file prints them: scores, differences and p-values.

    share ── percent ──> "57.5"     difference ── points ──> "+1.2"     p ── p_value ──> "0.0499"

A score and a difference are shares (0..1) and print in percent and in points. Equal numbers print
alike however they were summed up, and no number is rounded across the line it is compared with.
"""

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

LEVELS = (0.05, 0.01, 0.001)
"""What a reader compares a p-value with."""

SMALLEST = 1e-15
"""No test is surer than its arithmetic."""

_NOISE = 9
"""Decimals of a percentage that survive a sum of floats in any order."""

_MOST = 12
"""Decimals after which two numbers are the same to any reader."""


def percent(share: float, places: int = 1) -> str:
    """A score in percent, halves rounded up.

    >>> percent(0.575, places=0), percent(0.3505), percent(0.1 + 0.2505)
    ('58', '35.1', '35.1')
    """
    return _rounded(100 * share, places)


def points(difference: float, places: int = 1, *, beyond: float | None = None) -> str:
    """A difference of two scores in points, with its sign.

    ``beyond``: a drop; a difference above it is never printed as one that reaches it.

    >>> points(-0.012), points(-0.00996, beyond=-0.01)
    ('-1.2', '-0.996')
    """
    if beyond is not None:
        places = _apart(-100 * difference, (-100 * beyond,), places)
    text = _rounded(100 * difference, places)
    return text if text.startswith("-") else f"+{text}"


def size(difference: float, places: int = 1, *, beside: float | None = None) -> str:
    """How large a difference is, in points, without its sign.

    ``beside``: a margin, on whose side the printed number stays.

    >>> size(-0.0026), size(0.0004), size(0.0004, beside=0.0004)
    ('0.3', '0.0', '0.04')
    """
    number = abs(100 * difference)
    if beside is not None:
        places = _apart(number, (100 * beside,), places)
    return _rounded(number, places)


def typed(share: float) -> str:
    """A margin or a floor as somebody typed it, in points or percent: no digit of it is rounded.

    >>> typed(0.01), typed(0.0004), typed(0.0125), typed(0.7)
    ('1.0', '0.04', '1.25', '70.0')
    """
    number = round(100 * float(share), _NOISE)
    digits = f"{number:.{_NOISE}f}".rstrip("0").partition(".")[2]
    return _rounded(number, max(1, len(digits)))


def quantity(number: int, things: str) -> str:
    """A number of things, which one is said of without its plural ending.

    >>> quantity(1, "checkpoints"), quantity(1200, "points")
    ('1 checkpoint', '1,200 points')
    """
    return f"{number:,} {things.removesuffix('s') if number == 1 else things}"


def confidence(alpha: float) -> str:
    """The confidence of an interval in percent.

    >>> confidence(0.05), confidence(0.005)
    ('95', '99.5')
    """
    return f"{round(100 * (1 - alpha), 6):g}"


def p_value(p: float, *, alpha: float = 0.05) -> str:
    """A p-value; beside ``alpha`` and the usual levels it stands where it is.

    >>> p_value(0.04992), p_value(0.0500), p_value(0.3127), p_value(2e-7), p_value(2e-7, alpha=1e-5)
    ('0.0499', '0.050', '0.313', '< 0.001', '2e-07')
    """
    if p >= 0.001:
        return _rounded(p, _apart(p, (alpha, *LEVELS), 3))
    if alpha >= 0.001:
        return "< 0.001"
    if p < SMALLEST:
        return "< 1e-15"
    for digits in range(_MOST):
        text = f"{p:.{digits}e}"
        if (float(text) < alpha) == (p < alpha):
            return text
    return f"{p:g}"


def p_number(p: float) -> str:
    """A p-value that a spreadsheet reads as a number; on the same side of the usual levels.

    >>> p_number(0.04999), p_number(0.31271), p_number(2.1e-7)
    ('0.04999', '0.313', '2.1e-07')
    """
    for digits in range(3, _MOST):
        text = f"{p:.{digits}g}"
        if all((float(text) < line) == (p < line) for line in LEVELS):
            return text
    return f"{p:g}"


def p_is(p: float, *, alpha: float = 0.05) -> str:
    """A p-value with its sign, for a sentence.

    >>> p_is(0.0312), p_is(1e-9)
    ('p = 0.031', 'p < 0.001')
    """
    text = p_value(p, alpha=alpha)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


@lru_cache(maxsize=1 << 15)  # a board prints the same scores on page after page
def _rounded(number: float, places: int) -> str:
    if not math.isfinite(number):
        return "unknown"
    # float: numpy's numbers write themselves as np.float64(0.5).
    exact = Decimal(repr(round(float(number), max(_NOISE, places + 3))))
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{rounded if rounded else abs(rounded):f}"


def _apart(number: float, lines: Sequence[float], places: int) -> int:
    """The fewest decimals, from ``places`` on, with which a number below a line stays below it,
    and one on it or above does not fall below."""
    while places < _MOST and not all(
        (float(_rounded(number, places)) < line) == (number < line) for line in lines
    ):
        places += 1
    return places
