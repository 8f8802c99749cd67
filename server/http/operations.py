"""The routes that watch the server: alive, ready, and how busy."""

from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import PlainTextResponse, RedirectResponse
from sqlalchemy import select

from cft_eval._version import __version__
from cft_eval.server.access.auth import ANYBODY, Scope
from cft_eval.server.foundation.errors import NotAllowed, Unavailable
from cft_eval.server.http.metrics import exposition
from cft_eval.server.http.openapi import problems
from cft_eval.server.http.services import ServicesDep, demand_of, is_local, principal_of
from cft_eval.server.store.models import Base

router = APIRouter()


@router.get("/healthz", responses=problems(HTTPStatus.SERVICE_UNAVAILABLE))
async def health(request: Request) -> dict[str, str]:
    """Liveness: the process responds and its worker is alive. 503 tells a supervisor to restart
    it."""
    # Neither the database nor a thread of the pool: both may be busy, and the server is well.
    if not request.app.state.services.worker.alive:
        raise Unavailable("the grading thread ended; restart the server")
    return {"status": "ok", "version": __version__}


@router.get("/readyz", responses=problems(HTTPStatus.SERVICE_UNAVAILABLE))
def ready(services: ServicesDep) -> dict[str, str]:
    """Readiness: database and blob store respond and the worker is alive. 503 otherwise."""
    with services.database.read() as session:
        for table in Base.metadata.sorted_tables:  # not only that it answers: that it can read
            session.execute(select(table).limit(1))
        if services.database.is_standby(session):
            raise Unavailable("the database is a read-only standby; uploads wait")
    if services.database.damaged is not None:
        raise services.database.damaged
    if not services.worker.alive:
        raise Unavailable("the grading thread ended; restart the server")
    if services.worker.waits_for_storage or services.health.storage_seconds() is None:
        raise Unavailable("waiting: storage; uploads are kept and graded once it answers")
    return {"status": "ok"}


@router.get("/login", include_in_schema=False)
def login(request: Request) -> RedirectResponse:
    """Make a browser ask for a token, as the password of any name; it brings it from then on."""
    if principal_of(request) == ANYBODY:
        raise HTTPException(
            HTTPStatus.UNAUTHORIZED,
            "this board has private runs: give your token as the password",
            headers={"WWW-Authenticate": 'Basic realm="board"'},
        )
    return RedirectResponse("/", HTTPStatus.SEE_OTHER)


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses=problems(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def metrics(request: Request, services: ServicesDep) -> PlainTextResponse:
    """Metrics in Prometheus text format, for requests from this machine or with a server token."""
    if not is_local(request):
        demand_of(request, principal_of(request), Scope.READ)
        if principal_of(request).organisation is not None:
            raise NotAllowed("metrics need a server token, not an organisation's")
    body = exposition(
        services.traffic, services.catalog, services.health, worker_up=services.worker.alive
    )
    return PlainTextResponse(body, media_type="text/plain; version=0.0.4; charset=utf-8")
