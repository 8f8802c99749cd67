"""Marks drawn as SVG, in one style: a line is a 95 % interval, a dot what was measured, a ring
what somebody reported. Colours and sizes are in the style sheet, so that they follow the theme.

Every drawing is 100 units wide, one for each percent, and stretches to the width of its place;
strokes keep their width (``vector-effect``), and a dot is a line of no length with a round end.
"""

from collections.abc import Mapping

from markupsafe import Markup

TICKS = (0, 25, 50, 75, 100)


def interval(low: float, value: float, high: float) -> Markup:
    """A measured score (shares 0..1) on its interval."""
    label = f"{100 * value:.1f} %, 95 % interval {100 * low:.1f} to {100 * high:.1f}"
    marks = f'<path class="range" d="M{_x(low)} 6H{_x(high)}"/>{_dot("dot", value)}'
    return _drawing("mark", label, _grid() + marks)


def ring(value: float) -> Markup:
    """A reported score (share 0..1), of which no interval is known."""
    label = f"{100 * value:.1f} %, reported"
    return _drawing("mark", label, _grid() + _dot("ring", value) + _dot("hole", value))


def shares(counts: Mapping[str, int]) -> Markup:
    """A bar of named parts; each part's class is its name."""
    total, at, parts = max(sum(counts.values()), 1), 0.0, []
    for name, count in counts.items():
        width = 100 * count / total
        parts.append(f'<path class="part {name}" d="M{at:.4g} 6h{width:.4g}"/>')
        at += width
    label = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
    return _drawing("shares", label, "".join(parts))


def _drawing(kind: str, label: str, inside: str) -> Markup:
    # Only numbers and names of our own reach the markup.
    return Markup(
        f'<svg class="{kind}" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" '
        f'aria-label="{label}">{inside}</svg>'
    )


def _grid() -> str:
    lines = "".join(f"M{tick} 0V12" for tick in TICKS)
    return f'<path class="grid" d="{lines}"/>'


def _dot(kind: str, value: float) -> str:
    return f'<path class="{kind}" d="M{_x(value)} 6h0"/>'


def _x(share: float) -> str:
    return f"{100 * share:.4g}"
