"""Did the score fall on these very problems? Exact tests of a weighted sum of paired differences.

    differences ── sign-flip, or responses exchanged within problems ──> distribution ──> p

The problems are fixed here and only responses vary; whether a drop is ruled out on problems *like*
these is another question (`stats.bounded`). The distribution of the sum under the null hypothesis
is computed whole, as a product of characteristic functions (Davies 1973; one inverse FFT). Where
that would take more than about half a second, with thousands of problems and hundreds of responses
to each, its tail is a saddlepoint approximation (Lugannani, Rice 1980). Nothing is drawn at random.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cft_eval.stats.distributions import normal_cdf
from cft_eval.stats.intervals import Floats

CELLS = 1 << 17
"""Cells of the grid on which sums lie that are no multiples of one step. Rounding a difference to
it moves the sum by hundredths of its standard deviation and leaves the test exact: the rounded
differences are as symmetric as the differences."""

SMALLEST = 1e-12
"""The inverse FFT is good to some 1e-14; a p below this is given as this."""


WORK = 3e7
"""Terms of characteristic functions: half a second; more are approximated."""


class Group(NamedTuple):
    """Problems that share one distribution under the null hypothesis."""

    values: Floats
    """What the difference of such a problem may be, weighted."""

    chances: Floats
    size: int


def sign_flip(differences: Floats, *, work: float = WORK) -> float:
    """One-sided p of no drop: P(sum of ±differences <= their sum), each sign with chance 1/2.

    The permutation test of paired differences (Fisher 1935; Good 2005, §3.2.1), exact where each
    problem's difference is as likely as its opposite: as many responses of both runs to a problem
    that neither run answers better. Where problems changed in both directions and their mean did
    not, the flipped sums spread wider than the true one, and the test errs on the side of no drop.
    With one response a problem it is McNemar's exact test.
    """
    moved = differences[differences != 0]
    if moved.size == 0:
        return 1.0
    sizes, counts = np.unique(np.round(np.abs(moved), 12), return_counts=True)
    half = np.array([0.5, 0.5])
    groups = [
        Group(np.array([-size, size]), half, int(count))
        for size, count in zip(sizes, counts, strict=True)
    ]
    return _lower_tail(groups, np.round(moved, 12), work)


def exchange(
    rights: tuple[Floats, Floats],
    repeats: tuple[Floats, Floats],
    weights: Floats,
    *,
    work: float = WORK,
) -> float:
    """One-sided p of no drop: the responses to a problem are dealt to both runs at random.

    ``rights`` and ``repeats``: right responses, and responses, of A and B to each problem, shape n;
    ``weights``: of a problem's difference in the sum. Given how many of a problem's responses are
    right, A's share is hypergeometric where both runs answer it equally well (the exact test of
    Cochran, Mantel and Haenszel's strata, Mehta, Patel, Gray 1985). Unlike `sign_flip` it is exact
    where one run answered more often than the other; but it takes "no drop" for "no change on any
    problem".
    """
    observed = weights * (rights[1] / repeats[1] - rights[0] / repeats[0])
    return _lower_tail(exchanged(rights, repeats, weights), observed, work)


def exchanged(
    rights: tuple[Floats, Floats], repeats: tuple[Floats, Floats], weights: Floats
) -> list[Group]:
    """Each problem's responses dealt to both runs at random; like problems together."""
    rows = np.stack([rights[0] + rights[1], *repeats, weights], axis=1)
    kinds, counts = np.unique(rows, axis=0, return_counts=True)
    return [_dealt(*kind, size=int(count)) for kind, count in zip(kinds, counts, strict=True)]


def _dealt(total: float, of_a: float, of_b: float, weight: float, *, size: int) -> Group:
    t, k, m = int(total), int(of_a), int(of_b)
    to_a = np.arange(max(0, t - m), min(k, t) + 1)
    ways = [math.comb(k, int(x)) * math.comb(m, t - int(x)) for x in to_a]
    whole = math.comb(k + m, t)
    chances = np.array([way / whole for way in ways])
    return Group(weight * ((t - to_a) / m - to_a / k), chances, size)


