"""Sign in at an OpenID provider: there and back."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from cft_eval.server.foundation.errors import Missing, NotAuthenticated
from cft_eval.server.http.pages.sign_in import begin_session
from cft_eval.server.http.services import Services, ServicesDep
from cft_eval.server.http.sso.provider import Kept, Provider

router = APIRouter(prefix="/sso", include_in_schema=False)

COOKIE = "cft_eval_sso"

SECONDS = 600
"""Time to sign in at the provider."""


@router.get("/begin")
def begin(request: Request, services: ServicesDep) -> Response:
    address, kept = _provider(services).begin(_redirect(request))
    answer = RedirectResponse(address, HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        ".".join(kept),
        max_age=SECONDS,
        path=_path(request),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",  # the provider sends the browser back, from another site
    )
    return answer


@router.get("/finish")
def finish(request: Request, services: ServicesDep) -> Response:
    provider = _provider(services)
    kept = request.cookies.get(COOKIE, "").split(".")
    if len(kept) != len(Kept._fields):
        raise NotAuthenticated(
            "this sign-in was started in another browser or too long ago; start again"
        )
    answer = dict(request.query_params)
    principal = provider.finish(answer, Kept(*kept), _redirect(request))
    services.accounts.demand_known(principal.organisation)
    response = begin_session(request, services, principal)
    response.delete_cookie(COOKIE, path=_path(request))
    return response


def _provider(services: Services) -> Provider:
    if services.settings.sso_issuer is None:
        raise Missing("single sign-on on this board:", "sso")
    return Provider(services.settings)


def _redirect(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/sso/finish"


def _path(request: Request) -> str:
    """Where the browser sends its cookie, as the proxy calls it."""
    return f"{request.scope.get('root_path', '').rstrip('/')}/sso"
