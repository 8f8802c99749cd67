"""Answer errors: the only table from domain errors to status codes.

An error is a problem document (RFC 9457), or a page where a browser asks for one.
"""

import errno
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route

from cft_eval.errors import CftError, first_line
from cft_eval.leaderboard.data.table import UnknownColumn
from cft_eval.results import BadRecord
from cft_eval.server.foundation import errors
from cft_eval.server.foundation.errors import BoardError, DiskFull
from cft_eval.server.store.database import AWAY, fault

MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[Exception], HTTPStatus] = {
    errors.Missing: HTTPStatus.NOT_FOUND,
    errors.Gone: HTTPStatus.GONE,
    errors.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.StateConflict: HTTPStatus.CONFLICT,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.CutOff: HTTPStatus.BAD_REQUEST,
    errors.TooManyBytes: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    errors.NoSpace: HTTPStatus.INSUFFICIENT_STORAGE,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    BadRecord: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownColumn: HTTPStatus.UNPROCESSABLE_ENTITY,
    # Ours, not the visitor's: a damaged blob, say.
    CftError: HTTPStatus.INTERNAL_SERVER_ERROR,
}

log = logging.getLogger(__name__)

ErrorPage = Callable[[int, str], str]


def document(status: int, detail: str) -> dict[str, object]:
    """The problem document of ``status``."""
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": detail}


def status_of(error: CftError) -> HTTPStatus:
    """By the nearest class that the table knows."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def install(app: FastAPI, page: ErrorPage) -> None:
    """Let ``app`` answer every error; ``page`` draws one for a browser."""
    app.state.error_page = page
    app.add_exception_handler(CftError, _on_ours)
    for error in AWAY:
        app.add_exception_handler(error, _on_no_database)
    app.add_exception_handler(DataError, _on_bad_text)
    app.add_exception_handler(OSError, _on_full)
    app.add_exception_handler(Exception, _on_bug)
    app.add_exception_handler(RequestValidationError, _on_bad_request)
    app.add_exception_handler(HTTPException, _on_http)


def _on_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, CftError)
    if not isinstance(error, BoardError):
        return _answer(request, status_of(error), str(error))
    if isinstance(error, errors.Unavailable):
        log.warning("%s %s: %s", request.method, request.url.path, error.detail)
    headers = {} if error.retry is None else {"Retry-After": str(error.retry)}
    if isinstance(error, errors.NotAuthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(request, status_of(error), error.detail, headers)


def _on_no_database(request: Request, error: Exception) -> Response:
    # In a line: there are as many as there are requests.
    log.warning("the database does not answer: %s", first_line(error))
    return _on_ours(request, fault(error))


def _on_bad_text(request: Request, error: Exception) -> Response:
    detail = "a text contains a character that the database cannot store, such as NUL"
    return _on_ours(request, errors.Invalid(detail))


def _on_full(request: Request, error: Exception) -> Response:
    if not isinstance(error, OSError) or error.errno not in {errno.ENOSPC, errno.EDQUOT}:
        raise error
    return _on_ours(request, DiskFull(error))


def _on_bug(request: Request, error: Exception) -> Response:
    detail = "internal server error; see the server log"
    return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def _on_bad_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = " ".join(str(part) for part in first["loc"])
    return _on_ours(request, errors.Invalid(f"{field}: {first['msg']}"))


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    details = {
        HTTPStatus.NOT_FOUND: "there is nothing at this address",
        HTTPStatus.METHOD_NOT_ALLOWED: f"this address does not take {request.method}",
    }
    detail = details.get(HTTPStatus(error.status_code), error.detail)
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(sorted(_methods(request, request.app.routes)))}
    return _answer(request, error.status_code, detail, headers)


def _methods(request: Request, routes: list[BaseRoute]) -> set[str]:
    """The methods that this address takes, by all of its routes."""
    fitting = (
        route
        for route in routes
        if isinstance(route, Route) and route.matches(request.scope)[0] != Match.NONE
    )
    return {method for route in fitting for method in route.methods or ()}


def _answer(
    request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A problem document, or a page where a browser asks for one."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if wants_page and not request.url.path.startswith("/api/"):
        return HTMLResponse(request.app.state.error_page(status, detail), status, headers)
    return problem(status, detail, headers)


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(document(status, detail), status, headers, media_type=MEDIA_TYPE)
