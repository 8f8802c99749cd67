"""What the pages read of published runs beside the catalog: vectors, slices, answers by problem.

Only what is needed is unpacked: a page of answers opens one row group of each run, a list of
problems two columns.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

import numpy as np
from pydantic_core import from_json
from sqlalchemy import Select, Text, cast, select
from sqlalchemy.orm import aliased, load_only

from cft_eval.checker import POLICIES, Outcome
from cft_eval.records.runs import (
    Answers,
    GridRun,
    Indices,
    PolicyScores,
    SampleFilter,
    SamplePage,
    ScoreRecord,
)
from cft_eval.render.text import protocol
from cft_eval.results import Policy
from cft_eval.server.intake.grading import CORRECT, OUTCOMES
from cft_eval.server.queries.catalog import Catalog, task_of
from cft_eval.server.queries.samples import LoadSamples, load_what_is_whole
from cft_eval.server.queries.vectors import columns_of, positions_of, right_of, score_of
from cft_eval.server.store import manifests
from cft_eval.server.store.models import RunRow, Score, TaskRow
from cft_eval.testsets import BENCHMARKS

log = logging.getLogger(__name__)

RIVALS = 20
"""Runs that "the other models" are: the best on the benchmark."""

STRONG = 8
"""Runs whose agreement against a reference is evidence: the best, one of each model."""


PIECE = 500
"""Rows in memory at once while a board is read: manifests are kilobytes each."""


@dataclass(frozen=True, slots=True)
class ScoreQueries:
    catalog: Catalog

    def scores(self) -> PolicyScores:
        """Every task of every published run, with its score under each policy."""
        board = PolicyScores([], {policy: [] for policy in POLICIES})
        with self.catalog.database.read() as session:
            # A manifest is JSON of kilobytes: read once a run, not once a task and policy.
            runs = {
                row.id: _Described.of(row)
                for row in session.execute(_described().where(self.catalog.visible))
            }
            for row in session.execute(_scored().where(self.catalog.visible)):
                if row.run_id in runs:
                    board.records.append(runs[row.run_id].record(row))
                    for policy, index in _POLICY_COLUMNS.items():
                        board.graded[policy].append((row[index], row[index + 1], row[index + 2]))
        return board

    def loaded(self, run_id: str) -> RunRow:
        """A run with its tasks and scores, for whoever asks several things of it."""
        with self.catalog.database.read() as session:
            return self.catalog.find(session, run_id)

    def numbers(
        self, run: RunRow, *, task: str | None, policy: Policy, show: SampleFilter | Outcome
    ) -> tuple[TaskRow, Indices]:
        """A task (the first where none is named), and the numbers of its samples that ``show``
        lets through."""
        row = task_of(run, task)
        codes = np.frombuffer(score_of(row, policy).outcomes, dtype=np.uint8)
        return row, np.flatnonzero(self._shown(row, codes, policy, show))

    def _shown(self, row: TaskRow, codes: Any, policy: Policy, show: SampleFilter | Outcome) -> Any:
        match show:
            case "":
                return np.ones(codes.size, dtype=bool)
            case "not_correct":
                return codes != CORRECT
            case "unanswered":
                return codes == OUTCOMES.index(Outcome.NO_ANSWER)
            case "flipped":
                verdicts = np.stack([right_of(score) for score in row.scores])
                return verdicts.any(axis=0) & ~verdicts.all(axis=0)
            case "disagree":
                return self._disagreeing(row, codes == CORRECT, policy)
            case _:
                return codes == OUTCOMES.index(Outcome(show))

    def _disagreeing(self, row: TaskRow, right: Any, policy: Policy) -> Any:
        positions = positions_of(row)
        answered, hits = np.zeros(row.expected), np.zeros(row.expected)
        for rival in self._best(row.benchmark, policy, RIVALS):
            if rival.run.id != row.run_id:
                where = positions_of(rival.task)
                np.add.at(answered, where, 1)
                np.add.at(hits, where, right_of(rival.score))
        share = np.divide(hits, answered, out=np.full(row.expected, np.nan), where=answered > 0)
        others = share[positions]
        return np.where(right, others < 0.5, others > 0.5)

    def samples(
        self,
        run: RunRow,
        *,
        task: str | None,
        policy: Policy,
        show: SampleFilter | Outcome,
        start: int,
        limit: int,
        read: LoadSamples = load_what_is_whole,
    ) -> SamplePage:
        """Samples of one task from number ``start`` on."""
        row, numbers = self.numbers(run, task=task, policy=policy, show=show)
        rest = numbers[np.searchsorted(numbers, start) :]
        shown = tuple(read(self.catalog.blobs, row, rest[:limit].tolist()))
        return SamplePage(len(numbers), shown, int(rest[limit]) if len(rest) > limit else None)

    def strongest(self, benchmark: str, policy: Policy = "strict") -> list[Answers]:
        """The best runs on a benchmark, one of each model, with their first answers."""
        best: dict[str, _Scored] = {}
        for scored in self._best(benchmark, policy, 8 * STRONG):
            best.setdefault(scored.run.model, scored)
        return [self._answers(scored) for scored in list(best.values())[:STRONG]]

    def grid(
        self, benchmark: str, policy: Policy, *, runs: Sequence[str] = (), most: int = STRONG
    ) -> list[GridRun]:
        """The verdicts of ``runs`` on a benchmark; where none are named, of the best run of each
        model, at most ``most``."""
        if runs:
            chosen = self._named(benchmark, policy, runs)
        else:
            best: dict[str, _Scored] = {}
            for scored in self._best(benchmark, policy, 6 * most):
                best.setdefault(scored.run.model, scored)
            chosen = list(best.values())
        return [_grid_run(scored) for scored in chosen[:most]]

    def _named(self, benchmark: str, policy: Policy, runs: Sequence[str]) -> list["_Scored"]:
        wanted = (
            select(TaskRow.run_id, TaskRow.task)
            .join(RunRow, RunRow.id == TaskRow.run_id)
            .where(TaskRow.benchmark == benchmark, RunRow.id.in_(runs), self.catalog.visible)
            .order_by(TaskRow.task)
        )
        with self.catalog.database.read() as session:
            first: dict[str, tuple[str, str]] = {}
            for run, task in session.execute(wanted):
                first.setdefault(run, (run, task))
            keys = list(first.values())
            rows = session.execute(_loaded(keys, policy)) if keys else ()
            by_task = {(row[1].run_id, row[1].task): _Scored(*row) for row in rows}
        return [by_task[first[run]] for run in runs if run in first]

    def _answers(self, scored: "_Scored") -> Answers:
        answers = columns_of(
            self.catalog.blobs, scored.task.verdicts_blob, ("answer_strict",), of=scored.task
        )
        said = answers["answer_strict"]
        right, first = right_of(scored.score), _first_numbers(scored.task)
        return Answers(
            run=scored.run.id,
            model=scored.run.model,
            accuracy=scored.score.accuracy,
            numbers=first,
            right=[bool(right[number]) for number in first],
            answers=[said[number] for number in first],
        )

    def benchmarks(self) -> list[str]:
        """Benchmarks that a published run has whole."""
        whole = (
            select(TaskRow.benchmark)
            .join(RunRow, RunRow.id == TaskRow.run_id)
            .where(self.catalog.visible, TaskRow.items == TaskRow.expected)
            .distinct()
        )
        with self.catalog.database.read() as session:
            order = {name: index for index, name in enumerate(BENCHMARKS)}
            names = session.scalars(whole)
            return sorted(names, key=lambda name: (order.get(name, len(order)), name))

    def _best(self, benchmark: str, policy: Policy, limit: int) -> list["_Scored"]:
        """Whole runs of a benchmark, the best first."""
        with self.catalog.database.read() as session:
            first = session.execute(
                _whole(benchmark, policy, limit).where(self.catalog.visible)
            ).all()
            rows = session.execute(_loaded(first, policy))
            by_task = {(row[1].run_id, row[1].task): _Scored(*row) for row in rows}
        return [by_task[run, task] for run, task in first]


@dataclass(frozen=True, slots=True)
class _Scored:
    run: RunRow
    task: TaskRow
    score: Score


def _grid_run(scored: _Scored) -> GridRun:
    task, positions = scored.task, positions_of(scored.task)
    numbers = np.full(task.expected, -1, dtype=np.int64)
    known, first = np.unique(positions, return_index=True)
    numbers[known] = first
    codes = np.frombuffer(scored.score.outcomes, dtype=np.uint8)
    names = [outcome.value for outcome in OUTCOMES]
    answered = np.bincount(positions, minlength=task.expected)
    right = np.bincount(positions, weights=codes == CORRECT, minlength=task.expected)
    shares = np.divide(right, answered, out=np.full(task.expected, np.nan), where=answered > 0)
    return GridRun(
        run=scored.run.id,
        model=scored.run.model,
        step=manifests.known(scored.run.manifest["model"]["step"]),
        task=task.task,
        accuracy=scored.score.accuracy,
        numbers=numbers,
        outcomes=[names[codes[number]] if number >= 0 else "" for number in numbers.tolist()],
        right=shares,
    )


def _whole(benchmark: str, policy: Policy, limit: int) -> Select[str, str]:
    """Which runs, and which of their tasks: names alone, since ten thousand are sorted."""
    return (
        select(TaskRow.run_id, TaskRow.task)
        .join(RunRow, RunRow.id == TaskRow.run_id)
        .join(Score, (Score.run_id == TaskRow.run_id) & (Score.task == TaskRow.task))
        .where(
            TaskRow.benchmark == benchmark,
            TaskRow.items == TaskRow.expected,
            Score.policy == policy,
        )
        .order_by(Score.accuracy.desc(), RunRow.id)
        .limit(limit)
    )


def _loaded(tasks: Sequence[Any], policy: Policy) -> Select[RunRow, TaskRow, Score]:
    """Those runs with their vectors."""
    return (
        select(RunRow, TaskRow, Score)
        .join(TaskRow, TaskRow.run_id == RunRow.id)
        .join(Score, (Score.run_id == TaskRow.run_id) & (Score.task == TaskRow.task))
        .where(
            RunRow.id.in_([run for run, _ in tasks]),
            TaskRow.task.in_({task for _, task in tasks}),
            Score.policy == policy,
        )
        # Outcomes of a whole suite are not wanted here, and have tens of kilobytes.
        .options(load_only(RunRow.id, RunRow.model, RunRow.manifest))
    )


_BY_POLICY = {policy: aliased(Score) for policy in POLICIES}
_TASK = (
    TaskRow.run_id, TaskRow.task, TaskRow.benchmark, TaskRow.items, TaskRow.repeats,
    TaskRow.expected,
)  # fmt: skip
_POLICY_COLUMNS = {policy: len(_TASK) + 3 * index for index, policy in enumerate(POLICIES)}
"""The index of a policy's accuracy among the columns; its claim and its variance are the next."""


