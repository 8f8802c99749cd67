"""Is a score above or below a number that was fixed beforehand? Exact for these very problems.

Right responses to n problems with chances of their own, K to each, are a sum of independent trials
that need not be alike. Both of its tails lie within those of the binomial with the same mean
(Hoeffding 1956, theorem 4), one response or more beyond that mean; so the binomial tests err, if
at all, on the side of "cannot tell". A repeat of the run is what they speak of, not other problems.
"""

from cft_eval.stats.distributions import binomial_cdf
from cft_eval.stats.intervals import BadNumbers, level


def below_floor(right: int, responses: int, floor: float) -> float:
    """One-sided p against "the mean chance of a right response is ``floor`` or more"."""
    _trials(right, responses, floor)
    return binomial_cdf(right, responses, floor)


def above_floor(right: int, responses: int, floor: float) -> float:
    """One-sided p against "the mean chance of a right response is below ``floor``"."""
    _trials(right, responses, floor)
    return binomial_cdf(responses - right, responses, 1 - floor)


def needed_score(responses: int, floor: float, *, alpha: float = 0.05) -> float | None:
    """The lowest score of so many responses that rules out a mean chance below ``floor``; None
    where not even the highest does."""
    if above_floor(responses, responses, floor) >= level(alpha):
        return None
    low, high = 0, responses
    while high - low > 1:
        middle = (low + high) // 2
        enough = above_floor(middle, responses, floor) < alpha
        low, high = (low, middle) if enough else (middle, high)
    return high / responses


def _trials(right: int, responses: int, floor: float) -> None:
    if not 0 <= right <= responses or responses < 1:
        raise BadNumbers(f"{right} right of {responses} responses: impossible counts")
    if not 0 < floor < 1:
        raise BadNumbers(f"floor {floor}: a share between 0 and 1 is needed")
