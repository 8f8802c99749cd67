"""A comparison as a file: JSON, CSV, Markdown, or a picture that stands by itself."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict

from markupsafe import escape

from cft_eval.gate import Compared, Ranking, compare, drawing, rank
from cft_eval.gate.text import markdown, markdown_table
from cft_eval.leaderboard.comparisons import ALPHA, LETTERS, Asked, lettered, named, tick_text
from cft_eval.leaderboard.text import POLICY_NAMES, percent, points, ranks, short, spreadsheet
from cft_eval.results import RunOutcomes

HEADS = ("task", "problems", "a", "b", "change", "low", "high", "gains", "losses", "p")


def as_json(outcomes: Sequence[RunOutcomes], asked: Asked) -> bytes:
    """Everything that the tests say."""
    body: dict[str, object] = {"runs": list(asked.runs), "policy": asked.policy}
    if len(outcomes) == 2:
        body["comparison"] = asdict(compare(*outcomes, alpha=ALPHA))
    else:
        body["ranking"] = rank(lettered(outcomes), alpha=ALPHA)._asdict()
    return json.dumps(body, ensure_ascii=False, default=str).encode()


def as_csv(outcomes: Sequence[RunOutcomes], _asked: Asked) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    heads, rows = _table(outcomes)
    writer.writerow(heads)
    writer.writerows([spreadsheet(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def as_markdown(outcomes: Sequence[RunOutcomes], _asked: Asked) -> bytes:
    heads, rows = _table(outcomes)
    lines = [f"- {LETTERS[place]}: {markdown(run.model)}" for place, run in enumerate(outcomes)]
    body = markdown_table(heads, [[markdown(cell) for cell in row] for row in rows])
    note = "Percent correct and changes in points, B minus A, with 95 % intervals; p after Holm."
    return ("\n".join(lines) + f"\n\n{body}\n\n{note}\n").encode()


def _table(outcomes: Sequence[RunOutcomes]) -> tuple[Sequence[str], list[list[str]]]:
    if len(outcomes) == 2:
        comparison = compare(*outcomes, alpha=ALPHA)
        return HEADS, [_cells(row) for row in comparison.shown]
    ranking = rank(lettered(outcomes), alpha=ALPHA)
    heads = ("run", "score", "best rank", "worst rank")
    rows = zip(ranking.runs, ranking.scores, ranking.ranks, strict=True)
    return heads, [[run, percent(score), *map(str, place)] for run, score, place in rows]


def _cells(row: Compared) -> list[str]:
    shares = (row.a, row.b, row.b - row.a, *row.interval)
    numbers = [f"{100 * share:.2f}" for share in shares]
    return [
        row.task,
        str(row.problems),
        *numbers,
        str(row.gains),
        str(row.losses),
        f"{row.p_holm:.3g}",
    ]


ROW, NAMES, WIDTH = 34, 190, 720
"""Pixels of the drawing: a row's height, the names' width, and all of it."""

INK, SOFT, LINE = "#1c1f22", "#5d6368", "#e4e1dc"
COLOURS = {"better": "#1f7a3d", "worse": "#b3261e", "same": "#6b7278"}
"""The light theme's: a picture in a paper or a slide has no other."""


def as_svg(outcomes: Sequence[RunOutcomes], asked: Asked) -> bytes:
    """The differences as a picture that stands by itself: no style sheet, no font of ours."""
    if len(outcomes) != 2:
        return _picture(_rank_marks(rank(lettered(outcomes), alpha=ALPHA)), len(outcomes), asked)
    comparison = compare(*outcomes, alpha=ALPHA)
    rows = comparison.shown
    on = drawing.scale([0.0, *(end for row in rows for end in row.interval)])
    marks = [
        f'<line x1="{_at(on.x(0)):.4g}" x2="{_at(on.x(0)):.4g}" y1="40" '
        f'y2="{44 + ROW * len(rows)}" stroke="{SOFT}"/>'
    ]
    for place, row in enumerate(rows):
        kind = "same" if not row.better else "better" if row.b > row.a else "worse"
        text = f"{points(row.b - row.a)} [{points(row.interval.low)}, {points(row.interval.high)}]"
        low, high, middle = (on.x(v) for v in (*row.interval, row.b - row.a))
        marks.append(_mark(place, named(row), text, (low, high, middle), COLOURS[kind]))
    ticks = [(on.x(tick), tick_text(tick)) for tick in on.ticks]
    heading = f"{outcomes[1].model} minus {outcomes[0].model}, points"
    return _picture([*marks, *_axis(ticks, len(rows))], len(rows), asked, heading)


def _rank_marks(ranking: Ranking) -> list[str]:
    on = drawing.Scale(0.5, len(ranking.runs) + 0.5, 1.0)
    return [
        _mark(
            place,
            name,
            f"{percent(score)}, rank {ranks(best, worst)}",
            (on.x(best), on.x(worst), on.x(place + 1)),
            COLOURS["same"],
        )
        for place, (name, score, (best, worst)) in enumerate(
            zip(ranking.runs, ranking.scores, ranking.ranks, strict=True)
        )
    ]


def _at(share: float) -> float:
    """A hundredth of the plot in pixels."""
    return NAMES + share / 100 * (WIDTH - NAMES - 190)


def _mark(place: int, name: str, text: str, at: tuple[float, float, float], colour: str) -> str:
    y = 56 + ROW * place
    low, high, middle = map(_at, at)
    return (
        f'<text x="12" y="{y + 4}" fill="{INK}">{escape(short(name, 24))}</text>'
        f'<line x1="{low:.4g}" x2="{high:.4g}" y1="{y}" y2="{y}" stroke="{colour}" '
        f'stroke-width="2.5" stroke-linecap="round"/>'
        f'<circle cx="{middle:.4g}" cy="{y}" r="5" fill="{colour}"/>'
        f'<text x="{WIDTH - 12}" y="{y + 4}" fill="{INK}" text-anchor="end">{escape(text)}</text>'
    )


def _axis(ticks: Sequence[tuple[float, str]], rows: int) -> list[str]:
    y = 62 + ROW * rows
    return [
        f'<text x="{_at(at):.4g}" y="{y}" fill="{SOFT}" text-anchor="middle">{text}</text>'
        for at, text in ticks
    ]


def _picture(marks: Sequence[str], rows: int, asked: Asked, heading: str = "Ranks") -> bytes:
    height = 74 + ROW * rows
    told = escape(short(f"{heading} · graded by {POLICY_NAMES[asked.policy]}", 110))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" font-family="system-ui, sans-serif" font-size="13">'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
        f'<text x="12" y="24" fill="{SOFT}">{told}</text>{"".join(marks)}</svg>'
    ).encode()


Writer = Callable[[Sequence[RunOutcomes], Asked], bytes]
FORMATS: dict[str, tuple[Writer, str]] = {
    "json": (as_json, "application/json"),
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "md": (as_markdown, "text/markdown; charset=utf-8"),
    "svg": (as_svg, "image/svg+xml"),
}
"""Ending of the address to the writer and its media type."""
