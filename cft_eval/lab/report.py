"""The lab's result: each arm's score, and its difference to the others with intervals.

    outcomes of every arm and seed ──> Table ──> lines of text, JSON

Two doubts stand beside each difference: over problems (had others been asked) and over seeds (had
noise and order been others). A difference is called shown where both intervals leave out zero.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cft_eval.figures import percent, points
from cft_eval.results import RunOutcomes
from cft_eval.stats import Floats, clustered_mean, paired_difference
from cft_eval.stats.distributions import t_quantile


@dataclass(frozen=True, slots=True)
class ArmScore:
    """One arm."""

    arm: str
    by_seed: tuple[float, ...]
    mean: float
    interval: tuple[float, float]
    """95 %, over problems."""


@dataclass(frozen=True, slots=True)
class Against:
    """One arm less another, in shares of problems."""

    arm: str
    other: str
    delta: float
    over_problems: tuple[float, float]
    over_seeds: tuple[float, float] | None
    """None with one seed: there is nothing to tell the spread from."""

    @property
    def shown(self) -> bool:
        intervals = [i for i in (self.over_problems, self.over_seeds) if i is not None]
        return len(intervals) == 2 and all(low > 0 or high < 0 for low, high in intervals)

    def words(self) -> str:
        low, high = map(points, self.over_problems)
        text = (
            f"{self.arm} - {self.other}: {points(self.delta)} points; "
            f"95% {low} to {high} over problems"
        )
        if self.over_seeds is not None:
            low, high = map(points, self.over_seeds)
            text += f", {low} to {high} over seeds"
        return text + (": shown" if self.shown else ": not shown")


@dataclass(frozen=True, slots=True)
class LabResult:
    """The whole result."""

    scores: tuple[ArmScore, ...]
    differences: tuple[Against, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def report(self) -> list[str]:
        lines = []
        for score in self.scores:
            seeds = " ".join(map(percent, score.by_seed))
            low, high = map(percent, score.interval)
            lines.append(
                f"{score.arm:<10} {percent(score.mean):>5}  (95% {low} to {high} over "
                f"problems; by seed {seeds})"
            )
        return [*lines, "", *(difference.words() for difference in self.differences)]


def table(runs: Mapping[str, Sequence[RunOutcomes]], *, task: str) -> LabResult:
    """Every arm, and the first arm (CFT) against each other one."""
    return compared(
        {arm: [_means(run, task) for run in each_seed] for arm, each_seed in runs.items()}
    )


def compared(means: Mapping[str, Sequence[Sequence[float]]]) -> LabResult:
    """The same of any score a problem, one list of them a seed."""
    base, *arms = means
    pairs = [(arms[0], other) for other in [*arms[1:], base]] if arms else []
    return LabResult(
        tuple(_score(arm, seeds) for arm, seeds in means.items()),
        tuple(_against(first, second, means) for first, second in pairs),
    )


def _means(run: RunOutcomes, task: str) -> list[float]:
    outcomes = run.tasks[task]
    return [count / outcomes.repeats for count in outcomes.counts]


def _over_seeds(seeds: Sequence[Sequence[float]]) -> Floats:
    """The mean of each problem."""
    import numpy

    return numpy.array([math.fsum(values) / len(values) for values in zip(*seeds, strict=True)])


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _score(arm: str, seeds: Sequence[Sequence[float]]) -> ArmScore:
    low, high = clustered_mean(_over_seeds(seeds))
    by_seed = tuple(_mean(values) for values in seeds)
    return ArmScore(arm, by_seed, _mean(by_seed), (max(0.0, low), min(1.0, high)))


def _against(arm: str, other: str, means: Mapping[str, Sequence[Sequence[float]]]) -> Against:
    ours, theirs = means[arm], means[other]
    difference = paired_difference(_over_seeds(theirs), _over_seeds(ours))
    if len(theirs) == 1:  # the base is one model, whatever the seed
        theirs = [theirs[0]] * len(ours)
    by_seed = [_mean(a) - _mean(b) for a, b in zip(ours, theirs, strict=True)]
    return Against(
        arm, other, difference.delta, (difference.low, difference.high), _t_interval(by_seed)
    )


def _t_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Student's 95 % interval of a mean."""
    n = len(values)
    if n < 2:
        return None
    mean = _mean(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    half = t_quantile(0.975, n - 1) * math.sqrt(variance / n)
    return mean - half, mean + half
