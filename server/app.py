"""The application: settings in, routes out.

uvicorn --factory cft_eval.server.app:create_app
"""

import errno
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from sqlalchemy.exc import DataError, OperationalError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Match, Route

from cft_eval._version import __version__
from cft_eval.errors import CftError
from cft_eval.leaderboard.data.table import UnknownColumn
from cft_eval.results import BadRecord
from cft_eval.server.foundation import errors, logs
from cft_eval.server.foundation.bodies import full
from cft_eval.server.foundation.errors import Problem
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.http import api, api_admin, api_work, openapi, operations, pages
from cft_eval.server.http.metrics import Traffic
from cft_eval.server.http.middleware import Guard
from cft_eval.server.http.services import Services

log = logging.getLogger(__name__)

ROUTERS = (api.router, api_work.router, api_admin.router, operations.router, *pages.ROUTERS)

GZIP_BYTES = 1_000
"""Shorter answers fit in one packet anyway."""

GZIP_LEVEL = 6
"""Half the time of the default, and an eighth more bytes of a long answer."""


def create_app(settings: ServerSettings | None = None) -> FastAPI:
    """A server as ``settings`` describe it; by default from the environment."""
    if settings is None:  # uvicorn made this process: nobody else set up its log
        settings = ServerSettings()
        logs.configure(settings.logs)
    traffic = Traffic()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.services = Services.start(settings, traffic)
        pages.warm(app.state.services.catalog)
        yield
        app.state.services.stop()

    app = FastAPI(
        title="cft-eval",
        version=__version__,
        summary="Scores that were recomputed, kept and can be proved.",
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # theirs fetch scripts from elsewhere; ours is a page
        redoc_url=None,
    )
    app.openapi = partial(openapi.document, app)  # type: ignore[method-assign]  # FastAPI's way
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_BYTES, compresslevel=GZIP_LEVEL)
    app.add_middleware(
        Guard,
        allowed_hosts=settings.allowed_hosts,
        requests_per_minute=settings.requests_per_minute,
        traffic=traffic,
    )
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(BadRecord, _on_bad_record)
    app.add_exception_handler(UnknownColumn, _on_bad_record)
    app.add_exception_handler(CftError, _on_error)
    app.add_exception_handler(OperationalError, _on_no_database)
    app.add_exception_handler(DataError, _on_unkept)
    app.add_exception_handler(OSError, _on_full)
    app.add_exception_handler(Exception, _on_bug)
    app.add_exception_handler(RequestValidationError, _on_bad_request)
    app.add_exception_handler(HTTPException, _on_http)
    return app


def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return _answer(request, error.status, error.detail, error.headers)


def _on_bad_record(request: Request, error: Exception) -> Response:
    return _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, str(error))


def _on_error(request: Request, error: Exception) -> Response:
    """Ours, not the sender's: a damaged blob, say."""
    return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, str(error))


def _on_no_database(request: Request, error: Exception) -> Response:
    log.warning("the database does not answer", exc_info=error)
    detail = "the database does not answer; try again in a moment"
    return _answer(request, HTTPStatus.SERVICE_UNAVAILABLE, detail, {"Retry-After": "2"})


def _on_unkept(request: Request, error: Exception) -> Response:
    detail = "a text holds a character that the database does not keep, such as NUL"
    return _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail)


def _on_full(request: Request, error: Exception) -> Response:
    if not isinstance(error, OSError) or error.errno not in {errno.ENOSPC, errno.EDQUOT}:
        raise error
    return _on_problem(request, full(error))


def _on_bug(request: Request, error: Exception) -> Response:
    detail = "the server met an error that nobody foresaw; its log says more"
    return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def _on_bad_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = " ".join(str(part) for part in first["loc"])
    return _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, f"{place}: {first['msg']}")


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    details = {
        HTTPStatus.NOT_FOUND: "there is nothing at this address",
        HTTPStatus.METHOD_NOT_ALLOWED: f"this address does not take {request.method}",
    }
    detail = details.get(HTTPStatus(error.status_code), error.detail)
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(sorted(_methods(request)))}
    return _answer(request, error.status_code, detail, headers)


def _methods(request: Request) -> set[str]:
    """The methods that this address takes, by all of its routes."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, Route)]
    fitting = [route for route in routes if route.matches(request.scope)[0] != Match.NONE]
    return {method for route in fitting for method in route.methods or ()}


def _answer(
    request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A problem document, or a page where a browser asks for one."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if wants_page and not request.url.path.startswith("/api/"):
        return HTMLResponse(pages.error_page(status, detail), status, headers)
    return JSONResponse(errors.body(status, detail), status, headers, media_type=errors.MEDIA_TYPE)
