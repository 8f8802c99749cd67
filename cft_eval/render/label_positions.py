"""Where names stand on a chart: beside their points, and none on another name or point.

All is in pixels of a chart that is `WIDTH` wide. Points stay where their values are; a name may go
to the other side, or up or down by a line or two, and is left out where nothing is free.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

WIDTH = 760
"""Of a chart on a small screen: what is free there is free on wider ones."""

LINE = 15
"""Between two names, one below the other."""

LETTER = 6.6
"""Of a name, on average."""

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


def sides(spots: Sequence[Spot], names: Sequence[str]) -> list[Side | None]:
    """On which side of its spot each name stands, the first ones first; None where neither is
    free."""
    taken = [_Box(x - 7, x + 7, y - 7, y + 7) for x, y in spots]
    chosen: list[Side | None] = []
    for number, (spot, name) in enumerate(zip(spots, names, strict=True)):
        others = [box for index, box in enumerate(taken) if index != number]
        free = (each for each in SIDES if _free(_box(spot, name, each), others))
        side = next(free, None)
        chosen.append(side)
        if side is not None:
            taken.append(_box(spot, name, side))
    return chosen


def _box(spot: Spot, name: str, side: Side) -> _Box:
    width = LETTER * len(name) + GAP
    ends = (spot.x, spot.x + width) if side == "start" else (spot.x - width, spot.x)
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
