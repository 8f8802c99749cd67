"""Whole charts as SVG: points on two axes, and a map of shades.

Across, positions are percents of the width; down, they are pixels: a chart fills its frame and its
text keeps its size, on a telephone as on paper. What was measured is filled, what was reported is
a ring; colours are classes of the style sheet. Texts are escaped here: names come from strangers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

from cft_eval.figures import percent
from cft_eval.render.label_positions import WIDTH, Spot, Stroke, lines, sides

HEIGHT, TOP, BOTTOM = 420, 34, 50
"""Pixels: of the whole chart, above the highest tick for the upright axis's title, and below the
lowest for labels and the other title."""

FLOOR = HEIGHT - BOTTOM

LEFT, RIGHT = 6.0, 97.0
"""Percent of the width that the plot takes; the labels of the upright axis stand before it."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of values with its ticks; on a log axis every value is above 0."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    label: str
    log: bool = False

    def share(self, value: float) -> float:
        """Where ``value`` lies, from 0 to 1."""
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(value)
        return min(1.0, max(0.0, (at - low) / (high - low)))


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float
    label: str
    kind: str
    """A class of the style sheet: ``cft``, ``sft``, ``other``, ``reported``."""

    low: float | None = None
    high: float | None = None
    """The 95 % interval; None where none is known."""

    url: str = ""
    """What the point leads to; empty where nothing."""

    note: str = ""
    """What is said of it beside its value."""


@dataclass(frozen=True, slots=True)
class Curve:
    label: str
    kind: str
    points: Sequence[Point]


def decades(low: float, high: float, label: str) -> Axis:
    """A log axis in whole powers of ten around ``low`` and ``high``."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    last = max(last, first + 1)
    ticks = [(10.0**power, _thousands(10**power)) for power in range(first, last + 1)]
    return Axis(10.0**first, 10.0**last, ticks, label, log=True)


def around(values: Sequence[float], label: str) -> Axis:
    """A log axis with ticks at 1, 2 and 5 times powers of ten, just around ``values``."""
    low, high = min(values) / 1.15, max(values) * 1.15
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    steps = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    first = max((step for step in steps if step <= low), default=low)
    last = min((step for step in steps if step >= high), default=high)
    ticks = [(step, f"{step:,g}") for step in steps if first <= step <= last]
    return Axis(first, last, ticks, label, log=True)


def linear(low: float, high: float, label: str, *, parts: int = 5) -> Axis:
    """An axis in steps of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(max(high - low, 1e-9) / parts))
    step = next(f * power for f in (1, 2, 5, 10) if f * power >= (high - low) / parts - 1e-12)
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = [(number * step, f"{number * step:g}") for number in range(first, last + 1)]
    return Axis(first * step, last * step, ticks, label)


def points_chart(
    points: Sequence[Point], x: Axis, y: Axis, *, label: str, front: bool = False
) -> Markup:
    """Points at their values, with intervals, and names where there is room; each says what it is
    when it is pointed at or focused. ``label`` is the chart in words.

    ``front``: a line through the points that no other beats in both (less across, more upwards).
    """
    best = _front(points) if front else []

    def spot(across: float, upwards: float) -> Spot:
        return Spot(WIDTH * _x(x, across) / 100, _y(y, upwards))

    strokes = [Stroke(spot(a.x, a.y), spot(b.x, b.y)) for a, b in pairwise(best)]
    strokes += [
        Stroke(spot(point.x, point.low), spot(point.x, point.high))
        for point in points
        if point.low is not None and point.high is not None
    ]
    beside = sides(
        [spot(point.x, point.y) for point in points],
        [point.label for point in points],
        strokes,
        first=[index for index, point in enumerate(points) if point in best],
    )
    marks = [
        Markup('<line class="front" x1="{:.4g}%" y1="{:.4g}" x2="{:.4g}%" y2="{:.4g}"/>').format(
            _x(x, a.x), _y(y, a.y), _x(x, b.x), _y(y, b.y)
        )
        for a, b in pairwise(best)
    ]
    # A line under all marks, so that none is struck through.
    marks += [_beside(_x(x, point.x), _interval(point, y)) for point in points]
    marks += [
        _beside(_x(x, point.x), _named(point, side, _y(y, point.y)))
        for point, side in zip(points, beside, strict=True)
    ]
    return _chart(x, y, marks, label)


