"""Runs against each other: from the tests' results to what the page prints."""

from collections.abc import Sequence
from dataclasses import replace

from markupsafe import escape

from cft_eval.gate import Compared, Comparison, rank
from cft_eval.gate.compare import compare
from cft_eval.gate.pairs import SUITE
from cft_eval.leaderboard.data.frames import title
from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.leaderboard.pages.compare.context import (
    ChangeRow,
    CompareContext,
    DiscordantRow,
    PickContext,
    ResponseSide,
)
from cft_eval.leaderboard.pages.compare.rankings import ranking_context, unlike
from cft_eval.leaderboard.pages.compare.request import (
    ALPHA,
    LETTERS,
    ComparisonRequest,
    between,
    lettered,
    p_text,
    shared,
    tick_text,
)
from cft_eval.leaderboard.pages.run.response import brief
from cft_eval.leaderboard.pages.run.sample import sample_url
from cft_eval.records.pairs import DiscordantPair, Pairs
from cft_eval.records.runs import RunRecord, SampleRecord
from cft_eval.render import drawing, svg
from cft_eval.render.tex import formula, typeset
from cft_eval.render.text import (
    DASH,
    NAME,
    OUTCOME_NAMES,
    about,
    count,
    listed,
    percent,
    points,
    short,
)
from cft_eval.results import Policy, RunOutcomes

SHOWS = {"": "all", "lost": "lost", "gained": "gained"}
"""Which discordant problems are listed."""

PROBLEM = 3_000
"""Characters of a problem that stands beside its two responses."""


def compare_context(
    records: Sequence[RunRecord],
    outcomes: Sequence[RunOutcomes],
    pairs: Pairs,
    wanted: ComparisonRequest,
    *,
    since: Sequence[str] = (),
) -> CompareContext:
    """The page of two runs or more; raises `InvalidData` where they cannot be compared.

    ``since`` has, for each run of a snapshot, the checker that graded it again after that,
    or an empty text.
    """
    if len(outcomes) == 2:
        context = _two(records, compare(*outcomes, alpha=ALPHA), pairs, wanted)
    else:
        ranking = rank(lettered(outcomes), alpha=ALPHA)
        context = ranking_context(records, ranking, wanted, unlike(outcomes))
    return replace(context, regraded=_regraded(since))


def _regraded(since: Sequence[str]) -> list[str]:
    return [
        f"{letter} was graded again since, by checker {short(checker, 40)}; what stands here, its "
        "verdicts too, is as in the snapshot."
        for letter, checker in zip(LETTERS, since, strict=False)
        if checker
    ]


def pick_context(
    records: Sequence[RunRecord], wanted: ComparisonRequest, problem: str
) -> PickContext:
    """The page that asks which runs."""
    return PickContext(
        [
            (record.id, short(record.run.model.name, NAME), about(record.run.model))
            for record in records
        ],
        wanted.runs,
        problem,
    )


def _two(
    records: Sequence[RunRecord], comparison: Comparison, pairs: Pairs, wanted: ComparisonRequest
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
        pairs=(),
        folded=False,
        mismatches=[str(mismatch) for mismatch in comparison.mismatches],
        shows=[
            Link(name, wanted.url(show=key, start=0) + "#responses", key == wanted.show)
            for key, name in SHOWS.items()
        ],
        discordant=[_discordant(pair, wanted) for pair in pairs.shown],
        differing=count(pairs.total),
        next_url="" if pairs.next is None else wanted.url(start=pairs.next) + "#responses",
        **shared(records, wanted),  # type: ignore[arg-type]
    )


def _headline(comparison: Comparison) -> str:
    won: dict[str, list[str]] = {}
    for row in comparison.rows:
        if row.better:
            won.setdefault(row.better, []).append(named(row))
    if not won:
        return "No task tells the two runs apart"
    return "; ".join(f"{name} is better on {listed(tasks)}" for name, tasks in won.items())


def named(row: Compared) -> str:
    """A task in few words: the benchmark's name where it is one of ours."""
    if row.task == SUITE:
        return "mean over tasks"
    return title(row.task.removeprefix("cft_"))


def _facts(comparison: Comparison) -> list[tuple[str, str, str]]:
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


def _change(row: Compared, on: drawing.Scale, most: int, whole: bool) -> ChangeRow:
    kind = "same" if not row.better else "better" if row.b > row.a else "worse"
    change, interval = points(row.b - row.a), between(row.interval)
    return ChangeRow(
        name=named(row),
        problems=count(row.problems),
        a=percent(row.a),
        b=percent(row.b),
        change=change,
        interval=interval,
        p=p_text(row.p_holm),
        kind=kind,
        gains=count(row.gains),
        losses=count(row.losses),
        mark=svg.difference(
            on, row.b - row.a, row.interval, row.fixed, kind=kind, label=f"{change} ({interval})"
        ),
        both=svg.two(row.a, row.b, label=f"A {percent(row.a)}, B {percent(row.b)}"),
        balance=svg.gained_and_lost(row.losses, row.gains, most),
        whole=whole,
    )


def _discordant(pair: DiscordantPair, wanted: ComparisonRequest) -> DiscordantRow:
    return DiscordantRow(
        gained=pair.gained,
        title=f"{title(pair.a.benchmark)} #{pair.a.index}",
        note=pair.note,
        url=f"/items/{pair.a.benchmark}/{pair.a.index}",
        problem=typeset(short(pair.a.problem, PROBLEM)),
        reference=formula(short(pair.a.reference, PROBLEM)),
        sides=[
            _side(letter, run, sample, wanted.policy)
            for letter, run, sample in zip("AB", wanted.runs, (pair.a, pair.b), strict=True)
        ],
    )


def _side(letter: str, run: str, sample: SampleRecord, policy: Policy) -> ResponseSide:
    verdict = next(verdict for verdict in sample.verdicts if verdict.policy == policy)
    url = sample_url(run, sample.task, sample.place, policy)
    return ResponseSide(
        letter,
        verdict.outcome,
        OUTCOME_NAMES[verdict.outcome],
        short(verdict.answer or DASH, 200),
        url,
        brief(sample.response, sample.mark) if sample.response else escape(verdict.reason),
    )
