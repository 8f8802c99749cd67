"""What a board's columns and rows cannot show, and how reliable a grader is on them."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from cft_eval.leaderboard.data.frames import CLAIM_TOLERANCE, part
from cft_eval.leaderboard.data.suites import title
from cft_eval.leaderboard.data.table import Indices, Table
from cft_eval.render.text import percent, points
from cft_eval.stats.unpaired import separation


def column_notes(table: Table, shown: Indices, *, alike: bool) -> dict[str, str]:
    """Column to what it cannot tell of the rows shown."""
    notes = {name: _separation(table, shown, name) for name in table.names}
    return {"mean": _leaders(table, shown) if alike else "", **notes}


def _separation(table: Table, shown: Indices, name: str) -> str:
    """How little a column tells of the models shown; empty where it tells most pairs apart."""
    shares = table.column(name)[shown].astype(np.float64)
    whole = ~np.isnan(shares) & ~table.column(part(name, "partial"))[shown].astype(bool)
    if whole.sum() < 2:
        return ""
    items = table.column(part(name, "items"))[shown][whole].max()
    pairs = separation(shares[whole], int(items))
    if not pairs.apart:
        return "no two of these runs can be told apart"
    tied = 1 - pairs.apart / pairs.pairs
    return f"{percent(tied, places=0)} % of all pairs are too close to call" if tied >= 0.5 else ""


def _leaders(table: Table, shown: Indices) -> str:
    """How many of the models shown may be the best of them."""
    whole = shown[table.column("best")[shown] > 0]
    if len(whole) < 2:
        return ""
    low, high = (table.column(part("mean", end))[whole] for end in ("low", "high"))
    leaders = int((high >= low.max()).sum())
    return f"the top {leaders} runs are too close to call" if leaders > 1 else ""


def cuts(table: Table, shown: Indices) -> set[str]:
    """Runs that, with all below them, are surely below all above, in the order of means."""
    whole = shown[table.column("best")[shown] > 0]
    if len(whole) < 2:
        return set()
    low, high = (table.column(part("mean", end))[whole] for end in ("low", "high"))
    lowest_above = np.minimum.accumulate(low)[:-1]
    highest_below = np.maximum.accumulate(high[::-1])[::-1][1:]
    return {table.runs[index] for index in whole[1:][lowest_above > highest_below]}


def worth(table: Table, shown: Indices) -> str:
    """What the paper's grader gives the runs shown beyond strict equality, in one sentence."""
    gains: dict[str, float] = {}
    for name in table.names:
        known = table.column(part(name, "paper"))[shown].astype(np.float64)
        known = known[~np.isnan(known)]
        if known.size:
            gains[name] = float(known.mean())
    if not gains:
        return ""
    most = max(gains, key=gains.__getitem__)
    if max(map(abs, gains.values())) < CLAIM_TOLERANCE:
        return "The CFT paper's looser grader gives the same scores."
    mean = sum(gains.values()) / len(gains)
    text = f"The CFT paper's looser grader adds {points(mean)} points"
    if len(gains) == 1:
        return f"{text}."
    return f"{text} on average, most on {title(most)}: {points(gains[most])}."


def twins(names: Iterable[tuple[str, Any]]) -> frozenset[tuple[str, Any]]:
    """Names with their steps that several runs have."""
    counted = Counter((model, None if step != step else step) for model, step in names)
    return frozenset(name for name, number in counted.items() if number > 1)
