"""Several tests at once: what remains significant after asking six questions."""

from collections.abc import Sequence

from cft_eval.stats.intervals import BadNumbers


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the order given (Holm 1979).

    Sorted, p_(k) becomes max over j <= k of (m - j + 1)·p_(j). Comparing them with α keeps the
    chance of any false alarm in the family at α, whatever the tests' dependence.
    """
    _checked(p_values)
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, worst = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        worst = max(worst, min(1.0, (len(order) - rank) * p_values[index]))
        adjusted[index] = worst
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that bound the share of false discoveries (Benjamini, Hochberg 1995).

    p_(k) becomes min over j >= k of m·p_(j)/j. For slices one looks through, not for a gate.
    """
    _checked(p_values)
    m = len(p_values)
    order = sorted(range(m), key=p_values.__getitem__, reverse=True)
    adjusted, best = [0.0] * m, 1.0
    for rank, index in enumerate(order):
        best = min(best, m * p_values[index] / (m - rank))
        adjusted[index] = best
    return adjusted


def all_of(p_values: Sequence[float]) -> float:
    """p of the claim "each of these holds": the largest p, uncorrected (Berger 1982)."""
    if not p_values:
        raise BadNumbers("no p-values: a claim of nothing cannot be tested")
    _checked(p_values)
    return max(p_values)


def _checked(p_values: Sequence[float]) -> None:
    for index, p in enumerate(p_values):
        if not 0 <= p <= 1:
            raise BadNumbers(f"p-value {p} at position {index} is not in [0, 1]")