def _front(points: Sequence[Point]) -> list[Point]:
    """The points that no other beats in both (less across, more upwards)."""
    best: list[Point] = []
    for point in sorted(points, key=lambda each: (each.x, -each.y)):
        if not best or point.y > best[-1].y:
            best.append(point)
    return best


def curves_chart(curves: Sequence[Curve], x: Axis, y: Axis, *, label: str) -> Markup:
    """Curves with a name at their end, the first on top; intervals where they are known."""
    marks = []
    for curve in reversed(curves):
        steps = zip(curve.points, curve.points[1:], strict=False)
        marks += [
            Markup('<line class="curve {}" x1="{:.4g}%" y1="{:.4g}" x2="{:.4g}%" y2="{:.4g}"/>')
            .format(curve.kind, _x(x, a.x), _y(y, a.y), _x(x, b.x), _y(y, b.y))
            for a, b in steps
        ]  # fmt: skip
        marks += [_beside(_x(x, point.x), _dot(point, y)) for point in curve.points]
    lasts = [curve.points[-1] for curve in curves]
    heights = lines([_y(y, last.y) for last in lasts])
    marks += [
        Markup('<text class="name {}" x="{:.4g}%" dx="9" y="{:.4g}">{}</text>').format(
            curve.kind, _x(x, last.x), height + 4, curve.label
        )
        for curve, last, height in zip(curves, lasts, heights, strict=True)
        if height is not None
    ]
    return _chart(x, y, marks, label)


class RowName(NamedTuple):
    label: str
    run: str
    """Which run the row is, in few letters."""

    about: str
    """The same in full."""

    url: str = ""


def heat_map(
    rows: Sequence[RowName],
    columns: Sequence[str],
    cells: Sequence[Sequence[float | None]],
    label: str,
) -> Markup:
    """Shares (0..1) as shades, each with its number; None where nothing was measured.

    A row's name stands above its shades: on a telephone nothing fits beside them.
    """
    head, line, shade = 56, 48, 26
    width = 100 / max(len(columns), 1)
    marks = [Markup('<text class="title" x="0" y="14">{}</text>').format("Test sets, % correct")]
    marks += [
        Markup(
            '<text class="tick column{}" x="{:.4g}%" y="44" text-anchor="middle">{}</text>'
        ).format(" odd" * (column % 2), width * (column + 0.5), name)
        for column, name in enumerate(columns)
    ]
    for number, (name, values) in enumerate(zip(rows, cells, strict=True)):
        at = head + number * line
        marks.append(
            Markup(
                '<text class="row" x="0" y="{}">{}<tspan class="run" dx="7">{}</tspan>'
                "<title>{}</title></text>"
            ).format(at + 14, name.label, name.run, name.about)
        )
        shades = Markup("").join(
            _shade(width * column, at + 20, width, shade, value)
            for column, value in enumerate(values)
        )
        inside = Markup("<title>{}</title>{}").format(name.about, shades)
        marks.append(
            Markup('<a href="{}">{}</a>').format(name.url, inside)
            if name.url
            else Markup("<g>{}</g>").format(inside)
        )
    return _frame(head + line * len(rows), label, marks)


def _shade(x: float, y: float, width: float, height: float, value: float | None) -> Markup:
    # No stronger than dark text can be read on, nor light text in the dark theme.
    strength = 0.0 if value is None else 0.06 + 0.44 * value
    text = "–" if value is None else percent(value)
    return Markup(
        '<rect class="shade" x="{x:.4g}%" y="{y}" width="{width:.4g}%" height="{height}" '
        'fill-opacity="{strength:.2f}"/>'
        '<text class="row" x="{middle:.4g}%" y="{base}" text-anchor="middle">{text}</text>'
    ).format(
        x=x,
        y=y,
        width=width,
        height=height,
        strength=strength,
        middle=x + width / 2,
        base=y + 18,
        text=text,
    )


def key(kind: str) -> Markup:
    """The mark of a kind of points, for a list that says what it is."""
    return Markup('<svg class="chart" width="18" height="18" aria-hidden="true">{}</svg>').format(
        _beside(50, _mark(kind, 9))
    )


