"""Two runs' outcomes, paired: what every row of a comparison or of the gate is computed from.

    task: right responses by problem ──> Pair ──┬──> all problems together (one Pair)
                                                └──> the suite (the unweighted mean of Pairs)

Everything is of B minus A, in 0..1. Nothing is decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from cft_eval.results import RunOutcomes, TaskOutcomes
from cft_eval.stats import (
    Difference,
    Floats,
    Interval,
    bounded_interval,
    bounded_lower,
    bounded_margin,
    combined,
    combined_tails,
    exchange,
    gains_and_losses,
    mcnemar,
    mcnemar_drop,
    non_inferiority,
    paired_difference,
    sign_flip,
    tango_interval,
    tango_lower,
)
from cft_eval.stats.distributions import normal_upper
from cft_eval.stats.exact import WORK

SUITE = "suite"
"""The row of the suite's score, the unweighted mean over tasks, as papers print it."""

POOLED = "all problems"
"""The row of all problems of all tasks together."""

WHOLE = Interval(-1.0, 1.0)
"""What is known of a difference that nothing is known of."""


class Counts(NamedTuple):
    """Right responses and responses of each of n problems; shape n each."""

    right_a: Floats
    right_b: Floats
    repeats_a: Floats
    repeats_b: Floats


@dataclass(frozen=True)
class Pair:
    """The same problems in both runs, in the same order."""

    task: str
    counts: Counts

    @cached_property
    def a(self) -> Floats:
        """Item means, shape n."""
        return self.counts.right_a / self.counts.repeats_a

    @cached_property
    def b(self) -> Floats:
        return self.counts.right_b / self.counts.repeats_b

    @property
    def problems(self) -> int:
        return int(self.a.size)

    @cached_property
    def scores(self) -> tuple[float, float]:
        return float(self.a.mean()), float(self.b.mean())

    @cached_property
    def delta(self) -> float:
        return self.scores[1] - self.scores[0]

    @cached_property
    def gains_losses(self) -> tuple[int, int]:
        """Problems on which B is above A, and below it."""
        return gains_and_losses(self.a, self.b)

    @cached_property
    def repeats(self) -> tuple[int, int]:
        """Responses a problem; where tasks differ in it, the fewest."""
        return int(self.counts.repeats_a.min()), int(self.counts.repeats_b.min())

    @cached_property
    def binary(self) -> bool:
        """One response a problem in both runs: gains and losses say it all."""
        return int(self.counts.repeats_a.max()) == int(self.counts.repeats_b.max()) == 1

    @cached_property
    def difference(self) -> Difference | None:
        """Student's t on the item means; None of a single problem, whose noise is unknown."""
        if self.problems < 2:
            return None
        even = len({*self.counts.repeats_a.tolist()}) == len({*self.counts.repeats_b.tolist()}) == 1
        return paired_difference(self.a, self.b, repeats=self.repeats if even else (1, 1))

    def drop(self) -> float:
        """One-sided p of no drop on these problems: McNemar's exact test, or `stats.exact`."""
        return mcnemar_drop(*self.gains_losses) if self.binary else _drop([self])

    def change(self) -> float:
        """Two-sided p of no change on these problems: mid-p McNemar, or with repeats twice the
        gate's one-sided test, on the side to which the score moved."""
        if self.binary:
            return mcnemar(*self.gains_losses, mid=True)
        return _either([self], self.delta)

    def reaches(self, margin: float) -> float:
        """One-sided p of a drop of ``margin`` or more, for problems like these."""
        if self.binary:
            return non_inferiority(*self.gains_losses, self.problems, margin=margin)
        if self.difference is None:
            return 1.0
        return bounded_margin(self.difference, self.problems, margin)

    def lower(self, alpha: float) -> float:
        """One-sided lower bound of the change."""
        if self.binary:
            return tango_lower(*self.gains_losses, self.problems, alpha=alpha)
        if self.difference is None:
            return WHOLE.low
        return bounded_lower(self.difference, self.problems, alpha=alpha)

    def interval(self, alpha: float) -> Interval:
        """Two-sided interval of the change, for problems like these."""
        if self.binary:
            return tango_interval(*self.gains_losses, self.problems, alpha=alpha)
        if self.difference is None:
            return WHOLE
        return bounded_interval(self.difference, self.problems, alpha=alpha)

    def fixed(self, alpha: float) -> Interval | None:
        """For these very problems, the noise of sampling alone; None where it cannot be told."""
        if self.difference is None or self.difference.stderr_fixed is None:
            return None
        half = normal_upper(alpha / 2) * self.difference.stderr_fixed
        return Interval(self.delta - half, self.delta + half)


