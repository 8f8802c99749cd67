"""What pairs of m equal runs tell of a gate: rates of its verdicts, and how unlike the runs are.

Pairs that share a run are not independent: m runs are m(m-1) ordered pairs, and far fewer
independent ones. How many is known where scores of equal runs are as good as normal; where the runs
themselves show that it is fewer (one odd run takes part in all alarms), it is fewer.
"""

import math
from typing import NamedTuple

import numpy as np

from cft_eval.stats.distributions import (
    beta_quantile,
    chi_square_cdf,
    chi_square_quantile,
    normal_both_above,
    normal_upper,
)
from cft_eval.stats.intervals import BadNumbers, Floats, Interval, level


class MeasuredRate(NamedTuple):
    """How often something happened over pairs of runs, with its own uncertainty."""

    rate: float
    interval: Interval
    effective: float
    """As many independent pairs would tell as much."""


def pair_rate(hits: Floats, *, promised: float, alpha: float = 0.05) -> MeasuredRate:
    """The rate of an event over ordered pairs of runs, with its interval of confidence 1 - α.

    ``hits[i, j]`` is the share of replays of baseline i and candidate j in which it happened, NaN
    where they were not replayed. The interval is Clopper and Pearson's for the effective number of
    pairs (Korn, Graubard 1998); where nothing or everything was a hit, the dependence is that of
    an event as frequent as ``promised``.
    """
    m = hits.shape[0]
    replayed = ~np.isnan(hits)
    if m < 2 or not replayed.any():
        raise BadNumbers(f"{m} runs make no pairs")
    rate = float(hits[replayed].mean())
    usual = promised if rate in (0.0, 1.0) else rate
    effective = min(float(replayed.sum()), _effective(m, usual), _jackknifed(hits, rate))
    effective = max(effective, m / 2)
    x = rate * effective
    tail = level(alpha) / 2
    low = 0.0 if rate == 0 else beta_quantile(tail, x, effective - x + 1)
    high = 1.0 if rate == 1 else beta_quantile(1 - tail, x + 1, effective - x)
    return MeasuredRate(rate, Interval(low, high), effective)


def _effective(m: int, rate: float) -> float:
    """Independent pairs that tell as much as all ordered pairs of ``m`` runs.

    The variance of a U-statistic of order 2 (Hoeffding 1948) with the event z_ij > c, z_ij =
    (x_j - x_i)/√2: pairs with a run in the same role are correlated by 1/2, with one in opposite
    roles by -1/2, and a pair with its mirror image by -1.
    """
    c = normal_upper(rate)
    square = rate * rate
    mirror = max(0.0, 2 * rate - 1) - square
    same, opposite = (normal_both_above(c, r) - square for r in (0.5, -0.5))
    variance = rate * (1 - rate) + mirror + 2 * (m - 2) * (same + opposite)
    return m * (m - 1) * rate * (1 - rate) / variance if variance > 0 else math.inf


def _jackknifed(hits: Floats, rate: float) -> float:
    """The same from the runs themselves, each left out in turn; infinite where it cannot be."""
    m = hits.shape[0]
    if m < 4 or rate in (0.0, 1.0):
        return math.inf
    without = []
    for run in range(m):
        rest = np.delete(np.delete(hits, run, axis=0), run, axis=1)
        if np.isnan(rest).all():
            return math.inf
        without.append(float(np.nanmean(rest)))
    variance = (m - 1) / m * float(((np.array(without) - np.mean(without)) ** 2).sum())
    return rate * (1 - rate) / variance if variance > 0 else math.inf


class Dispersion(NamedTuple):
    """The variance between equal runs over the variance that a test expects."""

    ratio: float
    interval: Interval
    p: float
    """One-sided, of a ratio of 1 or less."""


def dispersion(squares: Floats, runs: int, *, alpha: float = 0.05) -> Dispersion:
    """From the squared standardised differences of all unordered pairs of ``runs`` equal runs.

    Their mean times m-1 is χ² with m-1 degrees of freedom where a run's score varies as the test
    expects, since Σ_{i<j}(x_i - x_j)² = m·Σ(x_i - x̄)².
    """
    df = runs - 1
    if df < 1 or squares.size < 1:
        raise BadNumbers(f"{runs} runs make no pairs")
    ratio = float(squares.mean())
    low, high = (chi_square_quantile(p, df) for p in (1 - level(alpha) / 2, alpha / 2))
    return Dispersion(
        ratio,
        Interval(df * ratio / low, df * ratio / high),
        1 - chi_square_cdf(df * ratio, df),
    )
