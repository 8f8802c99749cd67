"""Many tasks or many models: aggregates, ranks, winners, and numbers that cannot be."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cft_eval.stats.distributions import normal_cdf, normal_upper
from cft_eval.stats.intervals import BadNumbers, Floats, Interval, level


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
    if not values or not len(values) == len(stderrs) == len(weights):
        raise BadNumbers(
            f"{len(values)} values, {len(stderrs)} standard errors and {len(weights)} weights: "
            "one of each a task is needed"
        )
    for number in (*values, *stderrs, *weights):
        if not math.isfinite(number):
            raise BadNumbers(
                f"{number} among values, standard errors and weights: expected finite numbers"
            )
    if min(*stderrs, *weights, 0.0) < 0 or math.fsum(weights) <= 0:
        raise BadNumbers("standard errors and weights are not below 0, and some weight is above it")
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
    if not all(se > 0 for se in stderrs):
        raise BadNumbers("a standard error of 0 has no finite weight: the task's noise is unknown")
    return aggregate(values, stderrs, [1 / (se * se) for se in stderrs])


def combined(
    values: Sequence[float],
    intervals: Sequence[Interval],
    *,
    lowest: float = 0.0,
    highest: float = 1.0,
) -> Interval:
    """The interval of the unweighted mean of independent scores, from the interval of each.

    No end lies outside ``lowest`` and ``highest``: 0 and 1 for scores, -1 and 1 for differences.

    mean - √Σ(x - l)²/k, mean + √Σ(u - x)²/k (MOVER: Zou, Donner 2008, eq. 2). A task on which all
    or nothing is right adds what its interval says, where its standard error would add nothing.
    """
    if not values or len(values) != len(intervals):
        raise BadNumbers(f"{len(values)} values and {len(intervals)} intervals are no tasks")
    ends = np.array(intervals, dtype=np.float64)
    low, high = combined_many(
        np.array(values, dtype=np.float64), ends[:, 0], ends[:, 1], lowest=lowest, highest=highest
    )
    return Interval(float(low), float(high))


def combined_many(
    values: Floats, lows: Floats, highs: Floats, *, lowest: float = 0.0, highest: float = 1.0
) -> tuple[Floats, Floats]:
    """`combined` of many rows at once; shape (…, tasks) in, the lows and the highs (…) out.

    A row with an unknown score (NaN) has no interval.
    """
    k = values.shape[-1]
    middle = values.mean(axis=-1)
    below = np.sqrt(((values - lows) ** 2).sum(axis=-1)) / k
    above = np.sqrt(((highs - values) ** 2).sum(axis=-1)) / k
    return np.maximum(middle - below, lowest), np.minimum(middle + above, highest)


def combined_tails(
    values: Sequence[float], intervals: Sequence[Interval], *, alpha: float
) -> tuple[float, float]:
    """One-sided p of a drop and of a rise of the unweighted mean of independent differences.

    ``intervals`` are each task's own, of confidence 1 - ``alpha``. Half of the combined interval
    (see `combined`) on the side of zero, over its normal quantile, is the standard error (Altman,
    Bland 2011), so that p < alpha/2 says just what the interval says; below that level it is as
    good as the normal tail.
    """
    middle = math.fsum(values) / max(1, len(values))
    # Not clamped to what differences can be: a clamped half would be too small an error.
    low, high = combined(values, intervals, lowest=-math.inf, highest=math.inf)
    z = normal_upper(level(alpha) / 2)
    return (
        _tail(-middle, (high - middle) / z),
        _tail(middle, (middle - low) / z),
    )


def _tail(distance: float, stderr: float) -> float:
    """P(Z > distance/stderr)."""
    if stderr == 0:
        return 0.0 if distance > 0 else 1.0
    return normal_cdf(-distance / stderr)


def share_grew(before: float, after: float, n_before: int, n_after: int) -> float:
    """One-sided p that a share grew between two samples, by the pooled z test.

    z = (p₂ - p₁)/√(p(1-p)(1/n₁ + 1/n₂)), p the share of both together (Fleiss 1981, §2.3).
    """
    if min(n_before, n_after) < 1 or not (0 <= before <= 1 and 0 <= after <= 1):
        raise BadNumbers(
            f"shares {before} of {n_before} and {after} of {n_after} are none: 0..1 of 1 or more"
        )
    pooled = (before * n_before + after * n_after) / (n_before + n_after)
    variance = pooled * (1 - pooled) * (1 / n_before + 1 / n_after)
    return 1 - normal_cdf((after - before) / math.sqrt(variance)) if variance > 0 else 1.0


def rank_intervals(better: Sequence[Sequence[bool]]) -> list[tuple[int, int]]:
    """Best and worst rank that each model may have; ``better[i][j]``: i is shown better than j.

    [1 + #{j better than i}, M - #{j worse than i}] (the two-sided ranks of Mogstad, Romano,
    Shaikh, Wilhelm 2024 for a family-wise matrix of pairwise tests).
    """
    m = _square(better)
    return [
        (1 + sum(better[j][i] for j in range(m)), m - sum(better[i][j] for j in range(m)))
        for i in range(m)
    ]


def tie_groups(different: Sequence[Sequence[bool]]) -> list[range]:
    """Models, in the order of their score, that stand together: no two of a group are told apart.

    ``different[i][j]``: i and j are. The groups are the longest unbroken stretches, as the bars
    under a critical-difference diagram (Demšar 2006, §3.2.2); they overlap where ties do not chain.
    """
    m = _square(different)
    groups: list[range] = []
    for first in range(m):
        end = first + 1
        while end < m and not any(different[i][end] for i in range(first, end)):
            end += 1
        if not groups or end > groups[-1].stop:
            groups.append(range(first, end))
    return groups


def _square(matrix: Sequence[Sequence[bool]]) -> int:
    if any(len(row) != len(matrix) for row in matrix):
        raise BadNumbers(f"a row and a column for each of {len(matrix)} models are needed")
    return len(matrix)


def selection_bias(stderr: float, candidates: int) -> float:
    """How much the best of ``candidates`` equal checkpoints overstates itself: SE · E[max of N].

    E[max] = ∫ x d(Φ(x)^N), by Simpson's rule over [-9, 9].
    """
    if candidates < 1 or not (stderr >= 0 and math.isfinite(stderr)):
        raise BadNumbers(f"{candidates} checkpoints with a standard error of {stderr}: invalid")
    if candidates == 1:
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
    if n < 1 or decimals < 0 or not math.isfinite(percent):
        raise BadNumbers(f"{percent}% of {n} problems with {decimals} decimals: impossible score")
    half = 0.5 * 10**-decimals + 1e-9
    nearest = percent * n / 100
    return any(
        abs(100 * k / n - percent) <= half
        for k in (math.floor(nearest), math.ceil(nearest))
        if 0 <= k <= n
    )
