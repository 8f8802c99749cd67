"""The application: settings in, routes out.

uvicorn --factory cft_eval.server.app:create_app
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache, partial
from threading import Timer

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from cft_eval._version import __version__
from cft_eval.server.foundation import logs
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.http import (
    api,
    api_admin,
    api_work,
    connections,
    errors,
    openapi,
    operations,
    pages,
)
from cft_eval.server.http.metrics import Traffic
from cft_eval.server.http.middleware import Guard, Prefixed
from cft_eval.server.http.services import Services
from cft_eval.server.http.sharing import Sharing
from cft_eval.server.intake.grading import CHECKER, Grader
from cft_eval.server.intake.problems import PUBLISHED, ProblemSets, problem_sets

ROUTERS = (api.router, api_work.router, api_admin.router, operations.router, *pages.ROUTERS)

GZIP_BYTES = 1_000
"""Shorter answers fit in one packet anyway."""

GZIP_LEVEL = 6
"""Half the time of the default, and an eighth more bytes of a long answer."""

TURN_SECONDS = 0.001
"""How long a thread may keep the others waiting: a page changes threads a dozen times, and with
Python's 5 ms it waits for the grader at each."""

END_SECONDS = 20
"""After the last request a process of its own has so long to end; then it is cut off, which loses
nothing: what was not done goes on at the next start."""


def create_app(
    settings: ServerSettings | None = None,
    *,
    grader: Grader = CHECKER,
    problems: ProblemSets = PUBLISHED,
    owns_process: bool = False,
) -> FastAPI:
    """A server as ``settings`` describe it; by default from the environment.

    ``owns_process``: the process ends soon after the server, whatever still hangs in it.
    """
    if settings is None:  # uvicorn made this process: nobody else set up its log
        settings, owns_process = ServerSettings(), True
        logs.configure(settings.logs)
    traffic = Traffic()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, float]]:
        connections.complain_briefly(asyncio.get_running_loop())
        if owns_process:
            sys.setswitchinterval(TURN_SECONDS)
        taken = problem_sets(settings, problems)
        app.state.services = Services.start(settings, traffic, grader=grader, problems=taken)
        services = app.state.services
        services.boards.warm(partial(pages.board.warm, services))
        yield {"idle_seconds": settings.idle_seconds}
        if owns_process:
            _end_in(END_SECONDS)
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
    app.router.routes.extend(_routes())
    app.add_middleware(Sharing, cross_origin=settings.cross_origin)
    if settings.root_path:
        app.add_middleware(Prefixed, prefix=settings.root_path)
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_BYTES, compresslevel=GZIP_LEVEL)
    app.add_middleware(
        Guard,
        allowed_hosts=settings.allowed_hosts,
        requests_per_minute=settings.requests_per_minute,
        idle_seconds=settings.idle_seconds,
        traffic=traffic,
    )
    errors.install(app, pages.error_page)
    if settings.trusted_proxies:  # the outermost: whoever counts addresses sees the visitor's
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    return app


@cache
def _routes() -> list[BaseRoute]:
    """The routes of every application of this process: FastAPI takes a tenth of a second to make
    them, for each router that includes them."""
    whole = APIRouter()
    for router in ROUTERS:
        whole.include_router(router)
    return whole.routes


def _end_in(seconds: float) -> None:
    """Cut this process off where a store that hangs, say, keeps it from ending."""
    timer = Timer(seconds, os._exit, (1,))
    timer.daemon = True
    timer.start()
