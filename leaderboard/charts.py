"""Whole charts as SVG: points on two axes, and a map of shades.

Across, places are percents of the width; down, they are pixels: a chart fills its place and its
text keeps its size, on a telephone as on paper. What was measured is filled, what was reported is
a ring; colours are classes of the style sheet. Texts are escaped here: names come from strangers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

HEIGHT, TOP, BOTTOM = 340, 14, 34
"""Pixels: of the whole chart, above the highest tick, and below the lowest for its labels."""

LEFT, RIGHT = 6.0, 97.0
"""Percent of the width that the plot takes; the labels of the upright axis stand before it."""

LETTER = 0.75
"""Percent of the width that a letter of a label takes where the chart is 850 pixels wide."""

LINE = 15
"""Pixels between two labels."""


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
    """A class of the style sheet: ``cft``, ``other``, ``reported``."""

    low: float | None = None
    high: float | None = None
    """The 95 % interval; None where none is known."""


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


def linear(low: float, high: float, label: str, *, parts: int = 5) -> Axis:
    """An axis in steps of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(max(high - low, 1e-9) / parts))
    step = next(f * power for f in (1, 2, 5, 10) if f * power >= (high - low) / parts - 1e-12)
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = [(number * step, f"{number * step:g}") for number in range(first, last + 1)]
    return Axis(first * step, last * step, ticks, label)


def points_chart(points: Sequence[Point], x: Axis, y: Axis, *, told: str) -> Markup:
    """Points with their intervals; ``told`` is the chart in words."""
    labels = _Labels([(_x(x, point.x), _y(y, point.y)) for point in points])
    # Rings last, and larger than dots: papers and their repetitions train on equally many examples,
    # and both must be seen where they truly are.
    marks = [_point(point, x, y) for point in sorted(points, key=lambda p: p.kind == "reported")]
    # Where two names would lie on each other, what was measured keeps its name, then the better.
    marks += [
        labels.place(
            point.label,
            _x(x, point.x),
            _y(y, point.y),
            f"{point.kind} spot",
            left=point.kind == "reported",
        )
        for point in sorted(points, key=lambda point: (point.kind == "reported", -point.y))
    ]
    return _chart(x, y, marks, told)


def curves_chart(curves: Sequence[Curve], x: Axis, y: Axis, *, told: str) -> Markup:
    """Curves with a name at their end, the first on top; intervals where they are known."""
    labels = _Labels()
    marks = []
    for curve in reversed(curves):
        steps = zip(curve.points, curve.points[1:], strict=False)
        marks += [
            Markup('<line class="curve {}" x1="{:.4g}%" y1="{:.4g}" x2="{:.4g}%" y2="{:.4g}"/>')
            .format(curve.kind, _x(x, a.x), _y(y, a.y), _x(x, b.x), _y(y, b.y))
            for a, b in steps
        ]  # fmt: skip
        marks += [_point(point, x, y) for point in curve.points]
    for curve in curves:
        last = curve.points[-1]
        marks.append(labels.place(curve.label, _x(x, last.x), _y(y, last.y), curve.kind))
    return _chart(x, y, marks, told)


def heat_map(
    rows: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[float | None]], told: str
) -> Markup:
    """Shares (0..1) as shades, each with its number; None where nothing was measured."""
    left, top, height = 22.0, 30, 38
    width = (100 - left) / max(len(columns), 1)
    marks = [
        Markup('<text class="tick" x="{:.4g}%" y="18" text-anchor="middle">{}</text>').format(
            left + width * (place + 0.5), name
        )
        for place, name in enumerate(columns)
    ]
    for line, (name, values) in enumerate(zip(rows, cells, strict=True)):
        at = top + line * height
        marks.append(Markup('<text class="row" x="0" y="{}">{}</text>').format(at + 24, name))
        marks += [
            _shade(left + width * place, at, width, height, value)
            for place, value in enumerate(values)
        ]
    return _frame(top + height * len(rows), told, marks)