def _lower_tail(groups: Sequence[Group], observed: Floats, work: float) -> float:
    """P(sum <= that of ``observed``) of independent problems, on a grid of equal steps."""
    step = _step(groups)
    cells = [np.round(group.values / step).astype(np.int64) for group in groups]
    lowest = sum(int(each.min()) * group.size for each, group in zip(cells, groups, strict=True))
    highest = sum(int(each.max()) * group.size for each, group in zip(cells, groups, strict=True))
    length = 1 << (highest - lowest + 1).bit_length()
    terms = sum(1 if _has_no_direction(group) else group.values.size for group in groups)
    if terms * length / 2 > work:
        # Half a step of the lattice further: sums that are equal count.
        gap = min(float(np.diff(np.sort(g.values)).min()) for g in groups if g.values.size > 1)
        return _saddlepoint(groups, float(observed.sum()) + gap / 2)
    angles: Floats = np.linspace(0, math.pi, length // 2 + 1)
    product: NDArray[np.complex128] | Floats = np.ones(angles.size)
    for each, group in zip(cells, groups, strict=True):
        product = product * _wave(each, group, angles) ** group.size
    # Sums below 0 lie at the far end: the grid is a circle, and longer than their range.
    chances = np.roll(np.fft.irfft(product, length), -lowest)
    last = int(np.round(observed / step).sum()) - lowest
    return float(min(1.0, max(chances[: last + 1].sum(), SMALLEST)))


def _has_no_direction(group: Group) -> bool:
    values, chances = group.values, group.chances
    return values.size == 2 and values[0] == -values[1] and chances[0] == chances[1]


def _wave(
    cells: NDArray[np.int64], group: Group, angles: Floats
) -> "NDArray[np.complex128] | Floats":
    """The characteristic function of one problem's difference; real where it has no direction."""
    if _has_no_direction(group):
        wave: Floats = np.cos(angles * cells[1])
        return wave
    turned: NDArray[np.complex128] = group.chances @ np.exp(-1j * np.outer(cells, angles))
    return turned


def _saddlepoint(groups: Sequence[Group], observed: float) -> float:
    """P(sum <= ``observed``) by Lugannani and Rice's formula (1980, eq. 10).

    Φ(r) + φ(r)(1/r - 1/u), r = ±√(2(s·x - K(s))), u = s·√K''(s), K'(s) = x; K is the cumulant
    generating function of the sum. The tails are good to a few parts in a thousand.
    """
    mean, variance, _ = cumulants(groups, 0.0)
    if variance == 0 or observed >= mean:
        return 1.0 if variance == 0 else 1.0 - _mirrored(groups, observed)
    low, high, s = -math.inf, 0.0, (observed - mean) / variance
    slope, curve, level = cumulants(groups, s)
    for _ in range(100):
        if abs(slope - observed) < 1e-9 * math.sqrt(variance):
            break
        low, high = (s, high) if slope < observed else (low, s)
        step = s - (slope - observed) / curve if curve > 0 else -math.inf
        s = step if low < step < high else (2 * s if math.isinf(low) else (low + high) / 2)
        slope, curve, level = cumulants(groups, s)
    r, u = -math.sqrt(max(0.0, 2 * (s * observed - level))), s * math.sqrt(curve)
    if r > -1e-4:  # at the mean the formula is 0/0
        return 0.5
    density = math.exp(-r * r / 2) / math.sqrt(2 * math.pi)
    return min(1.0, max(normal_cdf(r) + density * (1 / r - 1 / u), SMALLEST))


def _mirrored(groups: Sequence[Group], observed: float) -> float:
    return _saddlepoint([group._replace(values=-group.values) for group in groups], -observed)


def cumulants(groups: Sequence[Group], s: float) -> tuple[float, float, float]:
    """K'(s), K''(s) and K(s) of the sum."""
    first = second = whole = 0.0
    for group in groups:
        powers = s * group.values
        top = float(powers.max())
        weights = group.chances * np.exp(powers - top)
        total = float(weights.sum())
        mean = float(weights @ group.values) / total
        first += group.size * mean
        second += group.size * (float(weights @ group.values**2) / total - mean * mean)
        whole += group.size * (math.log(total) + top)
    return first, second, whole


def _step(groups: Sequence[Group]) -> float:
    """The largest step of which every value is a multiple; at least 1/`CELLS` of the range."""
    values = np.unique(np.abs(np.concatenate([group.values for group in groups])))
    spread = sum(float(np.ptp(group.values)) * group.size for group in groups)
    step = 0.0
    for value in values[values > 1e-9 * values[-1]].tolist():
        step = _common(step, value, least=spread / CELLS)
    return step or spread / CELLS or 1.0


def _common(step: float, value: float, *, least: float) -> float:
    """The greatest common divisor of two lengths, by Euclid; ``least`` where it is shorter."""
    tolerance = 1e-7 * value
    while value > tolerance:
        step, value = value, step % value if step else 0.0
        value = 0.0 if step - value < tolerance else value
        if step < least:
            return least
    return step
