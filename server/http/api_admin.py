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
    """List graded uploads waiting for review, oldest first."""
    return services.uploads.waiting(by=by)


@router.post("/uploads/{upload_id}/review", responses=problems(S.NOT_FOUND, S.CONFLICT))
def review(upload_id: str, said: Decision, services: ServicesDep, by: Reviewer) -> UploadStatus:
    """Publish a graded upload, or reject it with a reason."""
    services.review.decide(upload_id, said, by=by)
    return services.uploads.status(upload_id, by=by)


@router.post(
    "/runs/{run_id}/withdraw", status_code=S.NO_CONTENT, responses=problems(S.NOT_FOUND, S.CONFLICT)
)
def withdraw(run_id: str, said: Withdrawal, services: ServicesDep, by: Admin) -> None:
    """Withdraw a run from the board. It stays in the record, with the reason."""
    services.review.withdraw(run_id, said, by=by)


@router.post("/tokens", status_code=S.CREATED, responses=problems(S.NOT_FOUND))
def mint(wanted: TokenRequest, services: ServicesDep, by: Admin) -> NewToken:
    """Create a token with at most the caller's permissions. Its secret is shown only once."""
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
    """Get a run waiting for review: its scores, its claims, and where verdicts differ."""
    return services.waiting.get(upload_id, by=by)


@router.get("/reviews/{upload_id}/samples", responses=problems(S.NOT_FOUND))
def waiting_samples(
    upload_id: str,
    services: ServicesDep,
    by: Reviewer,
    task: Annotated[str, Query(max_length=300)],
    cursor: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> SamplePage:
    """List the responses to one task of a run waiting for review."""
    return services.waiting.samples(upload_id, task, start=cursor, by=by)


@router.get("/status")
def status(services: ServicesDep, by: Admin) -> ServerStatus:
    """Get the state of queue, store, disk and quotas. Server admins only."""
    services.accounts.demand_server(by)
    return services.health.status()


@router.get("/queue")
def queue(services: ServicesDep, by: Admin) -> list[QueuedUpload]:
    """List unfinished uploads. Server admins only."""
    services.accounts.demand_server(by)
    return services.health.queue()


@router.get("/organisations")
def organisations(services: ServicesDep, by: Admin) -> list[OrganisationStatus]:
    """List the organisations that this token may manage."""
    return services.accounts.organisations(by)


@router.put("/organisations/{name}", responses=problems(S.NOT_FOUND))
def organisation(
    name: str, wanted: OrganisationRequest, services: ServicesDep, by: Admin
) -> list[OrganisationStatus]:
    """Create an organisation, or change whether it is private from now on."""
    services.accounts.organisation(name, private=wanted.private, by=by)
    return services.accounts.organisations(by)


@router.get("/keys")
def keys(services: ServicesDep, by: Admin) -> list[KeyStatus]:
    """List the signing keys that this token may manage."""
    return services.accounts.keys(by)


@router.post("/keys", status_code=S.CREATED, responses=problems(S.NOT_FOUND, S.CONFLICT))
def add_key(wanted: KeyRequest, services: ServicesDep, by: Admin) -> list[KeyStatus]:
    """Register an Ed25519 key that an organisation signs with."""
    public = public_key(wanted.pem.encode())
    services.accounts.add_key(wanted.name, public, organisation=wanted.organisation, by=by)
    return services.accounts.keys(by)


@router.delete("/keys/{key_id}", status_code=S.NO_CONTENT, responses=problems(S.NOT_FOUND))
def revoke_key(key_id: str, services: ServicesDep, by: Admin) -> None:
    """Revoke a signing key. Its signatures no longer count."""
    services.accounts.revoke_key(key_id, by=by)


@router.post(
    "/reports/{report_id}/settle", status_code=S.NO_CONTENT, responses=problems(S.NOT_FOUND)
)
def settle(report_id: str, said: AnswerRequest, services: ServicesDep, by: Admin) -> None:
    """Settle a label report with an answer. Server admins only."""
    services.accounts.demand_server(by)
    services.label_reports.settle(report_id, said.answer, actor=by.name)


@router.get("/tokens")
def tokens(services: ServicesDep, by: Admin) -> list[TokenStatus]:
    """List the organisation's tokens, without their secrets."""
    return services.accounts.tokens(by)


@router.delete("/tokens/{token_id}", responses=problems(S.NOT_FOUND))
def revoke(token_id: str, services: ServicesDep, by: Admin) -> TokenStatus:
    """Revoke a token."""
    return services.accounts.revoke(token_id, by=by)


@router.get("/audit")
def record(
    services: ServicesDep,
    by: Admin,
    after: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[Entry]:
    """List audit entries after entry `after`. Server admins only."""
    services.accounts.demand_server(by)
    entries = audit.entries(services.database, after=after, limit=limit)
    return [Entry.model_validate(entry, from_attributes=True) for entry in entries]
