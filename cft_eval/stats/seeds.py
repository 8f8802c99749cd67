"""Several training runs of each recipe: the seed as a random effect of the difference.

A run's score is that of its recipe, plus the luck of its seed, plus the noise of its responses.
Both lucks show in the spread s² of the runs' scores, and only there: however many problems and
responses there are, R runs are R observations of a recipe. So

- *did it fall on these problems?* is Welch's t test of the runs' scores, with Satterthwaite's
  degrees of freedom (Welch 1947; Satterthwaite 1946). An s² below the noise that the responses show
  by themselves (v, from the spread between runs problem by problem) is luck, and is raised to it.
- *is a drop ruled out on problems like these?* adds how unlike the arms' differences are from
  problem to problem: SE² = Var(d)/n + Σ max(s² - v, 0)/R. Var(d) holds v/R already; a seed that
  moves all problems alike is not in it.

With one run on a side, its seed is taken to vary as those of the other side do. Both are validated
by simulation with 2, 3 and 5 seeds (`tests/stats/test_seeds.py`).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from cft_eval.stats.bounded import unseen
from cft_eval.stats.distributions import normal_upper, t_cdf, t_upper
from cft_eval.stats.intervals import BadNumbers, Floats, Interval, level


class Block(NamedTuple):
    """One task of both arms: item means, shape (runs, problems); the same problems."""

    a: Floats
    b: Floats
    weight: float
    """Of the task's mean in the row."""

    repeats: tuple[int, int]


class Shares(NamedTuple):
    """Where the variance of the difference comes from; they add up to 1."""

    problems: float
    seeds: float
    sampling: float


class SeedsChange(NamedTuple):
    """B minus A, over recipes."""

    delta: float
    stderr: float
    """Of the runs' scores alone, on these problems."""

    df: float
    stderr_problems: float
    """For problems like these."""

    df_problems: float
    sizes: tuple[tuple[float, int], ...]
    """Weight and number of problems of each task."""

    shares: Shares
    tau: tuple[float, float]
    """Standard deviation of the runs' scores that the seeds add to sampling, by arm; 0..1."""

    separate: bool
    """Whether seeds and sampling can be told apart; with one response a problem what a seed does
    to single problems counts as sampling."""

    def drop(self) -> float:
        """One-sided p of no drop on these problems."""
        if self.stderr == 0:
            return 1.0 if self.delta >= 0 else 0.0
        return t_cdf(self.delta / self.stderr, self.df)

    def lower(self, alpha: float) -> float:
        return max(-1.0, self.delta - self._half(level(alpha)))

    def interval(self, alpha: float) -> Interval:
        half = self._half(level(alpha) / 2)
        return Interval(max(-1.0, self.delta - half), min(1.0, self.delta + half))

    def _half(self, tail: float) -> float:
        z = normal_upper(tail)
        hidden = math.hypot(*(weight * unseen(n, z) for weight, n in self.sizes))
        return math.hypot(t_upper(tail, self.df_problems) * self.stderr_problems, hidden)


class _Arm(NamedTuple):
    runs: int
    mean: float
    spread: float
    """s² of the runs' scores, not below ``noise``."""

    noise: float
    """v: variance of one run's score from what differs problem by problem."""

    sampling: float
    """The part of ``noise`` that is of responses, where repeats show it."""

    known: bool


