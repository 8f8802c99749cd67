"""Two runs on the same problems: how large is the difference, and is it there at all?

Everything is said of B minus A. A *gain* is a problem that B has right and A has wrong, a *loss*
the opposite; the problems on which both agree say nothing about the difference.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cft_eval.stats.distributions import (
    binomial_cdf,
    binomial_pmf,
    normal_cdf,
    normal_upper,
    t_cdf,
    t_upper,
)
from cft_eval.stats.intervals import BadNumbers, Floats, Interval, level, scores


class Difference(NamedTuple):
    """B minus A over the same problems, in 0..1."""

    delta: float
    stderr: float
    """Standard error for problems like these: clustered by problem."""

    stderr_fixed: float | None
    """For these very problems: the noise of sampling alone. None with one response a problem,
    where it cannot be told from the problems' own spread."""

    low: float
    high: float
    p: float
    """Two-sided p of no difference, by Student's t with n-1 degrees of freedom."""


def paired_difference(
    a: Floats, b: Floats, *, repeats: tuple[int, int] = (1, 1), alpha: float = 0.05
) -> Difference:
    """Difference of two runs from their item means ``a`` and ``b`` (shape n, same problems).

    SE² = Σ(d - mean d)²/(n(n-1)) (Miller 2024, arXiv 2411.00640, §4.2). The fixed-problem part is
    SE_fix² = Σ(σ²_A,i/K_A + σ²_B,i/K_B)/n² with σ²_i = p_i(1-p_i)·K/(K-1), the law of total
    variance over repeats (same paper, §3; Wang 2025, arXiv 2512.21326).
    """
    a, b = scores(a), scores(b)
    if min(repeats) < 1:
        raise BadNumbers(f"{repeats[0]} and {repeats[1]} responses per problem are not repeats")
    if a.shape != b.shape or a.ndim != 1 or a.size < 2:
        raise BadNumbers(f"paired runs need the same 2 or more problems, not {a.size} and {b.size}")
    d = b - a
    delta, se = float(d.mean()), float(d.std(ddof=1) / math.sqrt(d.size))
    df = d.size - 1
    half = t_upper(level(alpha) / 2, df) * se
    return Difference(
        delta,
        se,
        _stderr_fixed(a, b, repeats),
        max(-1.0, delta - half),
        min(1.0, delta + half),
        _two_sided(delta, se, df),
    )


def _two_sided(delta: float, se: float, df: int) -> float:
    if se == 0:
        # Every problem moved by the same amount: no spread to measure with. Equal runs are p = 1;
        # a constant shift is certain for these problems.
        return 1.0 if delta == 0 else 0.0
    return 2 * t_cdf(-abs(delta / se), df)


def _stderr_fixed(a: Floats, b: Floats, repeats: tuple[int, int]) -> float | None:
    if min(repeats) < 2:
        return None
    variance = 0.0
    for means, k in zip((a, b), repeats, strict=True):
        variance += float((means * (1 - means)).sum()) / (k - 1)
    return math.sqrt(variance) / a.size


def mcnemar(gains: int, losses: int, *, mid: bool = False) -> float:
    """Two-sided p of McNemar's test from the discordant counts.

    Exact: min(1, 2·P(X <= min(g, l))) with X ~ Binomial(g + l, 1/2) (McNemar 1947); mid-p takes
    half of the observed point away (Fagerland, Lydersen, Laake 2013) and is close to nominal size
    where the exact test is conservative.
    """
    _discordant(gains, losses, max(1, gains + losses))
    n, k = gains + losses, min(gains, losses)
    if n == 0:
        return 1.0
    p = 2 * binomial_cdf(k, n)
    return min(1.0, p - binomial_pmf(k, n)) if mid else min(1.0, p)


def mcnemar_drop(gains: int, losses: int) -> float:
    """One-sided exact p against a drop: P(X >= losses), X ~ Binomial(gains + losses, 1/2)."""
    _discordant(gains, losses, max(1, gains + losses))
    n = gains + losses
    return 1.0 if n == 0 else binomial_cdf(gains, n)