def _chart(x: Axis, y: Axis, marks: Sequence[Markup], label: str) -> Markup:
    grid = [
        Markup(
            '<line class="grid" x1="{0}%" x2="{1}%" y1="{2:.4g}" y2="{2:.4g}"/>'
            '<text class="tick" x="{0}%" dx="-7" y="{3:.4g}" text-anchor="end">{4}</text>'
        ).format(LEFT, RIGHT, _y(y, at), _y(y, at) + 4, name)
        for at, name in y.ticks
    ]
    grid += [
        Markup(
            '<line class="grid" x1="{0:.4g}%" x2="{0:.4g}%" y1="{1}" y2="{2}"/>'
            '<text class="tick" x="{0:.4g}%" y="{3}" text-anchor="middle">{4}</text>'
        ).format(_x(x, at), TOP, FLOOR, FLOOR + 20, name)
        for at, name in x.ticks
    ]
    titles = Markup(
        '<text class="title" x="0" y="14">{}</text>'
        '<text class="title" x="{}%" y="{}" text-anchor="end">{}</text>'
    ).format(y.label, RIGHT, HEIGHT - 6, x.label)
    return _frame(HEIGHT, label, [*grid, titles, *marks])


def _interval(point: Point, y: Axis) -> Markup:
    if point.low is None or point.high is None:
        return Markup("")
    return Markup('<line class="interval {}" y1="{:.4g}" y2="{:.4g}"/>').format(
        point.kind, _y(y, point.low), _y(y, point.high)
    )


def _dot(point: Point, y: Axis) -> Markup:
    """A point of a curve, without a name."""
    circle = Markup('<circle class="point {}" cy="{:.4g}" r="4.5"/>')
    mark = circle.format(point.kind, _y(y, point.y))
    return Markup("{}{}").format(_interval(point, y), _linked(point, mark, _y(y, point.y)))


def _named(point: Point, side: str | None, at: float) -> Markup:
    name = Markup("")
    if side is not None:
        name = Markup('<text class="name {}" x="{}" y="{:.4g}" text-anchor="{}">{}</text>').format(
            point.kind, 11 if side == "start" else -11, at + 4, side, point.label
        )
    return name + _linked(point, _mark(point.kind, at), at)


def _linked(point: Point, mark: Markup, at: float) -> Markup:
    """A mark that can be pointed at and focused, and leads to what it is."""
    words = _words(point)
    tip = Markup('<text class="tip" y="{:.4g}" text-anchor="middle">{}</text>').format(
        at - 14, words
    )
    inside = Markup("<title>{}</title>{}{}").format(words, mark, tip)
    if point.url:
        return Markup('<a href="{}" class="spot">{}</a>').format(point.url, inside)
    return Markup('<g class="spot" tabindex="0" role="img" aria-label="{}">{}</g>').format(
        words, inside
    )


def _mark(kind: str, at: float) -> Markup:
    """A ring is reported; of what was measured, other methods than the two compared are squares."""
    if kind == "other":
        shape = Markup('<rect class="point other" x="-5" y="{:.4g}" width="10" height="10"/>')
        return shape.format(at - 5)
    return Markup('<circle class="point {}" cy="{:.4g}" r="{}"/>').format(
        kind, at, 5 if kind == "reported" else 6
    )


def _words(point: Point) -> str:
    text = f"{point.label}: {percent(point.y / 100)}"
    if point.low is not None and point.high is not None:
        text += f" ({percent(point.low / 100)} to {percent(point.high / 100)})"
    return f"{text}, {point.note}" if point.note else text


def _beside(x: float, marks: Markup) -> Markup:
    """Marks with pixels across that are counted from a position in percent."""
    return Markup('<svg x="{:.4g}%">{}</svg>').format(x, marks)


def _frame(height: float, label: str, marks: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg class="chart" width="100%" height="{}" role="group" aria-label="{}">{}</svg>'
    ).format(height, label, Markup("").join(marks))


def _x(axis: Axis, value: float) -> float:
    return LEFT + (RIGHT - LEFT) * axis.share(value)


def _y(axis: Axis, value: float) -> float:
    return FLOOR - (FLOOR - TOP) * axis.share(value)


def _thousands(number: float) -> str:
    """A power of ten in few letters.

    >>> _thousands(1000), _thousands(10_000_000)
    ('1K', '10M')
    """
    for size, letter in ((10**9, "B"), (10**6, "M"), (10**3, "K")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"
