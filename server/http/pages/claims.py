"""The paper's claims against this board."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from cft_eval.leaderboard import pages
from cft_eval.leaderboard.pages.claims.builder import claims_context
from cft_eval.results import InvalidData, Policy, RunOutcomes
from cft_eval.server.foundation.errors import BoardError
from cft_eval.server.http.pages.scores import PolicyAsked, newest_scores, scores_lag
from cft_eval.server.http.services import ServicesDep
from cft_eval.server.queries.catalog import Catalog
from cft_eval.server.store.cache import Kept

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_kept: Kept[tuple[Catalog, Policy], str] = Kept(most=12)
"""Pages of some 100 kB: of each policy, and of visitors who see other runs."""


@router.get("/claims")
def claims_page(services: ServicesDep, policy: PolicyAsked = "strict") -> str:
    """Two dozen paired tests: the same page for every visitor until a run is published, and the
    former one until the next is made."""
    catalog, revision = services.catalog, services.catalog.revision()
    return _kept.get(
        (catalog, policy),
        revision,
        lambda: _page(catalog, policy),
        # Made of the newest scores or not at all: a page of former ones would stay.
        slow=scores_lag(catalog, revision),
    )


def _page(catalog: Catalog, policy: Policy) -> str:
    def outcomes(run: str) -> RunOutcomes:
        try:
            return catalog.outcomes(run, policy)
        except BoardError as error:
            # Withdrawn since the scores were read: an arm that is not measured, and no error.
            raise InvalidData(error.detail) from None

    return pages.claims_page(claims_context(newest_scores(catalog, policy), policy, outcomes))
