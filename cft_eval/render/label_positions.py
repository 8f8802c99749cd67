"""Where names stand on a chart: beside their points, and none on another name or point.

All is in pixels of a chart that is `WIDTH` wide. Points stay where their values are; a name may go
to the other side, or up or down by a line or two, and is left out where nothing is free.
"""

import math
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

WIDTH = 690
"""Of a chart on a small screen: what is free there is free on wider ones."""

LINE = 15
"""Between two names, one below the other."""

LETTER = 7.2
"""Of a name, on average; some names are bold."""

GAP = 10
"""Between the middle of a point and its name."""

Side = Literal["start", "end"]
"""Which end of a name is at its point: ``start`` of a name to the right of it."""


SIDES: tuple[Side, ...] = ("start", "end")


class Spot(NamedTuple):
    x: float
    y: float


class _Box(NamedTuple):
    left: float
    right: float
    top: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class Stroke(NamedTuple):
    """A line of the chart, such as an interval."""

    begin: Spot
    end: Spot


def sides(
    spots: Sequence[Spot],
    names: Sequence[str],
    strokes: Sequence[Stroke] = (),
    *,
    first: Collection[int] = (),
) -> list[Side | None]:
    """On which side of its spot each name stands, None where neither is free; the names of the
    indices ``first`` choose before the others, and only they may stand on ``strokes``."""
    taken = [_Box(x - 7, x + 7, y - 7, y + 7) for x, y in spots]
    struck = [box for stroke in strokes for box in _along(stroke)]
    chosen: list[Side | None] = [None] * len(spots)
    for number in sorted(range(len(spots)), key=lambda index: index not in first):
        others = [box for index, box in enumerate(taken) if index != number]
        boxes = {side: _box(spots[number], names[number], side) for side in SIDES}
        free = [side for side, box in boxes.items() if _free(box, others)]
        clear = [side for side in free if not any(boxes[side].meets(box) for box in struck)]
        side = next(iter(clear or (free if number in first else ())), None)
        if side is not None:
            chosen[number] = side
            taken.append(boxes[side])
    return chosen


def _along(stroke: Stroke) -> list[_Box]:
    """Small boxes that cover a line."""
    (x, y), (right, bottom) = stroke
    steps = max(1, math.ceil(max(abs(right - x), abs(bottom - y)) / LINE))
    ways = [step / steps for step in range(steps + 1)]
    places = [Spot(x + (right - x) * way, y + (bottom - y) * way) for way in ways]
    return [_Box(at.x - 1, at.x + 1, at.y - 1, at.y + 1) for at in places]


def _box(spot: Spot, name: str, side: Side) -> _Box:
    near, far = GAP / 2, LETTER * len(name) + GAP
    ends = (spot.x + near, spot.x + far) if side == "start" else (spot.x - far, spot.x - near)
    return _Box(*ends, spot.y - LINE / 2, spot.y + LINE / 2)


def _free(box: _Box, others: Sequence[_Box]) -> bool:
    return box.left >= 0 and box.right <= WIDTH and not any(box.meets(other) for other in others)


def lines(heights: Sequence[float]) -> list[float | None]:
    """Heights for names that are wanted there, the first ones first; None where no line is free."""
    taken: list[float] = []
    placed: list[float | None] = []
    for height in heights:
        near = (height + shift for shift in (0, -LINE, LINE, -2 * LINE, 2 * LINE))
        free = (at for at in near if all(abs(at - other) >= LINE for other in taken))
        placed.append(next(free, None))
        taken += [at for at in placed[-1:] if at is not None]
    return placed
