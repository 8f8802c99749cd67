"""The paper's claims against this board."""

from functools import lru_cache

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from cft_eval.leaderboard import pages
from cft_eval.leaderboard.claimspage import claims_context
from cft_eval.results import Policy, RunOutcomes
from cft_eval.server.catalog import Catalog
from cft_eval.server.pages.scores import scores_of
from cft_eval.server.services import ServicesDep

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/claims")
def claims_page(services: ServicesDep, policy: Policy = "strict") -> str:
    return _page(services.catalog, policy, services.catalog.revision())


@lru_cache(maxsize=6)
def _page(catalog: Catalog, policy: Policy, revision: tuple[int, str]) -> str:
    # Two dozen paired tests: the same for every visitor until a run is published.
    def outcomes(run: str) -> RunOutcomes:
        return catalog.outcomes(run, policy)

    return pages.claims_page(claims_context(scores_of(catalog, policy), policy, outcomes))
