"""The paper's claims against this board."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from cft_eval.leaderboard import pages
from cft_eval.leaderboard.data.verdicts import OutcomesOf
from cft_eval.leaderboard.pages.claims.builder import claims_context
from cft_eval.leaderboard.pages.common.trail import carried
from cft_eval.results import InvalidData, Policy, RunOutcomes
from cft_eval.server.foundation.errors import BoardError
from cft_eval.server.http.parameters import PolicyParameter, TrailDep
from cft_eval.server.http.services import Services, ServicesDep

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/claims")
def claims_page(services: ServicesDep, trail: TrailDep, policy: PolicyParameter = "strict") -> str:
    """Two dozen paired tests: the same page for every visitor until a run is published, and the
    former one until the next is made."""
    revision = services.catalog.revision()
    page = services.caches.claims.get(
        (services.catalog.viewer, policy),
        revision,
        lambda: _page(services, policy),
        # Made of the newest scores or not at all: a page of former ones would stay.
        slow=services.boards.lag(revision),
    )
    return carried(page, trail)


def _page(services: Services, policy: Policy) -> str:
    outcomes = outcomes_under(services, policy)
    return pages.page(claims_context(services.boards.newest(policy), policy, outcomes))


def outcomes_under(services: Services, policy: Policy) -> OutcomesOf:
    """What pairs of arms are tested by."""

    def outcomes(run: str) -> RunOutcomes:
        try:
            return services.catalog.outcomes(run, policy)
        except BoardError as error:
            # Withdrawn since the scores were read: an arm that is not measured, and no error.
            raise InvalidData(error.detail) from None

    return outcomes
