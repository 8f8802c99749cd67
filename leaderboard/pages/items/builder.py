"""Problems across models: where strong ones agree against the reference, it may be wrong.

Comes in: what the best runs answered. Goes out: the problems in the order in which they are worth
a look, and the page of one of them.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup

from cft_eval.leaderboard.data.suites import public_since, title
from cft_eval.leaderboard.pages.common.context import Link, page_links
from cft_eval.leaderboard.pages.items.context import (
    AGREE,
    ItemContext,
    ItemsContext,
    ItemsRequest,
    ProblemRow,
    Surprise,
)
from cft_eval.leaderboard.pages.run.context import ReportForm
from cft_eval.records.runs import (
    AnswerPage,
    AnswerRecord,
    Answers,
    BenchmarkRecord,
    ItemRecord,
    ProblemText,
    ReportRecord,
)
from cft_eval.render import svg
from cft_eval.render.tex import excerpt, formula, typeset
from cft_eval.render.text import (
    DASH,
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

PAGE_ITEMS = 40

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
    every: BenchmarkRecord | None = None,
    asked: ItemsRequest = ItemsRequest(),  # noqa: B008  # frozen
) -> ItemsContext:
    """The problems of a benchmark that a visitor asks for; ``every`` has their texts."""
    counted = Counter(report.position for report in reports if report.benchmark == benchmark)
    strong, ordered = surprises
    texts = every.texts if every else ()
    fitting = _ordered([each for each in ordered if _fits(each, texts, asked)], every, asked.order)
    here = fitting[(asked.page - 1) * PAGE_ITEMS : asked.page * PAGE_ITEMS]

    def url(**changes: object) -> str:
        parts = {name: getattr(asked, name) for name in ("q", "order", "level", "subject")}
        query = urlencode({n: v for n, v in {**parts, **changes}.items() if v not in ("", 1)})
        return f"/items/{benchmark}" + (f"?{query}" if query else "")

    return ItemsContext(
        title=title(benchmark),
        public_since=public_since(benchmark),
        benchmark=benchmark,
        benchmarks=[Link(title(name), f"/items/{name}", name == benchmark) for name in benchmarks],
        asked=asked,
        orders=[Link(name, url(order=key), key == asked.order) for key, name in ORDERS.items()],
        levels=sorted({each.level for each in texts if each and each.level})[:MOST_NAMES],
        subjects=sorted({each.subject for each in texts if each and each.subject})[:MOST_NAMES],
        found=len(fitting),
        strong=[
            (short(run.model, NAME), f"/runs/{run.run}", percent(run.accuracy)) for run in strong
        ],
        rows=[_problem_row(each, every) for each in here],
        reports=counted,
        total=len(ordered),
        against=sum(each.disputed and 2 * each.agreed >= each.models for each in ordered),
        previous_url=url(page=asked.page - 1) if asked.page > 1 else "",
        next_url=url(page=asked.page + 1) if asked.page * PAGE_ITEMS < len(fitting) else "",
    )


ORDERS = {
    "": "likely wrong labels",
    "hard": "hardest first",
    "easy": "easiest first",
    "number": "number",
}

MOST_NAMES = 40
"""Levels and subjects to choose from; no benchmark has half as many."""

Texts = Sequence[ProblemText | None]


def _fits(each: Surprise, texts: Texts, asked: ItemsRequest) -> bool:
    text = texts[each.position] if each.position < len(texts) else None
    if asked.level and (text is None or text.level != asked.level):
        return False
    if asked.subject and (text is None or text.subject != asked.subject):
        return False
    if not asked.q or asked.q == f"#{each.position}":
        return True
    word = asked.q.casefold()
    parts = (text.problem, text.reference, text.subject or "") if text else ()
    return any(word in part.casefold() for part in parts)


def _ordered(
    listed: list[Surprise], every: BenchmarkRecord | None, order: str
) -> Sequence[Surprise]:
    """The problems in the order asked for; how hard one is, all runs together say."""
    if order == "number":
        return sorted(listed, key=lambda each: each.position)
    if order not in ("hard", "easy") or every is None:
        return listed
    sign = 1 if order == "hard" else -1
    return sorted(listed, key=lambda each: (sign * _share(each.position, every), each.position))


def _share(position: int, every: BenchmarkRecord) -> float:
    return float(every.right[position] / max(every.responses[position], 1))


def _problem_row(each: Surprise, every: BenchmarkRecord | None) -> ProblemRow:
    text = every.texts[each.position] if every and each.position < len(every.texts) else None
    if every is None or text is None:
        return ProblemRow(each, Markup(""), Markup(""), "", DASH)
    about = [visible(part) for part in (text.level, text.subject) if part]
    return ProblemRow(
        each,
        typeset(excerpt(text.problem, BRIEF)),
        formula(excerpt(text.reference, BRIEF // 2)),
        " · ".join(short(part, 60) for part in about),
        percent(_share(each.position, every)) if every.responses[each.position] else DASH,
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
    return (
        f"{number} of the {runs} runs below answer {short(answer, BRIEF)} instead of the reference."
    )


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