def seeds_change(blocks: Sequence[Block]) -> SeedsChange:
    """The change of a weighted mean of task means between two arms of several runs each."""
    _check(blocks)
    a = _arm([block.a for block in blocks], blocks, 0)
    b = _arm([block.b for block in blocks], blocks, 1)
    a, b = (b._replace(runs=1, mean=a.mean) if a.runs == 1 else a), b
    b = a._replace(runs=1, mean=b.mean) if b.runs == 1 else b
    alone = 1 in (a.runs, b.runs)
    seen = max(blocks[0].a.shape[0], blocks[0].b.shape[0]) - 1
    parts = [arm.spread / arm.runs for arm in (a, b)]
    fixed = sum(parts)
    freedom = [seen, seen] if alone else [a.runs - 1, b.runs - 1]
    # One variance for both sides where one of them has a single run: its parts are not independent.
    below = (
        fixed**2 / seen if alone else sum(p * p / f for p, f in zip(parts, freedom, strict=True))
    )
    d = [block.b.mean(axis=0) - block.a.mean(axis=0) for block in blocks]
    between = sum(
        block.weight**2 * float(each.var(ddof=1)) / each.size
        for block, each in zip(blocks, d, strict=True)
    )
    extra = sum((arm.spread - arm.noise) / arm.runs for arm in (a, b))
    whole = between + extra
    smallest = min(each.size for each in d) - 1
    return SeedsChange(
        delta=b.mean - a.mean,
        stderr=math.sqrt(fixed),
        df=fixed**2 / below if below else seen,
        stderr_problems=math.sqrt(whole),
        df_problems=_freedom(whole, between**2 / smallest + below, seen),
        sizes=tuple((block.weight, each.size) for block, each in zip(blocks, d, strict=True)),
        shares=_shares(between, a, b),
        tau=(math.sqrt(a.spread - a.noise), math.sqrt(b.spread - b.noise)),
        separate=a.known and b.known,
    )


def _lent(arm: _Arm, other: _Arm) -> _Arm:
    """A single run with the noises of the other side's."""
    return other._replace(runs=1, mean=arm.mean) if arm.runs == 1 else arm


def _freedom(variance: float, below: float, least: int) -> float:
    return max(1.0, variance**2 / below) if below else float(least)


def _arm(columns: Sequence[Floats], blocks: Sequence[Block], side: int) -> _Arm:
    runs = columns[0].shape[0]
    weights = [block.weight for block in blocks]
    scores = sum(w * y.mean(axis=1) for w, y in zip(weights, columns, strict=True))
    assert not isinstance(scores, int)
    mean = float(scores.mean())
    if runs == 1:
        return _Arm(1, mean, 0.0, 0.0, 0.0, False)
    noise = sampling = 0.0
    for weight, y, block in zip(weights, columns, blocks, strict=True):
        n, k = y.shape[1], block.repeats[side]
        # Where the runs agree on every problem their noise is unknown, not zero, and taken as if
        # they differed on one (as `power.estimated_noise` does).
        least = 1 / (2 * n * k)
        noise += weight**2 * max(float(y.var(axis=0, ddof=1).mean()), least) / n
        if k > 1:
            sampling += weight**2 * float((y * (1 - y)).mean()) / (k - 1) / n
    known = all(block.repeats[side] > 1 for block in blocks)
    spread = max(float(scores.var(ddof=1)), noise)
    return _Arm(runs, mean, spread, noise, min(sampling, noise) if known else noise, known)


def _shares(between: float, a: _Arm, b: _Arm) -> Shares:
    """Of Var(d)/n the part that sampling and seeds do not explain is the problems' own."""
    sampling = a.sampling / a.runs + b.sampling / b.runs
    seeds = sum((arm.spread - arm.sampling) / arm.runs for arm in (a, b))
    problems = max(0.0, between - a.noise / a.runs - b.noise / b.runs)
    total = sampling + seeds + problems
    if total == 0:
        return Shares(0.0, 0.0, 0.0)
    return Shares(problems / total, seeds / total, sampling / total)


def _check(blocks: Sequence[Block]) -> None:
    for block in blocks:
        if block.a.shape[1] != block.b.shape[1] or block.a.shape[1] < 2:
            raise BadNumbers("several runs need the same 2 or more problems")
        if max(block.a.shape[0], block.b.shape[0]) < 2:
            raise BadNumbers("one run on each side says nothing about seeds: give more of one side")
        if (block.a.shape[0], block.b.shape[0]) != (blocks[0].a.shape[0], blocks[0].b.shape[0]):
            raise BadNumbers("every task needs all runs")
