"""Runs against each other: from the tests' results to what the page prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from cft_eval.gate import Compared, Comparison, Ranking, compare, drawing, rank
from cft_eval.gate.pairs import SUITE
from cft_eval.leaderboard import svg
from cft_eval.leaderboard.contexts import (
    ChangeRow,
    CompareContext,
    ComparedRun,
    DiscordantRow,
    Link,
    MatrixRow,
    PickContext,
    RankRow,
    Side,
)
from cft_eval.leaderboard.frames import title
from cft_eval.leaderboard.records import RunRecord, SampleRecord
from cft_eval.leaderboard.response import brief
from cft_eval.leaderboard.tex import formula, typeset
from cft_eval.leaderboard.text import (
    DASH,
    NAME,
    OUTCOME_NAMES,
    POLICY_NAMES,
    about,
    count,
    percent,
    points,
    ranks,
    short,
)
from cft_eval.results import Policy, RunOutcomes

MOST_RUNS = 26
"""Runs that one page ranks: a letter each."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

SHOWS = {"": "all", "lost": "lost", "gained": "gained"}
"""Which discordant problems are listed."""

FILES = {"json": "JSON", "csv": "CSV", "md": "Markdown", "svg": "SVG"}
"""Ending of the address of a comparison as a file, and its name."""

ALPHA = 0.05

PROBLEM = 3_000
"""Characters of a problem that stands beside its two responses."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which comparison, and which part of its discordant problems."""

    runs: tuple[str, ...]
    policy: Policy = "strict"
    show: str = ""
    start: int = 0
    frozen: str = ""
    """The id of a comparison that was kept; then the runs are its own."""

    day: str = ""
    """When it was kept."""

    def url(self, *, ending: str = "", **changes: object) -> str:
        """The address of this comparison, as a page or as a file."""
        parts: dict[str, object] = {"show": self.show, "start": self.start, **changes}
        if not self.frozen:
            parts = {"run": self.runs, "policy": self.policy, **parts}
        kept = {name: value for name, value in parts.items() if value not in ("", 0, "strict")}
        path = f"/comparisons/{self.frozen}" if self.frozen else "/compare"
        query = urlencode(kept, doseq=True)
        return f"{path}{ending}" + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class Pair:
    """The responses of two runs to a problem that only one has right."""

    gained: bool
    a: SampleRecord
    b: SampleRecord


@dataclass(frozen=True, slots=True)
class Pairs:
    """Some discordant problems, and how many there are."""

    found: int
    shown: Sequence[Pair]
    next: int | None


NO_PAIRS = Pairs(0, (), None)


def lettered(outcomes: Sequence[RunOutcomes]) -> list[RunOutcomes]:
    """The same with a letter before each name, so that two runs of one model stay two."""
    return [
        run.model_copy(update={"model": f"{letter} {run.model}"[:300]})
        for letter, run in zip(LETTERS, outcomes, strict=False)
    ]


def compare_context(
    records: Sequence[RunRecord], outcomes: Sequence[RunOutcomes], pairs: Pairs, asked: Asked
) -> CompareContext:
    """The page of two runs or more; raises `InvalidData` where they cannot be compared."""
    if len(outcomes) == 2:
        return _two(records, compare(*outcomes, alpha=ALPHA), pairs, asked)
    return _many(records, rank(lettered(outcomes), alpha=ALPHA), asked)


def pick_context(records: Sequence[RunRecord], asked: Asked, problem: str) -> PickContext:
    """The page that asks which runs."""
    return PickContext(
        [
            (found.id, short(found.run.model.name, NAME), about(found.run.model))
            for found in records
        ],
        asked.runs,
        problem,
    )


def _two(
    records: Sequence[RunRecord], comparison: Comparison, pairs: Pairs, asked: Asked
) -> CompareContext:
    rows = comparison.shown
    on = drawing.scale([0.0, *(end for row in rows for end in row.interval)])
    most = max(max(row.gains, row.losses) for row in rows)
    return CompareContext(
        headline=_headline(comparison),
        silent=[
            row.verdict.replace(row.task, named(row), 1)
            for row in comparison.rows
            if not row.better
        ],
        facts=_facts(comparison),
        changes=[_change(row, on, most, row not in comparison.rows) for row in rows],
        ticks=[tick_text(tick) for tick in on.ticks],
        weights=[
            (each.how, points(each.change), f"{100 * each.stderr:.2f}") for each in comparison.means
        ],
        ranks=(),
        matrix=(),
        mismatches=[str(mismatch) for mismatch in comparison.mismatches],
        shows=[
            Link(name, asked.url(show=key, start=0) + "#responses", key == asked.show)
            for key, name in SHOWS.items()
        ],
        discordant=[_discordant(pair, asked) for pair in pairs.shown],
        found=pairs.found,
        next_url="" if pairs.next is None else asked.url(start=pairs.next) + "#responses",
        **_shared(records, asked),  # type: ignore[arg-type]
    )


def _many(records: Sequence[RunRecord], ranking: Ranking, asked: Asked) -> CompareContext:
    first = sum(best == 1 for best, _ in ranking.ranks)
    name = short(ranking.runs[0], NAME)
    headline = f"{name} is the best of {len(records)}"
    if first > 1:
        headline = f"{first} of {len(records)} runs may be the best"
    pooled = f"over {count(ranking.problems)} problems of {len(ranking.tasks)} tasks"
    ties = [
        f"{ranking.runs[begin][:1]} to {ranking.runs[end][:1]}"
        for begin, end in ranking.ties
        if end > begin
    ]
    told = [f"not told apart: {', '.join(ties)} (in the order of their score)"] if ties else []
    return CompareContext(
        headline=headline,
        silent=told,
        facts=[("runs", str(len(records)), pooled)],
        changes=(),
        ticks=(),
        weights=(),
        ranks=_ranks(ranking),
        matrix=_matrix(ranking),
        mismatches=(),
        shows=(),
        discordant=(),
        found=0,
        next_url="",
        **_shared(records, asked),  # type: ignore[arg-type]
    )


