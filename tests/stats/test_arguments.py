"""Numbers that no experiment gives are refused by name, never turned into a p-value."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from cft_eval import stats
from cft_eval.stats import BadNumbers, Interval

NAN = math.nan
TWO = np.array([0.0, 1.0])

REFUSED: dict[str, Callable[[], object]] = {
    "wilson, too many": lambda: stats.wilson(3, 2),
    "wilson, alpha 0": lambda: stats.wilson(1, 2, alpha=0),
    "beta, alpha 1": lambda: stats.beta_interval(1, 2, alpha=1),
    "clustered, NaN": lambda: stats.clustered_mean(np.array([0.5, NAN])),
    "clustered, alpha NaN": lambda: stats.clustered_mean(TWO, alpha=NAN),
    "paired, other sizes": lambda: stats.paired_difference(TWO, TWO[:1]),
    "paired, no repeats": lambda: stats.paired_difference(TWO, TWO, repeats=(0, 1)),
    "paired, above 1": lambda: stats.paired_difference(TWO, TWO * 2),
    "mcnemar, below 0": lambda: stats.mcnemar(-1, 2),
    "drop, below 0": lambda: stats.mcnemar_drop(2, -1),
    "tango, more than n": lambda: stats.tango_interval(2, 2, 3),
    "tango, NaN": lambda: stats.tango_lower(NAN, 2, 30),
    "tango z, beyond 1": lambda: stats.tango_z(1, 1, 30, 1.5),
    "non-inferiority, margin": lambda: stats.non_inferiority(1, 1, 30, margin=-0.01),
    "power 1": lambda: stats.minimum_detectable(30, 0.1, power=1.0),
    "discordance 2": lambda: stats.minimum_detectable(30, 2.0),
    "no difference": lambda: stats.needed_problems(0.0, 0.1),
    "no margin": lambda: stats.needed_problems_for_margin(0.0, 0.1),
    "no problems": lambda: stats.margin_detectable(0, 0.1),
    "noise, other sizes": lambda: stats.estimated_noise(TWO, TWO[:1], (1, 1)),
    "noise, share": lambda: stats.estimated_noise(TWO, TWO, (1, 1), between=2.0),
    "holm, p above 1": lambda: stats.holm([0.5, 1.5]),
    "holm, NaN": lambda: stats.holm([NAN]),
    "bh, below 0": lambda: stats.benjamini_hochberg([-0.1]),
    "all of nothing": lambda: stats.all_of([]),
    "spend, no look": lambda: stats.spend(0.05, 0),
    "e-value, below 0": lambda: stats.drop_e_value(-1, 0),
    "aggregate, lengths": lambda: stats.macro([0.1, 0.2], [0.1]),
    "aggregate, NaN": lambda: stats.macro([0.1, NAN], [0.1, 0.1]),
    "aggregate, weights": lambda: stats.aggregate([0.1], [0.1], [-1.0]),
    "inverse variance of 0": lambda: stats.inverse_variance([0.1, 0.2], [0.1, 0.0]),
    "combined, nothing": lambda: stats.combined([], []),
    "combined, alpha": lambda: stats.combined_tails([0.1], [Interval(0, 1)], alpha=2),
    "share of none": lambda: stats.share_grew(0.1, 0.2, 0, 30),
    "bias of none": lambda: stats.selection_bias(0.1, 0),
    "ranks, not square": lambda: stats.rank_intervals([[True, False]]),
    "ties, not square": lambda: stats.tie_groups([[True, False]]),
    "grim, no problems": lambda: stats.grim(50.0, 0, decimals=1),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str) -> None:
    with pytest.raises(BadNumbers):
        REFUSED[name]()


def test_a_level_far_below_any_use_is_still_a_number() -> None:
    assert stats.wilson(15, 30, alpha=1e-17).low < stats.wilson(15, 30, alpha=1e-9).low
    assert stats.tango_lower(1, 3, 30, alpha=1e-17) > -1
    assert stats.paired_difference(TWO, 1 - TWO, alpha=1e-17).low == -1
