"""Two runs side by side: what changed, whether it is real, and on which problems.

Unlike the gate it refuses nothing but different problems: runs made differently are compared, and
the differences are said.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cft_eval.gate.decide import SUITE, Mismatch, mismatches
from cft_eval.results import InvalidData, RunOutcomes, Sample
from cft_eval.stats import (
    Floats,
    Interval,
    gains_and_losses,
    holm,
    inverse_variance,
    macro,
    mcnemar,
    micro,
    minimum_detectable,
    paired_difference,
    tango_interval,
    visible,
)
from cft_eval.stats.distributions import normal_quantile

ESSENTIAL = {"items", "number of problems", "policy"}
"""Without these two runs have nothing to be paired on."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One task of two runs, or all tasks together; B minus A."""

    task: str
    problems: int
    a: float
    b: float
    interval: Interval
    """For problems like these."""

    fixed: Interval | None
    """For these very problems, the noise of sampling alone; None with one response a problem,
    where it cannot be told apart."""

    gains: int
    losses: int
    p: float
    """Two-sided, adjusted by Holm over the tasks: mid-p McNemar, or t where there are repeats."""

    better: str | None
    """The name of the run that is shown to be better; None where the data cannot tell."""

    verdict: str


@dataclass(frozen=True, slots=True)
class Weighted:
    """The change of a mean over tasks, under one way of weighing them."""

    how: str
    change: float
    stderr: float
    shares: tuple[float, ...]
    """Each task's share of the variance."""


@dataclass(frozen=True, slots=True)
class Comparison:
    a: str
    b: str
    alpha: float
    rows: tuple[Compared, ...]
    suite: Compared
    """All problems together."""

    macro: tuple[float, float]
    """Unweighted means over the tasks of A and B, as papers print them."""

    means: tuple[Weighted, ...]
    """Ways to weigh the tasks; empty with one task, or with a task of one problem."""

    mismatches: tuple[Mismatch, ...]
    """How the runs were not made alike; for the reader to weigh."""

    only_a: tuple[str, ...]
    only_b: tuple[str, ...]

    @property
    def headline(self) -> str:
        """The answer in words."""
        told = [row.verdict for row in self.rows if row.better]
        silent = [row.verdict for row in self.rows if not row.better]
        return "; ".join([*told, *silent])


def compare(
    a: RunOutcomes, b: RunOutcomes, *, alpha: float = 0.05, names: tuple[str, str] = ("A", "B")
) -> Comparison:
    """Compare the tasks that both runs have; raises `InvalidData` where there is none."""
    shared = [task for task in a.tasks if task in b.tasks]
    if not shared:
        raise InvalidData(f"no task in common: {', '.join(a.tasks)} against {', '.join(b.tasks)}")
    differing = [m for m in mismatches(a, b) if m.task in shared]
    for mismatch in differing:
        if mismatch.field in ESSENTIAL:
            raise InvalidData(f"these runs did not answer the same problems: {mismatch}")
    pairs = {task: _means(a, b, task) for task in shared}
    raw = {task: _p(a, b, [task], *pairs[task]) for task in shared}
    adjusted = dict(zip(shared, holm(list(raw.values())), strict=True))
    rows = [
        _compared(task, *pairs[task], _repeats(a, b, [task]), adjusted[task], alpha, names)
        for task in shared
    ]
    pooled = tuple(np.concatenate([pairs[task][side] for task in shared]) for side in (0, 1))
    suite = _compared(
        SUITE,
        pooled[0],
        pooled[1],
        _repeats(a, b, shared),
        _p(a, b, shared, pooled[0], pooled[1]),
        alpha,
        names,
    )
    return Comparison(
        a.model,
        b.model,
        alpha,
        tuple(rows),
        suite,
        (float(np.mean([row.a for row in rows])), float(np.mean([row.b for row in rows]))),
        _weighted(rows, pairs),
        tuple(differing),
        tuple(task for task in a.tasks if task not in b.tasks),
        tuple(task for task in b.tasks if task not in a.tasks),
    )


def _means(a: RunOutcomes, b: RunOutcomes, task: str) -> tuple[Floats, Floats]:
    first, second = a.tasks[task], b.tasks[task]
    return (
        np.array(first.counts, dtype=np.float64) / first.repeats,
        np.array(second.counts, dtype=np.float64) / second.repeats,
    )