def _shared(records: Sequence[RunRecord], asked: Asked) -> dict[str, object]:
    fields = [("run", run) for run in asked.runs] + [("policy", asked.policy)]
    live = Asked(asked.runs, asked.policy).url() if asked.frozen else ""
    return {
        "runs": [
            ComparedRun(
                letter,
                short(found.run.model.name, NAME),
                f"/runs/{found.id}",
                about(found.run.model),
            )
            for letter, found in zip(LETTERS, records, strict=False)
        ],
        "policies": [
            Link(name, asked.url(policy=policy, start=0), policy == asked.policy)
            for policy, name in POLICY_NAMES.items()
            if not asked.frozen or policy == asked.policy
        ],
        "exports": [
            Link(name, asked.url(ending=f".{ending}", show="", start=0))
            for ending, name in FILES.items()
        ],
        "fields": fields,
        "frozen": asked.day,
        "live_url": live,
    }


def _headline(comparison: Comparison) -> str:
    won: dict[str, list[str]] = {}
    for row in comparison.rows:
        if row.better:
            won.setdefault(row.better, []).append(named(row))
    if not won:
        return "No task tells the two runs apart"
    return "; ".join(f"{name} is better on {_listed(tasks)}" for name, tasks in won.items())


def named(row: Compared) -> str:
    """A task in few words: the benchmark's name where it is one of ours."""
    if row.task == SUITE:
        return "mean over tasks"
    return title(row.task.removeprefix("cft_"))


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _facts(comparison: Comparison) -> list[tuple[str, str, str]]:
    suite, whole = comparison.suite, comparison.pooled
    return [
        (
            "mean over tasks",
            points(suite.b - suite.a),
            f"{percent(suite.a)} → {percent(suite.b)}, {_interval(suite)}, p {_p(suite.p)}",
        ),
        (
            f"all {count(whole.problems)} problems",
            points(whole.b - whole.a),
            f"{_interval(whole)}, p {_p(whole.p)}",
        ),
        (
            "problems that changed",
            count(whole.gains + whole.losses),
            f"{count(whole.gains)} gained, {count(whole.losses)} lost",
        ),
    ]


def _change(row: Compared, on: drawing.Scale, most: int, whole: bool) -> ChangeRow:
    kind = "same" if not row.better else "better" if row.b > row.a else "worse"
    change, interval = points(row.b - row.a), _interval(row)
    return ChangeRow(
        name=named(row),
        problems=count(row.problems),
        a=percent(row.a),
        b=percent(row.b),
        change=change,
        interval=interval,
        p=_p(row.p_holm),
        kind=kind,
        gains=row.gains,
        losses=row.losses,
        mark=svg.difference(
            on, row.b - row.a, row.interval, row.fixed, kind=kind, label=f"{change} ({interval})"
        ),
        both=svg.two(row.a, row.b, label=f"A {percent(row.a)}, B {percent(row.b)}"),
        balance=svg.gained_and_lost(row.losses, row.gains, most),
        whole=whole,
    )


def _interval(row: Compared) -> str:
    return f"{points(row.interval.low)} to {points(row.interval.high)}"


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def tick_text(value: float) -> str:
    return "0" if abs(value) < 1e-9 else f"{100 * value:+.3g}".replace("-", "−")


def _ranks(ranking: Ranking) -> list[RankRow]:
    runs = len(ranking.runs)
    return [
        RankRow(
            name[:1],
            short(name[2:], NAME),
            percent(score),
            ranks(best, worst),
            svg.possible_ranks(best, worst, runs),
        )
        for name, score, (best, worst) in zip(
            ranking.runs, ranking.scores, ranking.ranks, strict=True
        )
    ]


def _matrix(ranking: Ranking) -> list[MatrixRow]:
    rows = []
    for i, name in enumerate(ranking.runs):
        cells = []
        for j, change in enumerate(ranking.change[i]):
            p = ranking.p[i][j]
            kind = "same" if p >= ALPHA else "better" if change > 0 else "worse"
            cells.append(("self", "·", "") if i == j else (kind, points(change), f"p {_p(p)}"))
        rows.append(MatrixRow(name[:1], short(name[2:], NAME), cells))
    return rows


def _discordant(pair: Pair, asked: Asked) -> DiscordantRow:
    repeat = f", repeat {pair.a.repeat}" if pair.a.repeat else ""
    return DiscordantRow(
        gained=pair.gained,
        title=f"{title(pair.a.benchmark)} #{pair.a.index}{repeat}",
        url=f"/items/{pair.a.benchmark}/{pair.a.index}",
        problem=typeset(short(pair.a.problem, PROBLEM)),
        reference=formula(short(pair.a.reference, PROBLEM)),
        sides=[
            _side(letter, run, sample, asked.policy)
            for letter, run, sample in zip("AB", asked.runs, (pair.a, pair.b), strict=True)
        ],
    )


def _side(letter: str, run: str, sample: SampleRecord, policy: Policy) -> Side:
    verdict = next(verdict for verdict in sample.verdicts if verdict.policy == policy)
    place = f"/runs/{run}/samples/{sample.place}?{urlencode({'task': sample.task})}"
    return Side(
        letter,
        verdict.outcome,
        OUTCOME_NAMES[verdict.outcome],
        short(verdict.answer or DASH, 200),
        place,
        brief(sample.response, verdict.answer),
    )
