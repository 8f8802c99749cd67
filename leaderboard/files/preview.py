"""Pictures for link previews, drawn as SVG: a run with its scores, the verdicts of a board.

Each stands by itself: no style sheet, no font, nothing to load. Names come from strangers and are
escaped; a text that is too long is cut.
"""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from cft_eval.leaderboard.data.frames import title
from cft_eval.leaderboard.pages.board.context import VerdictCard
from cft_eval.leaderboard.pages.run.badges import badge
from cft_eval.records.runs import RunRecord
from cft_eval.render.text import method_name, percent, short

WIDTH, HEIGHT = 1200, 630
"""What sites that show previews expect."""

INK, SOFT, MEASURED, PAGE, RAIL = "#1c1f22", "#5d6368", "#0b6b74", "#fbfaf8", "#e4e1dc"
COLOURS = {"good": "#1f7a3d", "bad": "#b3261e", "warn": "#8a5a00", "none": "#5d6368"}

MOST_ROWS = 7


class _Line(NamedTuple):
    text: str
    y: int
    size: int
    colour: str = INK
    x: int = 70
    weight: int = 400


def of_run(record: RunRecord) -> bytes:
    """The model, its mean, and a bar a benchmark."""
    made = badge(record)
    model = record.run.model
    lines = [
        _Line(short(model.name, 44), 110, 52, weight=700),
        _Line(method_name(short(model.method or "", 20)), 160, 28, SOFT),
        _Line(made.message if made else "", 230, 44, MEASURED, weight=700),
        _Line("graded again, response by response · cft-eval", 590, 24, SOFT),
    ]
    bars = []
    for number, task in enumerate(record.tasks[:MOST_ROWS]):
        share, y = task.accuracy["strict"], 290 + 38 * number
        lines += [
            _Line(short(title(task.benchmark), 20), y, 26),
            _Line(percent(share), y, 26, MEASURED, x=1060, weight=700),
        ]
        bars.append(
            Markup(
                '<rect x="350" y="{y}" width="680" height="16" rx="8" fill="{rail}"/>'
                '<rect x="350" y="{y}" width="{width:.0f}" height="16" rx="8" fill="{ink}"/>'
            ).format(y=y - 17, width=680 * share, rail=RAIL, ink=MEASURED)
        )
    return _picture(lines, bars, f"{short(model.name, 80)}: {made.message if made else ''}")


def of_board(cards: Sequence[VerdictCard]) -> bytes:
    """The three verdicts."""
    lines = [_Line("Is critique fine-tuning better at mathematics?", 110, 44, weight=700)]
    for number, card in enumerate(cards):
        y = 220 + 130 * number
        colour = COLOURS[card.kind]
        lines += [
            _Line(card.title, y, 38, weight=700),
            _Line(card.change, y, 46, colour, x=520, weight=700),
            _Line(card.word, y, 34, colour, x=700),
            _Line(short(card.interval, 60), y + 42, 26, SOFT, x=520),
        ]
    lines.append(_Line("points of the mean, graded response by response · cft-eval", 600, 24, SOFT))
    words = "; ".join(f"{card.title}: {card.change}, {card.word}" for card in cards)
    return _picture(lines, [], words)


def _picture(lines: Sequence[_Line], shapes: Sequence[Markup], label: str) -> bytes:
    texts = [
        Markup(
            '<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" font-weight="{weight}">'
            "{text}</text>"
        ).format(**line._asdict())
        for line in lines
        if line.text
    ]
    return (
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}"'
            ' role="img" aria-label="{label}" font-family="system-ui, -apple-system, Segoe UI, '
            'Roboto, DejaVu Sans, sans-serif"><title>{label}</title>'
            '<rect width="{w}" height="{h}" fill="{page}"/>'
            '<rect width="14" height="{h}" fill="{ink}"/>{inside}</svg>'
        )
        .format(
            w=WIDTH,
            h=HEIGHT,
            label=label,
            page=PAGE,
            ink=MEASURED,
            inside=Markup("").join([*shapes, *texts]),
        )
        .encode()
    )
