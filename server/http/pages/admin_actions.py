"""What the forms of the administration do."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool

from cft_eval.server.access.auth import Principal, Scope
from cft_eval.server.access.signing import public_key
from cft_eval.server.foundation.errors import Invalid
from cft_eval.server.http.api_admin import TokenRequest
from cft_eval.server.http.pages.admin import access_page
from cft_eval.server.http.pages.sign_in import submitted
from cft_eval.server.http.services import Services, ServicesDep
from cft_eval.server.operate.review import Decision, Withdrawal

router = APIRouter(prefix="/admin", include_in_schema=False)

_Model = TypeVar("_Model", bound=BaseModel)

Form = dict[str, list[str]]


@router.post("/reviews/{upload_id}")
async def decide(upload_id: str, request: Request, services: ServicesDep) -> Response:
    by, form = await submitted(request, Scope.REVIEW)
    said = _read(Decision, decision=_one(form, "decision"), reason=_one(form, "reason"))
    return await _done(lambda: services.review.decide(upload_id, said, by=by), "/admin/reviews")


@router.post("/runs/{run_id}/withdraw")
async def withdraw(run_id: str, request: Request, services: ServicesDep) -> Response:
    by, form = await submitted(request, Scope.ADMIN)
    said = _read(Withdrawal, reason=_one(form, "reason"))
    return await _done(lambda: services.review.withdraw(run_id, said, by=by), "/admin/runs")


@router.post("/labels/{report_id}/settle")
async def settle(report_id: str, request: Request, services: ServicesDep) -> Response:
    by, form = await submitted(request, Scope.ADMIN)
    services.accounts.demand_server(by)
    answer = _one(form, "answer")
    return await _done(
        lambda: services.label_reports.settle(report_id, answer, actor=by.name), "/admin/labels"
    )


@router.post("/tokens")
async def mint(request: Request, services: ServicesDep) -> Response:
    """The answer shows the token, this once."""
    by, form = await submitted(request, Scope.ADMIN)
    return await run_in_threadpool(_mint, request, services, by, form)


def _mint(request: Request, services: Services, by: Principal, form: Form) -> Response:
    scopes = frozenset(scope for scope in Scope if f"scope_{scope}" in form)
    if not scopes:
        raise Invalid("tick at least one scope: what the token is for")
    wanted = _read(
        TokenRequest,
        name=_one(form, "name"),
        scopes=scopes,
        organisation=_one(form, "organisation") or None,
        days=_number(_one(form, "days")),
    )
    made = services.accounts.mint(
        wanted.name,
        scopes=wanted.scopes,
        organisation=wanted.organisation,
        days=wanted.days,
        by=by,
    )
    return access_page(request, services, by, shown_once=made.token)


@router.post("/tokens/{token_id}/revoke")
async def revoke(token_id: str, request: Request, services: ServicesDep) -> Response:
    by, _ = await submitted(request, Scope.ADMIN)
    return await _done(lambda: services.accounts.revoke(token_id, by=by), "/admin/access")


@router.post("/organisations")
async def organisation(request: Request, services: ServicesDep) -> Response:
    by, form = await submitted(request, Scope.ADMIN)
    name, private = _one(form, "name"), bool(_one(form, "private"))
    return await _done(
        lambda: services.accounts.organisation(name, private=private, by=by), "/admin/access"
    )


@router.post("/keys")
async def add_key(request: Request, services: ServicesDep) -> Response:
    by, form = await submitted(request, Scope.ADMIN)
    owner = _one(form, "organisation") or None
    name, pem = _one(form, "name"), _one(form, "pem")
    return await _done(
        lambda: services.accounts.add_key(
            name, public_key(pem.encode()), organisation=owner, by=by
        ),
        "/admin/access",
    )


@router.post("/keys/{key_id}/revoke")
async def revoke_key(key_id: str, request: Request, services: ServicesDep) -> Response:
    by, _ = await submitted(request, Scope.ADMIN)
    return await _done(lambda: services.accounts.revoke_key(key_id, by=by), "/admin/access")


@router.post("/jobs/{evaluation_id}/cancel")
async def cancel(evaluation_id: str, request: Request, services: ServicesDep) -> Response:
    by, _ = await submitted(request, Scope.ADMIN)
    return await _done(
        lambda: services.evaluations.cancel(evaluation_id, by=by), f"/admin/jobs/{evaluation_id}"
    )


async def _done(work: Callable[[], object], then: str) -> Response:
    """Do it, and show the page where it can be seen."""
    await run_in_threadpool(work)
    return RedirectResponse(then, HTTPStatus.SEE_OTHER)


def _one(form: Form, name: str) -> str:
    return form.get(name, [""])[0].strip()


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Invalid(f"days: {text[:20]!a} is not a number") from None


def _read(model: type[_Model], **fields: object) -> _Model:
    """A message of the API, out of a form."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(str(part) for part in first["loc"])
        raise Invalid(f"{where}: {first['msg']}") from None
