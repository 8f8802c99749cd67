"""Looking more than once: tests that stay honest when one may stop after each look."""

import itertools
import math
from collections.abc import Sequence

from cft_eval.stats.distributions import beta_cdf
from cft_eval.stats.exact import Group, cumulants
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
        raise BadNumbers(f"{gains} gains and {losses} losses: impossible counts")
    upper = 1.0 - beta_cdf(0.5, losses + 1, gains + 1)
    if upper <= 0:
        return 0.0
    log_beta = math.lgamma(losses + 1) + math.lgamma(gains + 1) - math.lgamma(gains + losses + 2)
    log_value = (gains + losses + 1) * math.log(2) + log_beta + math.log(upper)
    return math.exp(min(log_value, 700.0))


TILTS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Drops that `DropMonitor` bets on, in standard deviations of one look; all alike."""

EVEN = 20
"""Looks over which half of the weight lies evenly where their number is not planned."""


class DropMonitor:
    """Evidence for a drop at some look, that may be looked at after each: alarm where it is >= 1/α.

    At look t, ``groups`` say how a weighted sum x of differences between this look and all before
    it is distributed if the responses to a problem come in any order (`exact.exchanged`). With s =
    -c/sd, E_t(c) = exp(s·x - K(s)) has mean 1 then, given which responses there were; and the order
    of earlier ones says nothing of the last one's rank among them, so that the looks are as good as
    independent (the argument of conformal test martingales: Vovk, Gammerman, Shafer 2022, ch. 8).
    The evidence

        M_t = Σ_s u_s · mean over c of E_s(c)·…·E_t(c) + Σ_{s>t} u_s

    bets on a drop of any size from any look s on. Where nothing ever falls its mean is 1 at most,
    and P(it ever reaches 1/α) <= α (Ville 1939). With one response a problem and two looks E is
    the bet of `drop_e_value` on a single chance.
    """

    def __init__(self, planned: int | None = None) -> None:
        self._planned = planned
        self._products = [0.0] * len(TILTS)
        self._looks = 0
        self._left = 1.0

    def look(self, groups: Sequence[Group], observed: float) -> float:
        """The evidence after this look, whose sum of differences is ``observed``."""
        self._looks += 1
        weight = start_weight(self._looks, self._planned)
        self._left -= weight
        values = _tilted(groups, observed)
        self._products = [
            min((product + weight) * value, _MOST)
            for product, value in zip(self._products, values, strict=True)
        ]
        return math.fsum(self._products) / len(TILTS) + max(0.0, self._left)


_MOST = 1e300


def start_weight(look: int, planned: int | None = None) -> float:
    """How much is bet on a drop that begins at that look; over all looks that may come it is 1."""
    if planned is not None:
        if not 1 <= look <= planned:
            raise BadNumbers(f"look {look} where {planned} were planned")
        return 1 / planned
    return 0.5 / (look * (look + 1)) + (0.5 / EVEN if look <= EVEN else 0.0)


def _tilted(groups: Sequence[Group], observed: float) -> list[float]:
    """E(c) for each of `TILTS`; 1 where nothing can vary."""
    _, variance, _ = cumulants(groups, 0.0)
    if variance <= 0:
        return [1.0] * len(TILTS)
    tilts = [-c / math.sqrt(variance) for c in TILTS]
    return [math.exp(min(s * observed - cumulants(groups, s)[2], 600.0)) for s in tilts]


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