def tango_z(gains: float, losses: float, n: int, delta: float) -> float:
    """Tango's score statistic for H0: P(gain) - P(loss) = ``delta`` (Tango 1998, eq. 9-12).

    Z = (g - l - nδ)/√(n(2q + δ(1-δ))), with q the maximum likelihood P(loss) under H0: the
    larger root of 2n·q² + Bq + C = 0, B = -(g + l) + (2n - g + l)δ, C = -lδ(1-δ).
    """
    _discordant(gains, losses, n)
    if not -1 <= delta <= 1:
        raise BadNumbers(f"difference {delta} is not in [-1, 1]")
    a = 2.0 * n
    b = -(gains + losses) + (2.0 * n - gains + losses) * delta
    c = -losses * delta * (1 - delta)
    q = (math.sqrt(max(0.0, b * b - 4 * a * c)) - b) / (2 * a)
    variance = n * (2 * q + delta * (1 - delta))
    shift = gains - losses - n * delta
    if variance <= 0:
        return 0.0 if shift == 0 else math.copysign(math.inf, shift)
    return shift / math.sqrt(variance)


@lru_cache(maxsize=4096)
def tango_interval(gains: int, losses: int, n: int, *, alpha: float = 0.05) -> Interval:
    """Score interval for P(gain) - P(loss) with coverage 1 - ``alpha`` (Tango 1998)."""
    _discordant(gains, losses, n)
    z = normal_upper(level(alpha) / 2)
    return Interval(_solve(gains, losses, n, z), _solve(gains, losses, n, -z))


def tango_intervals(
    gains: Floats, losses: Floats, n: int, *, alpha: float = 0.05
) -> tuple[Floats, Floats]:
    """`tango_interval` of many pairs over the same ``n`` problems: lows and highs, shape as given.

    Twenty thousand pairs in the time that a hundred take one by one.
    """
    if not ((gains >= 0) & (losses >= 0) & (gains + losses <= n + 1e-9)).all() or n < 1:
        raise BadNumbers(f"some gains and losses of {n} problems are not valid counts")
    z = normal_upper(level(alpha) / 2)
    return _solve_many(gains, losses, n, z), _solve_many(gains, losses, n, -z)


def _solve_many(gains: Floats, losses: Floats, n: int, z: float) -> Floats:
    """`_solve` for arrays; the numerator of tango_z - z has its sign and no division."""
    low, high = np.full(gains.shape, -1.0), np.full(gains.shape, 1.0)
    for _ in range(54):  # then the ends are neighbours among the floats
        delta = (low + high) / 2
        rest = delta * (1 - delta)
        b = -(gains + losses) + (2.0 * n - gains + losses) * delta
        q = (np.sqrt(np.maximum(0.0, b * b + 8.0 * n * losses * rest)) - b) / (4.0 * n)
        spread = np.sqrt(np.maximum(0.0, n * (2 * q + rest)))
        shift = gains - losses - n * delta
        # Nothing differs and nothing may: tango_z is 0 there.
        above = (shift > z * spread) | ((shift == 0) & (spread == 0) & (z < 0))
        low, high = np.where(above, delta, low), np.where(above, high, delta)
    ends: Floats = (low + high) / 2
    return ends


def tango_lower(gains: float, losses: float, n: int, *, alpha: float = 0.05) -> float:
    """The one-sided lower bound: P(gain) - P(loss) is above it with confidence 1 - ``alpha``."""
    _discordant(gains, losses, n)
    return _solve(gains, losses, n, normal_upper(level(alpha)))


def non_inferiority(gains: int, losses: int, n: int, *, margin: float) -> float:
    """p of H0 "B is worse than A by ``margin`` or more" (0..1), by Tango's score test."""
    _discordant(gains, losses, n)
    if not 0 <= margin < 1:
        raise BadNumbers(f"margin {margin}: expected a share from 0 to 1, such as 0.01")
    return 1 - normal_cdf(tango_z(gains, losses, n, -margin))


def _solve(gains: float, losses: float, n: int, z: float) -> float:
    """The δ in [-1, 1] with tango_z = z; tango_z falls as δ grows."""
    low, high = -1.0, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        if middle in (low, high):  # neighbours among the floats
            break
        if tango_z(gains, losses, n, middle) > z:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _discordant(gains: float, losses: float, n: int) -> None:
    # Written so that NaN fails it too. Sums of differences may step past n by a rounding error.
    if not (gains >= 0 and losses >= 0 and n >= 1 and gains + losses <= n + 1e-9):
        raise BadNumbers(f"{gains} gains and {losses} losses of {n} problems: impossible counts")


def gains_and_losses(a: Floats, b: Floats) -> tuple[int, int]:
    """Problems where B's mean is above A's, and below it."""
    return int(np.count_nonzero(b > a)), int(np.count_nonzero(b < a))
