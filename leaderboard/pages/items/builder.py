"""Problems across models: where strong ones agree against the reference, it may be wrong.

Comes in: what the best runs answered. Goes out: the problems in the order in which they are worth
a look, and the page of one of them.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cft_eval.leaderboard.data.frames import title
from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.leaderboard.pages.common.paging import page_links
from cft_eval.leaderboard.pages.items.context import (
    AnswerRow,
    ErratumRow,
    ErrorQueueContext,
    ItemContext,
    ItemRow,
    ItemsContext,
    ReportRow,
)
from cft_eval.leaderboard.pages.run.context import ReportForm
from cft_eval.leaderboard.pages.run.sample import sample_url
from cft_eval.records.runs import AnswerPage, AnswerRecord, Answers, ItemRecord, ReportRecord
from cft_eval.render import svg
from cft_eval.render.tex import formula, typeset
from cft_eval.render.text import (
    DASH,
    NAME,
    OUTCOME_NAMES,
    REPORT_KINDS,
    count,
    percent,
    short,
    visible,
)

Commonest = Callable[[Sequence[str]], tuple[str, int]]
"""From an answer a voter, one that most of them gave and how many they are: `checker.votes` knows
which are equal, however they are written."""

PAGE_ITEMS = 50

AGREE = 2
"""Models that make an agreement."""

BRIEF, LONG = 160, 20_000
"""Characters of an answer in a list, and of a problem."""


@dataclass(frozen=True, slots=True)
class Known:
    """A label error that this version ships."""

    benchmark: str
    index: int
    published: str
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class Surprise:
    """What the strong models make of one problem."""

    position: int
    models: int
    right: int
    agreed: int
    """Models that give the commonest answer that is not the reference."""

    answer: str


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
            -each.agreed if each.agreed >= AGREE else 0,
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
        benchmark=benchmark,
        benchmarks=[Link(title(name), f"/items/{name}", name == benchmark) for name in benchmarks],
        strong=[
            (short(run.model, NAME), f"/runs/{run.run}", percent(run.accuracy)) for run in strong
        ],
        rows=[_item(each, path, counted[each.position]) for each in here],
        total=len(ordered),
        against=sum(each.agreed >= AGREE and 2 * each.agreed >= each.models for each in ordered),
        previous_url=f"{path}?page={page - 1}" if page > 1 else "",
        next_url=f"{path}?page={page + 1}" if page * PAGE_ITEMS < len(ordered) else "",
    )


def _item(each: Surprise, path: str, reports: int) -> ItemRow:
    rest = each.models - each.right
    return ItemRow(
        position=each.position,
        url=f"{path}/{each.position}",
        right=f"{each.right} of {each.models}",
        mark=svg.shares({"correct": each.right, "wrong": rest}),
        agreed=f"{each.agreed} of {each.models}" if each.agreed >= AGREE else "",
        answer=short(each.answer, BRIEF),
        reports=reports,
    )


def item_context(
    item: ItemRecord,
    given: AnswerPage,
    known: Sequence[Known],
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
        rows=[_answer(answer, repeated=(answer.run, answer.task) in several) for answer in answers],
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


def _answer(answer: AnswerRecord, *, repeated: bool) -> AnswerRow:
    verdict = answer.verdict
    step = f", step {answer.step}" if answer.step is not None else ""
    return AnswerRow(
        model=f"{short(answer.model, NAME)}{step}",
        url=sample_url(answer.run, answer.task, answer.place),
        accuracy=percent(answer.accuracy),
        partial=(
            f"{count(answer.items)} of {count(answer.expected)} problems"
            if answer.items < answer.expected
            else ""
        ),
        repeat=f"repeat {answer.repeat}" if repeated else "",
        outcome=verdict.outcome,
        outcome_name=OUTCOME_NAMES[verdict.outcome],
        answer=short(verdict.answer or DASH, BRIEF),
        reason=short(verdict.reason, BRIEF),
    )


def queue_context(
    reports: Sequence[ReportRecord],
    settled: Sequence[ReportRecord],
    known: Sequence[Known],
    *,
    here: Collection[str],
    thanks: bool,
) -> ErrorQueueContext:
    """Label reports that wait, those that were answered, and label errors that are known.

    ``here``: the benchmarks whose problems have pages.
    """
    return ErrorQueueContext(
        reports=[_report(report, f"{report.created:%Y-%m-%d}") for report in reports],
        settled=[_report(report, f"{report.settled:%Y-%m-%d}") for report in settled],
        errata=[
            ErratumRow(
                title=f"{title(each.benchmark)} #{each.index}",
                url=f"/items/{each.benchmark}/{each.index}" if each.benchmark in here else "",
                published=short(each.published, BRIEF),
                reference=short(each.reference, BRIEF),
                reason=short(each.reason, 600),
            )
            for each in known
        ],
        thanks=thanks,
    )


def _report(report: ReportRecord, date: str) -> ReportRow:
    return ReportRow(
        title=f"{title(report.benchmark)} #{report.position}",
        url=f"/items/{report.benchmark}/{report.position}",
        kind=REPORT_KINDS[report.kind],
        reference=short(report.reference, BRIEF),
        note=short(report.note, 600),
        # Which task it was, a report of before does not say.
        run_url=sample_url(report.run, report.task, report.place) if report.task else "",
        date=date,
        answer=short(report.answer, 600),
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
