"""More than two runs: who is shown to be better than whom, and which ranks remain possible.

Each pair of runs is asked what `compare` asks of two: the change of the unweighted mean over tasks,
which boards and papers rank by. Nothing is decided here but what the tests say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np

from cft_eval.gate.pairs import Counts, Pair, SuiteChange, paired_tasks
from cft_eval.results import InvalidData, RunOutcomes, aligned, first_difference
from cft_eval.stats import (
    Floats,
    Interval,
    combined_many,
    combined_tails,
    holm,
    mcnemar,
    rank_intervals,
    tango_intervals,
    tie_groups,
)

QUICK = 1e5
"""Work that one of hundreds of pairs may cost; tails beyond it are good to parts in a thousand."""


@dataclass(frozen=True, slots=True)
class Between:
    """Two runs of a ranking: the first, which stands higher, minus the second."""

    first: int
    second: int
    """Indices in ``runs``, from 0."""

    change: float
    interval: Interval
    """Of this pair alone, as ``p``."""

    gains: int
    """Problems on which the first is above the second."""

    losses: int
    p: float
    """Two-sided, as `compare` gives it."""

    p_holm: float
    """Adjusted by Holm over all pairs."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """``runs`` in the order of their mean over the tasks that all have, best first."""

    runs: tuple[str, ...]
    tasks: tuple[str, ...]
    """What all runs have; the ranking is over these."""

    problems: int
    scores: tuple[float, ...]
    """Unweighted means over the tasks."""

    ranks: tuple[tuple[int, int], ...]
    """Best and worst rank that the data leave open, at family-wise level alpha."""

    ties: tuple[tuple[int, int], ...]
    """Groups of runs that are not told apart: first and last index in ``runs``, from 0."""

    change: tuple[tuple[float, ...], ...]
    """``change[i][j]``: score of run i minus that of run j."""

    p: tuple[tuple[float, ...], ...]
    """Two-sided, adjusted by Holm over all pairs."""

    pairs: tuple[Between, ...]
    """Every pair once, in the order of the ranking."""

    order: tuple[int, ...]
    """The indices of ``runs`` among those that were given."""


def rank(runs: Sequence[RunOutcomes], *, alpha: float = 0.05) -> Ranking:
    """Rank runs by all pairs' paired tests over the tasks they share."""
    runs = [runs[0], *(aligned(runs[0], run) for run in runs[1:])]
    tasks = [task for task in runs[0].tasks if all(task in run.tasks for run in runs)]
    if not tasks:
        raise InvalidData("the runs have no task in common")
    for task in tasks:
        _same_problems(runs, task)
    scores = np.array([_mean(run, tasks) for run in runs])
    order = np.argsort(-scores, kind="stable").tolist()
    pairs = _pairs([runs[index] for index in order], tasks, alpha)
    scores, m = scores[order], len(runs)
    p = np.ones((m, m))
    for pair in pairs:
        p[pair.first, pair.second] = p[pair.second, pair.first] = pair.p_holm
    better = (p < alpha) & (scores[:, None] > scores[None, :])
    return Ranking(
        runs=tuple(runs[index].model for index in order),
        tasks=tuple(tasks),
        problems=sum(len(runs[0].tasks[task].counts) for task in tasks),
        scores=tuple(scores.tolist()),
        ranks=tuple(rank_intervals(better.tolist())),
        ties=tuple((group.start, group.stop - 1) for group in tie_groups((p < alpha).tolist())),
        change=tuple(map(tuple, (scores[:, None] - scores[None, :]).tolist())),
        p=tuple(map(tuple, p.tolist())),
        pairs=tuple(pairs),
        order=tuple(order),
    )


def _same_problems(runs: Sequence[RunOutcomes], task: str) -> None:
    first = runs[0]
    for run in runs[1:]:
        sizes = len(first.tasks[task].counts), len(run.tasks[task].counts)
        if sizes[0] != sizes[1]:
            less = run if sizes[1] < sizes[0] else first
            raise InvalidData(
                f"{task}: {less.model} answered {min(sizes):,} of {max(sizes):,} problems: only "
                "runs over the same problems can be ranked"
            )
        for field in ("items", "policy"):
            ours, theirs = first.fingerprint(task).get(field), run.fingerprint(task).get(field)
            if ours != theirs:
                note = first_difference(first.tasks[task], run.tasks[task])
                raise InvalidData(
                    f"{task}: {field} of {run.model} differ from those of {first.model}: "
                    f"only runs over the same problems can be ranked{note and f' ({note})'}"
                )


