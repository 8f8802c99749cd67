"""Every run's answer to one problem: those that answered the whole set first, the best first.

How often each problem of a benchmark was answered right is counted from the score vectors, once,
and cached until a run is published; only the answers of one page are unpacked.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, func, select

from cft_eval.records.runs import (
    AnswerPage,
    AnswerRecord,
    BenchmarkRecord,
    ItemRecord,
    ProblemText,
    SampleRecord,
    VerdictRecord,
)
from cft_eval.results import Policy
from cft_eval.server.access.auth import Viewer
from cft_eval.server.foundation.errors import Missing
from cft_eval.server.intake.grading import CORRECT
from cft_eval.server.intake.parquet import read_columns, read_rows
from cft_eval.server.queries.catalog import Catalog
from cft_eval.server.queries.samples import load
from cft_eval.server.store.blobs import DamagedBlob
from cft_eval.server.store.cache import RevisionCache
from cft_eval.server.store.manifests import known as known_count
from cft_eval.server.store.models import RunRow, Score, TaskRow

log = logging.getLogger(__name__)

PAGE_RUNS = 30
"""Runs whose answers stand on one page: each opens a file."""

_VERDICT = ("outcome", "answer", "how", "reason")

MOST_READ = 5
"""Runs that are opened for the texts of a benchmark: the first whole one has all."""

MATRIX_BYTES = 1 << 24
"""Of the vectors that are counted at once: quicker than one by one, and no board fills it all."""

Counts = NDArray[np.int64]


class _Answering(NamedTuple):
    """One run of a benchmark, and which of its responses are to which problem."""

    run: str
    task: str
    accuracy: float
    items: int
    expected: int
    repeats: int
    positions: NDArray[np.uint32] | None
    """Of each response, in order; None where they are all problems from the first on."""

    @property
    def whole(self) -> bool:
        return self.items == self.expected

    def responses(self, position: int) -> range:
        """The numbers of the responses to a problem; empty where the run did not answer it."""
        if self.positions is None:
            first = position * self.repeats
            return range(first, first + self.repeats if position < self.items else first)
        return range(*np.searchsorted(self.positions, [position, position + 1]).tolist())


@dataclass(frozen=True, slots=True)
class _Tally:
    """All runs of a benchmark together."""

    whole: tuple[_Answering, ...]
    """Runs of the whole set, the best first."""

    part: tuple[_Answering, ...]
    responses: Counts
    """Of each problem, shape (problems of the set)."""

    right: Counts

    def answered(self, position: int) -> tuple[_Answering, ...]:
        """The runs that answered a problem."""
        if position >= len(self.right):
            return ()
        return (*self.whole, *(each for each in self.part if each.responses(position)))


@dataclass(frozen=True, slots=True)
class AnswerQueries:
    """The answers of the runs that ``catalog`` shows."""

    catalog: Catalog
    tallies: "RevisionCache[tuple[Viewer, str, Policy], _Tally]"
    texts: "RevisionCache[tuple[Viewer, str], tuple[ProblemText | None, ...]]"
    page_runs: int = PAGE_RUNS

    def item(self, benchmark: str, position: int) -> ItemRecord:
        """A problem as the best run brought it; raises where no run answered it."""
        run, sample = self._first_whole(benchmark, position)
        return ItemRecord(
            benchmark=benchmark,
            position=position,
            last=run.expected - 1,
            item=sample.item,
            problem=sample.problem,
            reference=sample.reference,
            level=sample.level,
            subject=sample.subject,
        )

    def benchmark(self, benchmark: str, policy: Policy = "strict") -> BenchmarkRecord:
        """Every problem of a benchmark; `Missing` where no run answered one."""
        tally = self._tally(benchmark, policy)
        if not tally.whole and not tally.part:
            raise Missing("benchmark on this board:", benchmark)
        texts = self.texts.get(
            (self.catalog.viewer, benchmark),
            self.catalog.revision(),
            lambda: tuple(self._texts(tally)),
        )
        return BenchmarkRecord(texts, tally.responses, tally.right, len(tally.whole))

    def _texts(self, tally: "_Tally") -> list[ProblemText | None]:
        texts: list[ProblemText | None] = [None] * len(tally.right)
        read = 0
        with self.catalog.database.read() as session:
            for run in (*tally.whole, *tally.part):
                row = session.scalar(_visible_task(self.catalog, run))
                if row is None:
                    continue
                try:
                    columns = read_columns(self.catalog.blobs.get(row.samples_blob), _TEXTS)
                except DamagedBlob as error:
                    log.warning("run %s, %s: %s", run.run, run.task, error)
                    continue
                listed = list(zip(*(columns[name] for name in _TEXTS), strict=True))
                for position in range(len(texts)):
                    if texts[position] is None and (numbers := run.responses(position)):
                        texts[position] = ProblemText(*listed[numbers[0]])
                read += 1
                if run.whole or read >= MOST_READ:
                    break
        return texts

    def page(
        self, benchmark: str, position: int, page: int, policy: Policy = "strict"
    ) -> AnswerPage:
        """What the runs of one page, from 1, answered to a problem, and how all of them did."""
        tally = self._tally(benchmark, policy)
        runs = tally.answered(position)
        shown = runs[(page - 1) * self.page_runs : page * self.page_runs]
        return AnswerPage(
            answers=tuple(self._answered(shown, position, policy)),
            runs=len(runs),
            responses=int(tally.responses[position]),
            right=int(tally.right[position]),
            page=page,
            pages=-(-len(runs) // self.page_runs),
        )

    def _first_whole(self, benchmark: str, position: int) -> tuple[_Answering, SampleRecord]:
        """The best run's response to a problem, of those whose samples can be read."""
        damaged = None
        with self.catalog.database.read() as session:
            for run in self._tally(benchmark).answered(position):
                row = session.scalar(_visible_task(self.catalog, run))
                if row is None:
                    continue
                try:
                    return run, load(self.catalog.blobs, row, [run.responses(position)[0]])[0]
                except DamagedBlob as error:
                    damaged = error
        raise damaged or Missing(f"answered problem {position} of", benchmark)

    def _tally(self, benchmark: str, policy: Policy = "strict") -> _Tally:
        catalog = self.catalog
        key = catalog.viewer, benchmark, policy
        revision = catalog.revision()
        return self.tallies.get(key, revision, lambda: _counted(catalog, benchmark, policy))

    def _answered(
        self, runs: Sequence[_Answering], position: int, policy: Policy
    ) -> Iterator[AnswerRecord]:
        """The responses of ``runs`` to a problem, in their order."""
        with self.catalog.database.read() as session:
            rows = session.execute(_described(self.catalog, runs))
            known = {(row.run_id, row.task): row for row in rows}
        for run in runs:
            row = known.get((run.run, run.task))
            if row is None:  # withdrawn since it was counted
                continue
            try:
                blob = self.catalog.blobs.get(row.verdicts_blob)
            except DamagedBlob as error:
                log.warning("run %s, %s: %s", run.run, run.task, error)
                continue
            numbers = run.responses(position)
            columns = [f"{name}_{policy}" for name in _VERDICT]
            for repeat, said in enumerate(read_rows(blob, numbers, columns=columns)):
                outcome, answer, how, reason = (said[column] for column in columns)
                verdict = VerdictRecord(policy, outcome, answer, how, reason or "")
                yield _record(run, row, verdict, place=numbers[repeat], repeat=repeat)


