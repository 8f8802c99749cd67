"""More than two runs: who is shown to be better than whom, and which ranks remain possible."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cft_eval.results import InvalidData, RunOutcomes, first_difference
from cft_eval.stats import (
    Floats,
    bounded_change,
    holm,
    mcnemar,
    paired_difference,
    rank_intervals,
    tie_groups,
)


class Ranking(NamedTuple):
    """``runs`` in the order of their score over all shared problems, best first."""

    runs: tuple[str, ...]
    tasks: tuple[str, ...]
    """What all runs have; the ranking is over these."""

    problems: int
    scores: tuple[float, ...]
    ranks: tuple[tuple[int, int], ...]
    """Best and worst rank that the data leave open, at family-wise level alpha."""

    ties: tuple[tuple[int, int], ...]
    """Groups of runs that are not told apart: first and last place in ``runs``, from 0."""

    change: tuple[tuple[float, ...], ...]
    """``change[i][j]``: score of run i minus that of run j."""

    p: tuple[tuple[float, ...], ...]
    """Two-sided, adjusted by Holm over all pairs."""


def rank(runs: Sequence[RunOutcomes], *, alpha: float = 0.05) -> Ranking:
    """Rank runs by all pairs' paired tests over the tasks they share."""
    tasks = [task for task in runs[0].tasks if all(task in run.tasks for run in runs)]
    if not tasks:
        raise InvalidData("the runs have no task in common")
    for task in tasks:
        _same_problems(runs, task)
    means = np.stack([_means(run, tasks) for run in runs])
    order = np.argsort(-means.mean(axis=1), kind="stable")
    means = means[order]
    binary = all(run.tasks[task].repeats == 1 for run in runs for task in tasks)
    p = _pairwise(means, binary)
    score = means.mean(axis=1)
    better = (p < alpha) & (score[:, None] > score[None, :])
    return Ranking(
        tuple(runs[i].model for i in order),
        tuple(tasks),
        means.shape[1],
        tuple(score.tolist()),
        tuple(rank_intervals(better.tolist())),
        tuple((group.start, group.stop - 1) for group in tie_groups((p < alpha).tolist())),
        tuple(map(tuple, (score[:, None] - score[None, :]).tolist())),
        tuple(map(tuple, p.tolist())),
    )


def _same_problems(runs: Sequence[RunOutcomes], task: str) -> None:
    first = runs[0]
    for run in runs[1:]:
        for field in ("items", "policy"):
            ours, theirs = first.fingerprint(task).get(field), run.fingerprint(task).get(field)
            if ours != theirs:
                note = first_difference(first.tasks[task], run.tasks[task])
                raise InvalidData(
                    f"{task}: {field} of {run.model} is {theirs}, of {first.model} {ours}: "
                    f"only runs over the same problems can be ranked{note and f' ({note})'}"
                )


def _means(run: RunOutcomes, tasks: Sequence[str]) -> Floats:
    return np.concatenate(
        [np.array(run.tasks[t].counts, dtype=np.float64) / run.tasks[t].repeats for t in tasks]
    )


def _pairwise(means: Floats, binary: bool) -> NDArray[np.float64]:
    """Holm-adjusted p-values of all pairs, shape (m, m), ones on the diagonal."""
    m = means.shape[0]
    first, second = np.triu_indices(m, k=1)
    if binary:
        # wins[i, j]: problems that i has right and j wrong, for all pairs in one product.
        wins = (means @ (1 - means).T).round().astype(int)
        raw = [
            mcnemar(int(wins[i, j]), int(wins[j, i]), mid=True)
            for i, j in zip(first, second, strict=True)
        ]
    else:
        n = means.shape[1]
        raw = [
            1.0 if n < 2 else bounded_change(paired_difference(means[i], means[j]), n)
            for i, j in zip(first, second, strict=True)
        ]
    p = np.ones((m, m))
    p[first, second] = p[second, first] = holm(raw)
    return p
