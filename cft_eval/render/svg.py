"""Marks of a row, in the style of the comparison report: a line is a 95 % interval, a dot what was
measured, a ring what somebody reported. Colours and sizes are in the style sheet.

The frame and the marks that a report has too are `cft_eval.render.drawing`'s: one style everywhere.
"""

from collections.abc import Mapping

from markupsafe import Markup

from cft_eval.figures import percent
from cft_eval.render.drawing import Scale, dot, drawing, grid

PERCENT = Scale(0.0, 1.0, 0.25)
"""The whole width is 0 to 100 percent."""


def interval(low: float, value: float, high: float) -> Markup:
    """A measured score (shares 0..1) on its interval."""
    label = f"{percent(value)} %, 95 % interval {percent(low)} to {percent(high)}"
    line = f'<path class="range" d="M{PERCENT.x(low):.4g} 10H{PERCENT.x(high):.4g}"/>'
    return drawing("mark", label, grid(PERCENT) + line + dot("dot", PERCENT.x(value)))


def ring(value: float) -> Markup:
    """A reported score (share 0..1), of which no interval is known."""
    label = f"{percent(value)} %, reported"
    return drawing(
        "mark", label, grid(PERCENT) + dot("ring", PERCENT.x(value)) + dot("hole", PERCENT.x(value))
    )


def shares(counts: Mapping[str, int]) -> Markup:
    """A bar of named parts; each part's class is its name."""
    total, at, parts = max(sum(counts.values()), 1), 0.0, []
    for name, count in counts.items():
        width = 100 * count / total
        parts.append(f'<path class="part {name}" d="M{at:.4g} 10h{width:.4g}"/>')
        at += width
    label = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
    return drawing("outcome-shares", label, "".join(parts))
