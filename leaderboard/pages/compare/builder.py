"""Runs against each other: from the tests' results to what the page prints."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from markupsafe import escape

from cft_eval.gate import rank
from cft_eval.gate.compare import compare
from cft_eval.leaderboard.data.suites import benchmark_order, title
from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.leaderboard.pages.compare.by_benchmark import by_benchmark
from cft_eval.leaderboard.pages.compare.context import (
    CompareContext,
    ComparedRun,
    DiscordantRow,
    ResponseSide,
)
from cft_eval.leaderboard.pages.compare.request import (
    ALPHA,
    FILES,
    ComparisonRequest,
    distinct,
    other_settings,
    task_title,
)
from cft_eval.leaderboard.pages.run.address import sample_url
from cft_eval.leaderboard.pages.run.response import brief
from cft_eval.records.runs import DiscordantPair, Pairs, RunRecord, SampleRecord
from cft_eval.render.comparison import RankedRuns, ranked_runs, two_runs
from cft_eval.render.tex import excerpt, formula, typeset
from cft_eval.render.text import DASH, NAME, OUTCOME_NAMES, POLICY_NAMES, about, count, short
from cft_eval.results import Policy, RunOutcomes

SHOWS = {"": "all", "lost": "lost", "gained": "gained"}
"""Which discordant problems are listed."""

MOST_PAIRS = 15
"""Pairs in the table; where they are more, it has those of neighbours in the ranking: the matrix
and the files have all."""

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
    two, ranked, each, strict = None, None, None, wanted.policy == "strict"
    names = distinct(
        [(record.run.model.name, record.run.model.step, record.id) for record in records]
    )
    urls = [
        f"/runs/{record.id}" + ("" if strict else f"?policy={wanted.policy}") for record in records
    ]
    if len(outcomes) == 2:
        pair = names[0], names[1]
        two = two_runs(compare(*outcomes, alpha=ALPHA, names=pair), named=task_title, names=pair)
    else:
        ranked = replace(
            _ranked(outcomes, names, wanted), mismatches=other_settings(outcomes, names)
        )
        each = by_benchmark(outcomes, names, urls)
    return CompareContext(
        two=two,
        ranked=ranked,
        each=each,
        grids=_grids(records, wanted),
        neighbours=len(outcomes) * (len(outcomes) - 1) > 2 * MOST_PAIRS,
        shows=[
            Link(name, wanted.url(show=key, start=0) + "#responses", key == wanted.show)
            for key, name in SHOWS.items()
            if two
        ],
        discordant=[_discordant(found, wanted, names) for found in pairs.shown],
        differing=count(pairs.total),
        next_url="" if pairs.next is None else wanted.url(start=pairs.next) + "#responses",
        regraded=_regraded(since, names),
        runs=[
            ComparedRun(name, short(record.run.model.name, NAME), url, about(record.run.model))
            for name, url, record in zip(names, urls, records, strict=True)
        ],
        policies=[
            Link(name, wanted.url(policy=policy, start=0), policy == wanted.policy)
            for policy, name in POLICY_NAMES.items()
            if not wanted.snapshot or policy == wanted.policy
        ],
        exports=[
            Link(name, wanted.url(ending=f".{ending}", show="", start=0))
            for ending, name in FILES.items()
        ],
        wanted=wanted,
        picture=wanted.url(ending=".png", show="", start=0),
    )


def _ranked(
    outcomes: Sequence[RunOutcomes], names: Sequence[str], wanted: ComparisonRequest
) -> RankedRuns:
    named = [
        run.model_copy(update={"model": name}) for run, name in zip(outcomes, names, strict=True)
    ]
    ranking = rank(named, alpha=ALPHA)
    runs = [wanted.runs[index] for index in ranking.order]

    def url(first: int, second: int) -> str:
        """The page of two of the runs as they are now; there the change is the second's."""
        return ComparisonRequest((runs[second], runs[first]), wanted.policy).url()

    shown = [(name, name) for name in ranking.runs]
    ranked = ranked_runs(ranking, shown, alpha=ALPHA, named=task_title, url=url)
    if len(ranked.pairs) <= MOST_PAIRS:
        return ranked
    near = [
        row
        for row, pair in zip(ranked.pairs, ranking.pairs, strict=True)
        if pair.second == pair.first + 1
    ]
    return replace(ranked, pairs=near)


def _grids(records: Sequence[RunRecord], wanted: ComparisonRequest) -> list[Link]:
    """The grids of these runs on the benchmarks that all of them have."""
    sets = [{task.benchmark for task in record.tasks} for record in records]
    shared = set.intersection(*sets)
    policy = {} if wanted.policy == "strict" else {"policy": wanted.policy}
    query = urlencode({"run": wanted.runs, **policy}, doseq=True)
    return [
        Link(title(name), f"/benchmarks/{name}/grid?{query}")
        for name in sorted(shared, key=benchmark_order)
    ]


def _regraded(since: Sequence[str], names: Sequence[str]) -> list[str]:
    return [
        f"{name} has been regraded since, by checker {short(checker, 40)}; this page shows "
        "the scores and verdicts of the snapshot."
        for name, checker in zip(names, since, strict=False)
        if checker
    ]


def _discordant(
    pair: DiscordantPair, wanted: ComparisonRequest, names: Sequence[str]
) -> DiscordantRow:
    return DiscordantRow(
        gained=pair.gained,
        title=f"{title(pair.a.benchmark)} #{pair.a.index}",
        note=pair.note,
        url=f"/items/{pair.a.benchmark}/{pair.a.index}",
        problem=typeset(excerpt(pair.a.problem, PROBLEM)),
        reference=formula(short(pair.a.reference, PROBLEM)),
        sides=[
            _side(name, run, sample, wanted.policy)
            for name, run, sample in zip(names, wanted.runs, (pair.a, pair.b), strict=True)
        ],
    )


def _side(name: str, run: str, sample: SampleRecord, policy: Policy) -> ResponseSide:
    verdict = sample.under(policy)
    url = sample_url(run, sample.task, sample.place, policy)
    return ResponseSide(
        name,
        verdict.outcome,
        OUTCOME_NAMES[verdict.outcome],
        short(verdict.answer or DASH, 200),
        url,
        brief(sample.response, sample.mark) if sample.response else escape(verdict.reason),
    )
