"""What a comparison can tell before it is run: smallest detectable effect, needed n and repeats."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cft_eval.stats.bounded import unseen
from cft_eval.stats.distributions import normal_cdf, normal_quantile, normal_upper, t_upper
from cft_eval.stats.intervals import BadNumbers, Floats, level

MOST = 10**12
"""Problems or repeats after which the search for a number that is enough ends."""


class Noise(NamedTuple):
    """Variances of a paired comparison, for one problem."""

    between: float
    """ω²: how much the true difference varies from problem to problem."""

    within_a: float
    """σ²_A: variance of one response of A to a fixed problem."""

    within_b: float

    def variance(self, repeats: int) -> float:
        """Variance of one problem's observed difference with ``repeats`` responses a side."""
        return self.between + (self.within_a + self.within_b) / repeats


def estimated_noise(
    a: Floats, b: Floats, repeats: tuple[int, int], *, between: float = 0.0
) -> Noise:
    """The noises that item means ``a`` and ``b`` show (Miller 2024, §3; Wang 2025).

    σ² = mean p_i(1-p_i)·K/(K-1) and ω² = Var(d) - σ²_A/K_A - σ²_B/K_B, not below 0. A side with
    one response has no σ² of its own and borrows the other's. With one on both sides the two cannot
    be told apart, and ``between`` is the share of Var(d) that is taken for ω²: 0 makes a needed
    number of repeats the smallest possible. Where nothing differs the rate is unknown, not zero,
    and taken as one problem in n.
    """
    _share(between=between)
    if a.shape != b.shape or a.ndim != 1 or a.size < 1 or min(repeats) < 1:
        raise BadNumbers(f"paired runs need the same problems, not {a.size} and {b.size}")
    total = float(np.var(b - a, ddof=1)) if a.size > 1 else 1.0
    within = [
        float((means * (1 - means)).mean()) * k / (k - 1) if k > 1 else None
        for means, k in zip((a, b), repeats, strict=True)
    ]
    first, second = within
    if first is None and second is None:
        total = max(total, 1 / a.size)
        half = total * (1 - between) / 2
        return Noise(total * between, half, half)
    first = second if first is None else first
    second = first if second is None else second
    assert first is not None
    assert second is not None
    return Noise(max(0.0, total - first / repeats[0] - second / repeats[1]), first, second)


def _z(alpha: float, power: float) -> float:
    """Two-sided."""
    return normal_upper(level(alpha) / 2) + _power(power)


def _power(power: float) -> float:
    if not 0 < power < 1:
        raise BadNumbers(f"power {power}: expected a number between 0 and 1, such as 0.8")
    return normal_quantile(power)


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not (value > 0 and math.isfinite(value)):
            raise BadNumbers(f"{name} {value}: a number above 0 is needed")


def _share(**values: float) -> None:
    for name, value in values.items():
        if not 0 <= value <= 1:
            raise BadNumbers(f"{name} {value}: a share from 0 to 1 is needed")


def minimum_detectable(
    n: int, discordance: float, *, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Smallest true difference (0..1) that ``n`` problems show with the given power.

    Solves δ = z·√((ψ - δ²)/n) for one response a problem, ψ being the share of problems on which
    the two runs differ: δ = z·√(ψ/(n + z²)), z = z_{1-α/2} + z_{power}. A difference cannot exceed
    the discordance; where that δ would, all discordance lies on one side (ψ = δ) and
    δ = z²/(n + z²).
    """
    _positive(n=n)
    _share(discordance=discordance)
    z = _z(alpha, power)
    delta = z * math.sqrt(discordance / (n + z * z))
    return delta if delta <= discordance else z * z / (n + z * z)


def detectable(stderr: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Smallest true difference that a comparison with this standard error shows: z·SE."""
    return _z(alpha, power) * stderr


def needed_problems(
    delta: float, discordance: float, *, alpha: float = 0.05, power: float = 0.8
) -> int:
    """Problems needed to see a true difference ``delta``: n >= z²(ψ - δ²)/δ²."""
    _positive(delta=abs(delta))
    _share(discordance=discordance)
    z = _z(alpha, power)
    return max(2, math.ceil(z * z * max(0.0, discordance - delta * delta) / (delta * delta)))


def margin_power(margin: float, n: int, variance: float, *, alpha: float = 0.05) -> float:
    """Chance that ``n`` problems rule out a drop of ``margin`` when nothing changed.

    ``variance`` is that of one problem's difference. A drop is ruled out where the lower bound of
    `bounded.bounded_half` is above -m: Φ((m - √((t·s)² + u²))/s) with s² = variance/n.
    """
    _positive(margin=margin, n=n)
    s = math.sqrt(variance / n)
    distance = margin - math.hypot(_t(alpha, n) * s, unseen(n, normal_upper(alpha)))
    if s == 0:
        return 1.0 if distance > 0 else 0.0
    return normal_cdf(distance / s)


def margin_detectable(n: int, variance: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """The smallest margin that ``n`` problems rule out when nothing changed: `margin_power`
    solved for it."""
    _positive(n=n)
    s = math.sqrt(variance / n)
    half = math.hypot(_t(alpha, n) * s, unseen(n, normal_upper(alpha)))
    return half + _power(power) * s


def needed_problems_for_margin(
    margin: float, variance: float, *, alpha: float = 0.05, power: float = 0.8
) -> int:
    """Problems needed to rule out a drop of ``margin`` when nothing changed: `margin_power`
    solved for n."""
    _positive(margin=margin)
    return _least(lambda n: margin_power(margin, n, variance, alpha=alpha) >= power, start=2)


def needed_repeats_for_margin(
    margin: float, n: int, noise: Noise, *, alpha: float = 0.05, power: float = 0.8
) -> int | None:
    """Responses a problem, on both sides, that rule out a drop of ``margin`` when nothing changed.

    `margin_power` solved for K, with the variance ω² + (σ_A² + σ_B²)/K; None where no number of
    them can, because the problems are too few for their own spread or for what n problems cannot
    have shown at all.
    """
    if margin_power(margin, n, noise.between, alpha=alpha) <= power:
        return None
    return _least(lambda k: margin_power(margin, n, noise.variance(k), alpha=alpha) >= power)


def _least(enough: Callable[[int], bool], *, start: int = 1) -> int:
    """The smallest number from ``start`` that is enough, where every larger one is too."""
    high = start
    while not enough(high):
        high *= 2
        if high > MOST:
            return high
    low = max(start - 1, high // 2)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


@lru_cache(maxsize=4096)
def _t(alpha: float, n: int) -> float:
    return t_upper(level(alpha), n - 1) if n > 1 else math.inf


def needed_repeats(
    delta: float, n: int, noise: Noise, *, alpha: float = 0.05, power: float = 0.8
) -> int | None:
    """Responses a problem needed to see ``delta``; None where no number of them can show it.

    K >= (σ_A² + σ_B²)/(nδ²/z² - ω²) (Miller 2024, §5, solved for K): with the denominator at or
    below zero the problems themselves are too few, however often each is asked.
    """
    _positive(delta=abs(delta), n=n)
    z = _z(alpha, power)
    room = n * delta * delta / (z * z) - noise.between
    if room <= 0:
        return None
    return max(1, math.ceil((noise.within_a + noise.within_b) / room))
