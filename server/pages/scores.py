"""The scores of all runs, read once and kept until a run is published.

On a board so large that reading takes a while, whoever comes meanwhile sees the former scores: a
new run is there seconds later, and nobody waits.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Annotated

from fastapi import Query

from cft_eval.leaderboard.board import Every
from cft_eval.leaderboard.frames import Scores, Suite
from cft_eval.results import Policy
from cft_eval.server.catalog import Catalog
from cft_eval.server.reading import Reading

Text = Annotated[str, Query(max_length=300)]
"""A parameter that a visitor may type."""

PATIENCE = 0.4
"""Seconds that a visitor waits for new scores; where it takes longer, the former are shown."""

CATALOGS = 4
"""Boards whose scores are kept: more than one only in tests, or where visitors see other runs."""

Revision = tuple[int, str]


@dataclass
class _Kept:
    every: Every
    revision: Revision
    seconds: float
    """What it took to read."""

    coming: bool = False
    """Whether a thread reads a newer one."""


_kept: OrderedDict[Catalog, _Kept] = OrderedDict()
_lock = Lock()


def every_policy(catalog: Catalog) -> Every:
    """The scores under every policy: the latest, or on a large board those before them."""
    revision = catalog.revision()
    with _lock:
        found = _kept.get(catalog)
        if found is not None and found.revision == revision:
            _kept.move_to_end(catalog)
            return found.every
        if found is not None and found.seconds > PATIENCE:
            if not found.coming:
                found.coming = True
                Thread(target=_read, args=(catalog, revision), daemon=True).start()
            return found.every
    return _read(catalog, revision)


def scores_of(catalog: Catalog, policy: Policy) -> Scores:
    """The scores under one policy."""
    return every_policy(catalog).scores[policy]


def _read(catalog: Catalog, revision: Revision) -> Every:
    started = time.perf_counter()
    try:
        records = Reading(catalog).scores()
        every = Every({policy: Scores(found) for policy, found in records.items()})
        every.boards(Suite.SUITE)
    finally:
        with _lock:
            if catalog in _kept:
                _kept[catalog].coming = False
    with _lock:
        _kept[catalog] = _Kept(every, revision, time.perf_counter() - started)
        _kept.move_to_end(catalog)
        while len(_kept) > CATALOGS:
            _kept.popitem(last=False)
    return every
