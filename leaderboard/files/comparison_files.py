"""A comparison as a file: JSON, CSV, Markdown, or a picture that stands by itself."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict

from markupsafe import escape

from cft_eval.figures import p_number
from cft_eval.gate import Between, Compared, Ranking, rank
from cft_eval.gate.compare import compare
from cft_eval.gate.text import markdown, markdown_table
from cft_eval.leaderboard.pages.compare.request import (
    ALPHA,
    LETTERS,
    ComparisonRequest,
    lettered,
    other_settings,
    task_title,
)
from cft_eval.render import drawing
from cft_eval.render.comparison import change_kind, pair_kind, task_name, tick_text
from cft_eval.render.text import POLICY_NAMES, percent, points, ranks, short, spreadsheet
from cft_eval.results import RunOutcomes
from cft_eval.stats import Interval

HEADS = (
    "task", "problems", "a", "b", "change", "low", "high", "gains", "losses", "p", "p_holm",
)  # fmt: skip
RANKS = ("run", "score", "best_rank", "worst_rank")
PAIRS = (
    *RANKS, *(f"against_{name}" for name in RANKS),
    "change", "low", "high", "gains", "losses", "p", "p_holm",
)  # fmt: skip
"""Columns of CSV: two runs have a row a task, more of them a row a pair."""

Cells = Sequence[str]


def as_json(outcomes: Sequence[RunOutcomes], wanted: ComparisonRequest) -> bytes:
    """Everything that the tests say."""
    body: dict[str, object] = {"runs": list(wanted.runs), "policy": wanted.policy}
    if len(outcomes) == 2:
        body["comparison"] = asdict(compare(*outcomes, alpha=ALPHA))
    else:
        body["ranking"] = asdict(rank(lettered(outcomes), alpha=ALPHA))
        body["mismatches"] = other_settings(outcomes, LETTERS[: len(outcomes)])
    return json.dumps(body, ensure_ascii=False, default=str).encode()


def as_csv(outcomes: Sequence[RunOutcomes], _wanted: ComparisonRequest) -> bytes:
    heads: Cells = HEADS
    if len(outcomes) == 2:
        rows = _task_cells(outcomes)
    else:
        ranking = rank(lettered(outcomes), alpha=ALPHA)
        heads, rows = PAIRS, [_pair_cells(pair, ranking) for pair in ranking.pairs]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([spreadsheet(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def as_markdown(outcomes: Sequence[RunOutcomes], _wanted: ComparisonRequest) -> bytes:
    lines = [f"- {LETTERS[index]}: {markdown(run.model)}" for index, run in enumerate(outcomes)]
    if len(outcomes) == 2:
        tables = [_markdown_table(HEADS, _task_cells(outcomes))]
        note = "Percent correct and changes in points, B minus A, with 95 % intervals."
    else:
        ranking = rank(lettered(outcomes), alpha=ALPHA)
        letters = [name[:1] for name in ranking.runs]
        pairs = [
            [letters[pair.first], letters[pair.second], *_difference(pair)]
            for pair in ranking.pairs
        ]
        tables = [
            _markdown_table(("run", "score", "ranks"), _rank_cells(ranking)),
            _markdown_table(("run", "against", *PAIRS[2 * len(RANKS) :]), pairs),
        ]
        note = "Percent correct, the mean over tasks; changes in points, with 95 % intervals."
        differing = other_settings(outcomes, LETTERS[: len(outcomes)])
        if differing:
            note = f"The runs used different settings: {markdown('; '.join(differing))}.\n\n{note}"
    return "\n\n".join(["\n".join(lines), *tables, f"{note} p_holm is p after Holm.\n"]).encode()


def _markdown_table(heads: Cells, rows: Sequence[Cells]) -> str:
    return markdown_table(
        list(map(markdown, heads)), [[markdown(cell) for cell in row] for row in rows]
    )


def _task_cells(outcomes: Sequence[RunOutcomes]) -> list[Cells]:
    return [
        [
            row.task,
            str(row.problems),
            percent(row.a, places=2),
            percent(row.b, places=2),
            *_difference(row),
        ]
        for row in compare(*outcomes, alpha=ALPHA).shown
    ]


def _rank_cells(ranking: Ranking) -> list[Cells]:
    rows = zip(ranking.runs, ranking.scores, ranking.ranks, strict=True)
    return [
        [run, percent(score, places=2), ranks(*best_and_worst)]
        for run, score, best_and_worst in rows
    ]


def _pair_cells(pair: Between, ranking: Ranking) -> Cells:
    sides = [
        (ranking.runs[at], percent(ranking.scores[at], places=2), *map(str, ranking.ranks[at]))
        for at in (pair.first, pair.second)
    ]
    return [*sides[0], *sides[1], *_difference(pair)]


def _difference(row: Compared | Between) -> list[str]:
    """From the change to the adjusted p, as `HEADS` and `PAIRS` end."""
    change = row.change if isinstance(row, Between) else row.b - row.a
    shares = (change, *row.interval)
    return [
        *(percent(share, places=2) for share in shares),
        str(row.gains),
        str(row.losses),
        p_number(row.p),
        p_number(row.p_holm),
    ]


ROW, NAMES, WIDTH = 34, 190, 720
"""Pixels of the drawing: a row's height, the names' width, and all of it."""

INK, SOFT, LINE = "#1c1f22", "#5d6368", "#e4e1dc"
COLOURS = {"better": "#1f7a3d", "worse": "#b3261e", "same": "#6b7278"}
"""The light theme's: a picture in a paper or a slide has no other."""


