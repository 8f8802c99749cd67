"""Scores as pandas frames: long as they were measured or reported, wide as a board shows them.

Measured and reported scores are kept in separate frames.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from cft_eval.leaderboard.data.suites import Suite, benchmark_order, suite_of, title
from cft_eval.records.runs import Graded, Indices, ScoreRecord
from cft_eval.render.text import size
from cft_eval.results import InvalidData, Model, RunOutcomes
from cft_eval.stats import Floats, Interval, clustered, combined_many, proportion
from cft_eval.testsets import SUITE

CLAIM_TOLERANCE = 5e-4
"""A claim that rounds to the same tenth of a percent agrees."""

RUN_COLUMNS = [
    "model",
    "base_model",
    "method",
    "training_data",
    "training_examples",
    "step",
    "tags",
    "engine",
    "size",
    "parameters",
    "protocol",
    "evaluated",
    "checker",
]


Part = Literal[
    "low", "high", "items", "expected", "repeats", "claimed", "task", "others", "partial",
    "worth", "paper", "least", "most",
]  # fmt: skip
"""What a board knows of a score beside the score itself; see `Standing`."""


def part(column: str, name: Part) -> str:
    """The column that holds this part of the scores of ``column``: a benchmark, or the mean."""
    return f"{column}:{name}"


class Standing(NamedTuple):
    """One score of a board's row; NaN or None where it is not known."""

    accuracy: float
    low: float
    high: float
    items: float | None = None
    expected: float | None = None
    repeats: float | None = None
    claimed: float | None = None
    task: str | None = None
    """The task that is shown for the benchmark."""

    others: str | None = None
    """The other tasks of the run on this benchmark."""

    partial: bool = False
    """Whether it rests on a part of the problems."""

    worth: float | None = None
    """What this policy adds to the strict score."""

    least: float | None = None
    """The lowest score that any policy gives, and ``most`` the highest."""

    most: float | None = None


def standing(row: Mapping[Any, Any], column: str) -> Standing:
    """The score of a row in ``column``: a benchmark, or the mean."""
    names = _columns_of(column)
    if column == "mean":
        bounds = (row[names["low"]], row[names["high"]])
        known: dict[str, Any] = {name: row.get(names[name]) for name in ("worth", "least", "most")}
        return Standing(row["mean"], *bounds, partial=bool(row["partial"]), **known)
    rest: dict[str, Any] = {name: row.get(each) for name, each in names.items()}
    return Standing(row[column], **rest)


@cache
def _columns_of(column: str) -> Mapping[Part, str]:
    """The columns of the parts of a score."""
    return {name: part(column, name) for name in _PARTS}


_PARTS: tuple[Part, ...] = tuple(name for name in get_args(Part) if name != "paper")


def measured(records: Iterable[ScoreRecord]) -> pd.DataFrame:
    """One row a run and benchmark, with its 95 % interval (``low``, ``high``, shares 0..1).

    A text that is not known is empty.
    """
    names = list(ScoreRecord.__slots__)
    listed = list(records)
    rows = list(map(attrgetter(*names), listed))
    frame = pd.DataFrame(rows, columns=names)
    frame["size"] = [size(r.parameters, r.model, r.base_model) for r in listed]
    texts = ["base_model", "method", "training_data"]
    frame[texts] = frame[texts].astype(object).fillna("")
    frame = _bounded(_one_a_benchmark(frame))
    frame["partial"] = frame["items"] < frame["expected"]
    frame["suite"] = [suite_of(benchmark) for benchmark in frame["benchmark"]]
    return frame


