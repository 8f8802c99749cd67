"""Marks of the comparison page, drawn as inline SVG: numbers in, markup out.

A drawing is 100 units wide and stretches to its frame, so that rows line up under one axis;
strokes keep their width (``vector-effect``), and a dot is a line of no length with a round end.
Colours are classes of the page's style sheet. No text of a run ever reaches this module.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from cft_eval.stats import Interval


class Scale(NamedTuple):
    """A range of values on the 100 units of a drawing."""

    low: float
    high: float
    step: float

    def x(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return 100 * min(1.0, max(0.0, share))

    @property
    def ticks(self) -> list[float]:
        count = round((self.high - self.low) / self.step)
        return [self.low + i * self.step for i in range(count + 1)]


def scale(values: Sequence[float], *, parts: int = 6) -> Scale:
    """The smallest range in steps of 1, 2 or 5 times a power of ten that holds ``values``."""
    low, high = min(values), max(values)
    wanted = max(high - low, 1e-9) / parts
    power = 10.0 ** math.floor(math.log10(wanted))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= wanted)
    return Scale(math.floor(low / step) * step, math.ceil(high / step) * step or step, step)


def forest(
    on: Scale, value: float, whole: Interval, fixed: Interval | None, *, kind: str, label: str
) -> Markup:
    """A difference on its interval; the thick part is the noise of sampling alone."""
    marks = [grid(on), f'<path class="zero" d="M{on.x(0):.4g} 0V20"/>', line_of("range", on, whole)]
    if fixed is not None:
        marks.append(line_of("fixed", on, fixed))
    marks.append(dot("dot", on.x(value)))
    return drawing(f"forest {kind}", label, "".join(marks))


def pair(a: float, b: float, *, label: str) -> Markup:
    """Two scores (shares 0..1) on a line from 0 to 100: A a ring, B a dot."""
    left, right = sorted((100 * a, 100 * b))
    marks = (
        f'<path class="rail" d="M0 10H100"/><path class="link" d="M{left:.4g} 10H{right:.4g}"/>'
        + dot("ring", 100 * a)
        + dot("hole", 100 * a)
        + dot("dot", 100 * b)
    )
    return drawing("pair", label, marks)


def balance(losses: int, gains: int, most: int, *, label: str) -> Markup:
    """Losses to the left of the middle, gains to the right; ``most`` fills a side."""
    left, right = (50 * count / max(most, 1) for count in (losses, gains))
    marks = (
        f'<path class="lost" d="M{50 - left:.4g} 10H50"/>'
        f'<path class="gained" d="M50 10h{right:.4g}"/><path class="zero" d="M50 0V20"/>'
    )
    return drawing("balance", label, marks)


def shares(parts: Sequence[float], *, label: str) -> Markup:
    """A bar of shares that sum to 1, each in its own shade."""
    at, marks = 0.0, []
    for index, part in enumerate(parts):
        marks.append(f'<path class="share s{index % 6}" d="M{at:.4g} 10h{100 * part:.4g}"/>')
        at += 100 * part
    return drawing("shares", label, "".join(marks))


def ranks(best: int, worst: int, runs: int, *, label: str) -> Markup:
    """The ranks that remain possible, of ``runs``; 1 is at the left."""
    on = Scale(0.5, runs + 0.5, 1.0)
    ends = f"M{on.x(best):.4g} 10H{on.x(worst):.4g}"
    marks = f'<path class="rail" d="M0 10H100"/><path class="range" d="{ends}"/>'
    return drawing("ranks", label, marks)


def drawing(kind: str, label: str, inside: str) -> Markup:
    """The frame of every mark; ``label`` says in words what it shows."""
    return Markup(
        '<svg class="{}" viewBox="0 0 100 20" preserveAspectRatio="none" role="img" '
        'aria-label="{}"><title>{}</title>{}</svg>'
    ).format(kind, label, label, Markup(inside))


def grid(on: Scale) -> str:
    lines = "".join(f"M{on.x(tick):.4g} 0V20" for tick in on.ticks)
    return f'<path class="grid" d="{lines}"/>'


def line_of(kind: str, on: Scale, interval: Interval) -> str:
    return f'<path class="{kind}" d="M{on.x(interval.low):.4g} 10H{on.x(interval.high):.4g}"/>'


def dot(kind: str, at: float) -> str:
    return f'<path class="{kind}" d="M{at:.4g} 10h0"/>'
