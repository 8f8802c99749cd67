"""The gate's report as one HTML file: verdict, rows, slices, and the problems that were lost.

Like the comparison it loads nothing and runs nothing; all text is escaped by the template.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from jinja2 import Template
from markupsafe import Markup

from cft_eval.figures import p_value, percent
from cft_eval.gate.decide import GateDecision, Report, Row
from cft_eval.gate.lost import about, slice_name
from cft_eval.gate.pairs import POOLED, SUITE
from cft_eval.gate.report import against, explained, headline, resource_cells, to_do
from cft_eval.gate.slices import Losses, LostProblem, Slice
from cft_eval.plain import plain
from cft_eval.render import drawing
from cft_eval.render.comparison import between, tick_text
from cft_eval.render.report import page_template
from cft_eval.render.text import DASH, count, points

SHOWN = 100
"""Lost problems that are folded in, unless --show says another number."""

KINDS = {
    GateDecision.OK: "better",
    GateDecision.REGRESSION: "worse",
    GateDecision.INCONCLUSIVE: "same",
    GateDecision.NOT_COMPARABLE: "same",
}


@dataclass(frozen=True, slots=True)
class GateRow:
    name: str
    problems: str
    baseline: str
    candidate: str
    change: str
    interval: str
    gains: str
    losses: str
    p: str
    verdict: str
    kind: str
    mark: Markup
    whole: bool


class GateSlice(NamedTuple):
    name: str
    problems: str
    baseline: str
    candidate: str
    change: str
    gains: str
    losses: str
    q: str
    fell: bool


class LostRow(NamedTuple):
    about: str
    problem: LostProblem


@dataclass(frozen=True, slots=True)
class GatePage:
    title: str
    verdict: str
    kind: str
    headline: str
    compared: str
    to_do: Sequence[str]
    rows: Sequence[GateRow]
    ticks: Sequence[str]
    resources: Sequence[tuple[str, ...]]
    """Cells under `gate.report.RESOURCES`."""

    slices: Sequence[GateSlice]
    slices_in_all: int
    lost: Sequence[LostRow]
    lost_in_all: int | None
    """None where the responses are not at hand."""

    mismatches: Sequence[str]
    notes: Sequence[str]
    explained: Sequence[str]


def gate_page(report: Report, losses: Losses | None, *, most: int | None = None) -> str:
    """``losses``: None where the runs hold no responses; ``most`` of the lost problems."""
    on = drawing.scale([0.0, *(end for row in report.rows for end in row.interval)])
    slices = [] if losses is None else list(losses.slices)
    fallen = [] if losses is None else losses.fallen(report.alpha)
    lost = [] if losses is None else losses.problems[: SHOWN if most is None else most]
    page = GatePage(
        title=plain(against(report)),
        verdict=report.decision.value.replace("_", " "),
        kind=KINDS[report.decision],
        headline=plain(headline(report)),
        compared=plain(against(report)),
        to_do=list(map(plain, to_do(report))),
        rows=[_row(row, on, report.alpha) for row in report.rows],
        ticks=[tick_text(tick) for tick in on.ticks],
        resources=resource_cells(report),
        slices=[_slice(each, report.alpha) for each in fallen or slices[:SHOWN]],
        slices_in_all=len(slices),
        lost=[LostRow(plain(about(each)), each) for each in lost],
        lost_in_all=None if losses is None else len(losses.problems),
        mismatches=[plain(str(each)) for each in report.mismatches],
        notes=[plain(f"baseline run: {run}") for run in report.window]
        + [plain(f"candidate run: {run}") for run in report.candidates]
        + [plain(f"noted: {note}") for note in report.notes]
        + [plain(remark) for remark in report.remarks],
        explained=[plain(line) for line in explained(report)],
    )
    return _template().render(page=page)


def _row(row: Row, on: drawing.Scale, alpha: float) -> GateRow:
    change, interval = row.candidate - row.baseline, between(row.interval)
    kind = KINDS[row.decision]
    label = f"{points(change)} ({interval})"
    shown = GateRow(
        name=plain(row.task),
        problems=count(row.problems),
        baseline=percent(row.baseline),
        candidate=percent(row.candidate),
        change=points(change),
        interval=interval,
        gains=count(row.gains),
        losses=count(row.losses),
        p=p_value(row.p, alpha=alpha),
        verdict=row.decision.value.replace("_", " "),
        kind=kind,
        mark=drawing.forest(on, change, row.interval, None, kind=kind, label=label),
        whole=row.task in (POOLED, SUITE),
    )
    if row.floor is None:
        return shown
    # About the candidate alone: there is no change to show.
    return replace(
        shown, baseline=DASH, change=DASH, interval="", gains=DASH, losses=DASH, mark=Markup()
    )


def _slice(each: Slice, alpha: float) -> GateSlice:
    return GateSlice(
        name=plain(slice_name(each)),
        problems=count(each.problems),
        baseline=percent(each.baseline),
        candidate=percent(each.candidate),
        change=points(each.candidate - each.baseline),
        gains=count(each.gains),
        losses=count(each.losses),
        q=p_value(each.q, alpha=alpha),
        fell=each.fell(alpha),
    )


@cache
def _template() -> Template:
    return page_template("gate.html")