def _one_a_benchmark(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a run and benchmark: that of the task named after the benchmark, else the first by
    name. ``others`` names the tasks of the run that are not shown for it."""
    keys = ["run", "benchmark"]
    frame = frame.sort_values("task").assign(others="")
    rivals = frame[frame.duplicated(keys, keep=False)]
    if rivals.empty:
        return frame
    plain = rivals["task"] == "cft_" + rivals["benchmark"]
    rivals = rivals.iloc[np.argsort(~plain.to_numpy(), kind="stable")]
    shown, rest = (rivals[rivals.duplicated(keys) == again] for again in (False, True))
    others = rest.groupby(keys)["task"].agg(", ".join).rename("rivals")
    frame.loc[shown.index, "others"] = shown.join(others, on=keys)["rivals"]
    return frame.drop(rest.index)


def _regraded(frame: pd.DataFrame, graded: Sequence[Graded]) -> pd.DataFrame:
    # The labels of the frame are the positions of its records, whatever its order.
    accuracy, claimed, spread = np.array(graded, dtype=np.float64).reshape(-1, 3)[frame.index].T
    return _bounded(frame.assign(accuracy=accuracy, claimed=claimed, item_variance=spread))


def _bounded(frame: pd.DataFrame) -> pd.DataFrame:
    """Add ``low`` and ``high``, or replace them."""
    spread = frame["item_variance"].astype(np.float64)
    known = [None if missing else each for each, missing in zip(spread, spread.isna(), strict=True)]
    rows = zip(frame["accuracy"].tolist(), frame["items"].tolist(), known, strict=True)
    bounds = np.array([interval(*row) for row in rows]).reshape(-1, 2)
    return frame.assign(low=bounds[:, 0], high=bounds[:, 1])


@cache
def interval(accuracy: float, items: int, item_variance: float | None = None) -> Interval:
    """The 95 % interval that a run prints of the same score: a proportion's, or with repeats that
    of `stats.clustered`.

    Without ``item_variance`` each problem counts once: it was asked once, or how much the problems
    differ was not kept when it was graded.
    """
    if item_variance is None:
        return proportion(round(accuracy * items), items)
    return clustered(accuracy, item_variance, items)


def columns(frame: pd.DataFrame, suite: Suite) -> tuple[str, ...]:
    """The benchmarks of ``suite`` that a board shows, in order."""
    if suite is Suite.SUITE:
        return SUITE
    names = set(frame.loc[frame["suite"] == suite, "benchmark"])
    return tuple(sorted(names, key=benchmark_order))


def board(frame: pd.DataFrame, suite: Suite) -> pd.DataFrame:
    """One row a run, indexed by its id, the best mean first.

    Columns: `RUN_COLUMNS`; for each benchmark its accuracy, and each `part` of it; ``mean`` with
    its bounds (missing unless every benchmark was run);
    ``partial``; ``best`` and ``worst`` rank among the runs of one protocol (0: not ranked).
    Partial runs stand after whole ones.
    """
    shown = frame[frame["suite"] == suite]
    wide = shown.drop_duplicates("run").set_index("run")[RUN_COLUMNS]
    wide["protocol"] = _protocols(shown)
    benchmarks = columns(frame, suite)
    # Joined at once: column by column, pandas takes a quarter of a second for a single run.
    parts = [_of_benchmark(shown, benchmark, wide.index) for benchmark in benchmarks]
    return ranked(_with_mean(pd.concat([wide, *parts], axis=1), benchmarks))


def _of_benchmark(shown: pd.DataFrame, benchmark: str, runs: pd.Index) -> pd.DataFrame:
    """The columns of one benchmark, a row for each of ``runs``."""
    one = shown.loc[shown["benchmark"] == benchmark, ["run", "accuracy", *_MEASURED, "partial"]]
    one = one.set_index("run").reindex(runs)
    one["partial"] = one["partial"].eq(True)
    names = [part(benchmark, name) for name in (*_MEASURED, "partial")]
    return one.set_axis([benchmark, *names], axis=1)


_MEASURED: tuple[Part, ...] = (
    "low", "high", "items", "expected", "repeats", "claimed", "task", "others",
)  # fmt: skip

LONGEST_PROTOCOL = 300
"""Characters, as many as an address may ask for."""


def _protocols(shown: pd.DataFrame) -> pd.Series:
    """Run to its protocol; where its tasks have several, which of them has which."""
    pairs = shown[["run", "protocol"]].drop_duplicates()
    several = pairs["run"].duplicated(keep=False)
    alike = pairs[~several].set_index("run")["protocol"]
    mixed = shown[shown["run"].isin(pairs.loc[several, "run"])]
    joined = {run: _by_set(one) for run, one in mixed.groupby("run")}
    protocols: pd.Series = pd.concat([alike, pd.Series(joined, dtype=object)])
    return protocols


def _by_set(run: pd.DataFrame) -> str:
    """Every protocol of one run, with the benchmarks that have it."""
    ways = {
        str(protocol) or "not known": ", ".join(map(title, sorted(one["benchmark"])))
        for protocol, one in run.groupby("protocol")
    }
    text = " + ".join(f"{way} ({sets})" for way, sets in sorted(ways.items()))
    return text[:LONGEST_PROTOCOL]


def of_api(runs: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """The response of a board's ``GET /api/v1/runs`` as a long frame for a notebook.

    One row a run, task and policy: ``run``, the fields of the model, ``task``, ``benchmark``,
    ``items``, ``repeats``, ``expected``, ``truncated``, ``policy``, ``accuracy``, ``claimed``,
    ``low``, ``high`` (shares 0..1, 95 %; see `interval`).
    """
    return pd.DataFrame(
        [
            {
                "run": each["id"],
                **{name: value for name, value in each["run"]["model"].items() if name != "name"},
                "model": each["run"]["model"]["name"],
                **{name: task[name] for name in _TASK_COLUMNS},
                "policy": policy,
                "accuracy": accuracy,
                "claimed": task["claimed"][policy],
                **interval(
                    accuracy, task["items"], task.get("item_variance", {}).get(policy)
                )._asdict(),
            }
            for each in runs
            for task in each["tasks"]
            for policy, accuracy in task["accuracy"].items()
        ],
        columns=_API_COLUMNS,
    )


_TASK_COLUMNS = ("task", "benchmark", "items", "repeats", "expected", "truncated")
_API_COLUMNS = [
    "run",
    *(name for name in Model.model_fields if name != "name"),
    *("model", *_TASK_COLUMNS, "policy", "accuracy", "claimed", "low", "high"),
]
"""Of an empty board, too."""


def of_outcomes(runs: Mapping[str, RunOutcomes], task: str) -> pd.DataFrame:
    """Problem by run: the share of right responses, from frozen baselines or a board's outcomes.

    Problems stand in the order of their content hash, so that rows of runs on the same problems
    pair up; raises `InvalidData` where the runs answered others.
    """
    items = {name: run.fingerprint(task).get("items") for name, run in runs.items()}
    if len(set(items.values())) > 1:
        names = ", ".join(runs)
        raise InvalidData(f"{task}: these runs answered other problems: {names}")
    shares = {name: np.array(run.tasks[task].counts) / run.tasks[task].repeats
              for name, run in runs.items()}  # fmt: skip
    return pd.DataFrame(shares)


class Scores:
    """The measured scores of every run under one policy, with a board of each suite.

    Whoever reads it must not change it.
    """

    def __init__(self, records: Iterable[ScoreRecord]) -> None:
        self._keep(measured(records))

    def regraded(self, graded: Sequence[Graded]) -> "Scores":
        """The same records as another policy grades them, in the order of the records."""
        other = Scores.__new__(Scores)
        other._keep(_regraded(self.frame, graded))
        return other

    def _keep(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        counted, empty = self.frame.groupby("suite")["run"].nunique(), pd.Series(dtype=int)
        self.runs = {suite: int(counted.get(suite, 0)) for suite in Suite}
        """Runs that have a benchmark of the suite."""

        whole = self.frame[~self.frame["partial"]].groupby(["suite", "run"]).size()
        self.whole = {
            suite: int(
                (np.asarray(whole.get(suite, empty)) >= len(columns(self.frame, suite))).sum()
            )
            for suite in Suite
        }
        """Runs that have all of them, on all problems."""

        self._boards: dict[Suite, pd.DataFrame] = {}

    def board(self, suite: Suite) -> pd.DataFrame:
        """`board` of one suite, made when first needed."""
        if suite not in self._boards:
            self._boards[suite] = board(self.frame, suite)
        return self._boards[suite]


def _with_mean(wide: pd.DataFrame, benchmarks: Sequence[str]) -> pd.DataFrame:
    names = list(benchmarks)
    wide["mean"] = wide[names].mean(axis=1, skipna=False) if names else np.nan
    bounds = [part("mean", "low"), part("mean", "high")]
    wide[bounds] = np.nan
    if names:
        shares, lows, highs = (
            wide[each].to_numpy(dtype=np.float64)
            for each in (
                names,
                [part(name, "low") for name in names],
                [part(name, "high") for name in names],
            )
        )
        wide[bounds] = np.stack(combined_many(shares, lows, highs), axis=1)
    flags = [wide[part(name, "partial")] for name in names]
    wide["partial"] = np.logical_or.reduce(flags) if flags else False
    return wide


def ranked(wide: pd.DataFrame) -> pd.DataFrame:
    """Add the best and worst rank that the intervals allow among the runs of one protocol, and put
    whole runs before partial ones, which are not ranked."""
    partial = wide["partial"].astype(bool)
    whole = wide["mean"].notna() & ~partial
    low, high = (wide.loc[whole, part("mean", end)].to_numpy() for end in ("low", "high"))
    group, _ = pd.factorize(wide.loc[whole, "protocol"])
    wide["best"], wide["worst"] = 0, 0
    wide.loc[whole, ["best", "worst"]] = np.stack(possible_ranks(low, high, group), axis=1)
    # Among runs of an unknown protocol no rank says anything.
    wide.loc[wide["protocol"] == "", ["best", "worst"]] = 0
    ordered = wide.sort_values(["mean", "evaluated"], ascending=False, na_position="last")
    late = 2 * ordered["mean"].isna() + ordered["partial"].astype(bool)
    return ordered.iloc[np.argsort(late.to_numpy(), kind="stable")]


def possible_ranks(low: Floats, high: Floats, group: Indices) -> tuple[Indices, Indices]:
    """Best and worst rank of each interval (of shares) among those of its group."""
    if not low.size:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    # Shares lie between 0 and 1: groups that are shifted apart are counted in one search.
    low, high = low + 4.0 * group, high + 4.0 * group
    sizes = np.bincount(group)
    ends = np.cumsum(sizes)
    better = ends[group] - np.searchsorted(np.sort(low), high, side="right")
    worse = np.searchsorted(np.sort(high), low, side="left") - (ends - sizes)[group]
    return 1 + better, sizes[group] - worse