def _mean(run: RunOutcomes, tasks: Sequence[str]) -> float:
    return float(
        np.mean([np.mean(run.tasks[task].counts) / run.tasks[task].repeats for task in tasks])
    )


class _OfTask(NamedTuple):
    """What one task says of every pair, in the order of `combinations`; shape (pairs) each."""

    change: Floats
    low: Floats
    high: Floats
    gains: Floats
    losses: Floats
    p: list[float]
    """Of this task alone; empty where there are others, since nobody asks."""


def _pairs(runs: Sequence[RunOutcomes], tasks: Sequence[str], alpha: float) -> list[Between]:
    alone = len(tasks) == 1
    columns = [_of_task(runs, task, alpha, alone=alone) for task in tasks]
    changes, lows, highs = (
        np.stack([getattr(each, name) for each in columns], axis=1)
        for name in ("change", "low", "high")
    )
    whole = combined_many(changes, lows, highs, lowest=-1.0)
    gains = sum((each.gains for each in columns), start=np.zeros(len(changes)))
    losses = sum((each.losses for each in columns), start=np.zeros(len(changes)))
    raw = columns[0].p
    if not alone and any(run.tasks[task].repeats > 1 for run in runs for task in tasks):
        raw = [
            SuiteChange(tuple(paired_tasks(b, a, tasks))).change(alpha, work=QUICK)
            for a, b in combinations(runs, 2)
        ]
    elif not alone:
        raw = [
            min(1.0, 2 * min(combined_tails(change, list(map(Interval, *ends)), alpha=alpha)))
            for change, *ends in zip(changes.tolist(), lows.tolist(), highs.tolist(), strict=True)
        ]
    return [
        Between(
            first=first,
            second=second,
            change=change,
            interval=Interval(low, high),
            gains=int(gained),
            losses=int(lost),
            p=p,
            p_holm=p_holm,
        )
        for (first, second), (change, low, high, gained, lost), p, p_holm in zip(
            combinations(range(len(runs)), 2),
            np.stack([changes.mean(axis=1), *whole, gains, losses], axis=1).tolist(),
            raw,
            holm(raw),
            strict=True,
        )
    ]


def _of_task(runs: Sequence[RunOutcomes], task: str, alpha: float, *, alone: bool) -> _OfTask:
    sides = [run.tasks[task] for run in runs]
    counts = np.array([side.counts for side in sides], dtype=np.float64)
    if all(side.repeats == 1 for side in sides):
        return _binary(counts, alpha, alone=alone)
    repeats = [np.full(counts.shape[1], float(side.repeats)) for side in sides]
    pairs = [
        Pair(task, Counts(counts[j], counts[i], repeats[j], repeats[i]))
        for i, j in combinations(range(len(runs)), 2)
    ]
    low, high = np.array([pair.interval(alpha) for pair in pairs]).T
    gains, losses = np.array([pair.gains_losses for pair in pairs], dtype=np.float64).T
    change = np.array([pair.delta for pair in pairs])
    p = [pair.change() for pair in pairs] if alone else []
    return _OfTask(change, low, high, gains, losses, p)


def _binary(right: Floats, alpha: float, *, alone: bool) -> _OfTask:
    """The same for runs of one response a problem, shape (runs, problems), all pairs at once."""
    runs, n = right.shape
    first, second = np.triu_indices(runs, k=1)
    # wins[i, j]: problems that i has right and j wrong, for all pairs in one product.
    wins = (right @ (1 - right).T).round()
    gains, losses = wins[first, second], wins[second, first]
    low, high = tango_intervals(gains, losses, n, alpha=alpha)
    counts = zip(gains.tolist(), losses.tolist(), strict=True) if alone else ()
    p = [mcnemar(int(gained), int(lost), mid=True) for gained, lost in counts]
    return _OfTask((gains - losses) / n, low, high, gains, losses, p)
