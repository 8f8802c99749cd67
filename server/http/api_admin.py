"""The routes under /api/v1 for those who look after a board."""

from datetime import datetime
from http import HTTPStatus as S
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from cft_eval.records.runs import SamplePage
from cft_eval.server.access.auth import Scope
from cft_eval.server.access.signing import public_key
from cft_eval.server.http.openapi import BODY_PROBLEMS, problems
from cft_eval.server.http.services import Admin, Reviewer, ServicesDep
from cft_eval.server.intake.messages import UploadStatus
from cft_eval.server.ledger import audit
from cft_eval.server.operate.accounts import (
    MAX_TOKEN_DAYS,
    TOKEN_DAYS,
    KeyStatus,
    NewToken,
    OrganisationStatus,
    TokenStatus,
)
from cft_eval.server.operate.review import Decision, Withdrawal
from cft_eval.server.operate.status import QueuedUpload, ServerStatus
from cft_eval.server.queries.waiting import WaitingRun

router = APIRouter(prefix="/api/v1", responses=problems(*BODY_PROBLEMS))


class TokenRequest(BaseModel):
    """A token that is asked for."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    organisation: Annotated[str | None, Field(max_length=100)] = None
    days: Annotated[float, Field(strict=True, gt=0, le=MAX_TOKEN_DAYS, allow_inf_nan=False)] = (
        TOKEN_DAYS
    )


class Entry(BaseModel):
    """One thing that was done."""

    number: int
    moment: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    previous: str
    hash: str


@router.get("/reviews")
def reviews(services: ServicesDep, by: Reviewer) -> list[UploadStatus]:
    """Graded uploads that wait for a review, the oldest first."""
    return services.uploads.waiting(by=by)


@router.post("/uploads/{upload_id}/review", responses=problems(S.NOT_FOUND, S.CONFLICT))
def review(upload_id: str, said: Decision, services: ServicesDep, by: Reviewer) -> UploadStatus:
    """Let a graded upload onto the board, or turn it down with a reason."""
    services.review.decide(upload_id, said, by=by)
    return services.uploads.status(upload_id, by=by)


@router.post(
    "/runs/{run_id}/withdraw", status_code=S.NO_CONTENT, responses=problems(S.NOT_FOUND, S.CONFLICT)
)
def withdraw(run_id: str, said: Withdrawal, services: ServicesDep, by: Admin) -> None:
    """Take a run off the board; it stays in the record, with the reason."""
    services.review.withdraw(run_id, said, by=by)


@router.post("/tokens", status_code=S.CREATED, responses=problems(S.NOT_FOUND))
def mint(wanted: TokenRequest, services: ServicesDep, by: Admin) -> NewToken:
    """Make a token that may do no more than the one that asks; it is shown this once."""
    return services.accounts.mint(
        wanted.name,
        scopes=wanted.scopes,
        organisation=wanted.organisation,
        days=wanted.days,
        by=by,
    )


class OrganisationRequest(BaseModel):
    """Who sees the runs of an organisation."""

    model_config = ConfigDict(extra="forbid")

    private: StrictBool


class KeyRequest(BaseModel):
    """A signing key that is added."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    pem: Annotated[str, Field(max_length=2_000)]
    organisation: Annotated[str | None, Field(max_length=100)] = None


class AnswerRequest(BaseModel):
    """What the board's owner answers to a label report."""

    model_config = ConfigDict(extra="forbid")

    answer: Annotated[str, Field(min_length=1, max_length=2_000)]


@router.get("/reviews/{upload_id}", responses=problems(S.NOT_FOUND))
def waiting_run(upload_id: str, services: ServicesDep, by: Reviewer) -> WaitingRun:
    """A run that waits for a review: its scores, its claims, and where the verdicts differ."""
    return services.waiting.get(upload_id, by=by)


@router.get("/reviews/{upload_id}/samples", responses=problems(S.NOT_FOUND))
def waiting_samples(
    upload_id: str,
    services: ServicesDep,
    by: Reviewer,
    task: Annotated[str, Query(max_length=300)],
    cursor: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> SamplePage:
    """Responses of one task of a run that waits for a review."""
    return services.waiting.samples(upload_id, task, start=cursor, by=by)


@router.get("/status")
def status(services: ServicesDep, by: Admin) -> ServerStatus:
    """Queue, store, disk and quotas; for the server's own admins."""
    services.accounts.demand_server(by)
    return services.health.status()


@router.get("/queue")
def queue(services: ServicesDep, by: Admin) -> list[QueuedUpload]:
    """Uploads that are not done; for the server's own admins."""
    services.accounts.demand_server(by)
    return services.health.queue()


@router.get("/organisations")
def organisations(services: ServicesDep, by: Admin) -> list[OrganisationStatus]:
    """The organisations that this token looks after."""
    return services.accounts.organisations(by)


@router.put("/organisations/{name}", responses=problems(S.NOT_FOUND))
def organisation(
    name: str, wanted: OrganisationRequest, services: ServicesDep, by: Admin
) -> list[OrganisationStatus]:
    """Make an organisation, or change whether it is private from now on."""
    services.accounts.organisation(name, private=wanted.private, by=by)
    return services.accounts.organisations(by)


@router.get("/keys")
def keys(services: ServicesDep, by: Admin) -> list[KeyStatus]:
    """The signing keys that this token looks after."""
    return services.accounts.keys(by)


@router.post("/keys", status_code=S.CREATED, responses=problems(S.NOT_FOUND, S.CONFLICT))
def add_key(wanted: KeyRequest, services: ServicesDep, by: Admin) -> list[KeyStatus]:
    """Let an organisation sign with an Ed25519 key."""
    public = public_key(wanted.pem.encode())
    services.accounts.add_key(wanted.name, public, organisation=wanted.organisation, by=by)
    return services.accounts.keys(by)


@router.delete("/keys/{key_id}", status_code=S.NO_CONTENT, responses=problems(S.NOT_FOUND))
def revoke_key(key_id: str, services: ServicesDep, by: Admin) -> None:
    """Signatures with this key count no more."""
    services.accounts.revoke_key(key_id, by=by)


@router.post(
    "/reports/{report_id}/settle", status_code=S.NO_CONTENT, responses=problems(S.NOT_FOUND)
)
def settle(report_id: str, said: AnswerRequest, services: ServicesDep, by: Admin) -> None:
    """Take a label report out of the queue, with an answer; for the server's own admins."""
    services.accounts.demand_server(by)
    services.label_reports.settle(report_id, said.answer, actor=by.name)


@router.get("/tokens")
def tokens(services: ServicesDep, by: Admin) -> list[TokenStatus]:
    """The tokens of the organisation, without their secrets."""
    return services.accounts.tokens(by)


@router.delete("/tokens/{token_id}", responses=problems(S.NOT_FOUND))
def revoke(token_id: str, services: ServicesDep, by: Admin) -> TokenStatus:
    """Take a token back."""
    return services.accounts.revoke(token_id, by=by)


@router.get("/audit")
def record(
    services: ServicesDep,
    by: Admin,
    after: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[Entry]:
    """What was done on this server, from entry `after` on; for the server's own admins."""
    services.accounts.demand_server(by)
    entries = audit.entries(services.database, after=after, limit=limit)
    return [Entry.model_validate(entry, from_attributes=True) for entry in entries]
