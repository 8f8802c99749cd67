"""The problems that one of two runs has right and the other wrong, with both responses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cft_eval.leaderboard.comparisons import Pair, Pairs
from cft_eval.leaderboard.records import Places, RunRecord, SampleRecord
from cft_eval.results import Policy, RunOutcomes
from cft_eval.server import samples
from cft_eval.server.catalog import Catalog, run_record
from cft_eval.server.grading import CORRECT
from cft_eval.server.models import RunRow, TaskRow

SHOWN = 8
"""Problems on one page: each brings two responses."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the runs that are compared, read once."""

    row: RunRow
    record: RunRecord
    outcomes: RunOutcomes


def sides(catalog: Catalog, runs: Sequence[str], policy: Policy) -> list[Side]:
    """The runs in the order asked for; a `Problem` where one is not there."""
    with catalog.database.read() as session:
        rows = [catalog.find(session, run) for run in runs]
        return [
            Side(row, run_record(row), RunOutcomes.model_validate(row.outcomes[policy]))
            for row in rows
        ]


def discordant_pairs(
    catalog: Catalog, pair: Sequence[Side], policy: Policy, *, show: str, start: int
) -> Pairs:
    """Losses first, then gains, from number ``start`` on; ``show`` is lost, gained or all."""
    a, b = pair
    found = _discordant(a.row, b.row, policy)
    if show:
        found = [each for each in found if each[0] == (show == "gained")]
    shown = found[start : start + SHOWN]
    firsts = _loaded(catalog, [(task, place) for _, task, place, _, _ in shown])
    seconds = _loaded(catalog, [(task, place) for _, _, _, task, place in shown])
    pairs = [
        Pair(each[0], first, second)
        for each, first, second in zip(shown, firsts, seconds, strict=True)
    ]
    more = start + SHOWN if start + SHOWN < len(found) else None
    return Pairs(len(found), pairs, more)


def _loaded(catalog: Catalog, wanted: Sequence[tuple[TaskRow, int]]) -> list[SampleRecord]:
    """The samples at those places, in that order; each task's files are opened once."""
    by_task: dict[str, list[int]] = {}
    for task, place in wanted:
        by_task.setdefault(task.task, []).append(place)
    tasks = {task.task: task for task, _ in wanted}
    found = {
        (name, sample.place): sample
        for name, places in by_task.items()
        for sample in samples.load_what_is_whole(catalog.blobs, tasks[name], places)
    }
    return [found[task.task, place] for task, place in wanted]


def _discordant(
    a: RunRow, b: RunRow, policy: Policy
) -> list[tuple[bool, TaskRow, int, TaskRow, int]]:
    """Whether B gained it, and where it stands in both; losses before gains."""
    theirs = {task.task: task for task in b.tasks}
    found = []
    for mine in sorted(a.tasks, key=lambda task: task.task):
        other = theirs.get(mine.task)
        if other is None or (mine.benchmark, mine.repeats) != (other.benchmark, other.repeats):
            continue
        keys_a, keys_b = _keys(mine), _keys(other)
        _, at_a, at_b = np.intersect1d(keys_a, keys_b, return_indices=True)
        right_a, right_b = _right(mine, policy)[at_a], _right(other, policy)[at_b]
        found += [
            (bool(right_b[each]), mine, int(at_a[each]), other, int(at_b[each]))
            for each in np.flatnonzero(right_a != right_b)
        ]
    return sorted(found, key=lambda each: each[0])


def _keys(task: TaskRow) -> Places:
    """Position and repeat of each sample in one number; samples lie in order of both."""
    positions = np.frombuffer(task.positions, dtype="<u4").astype(np.int64)
    repeats = np.arange(positions.size) % task.repeats
    return positions * task.repeats + repeats


def _right(task: TaskRow, policy: Policy) -> NDArray[np.bool_]:
    score = next(score for score in task.scores if score.policy == policy)
    return np.equal(np.frombuffer(score.outcomes, dtype=np.uint8), CORRECT)
