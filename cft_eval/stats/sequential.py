"""Looking more than once: tests that stay honest when one may stop after each look."""

import itertools
import math

from cft_eval.stats.distributions import beta_cdf
from cft_eval.stats.intervals import BadNumbers


def drop_e_value(gains: int, losses: int) -> float:
    """Evidence for a drop that may be looked at after every problem: reject where it is >= 1/α.

    An e-process over the discordant problems: each is a loss with chance θ, H0 says θ <= 1/2, and
    E = ∫ (2θ)^l (2(1-θ))^g dπ(θ) with π uniform on [1/2, 1]. Under H0 its mean never exceeds 1 at
    any stopping time, so that P(E ever reaches 1/α) <= α (Ville 1939; Ramdas, Grünwald, Vovk,
    Shafer 2023, arXiv 2210.01948). In closed form E = 2^(g+l+1) · B(l+1, g+1) · P(θ > 1/2) for
    θ ~ Beta(l+1, g+1).
    """
    if min(gains, losses) < 0:
        raise BadNumbers(f"{gains} gains and {losses} losses is no count")
    upper = 1.0 - beta_cdf(0.5, losses + 1, gains + 1)
    if upper <= 0:
        return 0.0
    log_beta = math.lgamma(losses + 1) + math.lgamma(gains + 1) - math.lgamma(gains + losses + 2)
    log_value = (gains + losses + 1) * math.log(2) + log_beta + math.log(upper)
    return math.exp(min(log_value, 700.0))


def spend(alpha: float, looks: int) -> list[float]:
    """A significance level for each of ``looks`` planned looks, ``alpha`` in all.

    The increments of the Pocock-type spending function α·ln(1 + (e-1)t) at t = k/looks (Lan,
    DeMets 1983). Each look is tested at its own increment; their sum bounds the chance of any
    false alarm, however the looks depend on each other.
    """
    if looks < 1 or not 0 < alpha < 1:
        raise BadNumbers(f"{looks} looks at alpha {alpha} cannot be planned")
    spent = [alpha * math.log1p((math.e - 1) * k / looks) for k in range(looks + 1)]
    return [after - before for before, after in itertools.pairwise(spent)]
