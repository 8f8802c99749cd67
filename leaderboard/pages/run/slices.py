"""A task by level and by subject: where a run is better or worse than on the rest of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cft_eval.figures import p_value
from cft_eval.leaderboard.data.frames import interval
from cft_eval.leaderboard.pages.common.context import Cell
from cft_eval.leaderboard.pages.run.context import SliceRow
from cft_eval.records.runs import SampleVectors
from cft_eval.render import svg
from cft_eval.render.text import count, percent, short, span
from cft_eval.stats import Floats, benjamini_hochberg
from cft_eval.stats.unpaired import unlike

FALSE_DISCOVERIES = 0.1
"""Of the slices that are marked, so large a share may be chance: they are to look through."""

MOST = 40
"""Levels and subjects that are shown; no benchmark has half as many."""


def slices(vectors: SampleVectors) -> list[SliceRow]:
    """Levels, then subjects; none where the samples name none, or one alone."""
    problems, means = _by_problem(vectors)
    rows = [
        (kind, name, means[inside], means[~inside])
        for kind, names in (("level", vectors.levels), ("subject", vectors.subjects))
        for name, inside in _groups([names[index] for index in problems])
    ]
    adjusted = benjamini_hochberg([unlike(inside, outside) for _, _, inside, outside in rows])
    return [_row(*row, q) for row, q in zip(rows, adjusted, strict=True)]


def _by_problem(vectors: SampleVectors) -> tuple[Sequence[int], Floats]:
    """An index of each problem, and the mean of its repeats."""
    _, firsts, owners = np.unique(vectors.positions, return_index=True, return_inverse=True)
    sums = np.bincount(owners, weights=vectors.right)
    return firsts.tolist(), sums / np.bincount(owners)


def _groups(names: Sequence[str | None]) -> list[tuple[str, NDArray[np.bool_]]]:
    known = sorted({name for name in names if name})
    if len(known) < 2:
        return []
    return [(name, np.array([each == name for each in names])) for name in known[:MOST]]


def _row(kind: str, name: str, inside: Floats, outside: Floats, q: float) -> SliceRow:
    score = float(inside.mean())
    binary = bool(np.isin(inside, (0.0, 1.0)).all())
    low, high = interval(
        score, inside.size, None if binary or inside.size < 2 else float(inside.var(ddof=1))
    )
    better = score > float(outside.mean())
    return SliceRow(
        kind=kind,
        name=short(name, 60),
        problems=count(inside.size),
        score=Cell("Score", percent(score), span(low, high)),
        bar=svg.interval(low, score, high),
        mark="" if q > FALSE_DISCOVERIES else "better" if better else "worse",
        q=p_value(q),
    )
