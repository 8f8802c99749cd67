"""Repeats: how well n problems can know the mean of differences in [-1, 1].

Student's t takes the spread it sees for all there is. Differences of item means are bounded and can
be very unlike each other: one problem in fifty that is lost altogether is not among 30 problems
more often than not, and then t is sure of what it has not seen. So the half width here is

    √((t·SE)² + u²),   u = z²/(n + z²)

where u is the largest share that n problems without a case leave possible: Wilson's (1927) upper
bound for 0 of n, the "rule of three". The two parts are combined as independent ones (MOVER: Zou,
Donner 2008). By simulation both one-sided errors stay below α down to 30 problems, for mixtures of
untouched and lost problems and for unequal repeats (`tests/stats/test_bounded.py`).
"""

import math

from cft_eval.stats.distributions import normal_cdf, normal_upper, t_quantile, t_upper
from cft_eval.stats.intervals import BadNumbers, Interval, level
from cft_eval.stats.paired import Difference

MOST_Z = 38.0
"""Beyond it the normal tail is no float."""


def bounded_half(difference: Difference, n: int, *, alpha: float) -> float:
    """Half width of a one-sided bound on the mean difference of ``n`` problems."""
    _enough(n)
    t = t_upper(level(alpha), n - 1)
    return math.hypot(t * difference.stderr, unseen(n, normal_upper(alpha)))


def bounded_lower(difference: Difference, n: int, *, alpha: float) -> float:
    """The mean difference is above it with confidence 1 - ``alpha``."""
    return max(-1.0, difference.delta - bounded_half(difference, n, alpha=alpha))


def bounded_interval(difference: Difference, n: int, *, alpha: float) -> Interval:
    """Two-sided, with confidence 1 - ``alpha``."""
    half = bounded_half(difference, n, alpha=alpha / 2)
    return Interval(max(-1.0, difference.delta - half), min(1.0, difference.delta + half))


def bounded_drop(difference: Difference, n: int) -> float:
    """One-sided p against a drop: the level at which the bound above the mean reaches 0."""
    _enough(n)
    if difference.delta >= 0:
        return 1.0 - _tail(difference.delta, difference.stderr, n)
    return _tail(-difference.delta, difference.stderr, n)


def bounded_margin(difference: Difference, n: int, margin: float) -> float:
    """One-sided p of a drop of ``margin`` or more: the level at which the bound below the mean
    reaches it."""
    _enough(n)
    above = difference.delta + margin
    tail = _tail(abs(above), difference.stderr, n)
    return tail if above >= 0 else 1.0 - tail


def bounded_change(difference: Difference, n: int) -> float:
    """Two-sided p of no change."""
    _enough(n)
    return min(1.0, 2 * _tail(abs(difference.delta), difference.stderr, n))


def _tail(distance: float, stderr: float, n: int) -> float:
    """The one-sided level whose half width is ``distance``; at most 1/2."""
    low, high = 0.0, MOST_Z
    for _ in range(45):  # to the twelfth decimal of z
        z = (low + high) / 2
        if math.hypot(_as_t(z, n - 1) * stderr, unseen(n, z)) < distance:
            low = z
        else:
            high = z
    return normal_cdf(-(low + high) / 2)


def _as_t(z: float, df: int) -> float:
    """The quantile of Student's t at the level of the normal quantile ``z``.

    For df >= 20 by the expansion of Fisher and Cornish (1960), good to 1 % up to z = 4: a solver
    asks for it again and again, and the exact one takes a millisecond.
    """
    if df < 20:
        return -t_quantile(max(normal_cdf(-z), 1e-300), df)
    s = z * z
    first = (s + 1) / (4 * df)
    second = ((5 * s + 16) * s + 3) / (96 * df * df)
    third = (((3 * s + 19) * s + 17) * s - 15) / (384 * df**3)
    return z * (1 + first + second + third)


def unseen(n: int, z: float) -> float:
    """The share of cases that ``n`` problems without one leave possible."""
    return z * z / (n + z * z)


def _enough(n: int) -> None:
    if n < 2:
        raise BadNumbers(f"a spread needs at least 2 problems, not {n}")
