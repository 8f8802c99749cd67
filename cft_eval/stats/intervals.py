"""Intervals for one score: a proportion, or a mean of item means over repeats."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cft_eval.errors import CftError
from cft_eval.stats.distributions import beta_quantile, normal_cdf, normal_upper, t_upper

Floats = NDArray[np.float64]


class BadNumbers(CftError):
    """Scores or counts that no experiment could give."""


class Interval(NamedTuple):
    """A confidence interval, in the unit of the score (0..1)."""

    low: float
    high: float


def level(alpha: float) -> float:
    """``alpha`` itself, refused where it is no error rate between 0 and 1."""
    if not 0 < alpha < 1:
        raise BadNumbers(f"alpha {alpha}: expected a number between 0 and 1, such as 0.05")
    return alpha


def wilson(successes: int, n: int, *, alpha: float = 0.05) -> Interval:
    """Wilson's score interval for a proportion (Wilson 1927, eq. 4).

    (p + z²/2n ± z√(p(1-p)/n + z²/4n²)) / (1 + z²/n), with p = successes/n.
    """
    _counts(successes, n)
    return _wilson(successes / n, n, normal_upper(level(alpha) / 2))


def _wilson(p: float, n: float, z: float) -> Interval:
    shrink = 1 + z * z / n
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    middle = p + z * z / (2 * n)
    # At the ends the formula gives 0 or 1 exactly; rounding must not step past them.
    low = 0.0 if p == 0 else max(0.0, (middle - half) / shrink)
    high = 1.0 if p == 1 else min(1.0, (middle + half) / shrink)
    return Interval(low, high)


ENDS = 12.0
"""Problems that count (n·min(p, 1-p)) from which Wilson's end is believed by half."""


def proportion(successes: int, n: int, *, alpha: float = 0.05) -> Interval:
    """The interval of a score with one response to each of ``n`` problems."""
    _counts(successes, n)
    return _covering(successes / n, n, alpha)


def _covering(p: float, n: float, alpha: float) -> Interval:
    """Wilson's interval, with its ends near 0 and 1 drawn out towards Clopper and Pearson's (1934).

    Wilson's alone covers 84 % of the time where a fraction of one right answer is expected (Brown,
    Cai, DasGupta 2001, §4.1.1). The exact end counts with the weight 1 - m²/(m² + 144),
    m = n·min(p, 1-p): coverage is at least 94 % for every p and each n in the test.
    """
    z = normal_upper(level(alpha) / 2)
    low, high = _wilson(p, n, z)
    return Interval(_drawn_out(low, p, n, alpha), 1 - _drawn_out(1 - high, 1 - p, n, alpha))


def _drawn_out(low: float, p: float, n: float, alpha: float) -> float:
    """The lower end, between Wilson's and the exact one."""
    if not 0 < p < 1:
        return low
    exact = beta_quantile(alpha / 2, p * n, n - p * n + 1)
    counted = n * min(p, 1 - p)
    weight = counted**2 / (counted**2 + ENDS**2)
    return weight * low + (1 - weight) * min(low, exact)


def beta_interval(successes: int, n: int, *, alpha: float = 0.05) -> Interval:
    """Equal-tailed interval of the Beta(s + 1/2, n - s + 1/2) posterior (Jeffreys' prior).

    For small sets, where the normal approximation is too narrow (Bowyer 2025, arXiv 2503.01747).
    The ends are 0 and 1 where there are no successes or no failures (Brown, Cai, DasGupta 2001).
    """
    _counts(successes, n)
    a, b = successes + 0.5, n - successes + 0.5
    low = 0.0 if successes == 0 else beta_quantile(level(alpha) / 2, a, b)
    high = 1.0 if successes == n else beta_quantile(1 - alpha / 2, a, b)
    return Interval(low, high)


ENOUGH = 4.0
"""Problems that count (n·min(p, 1-p)) from which the spread of item means is believed by half."""


def clustered_mean(item_means: Floats, *, alpha: float = 0.05) -> Interval:
    """Interval for the mean of ``item_means`` (shape n), each already averaged over repeats.

    Wilson's interval of an effective number of problems. Repeats of a problem are one cluster, so
    their number lies between n, where a problem is answered always right or always wrong, and the
    p(1-p)/Var(mean) that the item means show (Kish 1965, §8.2). A spread seen on few problems is
    believed in part only, with the weight w = m²/(m² + 16), m = n·min(p, 1-p): one problem that is
    always right is not among 30 more often than not. Few right or few wrong answers draw the ends
    out (`_covering`). Coverage is at least 94 % with 1, 8 and 61 repeats, also of scores far below
    1 % (`tests/stats/test_intervals.py`).
    """
    means = scores(item_means)
    if means.size < 2:
        raise BadNumbers(f"an interval needs at least 2 problems, not {means.size}")
    return clustered(float(means.mean()), float(means.var(ddof=1)), means.size, alpha=alpha)


def clustered(p: float, item_variance: float, n: int, *, alpha: float = 0.05) -> Interval:
    """`clustered_mean` from the mean ``p`` of ``n`` item means and their variance (ddof 1)."""
    if n < 2 or not 0 <= p <= 1 or not 0 <= item_variance <= 1:
        raise BadNumbers(f"a mean of {p} and variance {item_variance} are impossible for {n} items")
    largest = p * (1 - p)
    if largest == 0:
        return _covering(p, n, alpha)
    # Shrunk towards the largest variance by one problem's worth.
    variance = (item_variance * (n - 1) + largest) / n
    seen = max(1.0, largest / variance)
    counted = n * min(p, 1 - p)
    weight = counted**2 / (counted**2 + ENOUGH**2)
    effective = n / ((1 - weight) + weight / seen)
    # As much wider as Student's t is than z, of what the spread was believed.
    z, t = normal_upper(level(alpha) / 2), t_upper(level(alpha) / 2, n - 1)
    wider = 1 + (t / z - 1) * weight * (1 - 1 / seen)
    return _covering(p, effective, 2 * normal_cdf(-z * wider))


def standard_error(values: Floats) -> float:
    """sd/√n with the n-1 denominator; 0 for a single value is refused, since it is unknown."""
    if values.size < 2:
        raise BadNumbers(f"a standard error needs at least 2 problems, not {values.size}")
    return float(values.std(ddof=1) / math.sqrt(values.size))


def scores(values: Floats) -> Floats:
    """The values as floats, refused where one is not a number in [0, 1]; says which."""
    array = np.asarray(values, dtype=np.float64)
    bad = np.flatnonzero(~((array >= 0) & (array <= 1)))
    if bad.size:
        where = int(bad[0])
        raise BadNumbers(f"score {array[where]} at position {where} is not in [0, 1]")
    return array


def _counts(successes: int, n: int) -> None:
    if n < 1 or not 0 <= successes <= n:
        raise BadNumbers(f"{successes} successes of {n}: impossible counts")
