"""Three runs or more: who may stand where, and each pair of them, as the page prints it."""

from collections.abc import Sequence

from cft_eval.gate import Between, Ranking, mismatches
from cft_eval.leaderboard.data.frames import title
from cft_eval.leaderboard.pages.compare.context import (
    CompareContext,
    MatrixCell,
    MatrixRow,
    PairRow,
    RankRow,
)
from cft_eval.leaderboard.pages.compare.request import (
    ALPHA,
    LETTERS,
    ComparisonRequest,
    between,
    p_text,
    shared,
    tick_text,
)
from cft_eval.records.runs import RunRecord
from cft_eval.render import drawing, svg
from cft_eval.render.text import NAME, count, listed, percent, points, ranks, short
from cft_eval.results import RunOutcomes

FOLDED = 15
"""Pairs that stand open in the table; more are folded: the matrix above has them all."""


UNLIKE = 30
"""Settings in which runs differ that are named one by one."""


def unlike(outcomes: Sequence[RunOutcomes]) -> list[str]:
    """In which settings each run differs from the first, on the tasks that all have."""
    first = outcomes[0]
    shared = [task for task in first.tasks if all(task in run.tasks for run in outcomes)]
    differing = [
        f"A and {letter}: {mismatch}"
        for letter, run in zip(LETTERS[1:], outcomes[1:], strict=False)
        for mismatch in mismatches(first, run)
        if mismatch.task in shared
    ]
    more = [f"… and {len(differing) - UNLIKE} more"] if len(differing) > UNLIKE else []
    return differing[:UNLIKE] + more


def ranking_context(
    records: Sequence[RunRecord],
    ranking: Ranking,
    wanted: ComparisonRequest,
    differing: Sequence[str],
) -> CompareContext:
    """The page of ``ranking``, whose runs are named by `lettered`; ``differing``: in what they
    were not made alike."""
    sets = [title(task.removeprefix("cft_")) for task in ranking.tasks]
    on = drawing.scale([0.0, *(end for pair in ranking.pairs for end in pair.interval)])
    return CompareContext(
        headline=_headline(ranking),
        silent=_ties(ranking),
        facts=[
            ("runs", str(len(records)), f"{count(len(ranking.pairs))} pairs"),
            ("ranked by", "the mean" if len(sets) > 1 else sets[0], _over(ranking, sets)),
            ("that differ", *_differing(ranking)),
        ],
        changes=(),
        ticks=[tick_text(tick) for tick in on.ticks],
        weights=(),
        ranks=_ranks(ranking),
        matrix=_matrix(ranking, wanted),
        pairs=[_pair(pair, ranking, wanted, on) for pair in ranking.pairs],
        folded=len(ranking.pairs) > FOLDED,
        mismatches=differing,
        shows=(),
        discordant=(),
        differing="0",
        next_url="",
        **shared(records, wanted),  # type: ignore[arg-type]
    )


def pair_kind(pair: Between) -> str:
    """better or worse, of the first; same where the data cannot tell."""
    return "same" if pair.p_holm >= ALPHA else "better" if pair.change > 0 else "worse"


def _headline(ranking: Ranking) -> str:
    first = sum(best == 1 for best, _ in ranking.ranks)
    if first > 1:
        return f"{first} of {len(ranking.runs)} runs may be the best"
    return f"{short(ranking.runs[0], NAME)} is the best of {len(ranking.runs)}"


def _ties(ranking: Ranking) -> list[str]:
    groups = [
        listed([name[:1] for name in ranking.runs[begin : end + 1]])
        for begin, end in ranking.ties
        if end > begin
    ]
    return [f"cannot be distinguished: {'; '.join(groups)}"] if groups else []


def _over(ranking: Ranking, sets: Sequence[str]) -> str:
    problems = f"{count(ranking.problems)} problems"
    if len(sets) == 1:
        return problems
    return f"of {', '.join(sets)}, each weighing the same; {problems}"


def _differing(ranking: Ranking) -> tuple[str, str]:
    shown = sum(pair_kind(pair) != "same" for pair in ranking.pairs)
    return f"{count(shown)} of {count(len(ranking.pairs))}", "pairs, p < 0.05 after Holm"


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


def _matrix(ranking: Ranking, wanted: ComparisonRequest) -> list[MatrixRow]:
    indices = range(len(ranking.runs))
    return [
        MatrixRow(name[:1], short(name[2:], NAME), [_cell(ranking, i, j, wanted) for j in indices])
        for i, name in enumerate(ranking.runs)
    ]


def _cell(ranking: Ranking, i: int, j: int, wanted: ComparisonRequest) -> MatrixCell:
    if i == j:
        return MatrixCell("self", "·", "", "")
    change, p = ranking.change[i][j], ranking.p[i][j]
    kind = "same" if p >= ALPHA else "better" if change > 0 else "worse"
    text = f"{ranking.runs[i][:1]} against {ranking.runs[j][:1]}: {points(change)}, p {p_text(p)}"
    return MatrixCell(kind, points(change), text, _url(ranking, i, j, wanted))


def _pair(pair: Between, ranking: Ranking, wanted: ComparisonRequest, on: drawing.Scale) -> PairRow:
    kind, interval = pair_kind(pair), between(pair.interval)
    change = points(pair.change)
    return PairRow(
        first=ranking.runs[pair.first][:1],
        second=ranking.runs[pair.second][:1],
        url=_url(ranking, pair.first, pair.second, wanted),
        change=change,
        interval=interval,
        p=p_text(pair.p_holm),
        kind=kind,
        gains=count(pair.gains),
        losses=count(pair.losses),
        mark=svg.difference(
            on, pair.change, pair.interval, None, kind=kind, label=f"{change} ({interval})"
        ),
    )


def _url(ranking: Ranking, first: int, second: int, wanted: ComparisonRequest) -> str:
    """The page of two of the runs as they are now; there the change is B minus A."""
    a, b = (wanted.runs[LETTERS.index(ranking.runs[index][:1])] for index in (second, first))
    return ComparisonRequest((a, b), wanted.policy).url()
