"""Runs against each other: from the tests' results to what the page prints."""

from collections.abc import Sequence
from dataclasses import replace

from markupsafe import escape

from cft_eval.gate import rank
from cft_eval.gate.compare import compare
from cft_eval.leaderboard.data.frames import title
from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.leaderboard.pages.compare.context import (
    CompareContext,
    ComparedRun,
    DiscordantRow,
    PickContext,
    ResponseSide,
)
from cft_eval.leaderboard.pages.compare.request import (
    ALPHA,
    FILES,
    LETTERS,
    ComparisonRequest,
    lettered,
    task_title,
    unlike,
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

FOLDED = 15
"""Pairs that stand open in the table; more are folded: the matrix above has them all."""

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
    two, ranked, strict = None, None, wanted.policy == "strict"
    if len(outcomes) == 2:
        two = two_runs(compare(*outcomes, alpha=ALPHA), named=task_title)
    else:
        ranked = replace(_ranked(outcomes, wanted), mismatches=unlike(outcomes))
    return CompareContext(
        two=two,
        ranked=ranked,
        folded=ranked is not None and len(ranked.pairs) > FOLDED,
        shows=[
            Link(name, wanted.url(show=key, start=0) + "#responses", key == wanted.show)
            for key, name in SHOWS.items()
            if two
        ],
        discordant=[_discordant(pair, wanted) for pair in pairs.shown],
        differing=count(pairs.total),
        next_url="" if pairs.next is None else wanted.url(start=pairs.next) + "#responses",
        regraded=_regraded(since),
        runs=[
            ComparedRun(
                letter,
                short(record.run.model.name, NAME),
                f"/runs/{record.id}" + ("" if strict else f"?policy={wanted.policy}"),
                about(record.run.model),
            )
            for letter, record in zip(LETTERS, records, strict=False)
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
    )


def _ranked(outcomes: Sequence[RunOutcomes], wanted: ComparisonRequest) -> RankedRuns:
    ranking = rank(lettered(outcomes), alpha=ALPHA)
    runs = [wanted.runs[LETTERS.index(name[:1])] for name in ranking.runs]

    def url(first: int, second: int) -> str:
        """The page of two of the runs as they are now; there the change is B minus A."""
        return ComparisonRequest((runs[second], runs[first]), wanted.policy).url()

    names = [(name[:1], short(name[2:], NAME)) for name in ranking.runs]
    return ranked_runs(ranking, names, alpha=ALPHA, named=task_title, url=url)


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


def _discordant(pair: DiscordantPair, wanted: ComparisonRequest) -> DiscordantRow:
    return DiscordantRow(
        gained=pair.gained,
        title=f"{title(pair.a.benchmark)} #{pair.a.index}",
        note=pair.note,
        url=f"/items/{pair.a.benchmark}/{pair.a.index}",
        problem=typeset(excerpt(pair.a.problem, PROBLEM)),
        reference=formula(short(pair.a.reference, PROBLEM)),
        sides=[
            _side(letter, run, sample, wanted.policy)
            for letter, run, sample in zip("AB", wanted.runs, (pair.a, pair.b), strict=True)
        ],
    )


def _side(letter: str, run: str, sample: SampleRecord, policy: Policy) -> ResponseSide:
    verdict = sample.under(policy)
    url = sample_url(run, sample.task, sample.place, policy)
    return ResponseSide(
        letter,
        verdict.outcome,
        OUTCOME_NAMES[verdict.outcome],
        short(verdict.answer or DASH, 200),
        url,
        brief(sample.response, sample.mark) if sample.response else escape(verdict.reason),
    )