def _record(
    run: _Answering, row: Any, verdict: VerdictRecord, *, place: int, repeat: int
) -> AnswerRecord:
    return AnswerRecord(
        run=run.run,
        model=row.model,
        step=known_count(row.manifest["model"]["step"]),
        accuracy=run.accuracy,
        items=run.items,
        expected=run.expected,
        task=run.task,
        place=place,
        repeat=repeat,
        verdict=verdict,
    )


def _visible_task(catalog: Catalog, run: _Answering) -> Select[TaskRow]:
    """The task, unless its run was withdrawn since it was counted."""
    return (
        select(TaskRow)
        .join(RunRow, RunRow.id == TaskRow.run_id)
        .where(TaskRow.run_id == run.run, TaskRow.task == run.task, catalog.visible)
    )


def _described(catalog: Catalog, runs: Sequence[_Answering]) -> Select[Any]:
    return (
        select(TaskRow.run_id, TaskRow.task, TaskRow.verdicts_blob, RunRow.model, RunRow.manifest)
        .join(RunRow, RunRow.id == TaskRow.run_id)
        .where(
            TaskRow.run_id.in_({each.run for each in runs}),
            TaskRow.task.in_({each.task for each in runs}),
            catalog.visible,
        )
    )


def _counted(catalog: Catalog, benchmark: str, policy: Policy) -> _Tally:
    runs: list[_Answering] = []
    with catalog.database.read() as session:
        longest = session.scalar(
            select(func.max(TaskRow.expected)).where(TaskRow.benchmark == benchmark)
        )
        responses, right = (np.zeros(longest or 0, dtype=np.int64) for _ in range(2))
        whole = TaskRow.items == TaskRow.expected
        alike: dict[tuple[int, int], list[bytes]] = {}
        for row in session.execute(
            _scored(catalog, benchmark, whole, policy).add_columns(*_COLUMNS)
        ):
            runs.append(_Answering._make((*row[:6], None)))
            alike.setdefault((row.items, row.repeats), []).append(row.outcomes)
        for (items, repeats), vectors in alike.items():
            responses[:items] += len(vectors) * repeats
            for codes in batched_codes(vectors, items * repeats):
                right[:items] += (codes == CORRECT).sum(axis=0).reshape(items, repeats).sum(axis=1)
        # Positions are four bytes a response: read only where they do not go without saying.
        part = _scored(catalog, benchmark, ~whole, policy).add_columns(*_COLUMNS, TaskRow.positions)
        for row in session.execute(part):
            positions = np.frombuffer(row.positions, dtype="<u4")
            plain = bool(np.array_equal(positions[:: row.repeats], np.arange(row.items)))
            runs.append(_Answering._make((*row[:6], None if plain else positions)))
            _count(row, positions[:: row.repeats], responses, right)
    runs.sort(key=lambda run: (-run.accuracy, run.run))
    return _Tally(
        tuple(run for run in runs if run.whole),
        tuple(run for run in runs if not run.whole),
        responses,
        right,
    )


