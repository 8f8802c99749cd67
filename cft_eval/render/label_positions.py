"""Where points and names stand on a chart: side by side, and none on another.

All is in pixels of a chart that is `WIDTH` wide. Points keep their height, names may go up or down
by a line or two.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple

WIDTH = 1000
"""Of a chart on most screens; on a telephone neighbours still meet."""

LINE = 15
"""Between two names, one below the other."""

ASIDE = 18
"""Between the middles of two marks that stand side by side or one above the other."""


class Spot(NamedTuple):
    x: float
    y: float


def spread(spots: Sequence[Spot]) -> list[int]:
    """How far aside each spot moves, so that none lies on another at its position: never past those
    at another position, which would say something else."""
    moves = [0] * len(spots)
    placed: list[tuple[Spot, int]] = []
    for number in sorted(range(len(spots)), key=lambda number: spots[number].y):
        spot = spots[number]
        near = [each for each in placed if abs(each[0].x - spot.x) < ASIDE]
        moves[number] = next(move for move in _asides() if _alone(spot, move, near))
        placed.append((spot, moves[number]))
    return moves


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


def _asides() -> Iterator[int]:
    yield 0
    for step in count(1):
        yield step * ASIDE
        yield -step * ASIDE


def _alone(spot: Spot, move: int, near: Sequence[tuple[Spot, int]]) -> bool:
    return all(
        abs(spot.x + move - other.x - moved) >= ASIDE or abs(spot.y - other.y) >= ASIDE
        for other, moved in near
    )