def _shade(x: float, y: float, width: float, height: float, value: float | None) -> Markup:
    # No stronger than dark text can be read on, nor light text in the dark theme.
    strength = 0.0 if value is None else 0.06 + 0.44 * value
    text = "–" if value is None else f"{100 * value:.0f}"
    return Markup(
        '<rect class="shade" x="{:.4g}%" y="{}" width="{:.4g}%" height="{}" fill-opacity="{:.2f}"/>'
        '<text class="row" x="{:.4g}%" y="{}" text-anchor="middle">{}</text>'
    ).format(x, y, width, height, strength, x + width / 2, y + 24, text)


def _chart(x: Axis, y: Axis, marks: Sequence[Markup], told: str) -> Markup:
    floor = HEIGHT - BOTTOM
    grid = [
        Markup(
            '<line class="grid" x1="{}%" x2="{}%" y1="{:.4g}" y2="{:.4g}"/>'
            '<text class="tick" x="{}%" dx="-7" y="{:.4g}" text-anchor="end">{}</text>'
        ).format(LEFT, RIGHT, _y(y, at), _y(y, at), LEFT, _y(y, at) + 4, name)
        for at, name in y.ticks
    ]
    grid += [
        Markup(
            '<line class="grid" x1="{0:.4g}%" x2="{0:.4g}%" y1="{1}" y2="{2}"/>'
            '<text class="tick" x="{0:.4g}%" y="{3}" text-anchor="middle">{4}</text>'
        ).format(_x(x, at), TOP, floor, floor + 20, name)
        for at, name in x.ticks
    ]
    return _frame(HEIGHT, told, [*grid, *marks])


def _point(point: Point, x: Axis, y: Axis) -> Markup:
    at_x, at_y = _x(x, point.x), _y(y, point.y)
    interval = Markup("")
    text = f"{point.label}: {point.y:.1f}"
    if point.low is not None and point.high is not None:
        interval = Markup(
            '<line class="interval {0}" x1="{1:.4g}%" x2="{1:.4g}%" y1="{2:.4g}" y2="{3:.4g}"/>'
        ).format(point.kind, at_x, _y(y, point.low), _y(y, point.high))
        text += f" ({point.low:.1f} to {point.high:.1f})"
    return Markup(
        '<g>{}<circle class="point {}" cx="{:.4g}%" cy="{:.4g}" r="{}"/><title>{}</title></g>'
    ).format(interval, point.kind, at_x, at_y, 6.5 if point.kind == "reported" else 4.5, text)


class _Labels:
    """Puts names beside points, and leaves out those that would lie on another."""

    def __init__(self, spots: Sequence[tuple[float, float]] = ()) -> None:
        """``spots``: where points are, that a name should not cover either."""
        self._taken = [(x - 0.6, x + 0.6, y) for x, y in spots]

    def place(self, text: str, x: float, y: float, kind: str, *, left: bool = False) -> Markup:
        """``text`` to the right of a point where there is room, or else, or ``left``, before it;
        a line higher or lower where another name is in the way; nothing where all is taken."""
        length = LETTER * len(text) + 1.5
        sides = ("end", "start") if left or x + length > RIGHT else ("start", "end")
        for side in sides:
            for shift in (0, -LINE, LINE, -2 * LINE, 2 * LINE):
                first = x + 1.2 if side == "start" else x - 1.2 - length
                box = (first, first + length, y + shift)
                if first >= 0 and box[1] <= 100 and self._free(box):
                    self._taken.append(box)
                    return Markup(
                        '<text class="name {}" x="{:.4g}%" dx="{}" y="{:.4g}" text-anchor="{}">{}'
                        "</text>"
                    ).format(kind, x, 9 if side == "start" else -9, y + shift + 4, side, text)
        return Markup("")

    def _free(self, box: tuple[float, float, float]) -> bool:
        return all(
            box[1] < first or last < box[0] or abs(box[2] - y) >= LINE
            for first, last, y in self._taken
        )


def _frame(height: float, told: str, marks: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg class="chart" width="100%" height="{}" role="img" aria-label="{}">{}</svg>'
    ).format(height, told, Markup("").join(marks))


def _x(axis: Axis, value: float) -> float:
    return LEFT + (RIGHT - LEFT) * axis.share(value)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * axis.share(value)


def _thousands(number: float) -> str:
    """A power of ten in few letters.

    >>> _thousands(1000), _thousands(10_000_000)
    ('1K', '10M')
    """
    for size, letter in ((10**9, "B"), (10**6, "M"), (10**3, "K")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"
