"""Many tasks or many models: aggregates, ranks, winners, and numbers that cannot be."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from cft_eval.stats.distributions import normal_cdf
from cft_eval.stats.intervals import Interval


class Aggregate(NamedTuple):
    """A weighted mean of task scores or differences."""

    value: float
    stderr: float
    shares: tuple[float, ...]
    """Each task's share of the variance, summing to 1 (all 0 where the variance is 0)."""


def aggregate(
    values: Sequence[float], stderrs: Sequence[float], weights: Sequence[float]
) -> Aggregate:
    """Σ w·x / Σ w with its standard error, for independent tasks: SE² = Σ w²SE²/(Σ w)²."""
    total = math.fsum(weights)
    parts = [(w / total * se) ** 2 for w, se in zip(weights, stderrs, strict=True)]
    variance = math.fsum(parts)
    value = math.fsum(w * x for w, x in zip(weights, values, strict=True)) / total
    shares = tuple(part / variance if variance else 0.0 for part in parts)
    return Aggregate(value, math.sqrt(variance), shares)


def macro(values: Sequence[float], stderrs: Sequence[float]) -> Aggregate:
    """The unweighted mean over tasks, as papers print it."""
    return aggregate(values, stderrs, [1.0] * len(values))


def micro(values: Sequence[float], stderrs: Sequence[float], sizes: Sequence[int]) -> Aggregate:
    """The mean over all problems of all tasks."""
    return aggregate(values, stderrs, [float(n) for n in sizes])


def inverse_variance(values: Sequence[float], stderrs: Sequence[float]) -> Aggregate:
    """The mean with the smallest standard error: weights 1/SE² (Cochran 1954), all SE > 0."""
    return aggregate(values, stderrs, [1 / (se * se) for se in stderrs])


def combined(values: Sequence[float], intervals: Sequence[Interval]) -> Interval:
    """The interval of the unweighted mean of independent scores, from the interval of each.

    mean - √Σ(x - l)²/k, mean + √Σ(u - x)²/k (MOVER: Zou, Donner 2008, eq. 2). A task on which all
    or nothing is right adds what its interval says, where its standard error would add nothing.
    """
    k = len(values)
    pairs = list(zip(values, intervals, strict=True))
    middle = math.fsum(values) / k
    below = math.sqrt(math.fsum((x - i.low) ** 2 for x, i in pairs)) / k
    above = math.sqrt(math.fsum((i.high - x) ** 2 for x, i in pairs)) / k
    return Interval(max(0.0, middle - below), min(1.0, middle + above))


def share_grew(before: float, after: float, n_before: int, n_after: int) -> float:
    """One-sided p that a share grew between two samples, by the pooled z test.

    z = (p₂ - p₁)/√(p(1-p)(1/n₁ + 1/n₂)), p the share of both together (Fleiss 1981, §2.3).
    """
    pooled = (before * n_before + after * n_after) / (n_before + n_after)
    variance = pooled * (1 - pooled) * (1 / n_before + 1 / n_after)
    return 1 - normal_cdf((after - before) / math.sqrt(variance)) if variance > 0 else 1.0


def rank_intervals(better: Sequence[Sequence[bool]]) -> list[tuple[int, int]]:
    """Best and worst rank that each model may have; ``better[i][j]``: i is shown better than j.

    [1 + #{j better than i}, M - #{j worse than i}] (the two-sided ranks of Mogstad, Romano,
    Shaikh, Wilhelm 2024 for a family-wise matrix of pairwise tests).
    """
    m = len(better)
    return [
        (1 + sum(better[j][i] for j in range(m)), m - sum(better[i][j] for j in range(m)))
        for i in range(m)
    ]


def tie_groups(different: Sequence[Sequence[bool]]) -> list[range]:
    """Models, in the order of their score, that stand together: no two of a group are told apart.

    ``different[i][j]``: i and j are. The groups are the longest unbroken stretches, as the bars
    under a critical-difference diagram (Demšar 2006, §3.2.2); they overlap where ties do not chain.
    """
    m = len(different)
    groups: list[range] = []
    for first in range(m):
        end = first + 1
        while end < m and not any(different[i][end] for i in range(first, end)):
            end += 1
        if not groups or end > groups[-1].stop:
            groups.append(range(first, end))
    return groups


def selection_bias(stderr: float, candidates: int) -> float:
    """How much the best of ``candidates`` equal checkpoints overstates itself: SE · E[max of N].

    E[max] = ∫ x d(Φ(x)^N), by Simpson's rule over [-9, 9].
    """
    if candidates <= 1:
        return 0.0
    steps, width = 2_000, 18.0
    h = width / steps
    total = 0.0
    for i in range(steps + 1):
        x = -9.0 + i * h
        # E[max] = ∫_0^∞ (1 - Φ^N) dx - ∫_-∞^0 Φ^N dx: smooth, no density needed.
        power = normal_cdf(x) ** candidates
        weight = 1 if i in (0, steps) else 4 if i % 2 else 2
        at_zero = 0.5 - power if x == 0 else (1 - power if x > 0 else -power)
        total += weight * at_zero
    return stderr * total * h / 3


def grim(percent: float, n: int, *, decimals: int) -> bool:
    """Can ``percent``, printed with ``decimals`` places, be a count out of ``n``?

    The GRIM test (Brown, Heathers 2017): some whole k has 100k/n within half a unit of the last
    printed place (both ways of rounding a half are allowed).
    """
    half = 0.5 * 10**-decimals + 1e-9
    nearest = percent * n / 100
    return any(
        abs(100 * k / n - percent) <= half
        for k in (math.floor(nearest), math.ceil(nearest))
        if 0 <= k <= n
    )
