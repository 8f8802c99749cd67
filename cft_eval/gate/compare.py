"""Two runs side by side: what changed, whether it is real, and on which problems.

Unlike the gate it refuses nothing but different problems: runs made differently are compared, and
the differences are said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cft_eval.gate.decide import SUITE, Mismatch, mismatches
from cft_eval.results import InvalidData, RunOutcomes, Sample
from cft_eval.stats import (
    Floats,
    Interval,
    gains_and_losses,
    holm,
    mcnemar,
    minimum_detectable,
    paired_difference,
    tango_interval,
)

ESSENTIAL = {"items", "number of problems", "policy"}
"""Without these two runs have nothing to be paired on."""


class Compared(NamedTuple):
    """One task of two runs, or all tasks together; B minus A."""

    task: str
    problems: int
    a: float
    b: float
    interval: Interval
    gains: int
    losses: int
    p: float
    """Two-sided, adjusted by Holm over the tasks: mid-p McNemar, or t where there are repeats."""

    verdict: str


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

    mismatches: tuple[Mismatch, ...]
    """How the runs were not made alike; for the reader to weigh."""

    only_a: tuple[str, ...]
    only_b: tuple[str, ...]

    @property
    def headline(self) -> str:
        """The answer in words."""
        told = [row.verdict for row in self.rows if row.p < self.alpha]
        silent = [row.verdict for row in self.rows if row.p >= self.alpha]
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
        _compared(task, *pairs[task], _binary(a, b, [task]), adjusted[task], alpha, names)
        for task in shared
    ]
    pooled = tuple(np.concatenate([pairs[task][side] for task in shared]) for side in (0, 1))
    suite = _compared(
        SUITE,
        pooled[0],
        pooled[1],
        _binary(a, b, shared),
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


def _binary(a: RunOutcomes, b: RunOutcomes, tasks: Iterable[str]) -> bool:
    return all(run.tasks[task].repeats == 1 for task in tasks for run in (a, b))


def _p(a: RunOutcomes, b: RunOutcomes, tasks: Sequence[str], x: Floats, y: Floats) -> float:
    if _binary(a, b, tasks):
        return mcnemar(*gains_and_losses(x, y), mid=True)
    return paired_difference(x, y).p


def _compared(
    task: str,
    x: Floats,
    y: Floats,
    binary: bool,
    p: float,
    alpha: float,
    names: tuple[str, str],
) -> Compared:
    gains, losses = gains_and_losses(x, y)
    if binary:
        interval = tango_interval(gains, losses, x.size, alpha=alpha)
    else:
        difference = paired_difference(x, y, alpha=alpha)
        interval = Interval(difference.low, difference.high)
    delta = float(y.mean() - x.mean())
    if p < alpha:
        verdict = f"{names[1] if delta > 0 else names[0]} is better on {task}"
    else:
        visible = minimum_detectable(x.size, max(gains + losses, 1) / x.size, alpha=alpha)
        verdict = f"{task} cannot tell: it would take {100 * visible:.1f} points"
    return Compared(
        task, x.size, float(x.mean()), float(y.mean()), interval, gains, losses, p, verdict
    )


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
