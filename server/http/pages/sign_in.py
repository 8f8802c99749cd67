"""Sign in and out with a browser: a token typed once, then a cookie that stands for it."""

from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from cft_eval.leaderboard import pages
from cft_eval.leaderboard.pages.admin.context import (
    AdminCell,
    AdminContext,
    AdminField,
    AdminForm,
    AdminRow,
    AdminSection,
)
from cft_eval.server.access.auth import ANYBODY, OPEN, Principal, Scope
from cft_eval.server.access.sessions import COOKIE, SESSION_HOURS, form_secret
from cft_eval.server.foundation.errors import NotAllowed, NotAuthenticated
from cft_eval.server.http.services import Services, ServicesDep, demand_of, principal_of
from cft_eval.server.http.streams import read_form

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

HOME = "/admin"


@router.get("/sign-in")
def sign_in_page(request: Request, services: ServicesDep) -> Response:
    if principal_of(request) is OPEN:
        return RedirectResponse(HOME, HTTPStatus.SEE_OTHER)
    return HTMLResponse(_page(services, ""))


@router.post("/sign-in")
async def sign_in(request: Request, services: ServicesDep) -> Response:
    form = await read_form(request)
    token = form.get("token", [""])[0].strip()
    try:
        principal = await run_in_threadpool(_known, services, token)
    except NotAuthenticated as error:
        return HTMLResponse(_page(services, error.detail), HTTPStatus.UNAUTHORIZED)
    return await run_in_threadpool(begin_session, request, services, principal)


@router.post("/sign-out")
async def sign_out(request: Request, services: ServicesDep) -> Response:
    await read_form(request)
    if cookie := request.cookies.get(COOKIE):
        await run_in_threadpool(services.sessions.end, cookie)
    answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(COOKIE)
    return answer


def begin_session(request: Request, services: Services, principal: Principal) -> Response:
    """With a cookie that stands for ``principal``: to the administration, or where they have
    nothing to do there, to the board with what they may see."""
    administers = not principal.scopes.isdisjoint({Scope.REVIEW, Scope.ADMIN})
    answer = RedirectResponse(HOME if administers else "/", HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        services.sessions.begin(principal),
        max_age=SESSION_HOURS * 3600,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        # A link from elsewhere must show who follows it as signed in; forms have their own guard.
        samesite="lax",
    )
    return answer


def administrator(request: Request, scope: Scope) -> Principal:
    """Who looks at a page of the administration; raises `NotAuthenticated` where nobody known."""
    principal = principal_of(request)
    if principal == ANYBODY:
        raise NotAuthenticated("sign in at /sign-in, with a token that has the scope " + scope)
    demand_of(request, principal, scope)
    return principal


async def submitted(request: Request, scope: Scope) -> tuple[Principal, dict[str, list[str]]]:
    """Who sent a form of the administration, and its fields.

    Besides its origin, the form must bring what the page of this session gave it.
    """
    form = await read_form(request)
    principal = await run_in_threadpool(administrator, request, scope)
    if principal is not OPEN and form.get("form_secret") != [secret_of(request)]:
        raise NotAllowed("this form belongs to another session; reload its page")
    return principal, form


def secret_of(request: Request) -> str:
    """What the forms of this session bring; empty without one."""
    cookie = request.cookies.get(COOKIE)
    return form_secret(cookie) if cookie else ""


def _known(services: Services, token: str) -> Principal:
    principal = services.access.principal(f"Bearer {token}", looking=False)
    if principal in (ANYBODY, OPEN):
        raise NotAuthenticated("give a token")
    return principal


def _page(services: Services, wrong: str) -> str:
    field = AdminField("token", "Token", "password", longest=200)
    sections = [
        AdminSection(
            "token",
            "With a token",
            lead=wrong[:1].upper() + wrong[1:] + "." if wrong else "",
            forms=[AdminForm("/sign-in", "Sign in", [field])],
        )
    ]
    if services.settings.sso_issuer is not None:
        host = urlsplit(services.settings.sso_issuer).hostname
        row = AdminRow([AdminCell(f"Sign in at {host}", "/sso/begin")])
        sections.insert(0, AdminSection("provider", "At your provider", ("Where",), [row]))
    lead = (
        "Sign in with your token to see private runs, review, or administer. The browser does "
        f"not store it; a cookie keeps you signed in for {SESSION_HOURS} hours."
    )
    return pages.page(AdminContext("Sign in", lead, (), sections))
