"""Pictures for link previews: a run with its scores, the verdicts of a board, a comparison.

Each stands by itself: no style sheet, no font of the machine, nothing to load. Names come from
strangers and are escaped; a text that is too long is cut. Most sites show PNG alone; the same
picture as SVG is for everything else.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import NamedTuple

from markupsafe import Markup

from cft_eval.leaderboard.data.suites import title
from cft_eval.leaderboard.pages.board.context import VerdictCard
from cft_eval.leaderboard.pages.compare.context import CompareContext
from cft_eval.leaderboard.pages.run.badges import badge
from cft_eval.records.runs import RunRecord
from cft_eval.render.text import method_name, percent, short

WIDTH, HEIGHT = 1200, 630
"""What sites that show previews expect."""

INK, SOFT, MEASURED, PAGE, RAIL = "#1c1f22", "#5d6368", "#0b6b74", "#fbfaf8", "#e4e1dc"
COLOURS = {"good": "#1f7a3d", "bad": "#b3261e", "warn": "#8a5a00", "none": "#5d6368"}
CHANGES = {"better": COLOURS["good"], "worse": COLOURS["bad"]}

MOST_ROWS = 7

BOLD = 700


class _Line(NamedTuple):
    text: str
    y: int
    """Of the letters' foot."""

    size: int
    colour: str = INK
    x: int = 70
    weight: int = 400


class _Strip(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    colour: str
    radius: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """Where everything is, before it is drawn."""

    lines: Sequence[_Line]
    bars: Sequence[_Strip]
    label: str
    """What it says, in words."""


def of_run(record: RunRecord) -> Picture:
    """The model, its mean, and a bar a benchmark."""
    made = badge(record)
    model = record.run.model
    lines = [
        _Line(short(model.name, 44), 110, 44, weight=BOLD),
        _Line(method_name(short(model.method or "", 20)), 160, 28, SOFT),
        _Line(made.message if made else "", 230, 44, MEASURED, weight=BOLD),
        _Line("graded again, response by response · cft-eval", 590, 24, SOFT),
    ]
    bars = []
    for number, task in enumerate(record.tasks[:MOST_ROWS]):
        share, y = task.accuracy["strict"], 290 + 38 * number
        lines += [
            _Line(short(title(task.benchmark), 20), y, 26),
            _Line(percent(share), y, 26, MEASURED, x=1060, weight=BOLD),
        ]
        bars += [
            _Strip(350, y - 17, 680, 16, RAIL, radius=8),
            _Strip(350, y - 17, 680 * share, 16, MEASURED, radius=8),
        ]
    return Picture(lines, bars, f"{short(model.name, 80)}: {made.message if made else ''}")


def of_board(cards: Sequence[VerdictCard]) -> Picture:
    """The three verdicts."""
    lines = [_Line("Is critique fine-tuning better at mathematics?", 110, 44, weight=BOLD)]
    for number, card in enumerate(cards):
        y = 220 + 130 * number
        colour = COLOURS[card.kind]
        lines += [
            _Line(card.title, y, 38, weight=BOLD),
            _Line(card.change, y, 46, colour, x=520, weight=BOLD),
            _Line(card.word, y, 34, colour, x=700),
            _Line(short(card.interval, 60), y + 42, 26, SOFT, x=520),
        ]
    lines.append(_Line("points of the mean, graded response by response · cft-eval", 600, 24, SOFT))
    words = "; ".join(f"{card.title}: {card.change}, {card.word}" for card in cards)
    return Picture(lines, [], words)


def of_comparison(page: CompareContext) -> Picture:
    """What the comparison says, and a row a benchmark or, of more than two runs, a run."""
    said = page.two or page.ranked
    headline = said.headline if said else ""
    lines = [_Line(short(headline, 52), 110, 42, weight=BOLD)]
    lines.append(_Line(short(" · ".join(run.name for run in page.runs), 76), 165, 28, SOFT))
    if page.two:
        rows = [
            (row.name, row.change, CHANGES.get(row.kind, SOFT), row.interval)
            for row in page.two.changes
        ]
    else:
        ranked = page.ranked.ranks if page.ranked else ()
        rows = [(each.model, each.score, MEASURED, f"rank {each.rank}") for each in ranked]
    for number, (name, figure, colour, interval) in enumerate(rows[: MOST_ROWS + 1]):
        y = 240 + 42 * number
        lines.append(_Line(short(name, 40), y, 28))
        lines.append(_Line(figure, y, 28, colour, x=700, weight=BOLD))
        lines.append(_Line(interval, y, 24, SOFT, x=840))
    unit = "points, second minus first" if page.two else "mean, and the ranks possible"
    lines.append(_Line(f"{unit}; paired by problem · cft-eval", 600, 24, SOFT))
    return Picture(lines, [], headline)


def as_png(picture: Picture) -> bytes:
    """With the font that Pillow brings, so that it is the same on every machine."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (WIDTH, HEIGHT), PAGE)
    canvas = ImageDraw.Draw(image)
    canvas.rectangle((0, 0, 13, HEIGHT), fill=MEASURED)
    for bar in picture.bars:
        if bar.width >= 1:
            corners = (bar.x, bar.y, bar.x + bar.width - 1, bar.y + bar.height - 1)
            canvas.rounded_rectangle(corners, min(bar.radius, bar.width / 2), fill=bar.colour)
    for line in picture.lines:
        font = ImageFont.load_default(line.size)
        # It has no bold cut: a thicker line is one.
        stroke = line.size / 40 if line.weight == BOLD else 0
        text = drawable(line.text)
        canvas.text((line.x, line.y), text, line.colour, font, "ls", stroke_width=stroke)
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


_PLAIN = str.maketrans({"−": "-", "–": "-", "—": "-", "\u2011": "-", "×": "x", "≥": ">", "≤": "<"})


def drawable(text: str) -> str:
    """A text in the letters that the font has; another letter is a question mark.

    >>> drawable("é −1.2 · …"), drawable("数")
    ('e -1.2 · …', '?')
    """
    apart = unicodedata.normalize("NFKD", text.translate(_PLAIN).replace("…", "\0"))
    known = "".join(each for each in apart if not unicodedata.combining(each)).replace("\0", "…")
    return "".join(each if each.isascii() or each in "·…±" else "?" for each in known)


def as_svg(picture: Picture) -> bytes:
    """With the reader's own fonts."""
    bars = [
        Markup(
            '<rect x="{x:g}" y="{y:g}" width="{width:.0f}" height="{height:g}" rx="{radius}" '
            'fill="{colour}"/>'
        ).format(**bar._asdict())
        for bar in picture.bars
    ]
    texts = [
        Markup(
            '<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" font-weight="{weight}">'
            "{text}</text>"
        ).format(**line._asdict())
        for line in picture.lines
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
            label=picture.label,
            page=PAGE,
            ink=MEASURED,
            inside=Markup("").join([*bars, *texts]),
        )
        .encode()
    )
