"""The scores of all runs, read once and kept until a run is published."""

from typing import Annotated

from fastapi import Query

from cft_eval.leaderboard.board import Every
from cft_eval.leaderboard.frames import Scores, Suite
from cft_eval.results import Policy
from cft_eval.server.catalog import Catalog
from cft_eval.server.kept import Kept
from cft_eval.server.reading import Reading

Text = Annotated[str, Query(max_length=300)]
"""A parameter that a visitor may type."""

_kept: Kept[Catalog, Every] = Kept(most=4)
"""More than one only in tests, or where visitors see other runs."""


def every_policy(catalog: Catalog) -> Every:
    """The scores under every policy: the latest, or on a large board those before them."""
    return _kept.get(catalog, catalog.revision(), lambda: _read(catalog))


def scores_of(catalog: Catalog, policy: Policy) -> Scores:
    """The scores under one policy."""
    return every_policy(catalog).scores[policy]


def _read(catalog: Catalog) -> Every:
    records = Reading(catalog).scores()
    every = Every({policy: Scores(found) for policy, found in records.items()})
    every.boards(Suite.SUITE)
    return every