def _repeats(a: RunOutcomes, b: RunOutcomes, tasks: Sequence[str]) -> tuple[int, int] | None:
    """Responses a problem of A and of B; None where the tasks differ in it."""
    first = a.tasks[tasks[0]].repeats, b.tasks[tasks[0]].repeats
    same = all((a.tasks[task].repeats, b.tasks[task].repeats) == first for task in tasks)
    return first if same else None


def _p(a: RunOutcomes, b: RunOutcomes, tasks: Sequence[str], x: Floats, y: Floats) -> float:
    if _repeats(a, b, tasks) == (1, 1):
        return mcnemar(*gains_and_losses(x, y), mid=True)
    return paired_difference(x, y).p


def _compared(
    task: str,
    x: Floats,
    y: Floats,
    repeats: tuple[int, int] | None,
    p: float,
    alpha: float,
    names: tuple[str, str],
) -> Compared:
    gains, losses = gains_and_losses(x, y)
    fixed = None
    if repeats == (1, 1):
        interval = tango_interval(gains, losses, x.size, alpha=alpha)
    else:
        difference = paired_difference(x, y, repeats=repeats or (1, 1), alpha=alpha)
        interval = Interval(difference.low, difference.high)
        if difference.stderr_fixed is not None:
            half = normal_quantile(1 - alpha / 2) * difference.stderr_fixed
            fixed = Interval(difference.delta - half, difference.delta + half)
    delta = float(y.mean() - x.mean())
    better = None if p >= alpha else names[1] if delta > 0 else names[0]
    if better:
        verdict = f"{better} is better on {task}"
    else:
        needed = 100 * _visible(x, y, repeats, alpha)
        verdict = f"{task} cannot tell: it would take {needed:.1f} points"
    return Compared(
        task,
        x.size,
        float(x.mean()),
        float(y.mean()),
        interval,
        fixed,
        gains,
        losses,
        p,
        better,
        verdict,
    )


def _visible(x: Floats, y: Floats, repeats: tuple[int, int] | None, alpha: float) -> float:
    """The smallest difference that runs as unlike as these show, at 80 % power.

    Where no problem differs the rate is unknown, not zero, and taken as one in n.
    """
    if repeats != (1, 1):
        spread = float(np.std(y - x, ddof=1)) / math.sqrt(x.size)
        if spread > 0:
            return visible(spread, alpha=alpha)
    discordance = max(float(np.mean(x != y)), 1 / x.size)
    return minimum_detectable(x.size, discordance, alpha=alpha)


def _weighted(
    rows: Sequence[Compared], pairs: Mapping[str, tuple[Floats, Floats]]
) -> tuple[Weighted, ...]:
    """The change of the mean over tasks, in the three ways that are printed; what it hangs on."""
    if len(rows) < 2 or any(row.problems < 2 for row in rows):
        return ()
    changes = [row.b - row.a for row in rows]
    stderrs = [paired_difference(*pairs[row.task]).stderr for row in rows]
    ways = {
        "every task alike (macro)": macro(changes, stderrs),
        "every problem alike (micro)": micro(changes, stderrs, [row.problems for row in rows]),
    }
    # A task on which no problem differs has no spread to weigh it by.
    if all(stderr > 0 for stderr in stderrs):
        ways["by precision (inverse variance)"] = inverse_variance(changes, stderrs)
    return tuple(Weighted(how, *way) for how, way in ways.items())


@dataclass(frozen=True, slots=True)
class Discordant:
    """A problem that one run has right and the other wrong, with both responses."""

    a: Sample
    b: Sample

    @property
    def gained(self) -> bool:
        return self.b.outcome == "correct"


def discordant(a: Iterable[Sample], b: Iterable[Sample]) -> list[Discordant]:
    """The problems on which the first responses differ in outcome: losses first, then gains."""
    theirs = {(sample.task, sample.item, sample.repeat): sample for sample in a}
    found = []
    for sample in b:
        other = theirs.get((sample.task, sample.item, sample.repeat))
        if other is not None and (other.outcome == "correct") != (sample.outcome == "correct"):
            found.append(Discordant(other, sample))
    return sorted(found, key=lambda d: (d.gained, d.a.task, d.a.index, d.a.repeat))


def sampled(found: Sequence[Discordant], most: int) -> list[Discordant]:
    """At most ``most`` of them, losses and gains in equal parts as far as there are both."""
    losses = [pair for pair in found if not pair.gained]
    gains = [pair for pair in found if pair.gained]
    kept = max(most - most // 2, most - len(gains))
    return [*losses[:kept], *gains[: most - min(kept, len(losses))]]
