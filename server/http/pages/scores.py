"""The scores of all runs, read once and kept until a run is published."""

import gc
from threading import Thread
from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator

from cft_eval.leaderboard.data.frames import Scores, Suite
from cft_eval.leaderboard.pages.board.builder import Every
from cft_eval.render.tex import formula
from cft_eval.results import Policy
from cft_eval.server.queries.catalog import Catalog
from cft_eval.server.queries.scores import ScoreQueries
from cft_eval.server.store.cache import Kept, Revision

Text = Annotated[str, Query(max_length=300)]
"""A parameter that a visitor may type."""


def filled(default: object) -> BeforeValidator:
    """Takes an empty field of a form as ``default``."""
    return BeforeValidator(lambda value: default if value == "" else value)


PolicyAsked = Annotated[Policy, filled("strict")]
"""A grader that a visitor may choose; an empty field is the strict one."""

LARGE = 500
"""Runs of a board whose scores are read before anybody asks: half a second and more."""

_kept: Kept[Catalog, Every] = Kept(most=4)
"""More than one only in tests, or where visitors see other runs."""


def every_policy(catalog: Catalog) -> Every:
    """The scores under every policy: the latest, or on a large board those before them."""
    return _kept.get(catalog, catalog.revision(), lambda: _read(catalog))


def newest_scores(catalog: Catalog, policy: Policy) -> Scores:
    """The latest scores under one policy, whatever it takes to read them."""
    every = _kept.wait(catalog, catalog.revision(), lambda: _read(catalog))
    return every.scores[policy]


def scores_lag(catalog: Catalog, revision: Revision) -> bool:
    """Whether a visitor is shown scores before those of ``revision``, since reading takes long."""
    return _kept.lags(catalog, revision)


def warm(catalog: Catalog) -> None:
    """Do in a thread what the first visitor would wait for: load what draws formulas, and read the
    scores of a large board."""
    large = catalog.revision()[0] >= LARGE
    Thread(target=_warm, args=(catalog if large else None,), daemon=True).start()


def _warm(catalog: Catalog | None) -> None:
    formula("x^2")
    if catalog is None:
        return
    every_policy(catalog)
    # Hundreds of thousands of records that stay: else each full collection looks at them all, in
    # the middle of somebody's page.
    gc.collect()
    gc.freeze()


def _read(catalog: Catalog) -> Every:
    found = ScoreQueries(catalog).scores()
    strict = Scores(found.records)
    every = Every({policy: strict.regraded(graded) for policy, graded in found.graded.items()})
    every.boards(Suite.SUITE)
    return every
