"""Did lengths grow, and is a growth ruled out? Means of numbers between 0 and a largest one.

Whether they grew is asked by Student's t of the differences, which errs on the side of no growth
where they are wild. Whether a growth is ruled out is asked as it is of scores (`stats.bounded`): of
n problems without a runaway response some that run on to the end are still possible.
"""

import math

from cft_eval.stats.bounded import bounded_drop
from cft_eval.stats.distributions import t_cdf
from cft_eval.stats.intervals import BadNumbers, Floats, standard_error
from cft_eval.stats.paired import Difference


def rose(delta: float, stderr: float, n: int) -> float:
    """One-sided p that a mean difference ``delta`` of ``n`` problems is not above 0."""
    if n < 2:
        raise BadNumbers(f"a spread needs at least 2 problems, not {n}")
    if stderr == 0:
        return 0.0 if delta > 0 else 1.0
    return 1.0 - t_cdf(delta / stderr, n - 1)


def stays_below(delta: float, stderr: float, n: int, *, longest: float) -> float:
    """One-sided p that a mean difference ``delta`` is not below 0, where one problem can add as
    much as ``longest``."""
    if longest <= 0:
        return 0.0 if delta < 0 else 1.0
    scaled, error = max(-1.0, min(1.0, delta / longest)), stderr / longest
    return bounded_drop(Difference(scaled, error, None, -1.0, 1.0, 1.0), n)


def paired_growth(before: Floats, after: Floats, *, limit: float) -> tuple[float, float]:
    """p of no growth, and p of a growth by ``limit`` (0.1 is ten percent) or more, of the means of
    the same problems."""
    longest = float(max(before.max(), after.max()))
    grown, left = after - before, after - (1 + limit) * before
    n = before.size
    return (
        rose(float(grown.mean()), standard_error(grown), n),
        stays_below(float(left.mean()), standard_error(left), n, longest=longest),
    )


def unpaired_growth(
    before: tuple[float, float], after: tuple[float, float], n: int, *, limit: float, longest: float
) -> tuple[float, float]:
    """The same from mean and standard deviation over ``n`` problems each, whose pairing is not
    known."""

    def error(factor: float) -> float:
        return math.hypot(after[1], factor * before[1]) / math.sqrt(n)

    left = after[0] - (1 + limit) * before[0]
    return (
        rose(after[0] - before[0], error(1.0), n),
        stays_below(left, error(1 + limit), n, longest=longest),
    )
