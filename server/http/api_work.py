"""The routes under /api/v1 for checkpoints, and for evaluations and those who do them."""

from http import HTTPStatus as S
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse

from cft_eval.server.http.api import ReceivedPart, binary_body
from cft_eval.server.http.openapi import BODY_PROBLEMS, problems
from cft_eval.server.http.services import ServicesDep, Uploader
from cft_eval.server.http.streams import body_of
from cft_eval.server.work.checkpoints import AnnouncedCheckpoint, CheckpointStatus
from cft_eval.server.work.evaluations import (
    Answer,
    Claim,
    EvaluationRequest,
    EvaluationStatus,
    Finish,
    Heartbeat,
    Job,
)

router = APIRouter(prefix="/api/v1", responses=problems(*BODY_PROBLEMS))

PART_PROBLEMS = problems(
    S.BAD_REQUEST,
    S.NOT_FOUND,
    S.REQUEST_TIMEOUT,
    S.CONFLICT,
    S.REQUEST_ENTITY_TOO_LARGE,
    S.INSUFFICIENT_STORAGE,
)


@router.post(
    "/checkpoints",
    status_code=S.CREATED,
    responses=problems(S.REQUEST_ENTITY_TOO_LARGE, S.INSUFFICIENT_STORAGE),
)
def announce(wanted: AnnouncedCheckpoint, services: ServicesDep, by: Uploader) -> CheckpointStatus:
    """Start uploading a checkpoint (safetensors, config and tokenizer files), or find an
    identical one."""
    return services.checkpoints.announce(wanted, by=by)


@router.get("/checkpoints/{checkpoint_id}", responses=problems(S.NOT_FOUND))
def checkpoint(checkpoint_id: str, services: ServicesDep, by: Uploader) -> CheckpointStatus:
    """List the files and parts of a checkpoint that have arrived."""
    return services.checkpoints.status(checkpoint_id, by=by)


@router.delete(
    "/checkpoints/{checkpoint_id}", status_code=S.NO_CONTENT, responses=problems(S.NOT_FOUND)
)
def delete(checkpoint_id: str, services: ServicesDep, by: Uploader) -> None:
    """Delete a checkpoint. Runs evaluated from it stay."""
    services.checkpoints.delete(checkpoint_id, by=by)


@router.put(
    "/checkpoints/{checkpoint_id}/files/{name}/parts/{number}",
    responses=PART_PROBLEMS,
    openapi_extra=binary_body(),
)
async def receive(
    checkpoint_id: str,
    name: str,
    number: int,
    request: Request,
    services: ServicesDep,
    by: Uploader,
) -> ReceivedPart:
    """Send one part of a file, counted from 0. Send it again if it was cut off."""
    body = body_of(request)
    sha256 = await services.checkpoints.receive(checkpoint_id, name, number, body, by=by)
    return ReceivedPart(part=number, sha256=sha256)


@router.post(
    "/checkpoints/{checkpoint_id}/files/{name}/finish",
    responses=problems(S.NOT_FOUND, S.CONFLICT, S.INSUFFICIENT_STORAGE),
)
def finish_file(
    checkpoint_id: str, name: str, services: ServicesDep, by: Uploader
) -> CheckpointStatus:
    """Finish a file once all its parts are sent. The server checks its hash and header."""
    return services.checkpoints.finish(checkpoint_id, name, by=by)


@router.get(
    "/checkpoints/{checkpoint_id}/files/{name}",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {}}},
        **problems(S.NOT_FOUND, S.CONFLICT),
    },
)
def download(
    checkpoint_id: str,
    name: str,
    services: ServicesDep,
    by: Uploader,
    start: Annotated[int, Query(ge=0, le=1 << 40)] = 0,
) -> StreamingResponse:
    """Download a checkpoint file from byte `start` on, for the worker that evaluates it."""
    size, pieces = services.checkpoints.download(checkpoint_id, name, start, by=by)
    headers = {"Content-Length": str(size)}
    return StreamingResponse(pieces, media_type="application/octet-stream", headers=headers)


@router.post(
    "/evaluations",
    status_code=S.CREATED,
    responses=problems(S.NOT_FOUND, S.TOO_MANY_REQUESTS),
)
def ask(wanted: EvaluationRequest, services: ServicesDep, by: Uploader) -> EvaluationStatus:
    """Request an evaluation of a Hub model at a revision, a local path, or an uploaded
    checkpoint."""
    return services.evaluations.ask(wanted, by=by)


@router.get("/evaluations")
def evaluations(
    services: ServicesDep, by: Uploader, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[EvaluationStatus]:
    """List the most recent evaluations."""
    return services.evaluations.recent(by=by, limit=limit)


@router.post(
    "/claims",
    responses={204: {"description": "Nothing waits that this worker could do"}},
    response_model=Job,
)
def claim(wanted: Claim, services: ServicesDep, by: Uploader) -> Job | Response:
    """Lease the oldest waiting evaluation."""
    return services.evaluations.claim(wanted, by=by) or Response(status_code=S.NO_CONTENT)


@router.get("/evaluations/{evaluation_id}", responses=problems(S.NOT_FOUND))
def evaluation(evaluation_id: str, services: ServicesDep, by: Uploader) -> EvaluationStatus:
    """Get the state and progress of an evaluation."""
    return services.evaluations.status(evaluation_id, by=by)


@router.get(
    "/evaluations/{evaluation_id}/log",
    response_class=PlainTextResponse,
    responses=problems(S.NOT_FOUND),
)
def log(evaluation_id: str, services: ServicesDep, by: Uploader) -> str:
    """Get what the workers logged during an evaluation."""
    return services.evaluations.log(evaluation_id, by=by)


@router.post("/evaluations/{evaluation_id}/cancel", responses=problems(S.NOT_FOUND))
def cancel(evaluation_id: str, services: ServicesDep, by: Uploader) -> EvaluationStatus:
    """Cancel an evaluation: at once if it is waiting, shortly after if it is running."""
    return services.evaluations.cancel(evaluation_id, by=by)


@router.post("/evaluations/{evaluation_id}/heartbeat", responses=problems(S.NOT_FOUND, S.CONFLICT))
def heartbeat(evaluation_id: str, said: Heartbeat, services: ServicesDep, by: Uploader) -> Answer:
    """Renew a lease, append to the log, and learn whether to stop. 409 if another worker holds
    the lease."""
    return services.evaluations.heartbeat(evaluation_id, said, by=by)


@router.post("/evaluations/{evaluation_id}/finish", responses=problems(S.NOT_FOUND, S.CONFLICT))
def finish(
    evaluation_id: str, said: Finish, services: ServicesDep, by: Uploader
) -> EvaluationStatus:
    """Report how an evaluation ended."""
    return services.evaluations.finish(evaluation_id, said, by=by)
