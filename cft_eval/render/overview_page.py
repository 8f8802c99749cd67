"""The overview of one run as an HTML file that stands alone: it loads nothing and runs nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Template
from markupsafe import Markup

from cft_eval.figures import percent
from cft_eval.plain import plain
from cft_eval.render import drawing, svg
from cft_eval.render.overview import (
    Overview,
    ScoredPart,
    TaskOverview,
    ending_names,
    length_text,
    named,
    scored,
)
from cft_eval.render.report import page_template
from cft_eval.results import Sample

SHOWN = 100
"""Missed problems of each task that are folded in, unless --show says another number."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A share on a line from 0 to 100 %."""

    name: str
    detail: str
    figure: str
    mark: Markup


@dataclass(frozen=True, slots=True)
class TaskPage:
    name: str
    problems: str
    bar: Bar
    scores: Sequence[tuple[str, str]]
    outcomes: str
    endings: str
    ending_bar: Markup
    lengths: str
    curve: Sequence[Bar]
    slices: Sequence[tuple[str, Sequence[Bar]]]
    missed: Sequence[Sample]
    missed_in_all: int


@dataclass(frozen=True, slots=True)
class OverviewPage:
    title: str
    facts: Sequence[tuple[str, str]]
    tasks: Sequence[TaskPage]
    notes: Sequence[str]


def overview_page(of: Overview, *, most: int = SHOWN, notes: Sequence[str] = ()) -> str:
    """``most``: how many missed problems of each task are folded in; ``notes`` follow the scores,
    such as the rates of critiques."""
    run = of.run
    facts = [
        ("engine", run.engine),
        ("made", f"{run.created:%Y-%m-%d %H:%M} UTC"),
        ("lm-eval", run.lm_eval_version or "unknown"),
        ("checker", run.checker_version or "unknown"),
        ("precision", run.model.dtype or "unknown"),
    ]
    page = OverviewPage(
        title=plain(run.model.name),
        facts=[(name, plain(value)) for name, value in facts],
        tasks=[_task(task, most) for task in of.tasks.values()],
        notes=notes,
    )
    return _template().render(page=page)


@cache
def _template() -> Template:
    return page_template("overview.html")


def _task(task: TaskOverview, most: int) -> TaskPage:
    whole, claimed = task.whole, task.claimed
    each = f", {claimed.repeats} responses each" if claimed.repeats > 1 else ""
    scores = [
        (name.replace("_", " "), f"{percent(share)}%") for name, share in claimed.scores.items()
    ]
    return TaskPage(
        name=plain(whole.name),
        problems=f"{whole.problems:,} of {claimed.expected_items:,} problems{each}",
        bar=_bar(whole),
        scores=[(plain(name), share) for name, share in scores],
        outcomes=named(task.outcomes),
        endings=named(ending_names(task.endings)),
        ending_bar=_endings(task),
        lengths=length_text(task.lengths),
        curve=_curve(task),
        slices=[(kind, [_bar(part) for part in parts]) for kind, parts in task.slices.items()],
        missed=task.missed[:most],
        missed_in_all=len(task.missed),
    )


def _endings(task: TaskOverview) -> Markup:
    """Empty where nothing is known of them."""
    words = ending_names(task.endings)
    total = sum(words.values())
    if set(task.endings) == {"unknown"}:
        return Markup("")
    return drawing.shares([number / total for number in words.values()], label=named(words))


def _bar(part: ScoredPart) -> Bar:
    low, high = part.interval.low, part.interval.high
    mark = svg.interval(low, part.score, high)
    return Bar(plain(part.name), f"{part.problems:,} problems", scored(part), mark)


def _curve(task: TaskOverview) -> list[Bar]:
    bars = [
        Bar(f"pass@{k}", "", f"{percent(share)}%", svg.interval(share, share, share))
        for k, share in task.curve
    ]
    if task.majority is not None:
        mark = svg.interval(task.majority, task.majority, task.majority)
        name = f"maj@{task.claimed.repeats}"
        bars.append(Bar(name, "", f"{percent(task.majority)}%", mark))
    return bars