def _scored() -> Select[*tuple[Any, ...]]:
    """A row a task, not one a policy: what each policy says of it side by side."""
    graded = (
        column.label(f"{name}_{policy}")
        for policy, score in _BY_POLICY.items()
        for name, column in (
            ("accuracy", score.accuracy),
            ("claimed", score.claimed),
            ("item_variance", score.item_variance),
        )
    )
    query = select(*_TASK, *graded).join(RunRow, RunRow.id == TaskRow.run_id)
    for policy, score in _BY_POLICY.items():
        same = (score.run_id == TaskRow.run_id) & (score.task == TaskRow.task)
        query = query.join(score, same & (score.policy == policy))
    return query.execution_options(yield_per=PIECE)


def _described() -> Select[str, str, datetime, str]:
    """Every run; its manifest as text, which is read faster here than by the driver."""
    manifest = cast(RunRow.manifest, Text).label("manifest")
    query = select(RunRow.id, manifest, RunRow.evaluated, RunRow.checker_version)
    return query.execution_options(yield_per=PIECE)


_SETTINGS = itemgetter("n_shot", "temperature", "max_gen_toks")


@dataclass(frozen=True, slots=True)
class _Described:
    """What a run's manifest says of all its scores, and no more: ten thousand are held at once."""

    evaluated: datetime
    checker: str
    model: Mapping[str, Any]
    tags: tuple[str, ...]
    engine: str
    settings: Mapping[str, tuple[Any, Any, Any]]
    """Task to its shots, temperature and longest response."""

    @classmethod
    def of(cls, row: Any) -> "_Described":
        manifest = from_json(row.manifest)
        settings_of = {name: task["settings"] for name, task in manifest["tasks"].items()}
        settings = {name: _SETTINGS(each) for name, each in settings_of.items()}
        model, moment, checker = manifest["model"], row.evaluated, row.checker_version
        return cls(moment, checker, model, tuple(model["tags"]), manifest["engine"], settings)

    def record(self, row: Any) -> ScoreRecord:
        model, (shots, temperature, tokens) = self.model, self.settings[row.task]
        return ScoreRecord(
            run=row.run_id,
            model=model["name"],
            base_model=model["base_model"],
            method=model["method"],
            training_data=model["training_data"],
            training_examples=manifests.known(model["training_examples"]),
            step=manifests.known(model["step"]),
            tags=self.tags,
            engine=self.engine,
            parameters=manifests.known(model["parameters"]),
            protocol=protocol(
                shots=shots,
                temperature=temperature,
                tokens=tokens,
                repeats=row.repeats,
            ),
            evaluated=self.evaluated,
            checker=self.checker,
            task=row.task,
            benchmark=row.benchmark,
            items=row.items,
            repeats=row.repeats,
            expected=row.expected,
            accuracy=row.accuracy_strict,
            claimed=row.claimed_strict,
            item_variance=row.item_variance_strict,
        )


def _first_numbers(row: TaskRow) -> Indices:
    """By position of the problem, the number of its first response."""
    return np.unique(positions_of(row), return_index=True)[1]
