"""The scores of all runs, read once and kept until a run is published."""

from functools import lru_cache
from typing import Annotated

from fastapi import Query

from cft_eval.leaderboard.frames import Scores
from cft_eval.results import Policy
from cft_eval.server.catalog import Catalog
from cft_eval.server.grading import POLICIES
from cft_eval.server.reading import Reading

Text = Annotated[str, Query(max_length=300)]
"""A parameter that a visitor may type."""


def every_policy(catalog: Catalog) -> dict[Policy, Scores]:
    """The scores under each policy."""
    revision = catalog.revision()
    return {policy: _scores_at(catalog, policy, revision) for policy in POLICIES}


def scores_of(catalog: Catalog, policy: Policy) -> Scores:
    """The scores under one policy."""
    return _scores_at(catalog, policy, catalog.revision())


@lru_cache(maxsize=6)
def _scores_at(catalog: Catalog, policy: Policy, revision: tuple[int, str]) -> Scores:
    # Read for every page, and made anew only when a run was published.
    return Scores(Reading(catalog).scores(policy))
