"""A comparison as reports and pages print it: test results go in, texts and chart marks come out.

It knows no files, addresses or benchmarks: the caller names tasks and runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from cft_eval.figures import p_value, size
from cft_eval.gate import Between, Compared, Comparison, Ranking
from cft_eval.gate.compare import Weighted
from cft_eval.gate.pairs import POOLED, SUITE
from cft_eval.render import drawing
from cft_eval.render.setting_words import setting_differences
from cft_eval.render.text import NAME, count, listed, percent, points, ranks, short
from cft_eval.stats import Interval

Named = Callable[[str], str]
"""What a task is called."""

Fact = tuple[str, str, str]
"""Name, figure, detail."""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One task of two runs, or all of them together."""

    name: str
    problems: str
    a: str
    b: str
    change: str
    interval: str
    p: str
    kind: str
    """better, worse or same: what the data show about B."""

    gains: str
    losses: str
    mark: Markup
    both: Markup
    balance: Markup
    whole: bool


class WeightRow(NamedTuple):
    """The change of the mean, by one way of weighing the tasks."""

    how: str
    change: str
    stderr: str
    interval: str
    mark: Markup
    heaviest: str
    """The task that contributes most of its noise."""


MOST_TIES = 3
"""Groups of runs that are too close to call and can still be read in a sentence."""


@dataclass(frozen=True, slots=True)
class TwoRuns:
    headline: str
    silent: Sequence[str]
    """What the data cannot tell, and the detectable effect."""

    facts: Sequence[Fact]
    changes: Sequence[ChangeRow]
    ticks: Sequence[str]
    weights: Sequence[WeightRow]
    mismatches: Sequence[str]
    both_noises: bool
    """Whether a row shows the noise of sampling apart."""

    names: tuple[str, str] = ("A", "B")
    """What the two runs are called in heads and sentences."""


class RankRow(NamedTuple):
    letter: str
    model: str
    score: str
    rank: str
    mark: Markup


class MatrixCell(NamedTuple):
    kind: str
    """better, worse, same, or self, where a run would meet itself."""

    change: str
    """In points."""

    title: str
    """The pair, its change and p in words."""

    url: str


