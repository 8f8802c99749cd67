"""Every run's answer to one problem: those that answered the whole set first, the best first.

How often each problem of a benchmark was answered right is counted from the score vectors, once,
and kept until a run is published; only the answers of one page are unpacked.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, func, select

from cft_eval.records.runs import AnswerPage, AnswerRecord, ItemRecord, SampleRecord, VerdictRecord
from cft_eval.server.foundation.errors import Missing
from cft_eval.server.intake.grading import CORRECT
from cft_eval.server.intake.parquet import read_rows
from cft_eval.server.queries.catalog import Catalog
from cft_eval.server.queries.samples import load
from cft_eval.server.store.blobs import DamagedBlob
from cft_eval.server.store.cache import Kept
from cft_eval.server.store.manifests import known as known_count
from cft_eval.server.store.models import RunRow, Score, TaskRow

log = logging.getLogger(__name__)

PAGE_RUNS = 30
"""Runs whose answers stand on one page: each opens a file."""

_VERDICT = ("outcome_strict", "answer_strict", "how_strict", "reason_strict")

Counts = NDArray[np.int64]


class _Place(NamedTuple):
    """One run of a benchmark, and where its responses to a problem are."""

    run: str
    task: str
    accuracy: float
    items: int
    expected: int
    repeats: int
    positions: NDArray[np.uint32] | None
    """Of each response, in order; None where they are all problems from the first on."""

    def responses(self, position: int) -> range:
        """The places of the responses to a problem; empty where the run did not answer it."""
        if self.positions is None:
            first = position * self.repeats
            return range(first, first + self.repeats if position < self.items else first)
        return range(*np.searchsorted(self.positions, [position, position + 1]).tolist())


@dataclass(frozen=True, slots=True)
class _Tally:
    """All runs of a benchmark together."""

    whole: tuple[_Place, ...]
    """Runs of the whole set, the best first."""

    part: tuple[_Place, ...]
    responses: Counts
    """Of each problem, shape (problems of the set)."""

    right: Counts

    def answered(self, position: int) -> tuple[_Place, ...]:
        """The runs that answered a problem."""
        if position >= len(self.right):
            return ()
        return (*self.whole, *(each for each in self.part if each.responses(position)))


def item(catalog: Catalog, benchmark: str, position: int) -> ItemRecord:
    """A problem as the best run brought it; raises where no run answered it."""
    place, sample = _first_whole(catalog, benchmark, position)
    return ItemRecord(
        benchmark,
        position,
        place.expected - 1,
        sample.item,
        sample.problem,
        sample.reference,
        sample.level,
        sample.subject,
    )


def _first_whole(catalog: Catalog, benchmark: str, position: int) -> tuple[_Place, SampleRecord]:
    """The best run's response to a problem, of those whose samples can be read."""
    damaged = None
    with catalog.database.read() as session:
        for place in _tally(catalog, benchmark).answered(position):
            row = session.scalar(_visible_task(catalog, place))
            if row is None:
                continue
            try:
                return place, load(catalog.blobs, row, [place.responses(position)[0]])[0]
            except DamagedBlob as error:
                damaged = error
    raise damaged or Missing(f"answered problem {position} of", benchmark)


def _visible_task(catalog: Catalog, place: _Place) -> Select[TaskRow]:
    """The task, unless its run was withdrawn since it was counted."""
    return (
        select(TaskRow)
        .join(RunRow, RunRow.id == TaskRow.run_id)
        .where(TaskRow.run_id == place.run, TaskRow.task == place.task, catalog.visible)
    )


