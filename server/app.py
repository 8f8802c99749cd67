"""The application: settings in, routes out.

uvicorn --factory cft_eval.server.app:create_app
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from cft_eval._version import __version__
from cft_eval.server.foundation import logs
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.http import api, api_admin, api_work, errors, openapi, operations, pages
from cft_eval.server.http.metrics import Traffic
from cft_eval.server.http.middleware import Guard
from cft_eval.server.http.services import Services
from cft_eval.server.intake.grading import CHECKER, Grader
from cft_eval.server.intake.problems import PUBLISHED, ProblemSets

ROUTERS = (api.router, api_work.router, api_admin.router, operations.router, *pages.ROUTERS)

GZIP_BYTES = 1_000
"""Shorter answers fit in one packet anyway."""

GZIP_LEVEL = 6
"""Half the time of the default, and an eighth more bytes of a long answer."""


def create_app(
    settings: ServerSettings | None = None,
    *,
    grader: Grader = CHECKER,
    problems: ProblemSets = PUBLISHED,
) -> FastAPI:
    """A server as ``settings`` describe it; by default from the environment."""
    if settings is None:  # uvicorn made this process: nobody else set up its log
        settings = ServerSettings()
        logs.configure(settings.logs)
    traffic = Traffic()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.services = Services.start(settings, traffic, grader=grader, problems=problems)
        app.state.services.boards.warm()
        yield
        app.state.services.stop()

    app = FastAPI(
        title="cft-eval",
        version=__version__,
        summary="Scores that were recomputed, kept and can be proved.",
        lifespan=lifespan,
        root_path=settings.root_path,
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
    errors.install(app, pages.error_page)
    if settings.trusted_proxies:  # the outermost: whoever counts addresses sees the visitor's
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    return app