class MatrixRow(NamedTuple):
    letter: str
    model: str
    cells: Sequence[MatrixCell]


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two of many runs, the first minus the second."""

    first: str
    second: str
    """Letters of the two runs."""

    url: str
    change: str
    interval: str
    p: str
    """Adjusted by Holm over all pairs."""

    kind: str
    """better, worse or same: what the data show of the first."""

    gains: str
    losses: str
    mark: Markup


@dataclass(frozen=True, slots=True)
class RankedRuns:
    headline: str
    silent: Sequence[str]
    """Which runs the data cannot tell from each other."""

    facts: Sequence[Fact]
    ticks: Sequence[str]
    ranks: Sequence[RankRow]
    matrix: Sequence[MatrixRow]
    left_out: int
    """Runs that the matrix does not show."""

    pairs: Sequence[PairRow]
    mismatches: Sequence[str] = ()


def two_runs(
    comparison: Comparison, *, named: Named, names: tuple[str, str] = ("A", "B")
) -> TwoRuns:
    """Two runs, task by task. ``names`` are those that the comparison was made with."""
    rows = comparison.shown
    on = drawing.scale([0.0, *(end for row in rows for end in row.interval)])
    most = max(max(row.gains, row.losses) for row in rows)
    tasks = [named(row.task) for row in comparison.rows]
    return TwoRuns(
        headline=headline(comparison, named=named),
        silent=[row.verdict.replace(row.task, named(row.task), 1) for row in comparison.silent],
        facts=_facts(comparison),
        changes=[_change(row, on, most, named, names) for row in rows],
        ticks=[tick_text(tick) for tick in on.ticks],
        weights=[_weight(each, tasks) for each in comparison.means],
        mismatches=setting_differences(comparison.mismatches, names, tasks=len(tasks), named=named),
        both_noises=any(row.fixed for row in rows),
        names=names,
    )


def ranked_runs(
    ranking: Ranking,
    names: Sequence[tuple[str, str]],
    *,
    alpha: float,
    named: Named,
    url: Callable[[int, int], str] = lambda first, second: "",
    most: int | None = None,
) -> RankedRuns:
    """Three runs or more. ``names`` has each run's letter and name, in the order of the ranking;
    ``url`` the address of two of them; ``most`` how many the matrix shows."""
    on = drawing.scale([0.0, *(end for pair in ranking.pairs for end in pair.interval)])
    runs = len(names)
    shown = range(runs)[:most]
    tasks = [named(task) for task in ranking.tasks]
    differing = sum(pair_kind(pair, alpha) != "same" for pair in ranking.pairs)

    def cell(i: int, j: int) -> MatrixCell:
        if i == j:
            return MatrixCell("self", "·", "", "")
        change, p = points(ranking.change[i][j]), ranking.p[i][j]
        kind = _kind(ranking.change[i][j], p < alpha)
        title = f"{names[i][0]} against {names[j][0]}: {change}, p {p_text(p)}"
        return MatrixCell(kind, change, title, url(i, j))

    return RankedRuns(
        headline=_best(ranking),
        silent=_ties(ranking, [letter for letter, _ in names]),
        facts=[
            ("runs", str(len(names)), f"{count(len(ranking.pairs))} pairs"),
            ("ranked by", "the mean" if len(tasks) > 1 else tasks[0], _over(ranking, tasks)),
            (
                "different",
                f"{count(differing)} of {count(len(ranking.pairs))}",
                f"pairs, p < {alpha:g} after Holm",
            ),
        ],
        ticks=[tick_text(tick) for tick in on.ticks],
        ranks=[
            RankRow(
                *name,
                percent(score),
                ranks(best, worst),
                drawing.ranks(best, worst, runs, label=f"rank {best} to {worst} of {runs}"),
            )
            for name, score, (best, worst) in zip(names, ranking.scores, ranking.ranks, strict=True)
        ],
        matrix=[MatrixRow(*names[i], [cell(i, j) for j in shown]) for i in shown],
        left_out=len(names) - len(shown),
        pairs=[
            _pair(pair, names, on, kind=pair_kind(pair, alpha), url=url(pair.first, pair.second))
            for pair in ranking.pairs
        ],
    )


def pair_kind(pair: Between, alpha: float) -> str:
    """better or worse, of the first; same where the data cannot tell."""
    return _kind(pair.change, pair.p_holm < alpha)


def change_kind(row: Compared) -> str:
    """better or worse, of B; same where the data cannot tell."""
    return _kind(row.b - row.a, bool(row.better))


def task_name(task: str, named: Named) -> str:
    return "mean over tasks" if task == SUITE else named(task)


def between(interval: Interval) -> str:
    """An interval of a difference, in points.

    >>> between(Interval(-0.012, 0.034))
    '−1.2 to +3.4'
    """
    return f"{points(interval.low)} to {points(interval.high)}"


def p_text(p: float) -> str:
    return p_value(p)


def tick_text(value: float) -> str:
    return "0" if abs(value) < 1e-9 else f"{100 * value:+.3g}".replace("-", "−")


def _kind(change: float, shown: bool) -> str:
    return "same" if not shown else "better" if change > 0 else "worse"


def headline(comparison: Comparison, *, named: Named = str) -> str:
    """Who is better on what; the tasks that cannot tell are said below it."""
    won: dict[str, list[str]] = {}
    for row in comparison.rows:
        if row.better:
            won.setdefault(row.better, []).append(named(row.task))
    if not won:
        return "No task shows a difference between the two runs"
    return "; ".join(f"{name} is better on {listed(tasks)}" for name, tasks in won.items())


def _facts(comparison: Comparison) -> list[Fact]:
    suite, whole = comparison.suite, comparison.pooled
    return [
        (
            "mean over tasks",
            points(suite.b - suite.a),
            f"{percent(suite.a)} → {percent(suite.b)}, {between(suite.interval)}, "
            f"p {p_text(suite.p)}",
        ),
        (
            f"all {count(whole.problems)} problems",
            points(whole.b - whole.a),
            f"{between(whole.interval)}, p {p_text(whole.p)}",
        ),
        (
            "problems that changed",
            count(whole.gains + whole.losses),
            f"{count(whole.gains)} gained, {count(whole.losses)} lost",
        ),
    ]


def _change(
    row: Compared, on: drawing.Scale, most: int, named: Named, names: tuple[str, str]
) -> ChangeRow:
    kind = change_kind(row)
    change, interval = points(row.b - row.a), between(row.interval)
    label = f"{change} ({interval})"
    sides = [f"{name} {percent(share)}" for name, share in zip(names, (row.a, row.b), strict=True)]
    return ChangeRow(
        name=task_name(row.task, named),
        problems=count(row.problems),
        a=percent(row.a),
        b=percent(row.b),
        change=change,
        interval=interval,
        p=p_text(row.p_holm),
        kind=kind,
        gains=count(row.gains),
        losses=count(row.losses),
        mark=drawing.forest(on, row.b - row.a, row.interval, row.fixed, kind=kind, label=label),
        both=drawing.pair(row.a, row.b, label=", ".join(sides)),
        balance=drawing.balance(
            row.losses, row.gains, most, label=f"{row.losses} lost, {row.gains} gained"
        ),
        whole=row.task in (POOLED, SUITE),
    )


def _weight(way: Weighted, tasks: Sequence[str]) -> WeightRow:
    parts = [
        f"{task} {percent(part, places=0)}%" for task, part in zip(tasks, way.shares, strict=True)
    ]
    heaviest = max(range(len(tasks)), key=way.shares.__getitem__)
    reach = 1.96 * way.stderr
    return WeightRow(
        how=way.how,
        change=points(way.change),
        stderr=size(way.stderr, places=2),
        interval=between(Interval(way.change - reach, way.change + reach)),
        mark=drawing.shares(way.shares, label=", ".join(parts)),
        heaviest=parts[heaviest],
    )


def _best(ranking: Ranking) -> str:
    first = sum(best == 1 for best, _ in ranking.ranks)
    if first > 1:
        return f"{first} of {len(ranking.runs)} runs could be the best: too close to call"
    return f"{short(ranking.runs[0], NAME)} is the best of {len(ranking.runs)}"


def _ties(ranking: Ranking, letters: Sequence[str]) -> list[str]:
    groups = [listed(letters[begin : end + 1]) for begin, end in ranking.ties if end > begin]
    if len(groups) > MOST_TIES:
        return []  # the possible ranks show them better than a paragraph of names
    return [f"too close to call: {'; '.join(groups)}"] if groups else []


def _over(ranking: Ranking, tasks: Sequence[str]) -> str:
    problems = f"{count(ranking.problems)} problems"
    if len(tasks) == 1:
        return problems
    return f"of {', '.join(tasks)}, equally weighted; {problems}"


def _pair(
    pair: Between, names: Sequence[tuple[str, str]], on: drawing.Scale, *, kind: str, url: str
) -> PairRow:
    change, interval = points(pair.change), between(pair.interval)
    label = f"{change} ({interval})"
    return PairRow(
        first=names[pair.first][0],
        second=names[pair.second][0],
        url=url,
        change=change,
        interval=interval,
        p=p_text(pair.p_holm),
        kind=kind,
        gains=count(pair.gains),
        losses=count(pair.losses),
        mark=drawing.forest(on, pair.change, pair.interval, None, kind=kind, label=label),
    )