_COLUMNS = (
    TaskRow.run_id, TaskRow.task, Score.accuracy, TaskRow.items, TaskRow.expected, TaskRow.repeats,
    Score.outcomes,
)  # fmt: skip


def _count(row: Any, problems: Any, responses: Counts, right: Counts) -> None:
    """Add a run to the ``problems`` that it answered, each ``repeats`` times."""
    codes = np.frombuffer(row.outcomes, dtype=np.uint8).reshape(row.items, row.repeats)
    responses[problems] += row.repeats
    right[problems] += (codes == CORRECT).sum(axis=1)


def batched_codes(vectors: Sequence[bytes], length: int) -> Iterator[NDArray[np.uint8]]:
    """Vectors of one length as the rows of matrices, some megabytes at a time."""
    rows = max(1, MATRIX_BYTES // max(length, 1))
    for start in range(0, len(vectors), rows):
        joined = b"".join(vectors[start : start + rows])
        yield np.frombuffer(joined, dtype=np.uint8).reshape(-1, length)


_TEXTS = ("problem", "reference", "level", "subject")


def _scored(
    catalog: Catalog, benchmark: str, which: ColumnElement[bool], policy: Policy
) -> Select[Any]:
    """The visible tasks of a benchmark with their scores under a policy; no columns yet."""
    return (
        select()
        .select_from(TaskRow)
        .join(RunRow, RunRow.id == TaskRow.run_id)
        .join(Score, (Score.run_id == TaskRow.run_id) & (Score.task == TaskRow.task))
        .where(TaskRow.benchmark == benchmark, which, Score.policy == policy, catalog.visible)
    )
