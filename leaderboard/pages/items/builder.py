"""Problems across models: where strong ones agree against the reference, it may be wrong.

Comes in: what the best runs answered. Goes out: the problems in the order in which they are worth
a look, and the page of one of them.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from cft_eval.leaderboard.data.frames import public_since, title
from cft_eval.leaderboard.pages.common.context import Link, page_links
from cft_eval.leaderboard.pages.items.context import AGREE, ItemContext, ItemsContext, Surprise
from cft_eval.leaderboard.pages.run.context import ReportForm
from cft_eval.records.runs import AnswerPage, AnswerRecord, Answers, ItemRecord, ReportRecord
from cft_eval.render import svg
from cft_eval.render.tex import formula, typeset
from cft_eval.render.text import (
    NAME,
    count,
    percent,
    short,
    visible,
)
from cft_eval.testsets import Erratum

Commonest = Callable[[Sequence[str]], tuple[str, int]]
"""From an answer a voter, one that most of them gave and how many they are: `checker.votes` knows
which are equal, however they are written."""

PAGE_ITEMS = 50

BRIEF, LONG = 160, 20_000
"""Characters of an answer in a list, and of a problem."""


class Surprises(NamedTuple):
    """The strong runs of a benchmark, and its problems in the order in which they are worth a
    look."""

    strong: Sequence[Answers]
    ordered: Sequence[Surprise]


def surprises(strong: Sequence[Answers], commonest: Commonest) -> Surprises:
    """Every problem that a strong run answered, agreement against the reference first.

    Then those that few have right; problems in the order of the test set where that is equal.
    """
    each = [_surprise(position, strong, commonest) for position in range(_positions(strong))]
    ordered = sorted(
        each,
        key=lambda each: (
            -each.agreed if each.disputed else 0,
            each.right / max(each.models, 1),
            each.position,
        ),
    )
    return Surprises(strong, ordered)


def _positions(strong: Sequence[Answers]) -> int:
    return max((len(run.right) for run in strong), default=0)


def _surprise(position: int, strong: Sequence[Answers], commonest: Commonest) -> Surprise:
    runs = [run for run in strong if position < len(run.right)]
    wrong = [run.answers[position] or "" for run in runs if not run.right[position]]
    answer, agreed = commonest(wrong)
    return Surprise(position, len(runs), sum(run.right[position] for run in runs), agreed, answer)


def items_context(
    benchmark: str,
    benchmarks: Sequence[str],
    surprises: Surprises,
    reports: Sequence[ReportRecord],
    *,
    page: int = 1,
) -> ItemsContext:
    counted = Counter(report.position for report in reports if report.benchmark == benchmark)
    strong, ordered = surprises
    here = ordered[(page - 1) * PAGE_ITEMS : page * PAGE_ITEMS]
    path = f"/items/{benchmark}"
    return ItemsContext(
        title=title(benchmark),
        public_since=public_since(benchmark),
        benchmark=benchmark,
        benchmarks=[Link(title(name), f"/items/{name}", name == benchmark) for name in benchmarks],
        strong=[
            (short(run.model, NAME), f"/runs/{run.run}", percent(run.accuracy)) for run in strong
        ],
        rows=here,
        reports=counted,
        total=len(ordered),
        against=sum(each.disputed and 2 * each.agreed >= each.models for each in ordered),
        previous_url=f"{path}?page={page - 1}" if page > 1 else "",
        next_url=f"{path}?page={page + 1}" if page * PAGE_ITEMS < len(ordered) else "",
    )


def item_context(
    item: ItemRecord,
    given: AnswerPage,
    known: Sequence[Erratum],
    reports: Sequence[ReportRecord],
    commonest: Commonest,
) -> ItemContext:
    """The page of one problem, with some of the runs that answered it."""
    path, answers = f"/items/{item.benchmark}", given.answers
    here = f"{path}/{item.position}"
    errata = [each for each in known if (each.benchmark, each.index) == _key(item)]
    sound = [each for each in (item.level, item.subject) if each]
    several = {(each.run, each.task) for each in answers if each.repeat}
    first = answers[0] if answers else None
    return ItemContext(
        title=title(item.benchmark),
        benchmark=item.benchmark,
        position=item.position,
        about=" · ".join(visible(each) for each in sound),
        problem=typeset(short(item.problem, LONG)),
        reference=formula(short(item.reference, LONG)),
        agreed=_agreed(answers, commonest),
        right=count(given.right),
        responses=count(given.responses),
        runs=count(given.runs),
        mark=svg.shares({"correct": given.right, "wrong": given.responses - given.right}),
        rows=answers,
        repeated=several,
        pages=page_links(given.page, given.pages, lambda page: f"{here}?page={page}#answers"),
        erratum=f"{errata[0].reference}: {errata[0].reason}" if errata else "",
        reports=sum((each.benchmark, each.position) == _key(item) for each in reports),
        form=ReportForm(
            item.benchmark,
            item.position,
            first.run if first else "",
            first.task if first else "",
            first.place if first else 0,
        ),
        previous_url=f"{path}/{item.position - 1}" if item.position else "",
        next_url=f"{path}/{item.position + 1}" if item.position < item.last else "",
    )


def _key(item: ItemRecord) -> tuple[str, int]:
    return item.benchmark, item.position


def _agreed(answers: Sequence[AnswerRecord], commonest: Commonest) -> str:
    """What most of the runs say that is not the reference; the repeats of a run are one voice."""
    wrong: dict[str, list[str]] = {}
    for each in answers:
        if each.verdict.outcome != "correct" and each.verdict.answer:
            wrong.setdefault(each.run, []).append(each.verdict.answer)
    answer, number = commonest([commonest(said)[0] for said in wrong.values()])
    if number < AGREE:
        return ""
    runs = len({each.run for each in answers})
    return f"{number} of the {runs} runs below say {short(answer, BRIEF)}, not the reference."


def as_rows(reports: Sequence[ReportRecord]) -> list[Mapping[str, object]]:
    """The queue as plain values, for whoever keeps the list of errata."""
    return [
        {
            "id": report.id,
            "benchmark": report.benchmark,
            "index": report.position,
            "item": report.item,
            "kind": report.kind,
            "reference": report.reference,
            "note": report.note,
            "created": report.created.isoformat(),
            "settled": report.settled and report.settled.isoformat(),
            "answer": report.answer,
        }
        for report in reports
    ]