@dataclass(frozen=True)
class SuiteChange:
    """The unweighted mean of the tasks' changes; each task has its own noise."""

    pairs: tuple[Pair, ...]

    @cached_property
    def scores(self) -> tuple[float, float]:
        before, after = zip(*(pair.scores for pair in self.pairs), strict=True)
        return sum(before) / len(before), sum(after) / len(after)

    @property
    def delta(self) -> float:
        return self.scores[1] - self.scores[0]

    @property
    def problems(self) -> int:
        return sum(pair.problems for pair in self.pairs)

    @property
    def repeats(self) -> tuple[int, int]:
        """Responses a problem; the fewest of any task."""
        first, second = zip(*(pair.repeats for pair in self.pairs), strict=True)
        return min(first), min(second)

    @property
    def gains_losses(self) -> tuple[int, int]:
        gains, losses = zip(*(pair.gains_losses for pair in self.pairs), strict=True)
        return sum(gains), sum(losses)

    def drop(self) -> float:
        """One-sided p of no drop of the mean over tasks, on these problems."""
        return _drop(self.pairs)

    def change(self, alpha: float, *, work: float = WORK) -> float:
        """Two-sided p of no change, exact at the level ``alpha``: what the interval says, or with
        repeats twice the gate's one-sided test.

        ``work``: what an exact distribution may cost (`stats.exact`); beyond it the tail is good to
        a few parts in a thousand.
        """
        if all(pair.binary for pair in self.pairs):
            return min(1.0, 2 * min(self._tails(alpha)))
        return _either(self.pairs, self.delta, work=work)

    def lower(self, alpha: float) -> float:
        return self.interval(2 * alpha).low

    def interval(self, alpha: float) -> Interval:
        """From the tasks' own intervals (Zou, Donner 2008), so that a task on which nothing differs
        adds what its problems leave open."""
        return combined(*self._parts(alpha), lowest=-1.0)

    def _tails(self, alpha: float) -> tuple[float, float]:
        return combined_tails(*self._parts(alpha), alpha=alpha)

    def _parts(self, alpha: float) -> tuple[list[float], list[Interval]]:
        return [pair.delta for pair in self.pairs], [pair.interval(alpha) for pair in self.pairs]

    def noisiest(self, alpha: float) -> tuple[str, float]:
        """The task that most of the interval's width comes from, and its share of the variance."""
        widths = [(low - high) ** 2 for low, high in self._parts(alpha)[1]]
        index = max(range(len(widths)), key=widths.__getitem__)
        return self.pairs[index].task, widths[index] / sum(widths)


def _either(pairs: Sequence[Pair], delta: float, *, work: float = WORK) -> float:
    """Two-sided p of no change of the unweighted mean of ``pairs``."""
    if abs(delta) < 1e-12:
        return 1.0
    fallen = pairs if delta < 0 else [_turned(pair) for pair in pairs]
    return min(1.0, 2 * _drop(fallen, work=work))


def _turned(pair: Pair) -> Pair:
    """B against A."""
    right_a, right_b, repeats_a, repeats_b = pair.counts
    return Pair(pair.task, Counts(right_b, right_a, repeats_b, repeats_a))


def _drop(pairs: Sequence[Pair], *, work: float = WORK) -> float:
    """One-sided p of no drop of the unweighted mean of ``pairs``: `stats.exact`.

    Where the runs have different numbers of responses per problem, a difference is not as likely as
    its opposite although nothing changed, and the exchange of responses must agree.
    """
    weights = np.concatenate(
        [np.full(pair.problems, 1 / (len(pairs) * pair.problems)) for pair in pairs]
    )
    columns = Counts(*map(np.concatenate, zip(*(pair.counts for pair in pairs), strict=True)))
    means = columns.right_b / columns.repeats_b - columns.right_a / columns.repeats_a
    p = sign_flip(weights * means, work=work)
    if (columns.repeats_a == columns.repeats_b).all():
        return p
    rights, repeats = (columns.right_a, columns.right_b), (columns.repeats_a, columns.repeats_b)
    return max(p, exchange(rights, repeats, weights, work=work))


def paired(task: str, a: TaskOutcomes, b: TaskOutcomes) -> Pair:
    """One task of two runs over the same problems."""
    rights = [np.array(side.counts, dtype=np.float64) for side in (a, b)]
    repeats = [np.full(rights[0].size, float(side.repeats)) for side in (a, b)]
    return Pair(task, Counts(*rights, *repeats))


def paired_tasks(a: RunOutcomes, b: RunOutcomes, tasks: Sequence[str]) -> list[Pair]:
    return [paired(task, a.tasks[task], b.tasks[task]) for task in tasks]


def pooled(pairs: Sequence[Pair]) -> Pair:
    """All problems of all tasks as one."""
    columns = zip(*(pair.counts for pair in pairs), strict=True)
    return Pair(POOLED, Counts(*(np.concatenate(column) for column in columns)))