def as_svg(outcomes: Sequence[RunOutcomes], wanted: ComparisonRequest) -> bytes:
    """The differences as a picture that stands by itself: no style sheet, no font of ours."""
    if len(outcomes) != 2:
        return _ranking_picture(rank(lettered(outcomes), alpha=ALPHA), wanted)
    comparison = compare(*outcomes, alpha=ALPHA)
    rows = comparison.shown
    on = drawing.scale([0.0, *(end for row in rows for end in row.interval)])
    marks = [_zero(on, 0, len(rows))]
    for index, row in enumerate(rows):
        name = task_name(row.task, task_title)
        marks.append(_change(index, name, row.b - row.a, row.interval, on, change_kind(row)))
    heading = f"{outcomes[1].model} minus {outcomes[0].model}, points"
    return _picture([*marks, *_axis(on, len(rows))], len(rows), wanted, heading)


def _ranking_picture(ranking: Ranking, wanted: ComparisonRequest) -> bytes:
    """The ranks that remain possible, and below them every pair's difference."""
    on = drawing.scale([0.0, *(end for pair in ranking.pairs for end in pair.interval)])
    first = len(ranking.runs) + 1  # a row is left free between the two
    marks = [*_rank_marks(ranking), _zero(on, first, len(ranking.pairs))]
    for index, pair in enumerate(ranking.pairs, first):
        name = " − ".join(ranking.runs[at][:1] for at in (pair.first, pair.second))
        marks.append(_change(index, name, pair.change, pair.interval, on, pair_kind(pair, ALPHA)))
    rows = first + len(ranking.pairs)
    heading = "Ranks by the mean over tasks, and differences in points"
    return _picture([*marks, *_axis(on, rows)], rows, wanted, heading)


def _change(
    index: int, name: str, change: float, interval: Interval, on: drawing.Scale, kind: str
) -> str:
    text = f"{points(change)} [{points(interval.low)}, {points(interval.high)}]"
    at = on.x(interval.low), on.x(interval.high), on.x(change)
    return _mark(index, name, text, at, COLOURS[kind])


def _zero(on: drawing.Scale, first: int, rows: int) -> str:
    """The line of no difference beside some rows."""
    top = 40 + ROW * first
    return (
        f'<line x1="{_at(on.x(0)):.4g}" x2="{_at(on.x(0)):.4g}" y1="{top}" '
        f'y2="{top + 4 + ROW * rows}" stroke="{SOFT}"/>'
    )


def _rank_marks(ranking: Ranking) -> list[str]:
    on = drawing.Scale(0.5, len(ranking.runs) + 0.5, 1.0)
    return [
        _mark(
            index,
            name,
            f"{percent(score)}, rank {ranks(best, worst)}",
            (on.x(best), on.x(worst), on.x(index + 1)),
            COLOURS["same"],
        )
        for index, (name, score, (best, worst)) in enumerate(
            zip(ranking.runs, ranking.scores, ranking.ranks, strict=True)
        )
    ]


def _at(share: float) -> float:
    """A hundredth of the plot in pixels."""
    return NAMES + share / 100 * (WIDTH - NAMES - 190)


def _mark(index: int, name: str, text: str, at: tuple[float, float, float], colour: str) -> str:
    y = 56 + ROW * index
    low, high, middle = map(_at, at)
    return (
        f'<text x="12" y="{y + 4}" fill="{INK}">{escape(short(name, 24))}</text>'
        f'<line x1="{low:.4g}" x2="{high:.4g}" y1="{y}" y2="{y}" stroke="{colour}" '
        f'stroke-width="2.5" stroke-linecap="round"/>'
        f'<circle cx="{middle:.4g}" cy="{y}" r="5" fill="{colour}"/>'
        f'<text x="{WIDTH - 12}" y="{y + 4}" fill="{INK}" text-anchor="end">{escape(text)}</text>'
    )


def _axis(on: drawing.Scale, rows: int) -> list[str]:
    y = 62 + ROW * rows
    return [
        f'<text x="{_at(on.x(tick)):.4g}" y="{y}" fill="{SOFT}" text-anchor="middle">'
        f"{tick_text(tick)}</text>"
        for tick in on.ticks
    ]


def _picture(marks: Sequence[str], rows: int, wanted: ComparisonRequest, heading: str) -> bytes:
    height = 74 + ROW * rows
    text = escape(short(f"{heading} · graded by {POLICY_NAMES[wanted.policy]}", 110))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" font-family="system-ui, sans-serif" font-size="13">'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
        f'<text x="12" y="24" fill="{SOFT}">{text}</text>{"".join(marks)}</svg>'
    ).encode()


Writer = Callable[[Sequence[RunOutcomes], ComparisonRequest], bytes]
FORMATS: dict[str, tuple[Writer, str]] = {
    "json": (as_json, "application/json"),
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "md": (as_markdown, "text/markdown; charset=utf-8"),
    "svg": (as_svg, "image/svg+xml"),
}
"""Ending of the address to the writer and its media type."""