def answers(catalog: Catalog, benchmark: str, position: int, page: int) -> AnswerPage:
    """What the runs of one page, from 1, answered to a problem, and how all of them did."""
    tally = _tally(catalog, benchmark)
    places = tally.answered(position)
    shown = places[(page - 1) * PAGE_RUNS : page * PAGE_RUNS]
    return AnswerPage(
        tuple(_answered(catalog, shown, position)),
        len(places),
        int(tally.responses[position]),
        int(tally.right[position]),
        page,
        -(-len(places) // PAGE_RUNS),
    )


_tallies: "Kept[tuple[Catalog, str], _Tally]" = Kept(most=16)


def _tally(catalog: Catalog, benchmark: str) -> _Tally:
    return _tallies.get(
        (catalog, benchmark), catalog.revision(), lambda: _counted(catalog, benchmark)
    )


def _counted(catalog: Catalog, benchmark: str) -> _Tally:
    places: list[_Place] = []
    with catalog.database.read() as session:
        longest = session.scalar(
            select(func.max(TaskRow.expected)).where(TaskRow.benchmark == benchmark)
        )
        responses, right = (np.zeros(longest or 0, dtype=np.int64) for _ in range(2))
        whole = TaskRow.items == TaskRow.expected
        for row in session.execute(_scored(catalog, benchmark, whole).add_columns(*_COLUMNS)):
            places.append(_place(row, None))
            _count(row, slice(0, row.items), responses, right)
        # Positions are four bytes a response: read only where they do not go without saying.
        part = _scored(catalog, benchmark, ~whole).add_columns(*_COLUMNS, TaskRow.positions)
        for row in session.execute(part):
            positions = np.frombuffer(row.positions, dtype="<u4")
            plain = bool(np.array_equal(positions[:: row.repeats], np.arange(row.items)))
            places.append(_place(row, None if plain else positions))
            _count(row, positions[:: row.repeats], responses, right)
    places.sort(key=lambda place: (-place.accuracy, place.run))
    return _Tally(
        tuple(place for place in places if place.items == place.expected),
        tuple(place for place in places if place.items < place.expected),
        responses,
        right,
    )


_COLUMNS = (
    TaskRow.run_id, TaskRow.task, Score.accuracy, TaskRow.items, TaskRow.expected, TaskRow.repeats,
    Score.outcomes,
)  # fmt: skip


def _place(row: Any, positions: NDArray[np.uint32] | None) -> _Place:
    return _Place(
        row.run_id, row.task, row.accuracy, row.items, row.expected, row.repeats, positions
    )


def _count(row: Any, where: Any, responses: Counts, right: Counts) -> None:
    """Add a run to the problems ``where`` it was asked, each ``repeats`` times."""
    codes = np.frombuffer(row.outcomes, dtype=np.uint8).reshape(row.items, row.repeats)
    responses[where] += row.repeats
    right[where] += (codes == CORRECT).sum(axis=1)


def _scored(catalog: Catalog, benchmark: str, which: ColumnElement[bool]) -> Select[Any]:
    """The visible tasks of a benchmark with their strict scores; no columns yet."""
    return (
        select()
        .select_from(TaskRow)
        .join(RunRow, RunRow.id == TaskRow.run_id)
        .join(Score, (Score.run_id == TaskRow.run_id) & (Score.task == TaskRow.task))
        .where(TaskRow.benchmark == benchmark, which, Score.policy == "strict", catalog.visible)
    )


def _answered(catalog: Catalog, places: Sequence[_Place], position: int) -> Iterator[AnswerRecord]:
    """The responses of ``places`` to a problem, in their order."""
    runs, tasks = ({getattr(place, name) for place in places} for name in ("run", "task"))
    described = (
        select(TaskRow.run_id, TaskRow.task, TaskRow.verdicts_blob, RunRow.model, RunRow.manifest)
        .join(RunRow, RunRow.id == TaskRow.run_id)
        .where(TaskRow.run_id.in_(runs), TaskRow.task.in_(tasks), catalog.visible)
    )
    with catalog.database.read() as session:
        known = {(row.run_id, row.task): row for row in session.execute(described)}
    for place in places:
        row = known.get((place.run, place.task))
        if row is None:  # withdrawn since it was counted
            continue
        at = place.responses(position)
        try:
            blob = catalog.blobs.get(row.verdicts_blob)
        except DamagedBlob as error:
            log.warning("run %s, %s: %s", place.run, place.task, error)
            continue
        for repeat, verdict in enumerate(read_rows(blob, at, columns=_VERDICT)):
            outcome, answer, how, reason = (verdict[name] for name in _VERDICT)
            yield AnswerRecord(
                place.run,
                row.model,
                known_count(row.manifest["model"]["step"]),
                place.accuracy,
                place.items,
                place.expected,
                place.task,
                at[repeat],
                repeat,
                VerdictRecord("strict", outcome, answer, how, reason or ""),
            )
