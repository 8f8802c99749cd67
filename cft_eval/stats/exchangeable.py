"""Two runs that answered the same problems several times: if nothing changed, it does not matter
whose response is whose.

    right of K_A and of K_B responses, problem by problem ──> exact p of a drop

A t test sees n differences and takes their spread for their noise. With unequal repeats on problems
that are nearly always wrong that spread is too small: every problem loses a little, none gains.
Here the spread comes from the responses themselves.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cft_eval.stats.intervals import BadNumbers

Counts = NDArray[np.int64]


class Responses(NamedTuple):
    """How often each of n problems was answered right, and how often it was asked; shape n each."""

    right_a: Counts
    right_b: Counts
    repeats_a: Counts
    repeats_b: Counts


def responses(
    right_a: ArrayLike, right_b: ArrayLike, *, repeats: tuple[ArrayLike, ArrayLike]
) -> Responses:
    """Checked counts; ``repeats`` is one number a side, or one a problem. Raises `BadNumbers`."""
    a, b = (np.atleast_1d(np.asarray(side, dtype=np.int64)) for side in (right_a, right_b))
    if a.shape != b.shape or a.ndim != 1 or a.size < 1:
        raise BadNumbers(f"paired runs need the same problems, not {a.size} and {b.size}")
    k_a, k_b = (np.broadcast_to(np.asarray(k, dtype=np.int64), a.shape) for k in repeats)
    for right, k in ((a, k_a), (b, k_b)):
        bad = np.flatnonzero((right < 0) | (right > k) | (k < 1))
        if bad.size:
            at = int(bad[0])
            raise BadNumbers(f"{right[at]} right of {k[at]} responses at position {at} is no count")
    return Responses(a, b, k_a, k_b)


def exchangeable_tails(found: Responses) -> tuple[float, float]:
    """P(B has as few right, or fewer) and P(B has as many right, or more), if nothing changed.

    The exact conditional test of common odds over 2×2 tables, one a problem (Cochran 1954; Mantel,
    Haenszel 1959; exact: Gart 1970): given t_i right of K_A + K_B responses to problem i, B's
    share of them is hypergeometric, and B's sum is the convolution of these. With one response a
    side it is McNemar's exact test.
    """
    kinds, numbers = np.unique(
        np.stack([found.repeats_a, found.repeats_b, found.right_a + found.right_b]),
        axis=1,
        return_counts=True,
    )
    # B's sum is 0..most; a transform of at least so many places does not wrap around.
    size = 1 << int(found.repeats_b.sum()).bit_length()
    transform = np.ones(size // 2 + 1, dtype=np.complex128)
    for (k_a, k_b, total), number in zip(kinds.T.tolist(), numbers.tolist(), strict=True):
        transform = transform * np.fft.rfft(_hypergeometric(k_a, k_b, total), size) ** number
    chances = np.clip(np.fft.irfft(transform, size), 0.0, 1.0)
    seen = int(found.right_b.sum())
    return min(1.0, float(chances[: seen + 1].sum())), min(1.0, float(chances[seen:].sum()))


def _hypergeometric(k_a: int, k_b: int, total: int) -> NDArray[np.float64]:
    """P(b of ``total`` right responses are B's), b = 0..k_b."""
    ways = math.comb(k_a + k_b, total)
    return np.array(
        [
            math.comb(k_b, b) * math.comb(k_a, total - b) / ways if b <= total else 0.0
            for b in range(k_b + 1)
        ]
    )


def exchangeable_stderr(found: Responses) -> float:
    """The standard error of B's mean minus A's if nothing changed.

    With b_i hypergeometric, D = Σ (b_i(1/K_A + 1/K_B) - t_i/K_A)/n and
    Var b_i = K_B · t/N · (1 - t/N) · K_A/(N - 1), N = K_A + K_B.
    """
    a, b, k_a, k_b = (side.astype(np.float64) for side in found)
    whole = k_a + k_b
    share = (a + b) / whole
    variance = k_b * share * (1 - share) * k_a / (whole - 1)
    return float(np.sqrt((variance * (1 / k_a + 1 / k_b) ** 2).sum()) / a.size)
