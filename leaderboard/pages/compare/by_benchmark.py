"""Many runs by benchmark: each less the first one named, paired by problem."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cft_eval.leaderboard.pages.compare.request import task_title
from cft_eval.render.text import percent, points
from cft_eval.results import RunOutcomes, aligned

REACH = 1.96
"""Standard errors of a 95 % interval."""


class SetDifference(NamedTuple):
    score: str
    change: str
    kind: str
    """better or worse where the interval of this difference alone excludes 0; else same."""


class DifferenceRow(NamedTuple):
    name: str
    url: str
    cells: Sequence[SetDifference]


class Differences(NamedTuple):
    first: str
    heads: Sequence[str]
    rows: Sequence[DifferenceRow]


def by_benchmark(
    outcomes: Sequence[RunOutcomes], names: Sequence[str], urls: Sequence[str]
) -> Differences:
    """The tasks that all runs have, in the order of the first one; runs in the order named."""
    first = outcomes[0]
    sides = [first, *(aligned(first, run) for run in outcomes[1:])]
    tasks = [task for task in first.tasks if all(task in run.tasks for run in sides)]
    rows = [
        DifferenceRow(name, url, [_difference(first, run, task) for task in tasks])
        for name, url, run in zip(names, urls, sides, strict=True)
    ]
    return Differences(names[0], [task_title(task) for task in tasks], rows)


def _difference(first: RunOutcomes, run: RunOutcomes, task: str) -> SetDifference:
    mine, theirs = (
        np.array(each.tasks[task].counts) / each.tasks[task].repeats for each in (run, first)
    )
    score = percent(float(mine.mean()))
    if run is first:
        return SetDifference(score, "", "same")
    change = mine - theirs
    mean = float(change.mean())
    error = float(change.std(ddof=1)) / np.sqrt(change.size) if change.size > 1 else np.inf
    kind = "same" if abs(mean) <= REACH * error else "better" if mean > 0 else "worse"
    return SetDifference(score, points(mean), kind)
