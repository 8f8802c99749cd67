"""The routes under /api/v1. Each reads the request, calls one function, answers."""

from http import HTTPStatus as S
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from cft_eval.checker import Outcome
from cft_eval.leaderboard.data.reported import Reported, reported_rows
from cft_eval.records.runs import RunRecord, SamplePage
from cft_eval.results import MAX_RUN_BYTES, Policy, RunOutcomes
from cft_eval.server.foundation.bodies import bounded
from cft_eval.server.http.openapi import problems
from cft_eval.server.http.services import ServicesDep, Uploader
from cft_eval.server.http.streams import body_of, demand_kind
from cft_eval.server.intake.messages import UploadStatus
from cft_eval.server.queries.catalog import GradedScore, Vectors
from cft_eval.server.queries.samples import load

router = APIRouter(prefix="/api/v1", responses=problems(S.UNPROCESSABLE_ENTITY))

PAGE = 100
"""Most runs or samples in one answer."""


class ReceivedPart(BaseModel):
    """What arrived, so that the uploader can compare."""

    part: int
    sha256: str


class RunPage(BaseModel):
    """Some runs, and where to go on."""

    runs: list[RunRecord]
    next: str | None
    """`before` of the next page; None at the end."""


UPLOAD_PROBLEMS = (
    S.BAD_REQUEST,
    S.UNAUTHORIZED,
    S.FORBIDDEN,
    S.REQUEST_TIMEOUT,
    S.REQUEST_ENTITY_TOO_LARGE,
    S.UNSUPPORTED_MEDIA_TYPE,
    S.INSUFFICIENT_STORAGE,
)


def _body(media_type: str, schema: dict[str, str]) -> dict[str, Any]:
    """The description of a body that a route reads by itself."""
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


def binary_body() -> dict[str, Any]:
    """The description of a body that is bytes and nothing else."""
    return _body("application/octet-stream", {"type": "string", "format": "binary"})


@router.post(
    "/uploads",
    status_code=S.CREATED,
    responses={200: {"model": UploadStatus}, **problems(*UPLOAD_PROBLEMS, S.TOO_MANY_REQUESTS)},
    openapi_extra=_body("application/json", {"$ref": "#/components/schemas/Manifest"}),
)
async def announce(
    request: Request,
    response: Response,
    services: ServicesDep,
    by: Uploader,
    x_cft_signature: Annotated[str | None, Header(max_length=200)] = None,
) -> UploadStatus:
    """Start an upload, or find the one with the same run and samples (200)."""
    # A page of another site may send text, but not JSON, without a preflight request.
    kind = "application/json"
    demand_kind(request, kind, f"send the manifest with Content-Type {kind}")
    body = await bounded(body_of(request), MAX_RUN_BYTES)
    status, new = await run_in_threadpool(
        services.uploads.announce, body, by=by, signature=x_cft_signature
    )
    if not new:
        response.status_code = S.OK
    response.headers["Location"] = f"/api/v1/uploads/{status.id}"
    return status


@router.get(
    "/uploads/{upload_id}",
    responses=problems(S.UNAUTHORIZED, S.FORBIDDEN, S.NOT_FOUND),
)
def upload_status(upload_id: str, services: ServicesDep, by: Uploader) -> UploadStatus:
    """Get the state of an upload: which parts arrived, and why it was rejected."""
    return services.uploads.status(upload_id, by=by)


@router.put(
    "/uploads/{upload_id}/parts/{number}",
    responses=problems(*UPLOAD_PROBLEMS, S.NOT_FOUND, S.CONFLICT),
    openapi_extra=binary_body(),
)
async def receive_part(
    upload_id: str, number: int, request: Request, services: ServicesDep, by: Uploader
) -> ReceivedPart:
    """Send one part of samples.jsonl, counted from 0. Send it again if it was cut off."""
    sha256 = await services.uploads.receive(upload_id, number, body_of(request), by=by)
    return ReceivedPart(part=number, sha256=sha256)


@router.post(
    "/uploads/{upload_id}/finalize",
    status_code=S.ACCEPTED,
    responses=problems(S.UNAUTHORIZED, S.FORBIDDEN, S.NOT_FOUND, S.CONFLICT),
)
def finalize(upload_id: str, services: ServicesDep, by: Uploader) -> UploadStatus:
    """Finalize an upload once all its parts are sent. Grading begins."""
    status = services.uploads.finalize(upload_id, by=by)
    services.worker.call()
    return status


@router.get("/runs")
def runs(
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
    before: Annotated[str | None, Query(max_length=64)] = None,
) -> RunPage:
    """List published runs with their scores under every policy."""
    page = services.catalog.runs(limit=limit, before=before)
    return RunPage(runs=page, next=page[-1].id if len(page) == limit else None)


@router.get("/runs/{run_id}", responses=problems(S.NOT_FOUND, S.GONE))
def run(run_id: str, services: ServicesDep) -> RunRecord:
    """Get a published run: provenance, claimed scores and recomputed scores."""
    return services.catalog.run(run_id)


@router.get("/runs/{run_id}/samples", responses=problems(S.NOT_FOUND, S.GONE))
def samples(
    run_id: str,
    services: ServicesDep,
    task: Annotated[str | None, Query(max_length=300)] = None,
    policy: Policy = "strict",
    outcome: Outcome | Literal["not_correct"] | None = None,
    cursor: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> SamplePage:
    """List samples of one task from `cursor` on."""
    return services.scores.samples(
        services.scores.loaded(run_id),
        task=task,
        policy=policy,
        show=outcome or "",
        start=cursor,
        limit=limit,
        read=load,
    )


@router.get("/runs/{run_id}/outcomes", responses=problems(S.NOT_FOUND, S.GONE))
def outcomes(run_id: str, services: ServicesDep, policy: Policy = "strict") -> RunOutcomes:
    """Get the run's outcomes, as graded here, in the form that `cft-eval gate` and `compare`
    read."""
    return services.catalog.outcomes(run_id, policy)


@router.get("/runs/{run_id}/vectors", responses=problems(S.NOT_FOUND, S.GONE))
def vectors(run_id: str, services: ServicesDep) -> Vectors:
    """Get every sample's outcome under every policy."""
    return services.catalog.vectors(run_id)


@router.get("/runs/{run_id}/history", responses=problems(S.NOT_FOUND, S.GONE))
def history(run_id: str, services: ServicesDep) -> list[GradedScore]:
    """List the run's scores by checker version, newest first."""
    return services.catalog.history(run_id)


@router.get("/reported")
def reported() -> list[Reported]:
    """List scores cited from papers, not measured here."""
    return reported_rows()
