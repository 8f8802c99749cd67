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
    """Begin to send a checkpoint, or find the same one: safetensors, config, tokenizer files."""
    return services.checkpoints.announce(wanted, by=by)


@router.get("/checkpoints/{checkpoint_id}", responses=problems(S.NOT_FOUND))
def checkpoint(checkpoint_id: str, services: ServicesDep, by: Uploader) -> CheckpointStatus:
    """Which files and parts of a checkpoint are here."""
    return services.checkpoints.status(checkpoint_id, by=by)


@router.delete(
    "/checkpoints/{checkpoint_id}", status_code=S.NO_CONTENT, responses=problems(S.NOT_FOUND)
)
def delete(checkpoint_id: str, services: ServicesDep, by: Uploader) -> None:
    """Forget a checkpoint; runs that came of it stay."""
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
    """Send one part of a file, counted from 0; again, where it was cut off."""
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
    """Say that all parts of a file are sent: its hash and its header are checked."""
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
    """The bytes of a file from `start` on, for the worker that evaluates it."""
    size, pieces = services.checkpoints.download(checkpoint_id, name, start, by=by)
    headers = {"Content-Length": str(size)}
    return StreamingResponse(pieces, media_type="application/octet-stream", headers=headers)


@router.post(
    "/evaluations",
    status_code=S.CREATED,
    responses=problems(S.NOT_FOUND, S.TOO_MANY_REQUESTS),
)
def ask(wanted: EvaluationRequest, services: ServicesDep, by: Uploader) -> EvaluationStatus:
    """Ask for an evaluation of a hub id at a revision, a path, or a checkpoint sent here."""
    return services.evaluations.ask(wanted, by=by)


@router.get("/evaluations")
def evaluations(
    services: ServicesDep, by: Uploader, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[EvaluationStatus]:
    """The evaluations that were asked for last."""
    return services.evaluations.recent(by=by, limit=limit)


@router.post(
    "/claims",
    responses={204: {"description": "Nothing waits that this worker could do"}},
    response_model=Job,
)
def claim(wanted: Claim, services: ServicesDep, by: Uploader) -> Job | Response:
    """Take the oldest evaluation that waits, with a lease on it."""
    return services.evaluations.claim(wanted, by=by) or Response(status_code=S.NO_CONTENT)


@router.get("/evaluations/{evaluation_id}", responses=problems(S.NOT_FOUND))
def evaluation(evaluation_id: str, services: ServicesDep, by: Uploader) -> EvaluationStatus:
    """How far an evaluation has come."""
    return services.evaluations.status(evaluation_id, by=by)


@router.get(
    "/evaluations/{evaluation_id}/log",
    response_class=PlainTextResponse,
    responses=problems(S.NOT_FOUND),
)
def log(evaluation_id: str, services: ServicesDep, by: Uploader) -> str:
    """What the workers wrote while they did it."""
    return services.evaluations.log(evaluation_id, by=by)


@router.post("/evaluations/{evaluation_id}/cancel", responses=problems(S.NOT_FOUND))
def cancel(evaluation_id: str, services: ServicesDep, by: Uploader) -> EvaluationStatus:
    """End an evaluation: at once where it waits, soon where it runs."""
    return services.evaluations.cancel(evaluation_id, by=by)


@router.post("/evaluations/{evaluation_id}/heartbeat", responses=problems(S.NOT_FOUND, S.CONFLICT))
def heartbeat(evaluation_id: str, said: Heartbeat, services: ServicesDep, by: Uploader) -> Answer:
    """Renew a lease, add to the log, hear whether to stop; 409 where another has it."""
    return services.evaluations.heartbeat(evaluation_id, said, by=by)


@router.post("/evaluations/{evaluation_id}/finish", responses=problems(S.NOT_FOUND, S.CONFLICT))
def finish(
    evaluation_id: str, said: Finish, services: ServicesDep, by: Uploader
) -> EvaluationStatus:
    """Say how an evaluation ended."""
    return services.evaluations.finish(evaluation_id, said, by=by)
