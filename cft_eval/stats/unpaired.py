"""Scores that cannot be paired: one column of a board, two reports, a slice against the rest."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cft_eval.stats.distributions import normal_quantile, t_cdf
from cft_eval.stats.intervals import BadNumbers, Floats, Interval, scores, wilson


class Separation(NamedTuple):
    """What a test set tells of the models that were measured on it."""

    pairs: int
    apart: int
    """Pairs whose scores differ by more than chance allows, each pair tested by itself."""

    leaders: int
    """Models that are not told apart from the best one, itself included."""


class Count(NamedTuple):
    """A score as it was printed: a share of ``n`` problems."""

    share: float
    n: int


def separation(shares: Floats, n: int, *, alpha: float = 0.05) -> Separation:
    """How many pairs of models a test set of ``n`` problems tells apart.

    By the arcsine of Anscombe (1948): φ = asin √((k + 3/8)/(n + 3/4)) has the variance 1/(4n + 2)
    whatever p is, down to none right, where asin √p is much too sure; two models differ where
    |φ_i - φ_j| > z_{1-α/2}/√(2n + 1). Pairs on the same problems can be told apart by less, by a
    paired test of the two.
    """
    angles = np.sort(np.arcsin(np.sqrt((scores(shares) * n + 0.375) / (n + 0.75))))
    models = angles.size
    if models == 0:
        return Separation(0, 0, 0)
    least = normal_quantile(1 - alpha / 2) / math.sqrt(2 * n + 1)
    beyond = models - np.searchsorted(angles, angles + least, side="right")
    leaders = models - int(np.searchsorted(angles, angles[-1] - least, side="left"))
    return Separation(models * (models - 1) // 2, int(beyond.sum()), leaders)


def mean_difference(a: Sequence[Count], b: Sequence[Count], *, alpha: float = 0.05) -> Interval:
    """Interval of mean(b) - mean(a), unweighted means of printed scores on the same test sets.

    By MOVER (Zou, Donner 2008, eq. 4) from Wilson's interval of each score:
    d - √Σ((b - l_b)² + (u_a - a)²)/k, d + √Σ((u_b - b)² + (a - l_a)²)/k. Nothing is known of the
    pairing, so it is wider than what the responses would give.
    """
    if len(a) != len(b) or not a:
        raise BadNumbers(f"means over {len(a)} and {len(b)} test sets have no difference")
    below = above = total = 0.0
    for first, second in zip(a, b, strict=True):
        low_a, high_a = wilson(round(first.share * first.n), first.n, alpha=alpha)
        low_b, high_b = wilson(round(second.share * second.n), second.n, alpha=alpha)
        total += second.share - first.share
        below += (second.share - low_b) ** 2 + (high_a - first.share) ** 2
        above += (high_b - second.share) ** 2 + (first.share - low_a) ** 2
    k = len(a)
    low, high = total / k - math.sqrt(below) / k, total / k + math.sqrt(above) / k
    return Interval(max(-1.0, low), min(1.0, high))


def unlike(inside: Floats, outside: Floats) -> float:
    """Two-sided p that a slice's items are no unlike the rest.

    Fisher's exact test where every item is right or wrong; Welch's t of the item means where
    there are repeats (Welch 1947). 1 where one side is empty.
    """
    inside, outside = scores(inside), scores(outside)
    if not inside.size or not outside.size:
        return 1.0
    if np.isin(inside, (0.0, 1.0)).all() and np.isin(outside, (0.0, 1.0)).all():
        return fisher(int(inside.sum()), inside.size, int(outside.sum()), outside.size)
    return _welch(inside, outside)


def fisher(right: int, n: int, other_right: int, other_n: int) -> float:
    """Fisher's exact test of two shares, two-sided: the tables no more likely than the one seen.

    Hypergeometric with the margins given (Fisher 1935); within 1e-7 two tables are equally likely.
    """
    if not (0 <= right <= n and 0 <= other_right <= other_n and n and other_n):
        raise BadNumbers(f"{right} of {n} and {other_right} of {other_n} are no counts")
    successes, total = right + other_right, n + other_n
    first, last = max(0, successes - other_n), min(n, successes)
    k = np.arange(first, last, dtype=np.float64)
    # P(k + 1)/P(k), so that no factorial is needed; then scaled to a sum of 1.
    ratio = (successes - k) * (n - k) / ((k + 1) * (total - successes - n + k + 1))
    logs = np.concatenate([[0.0], np.cumsum(np.log(ratio))])
    weights = np.exp(logs - logs.max())
    seen = weights[right - first]
    return min(1.0, float(weights[weights <= seen * (1 + 1e-7)].sum() / weights.sum()))


def _welch(a: Floats, b: Floats) -> float:
    if a.size < 2 or b.size < 2:
        return 1.0
    parts = (float(a.var(ddof=1)) / a.size, float(b.var(ddof=1)) / b.size)
    variance = sum(parts)
    difference = float(a.mean() - b.mean())
    if variance == 0:
        return 1.0 if difference == 0 else 0.0
    degrees = variance**2 / (parts[0] ** 2 / (a.size - 1) + parts[1] ** 2 / (b.size - 1))
    return 2 * t_cdf(-abs(difference) / math.sqrt(variance), degrees)
