"""The administration: what waits, who may do what, how the server fares; each with its forms."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from cft_eval.leaderboard import pages
from cft_eval.leaderboard.pages.admin.context import AdminContext, AdminSection
from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.server.access.auth import ANYBODY, OPEN, Principal, Scope
from cft_eval.server.http.pages import admin_sections as sections
from cft_eval.server.http.pages.sign_in import administrator, secret_of
from cft_eval.server.http.parameters import Text
from cft_eval.server.http.services import Services, ServicesDep, principal_of
from cft_eval.server.queries.waiting import SHOWN

router = APIRouter(prefix="/admin", include_in_schema=False, default_response_class=HTMLResponse)

TABS = (
    ("", "Overview", Scope.ADMIN),
    ("/reviews", "Reviews", Scope.REVIEW),
    ("/runs", "Runs", Scope.ADMIN),
    ("/labels", "Labels", Scope.ADMIN),
    ("/access", "Access", Scope.ADMIN),
    ("/jobs", "Jobs", Scope.ADMIN),
)
"""Path, label, and whom it is for."""

OF_SERVER = ("", "/labels")
"""What concerns every organisation."""

LISTED = 100
"""Runs and jobs on a page."""


@router.get("")
def overview(request: Request, services: ServicesDep) -> Response:
    by = principal_of(request)
    if by == ANYBODY:
        return RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    if Scope.ADMIN not in by.scopes:
        if Scope.REVIEW in by.scopes:
            return RedirectResponse("/admin/reviews", HTTPStatus.SEE_OTHER)
        lead = "Your token has neither of the scopes review and admin: there is nothing to do here."
        return _answer(request, by, "", "Administration", lead, ())
    by = administrator(request, Scope.ADMIN)
    if not by.everything:  # what concerns all organisations is not for one of them
        return RedirectResponse("/admin/access", HTTPStatus.SEE_OTHER)
    status, worker = services.health.status(), services.worker
    shown = [
        sections.health(status, worker=worker.alive, waits=worker.waits_for_storage),
        sections.queue(services.health.queue()),
        sections.quotas(status.usage),
    ]
    return _answer(request, by, "", "Overview", "State of this server.", shown)


@router.get("/reviews")
def reviews(request: Request, services: ServicesDep) -> Response:
    by = administrator(request, Scope.REVIEW)
    uploads = services.uploads.waiting(by=by)
    names = [services.uploads.model(upload.id) for upload in uploads]
    lead = "Graded runs that stay hidden until somebody other than their uploader approves them."
    return _answer(request, by, "/reviews", "Reviews", lead, [sections.reviews(uploads, names)])


@router.get("/reviews/{upload_id}")
def review(
    upload_id: str,
    request: Request,
    services: ServicesDep,
    task: Text = "",
    start: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> Response:
    """The run, with what is needed to decide, and the decision."""
    by = administrator(request, Scope.REVIEW)
    run = services.waiting.get(upload_id, by=by)
    task = task or run.record.tasks[0].task
    shown = [sections.waiting_scores(run), sections.waiting_facts(run)]
    numbers = next((each.numbers for each in run.differences if each.task == task), [])
    if numbers:
        named = services.waiting.named(upload_id, task, numbers, by=by)
        shown.append(sections.responses(upload_id, task, named, differing=True))
    page = services.waiting.samples(upload_id, task, start=start, by=by)
    total = next((each.responses for each in run.differences if each.task == task), 0)
    address = f"/admin/reviews/{quote(upload_id)}?{urlencode({'task': task})}"
    links = sections.further(address, start=start, shown=SHOWN, of=total)
    shown.append(sections.responses(upload_id, task, page.samples, differing=False, links=links))
    title = run.record.run.model.name
    lead = "Waiting for a review."
    shown.append(sections.decision(upload_id))
    return _answer(request, by, "/reviews", title, lead, shown)


@router.get("/reviews/{upload_id}/samples/{number}")
def reviewed_sample(
    upload_id: str, number: int, request: Request, services: ServicesDep, task: Text = ""
) -> Response:
    by = administrator(request, Scope.REVIEW)
    sample = services.waiting.sample(upload_id, task, number, by=by)
    lead = "One response of a run that is waiting for a review, as uploaded."
    return _answer(request, by, "/reviews", task, lead, [sections.response(sample)])


@router.get("/runs")
def runs(request: Request, services: ServicesDep, before: Text = "") -> Response:
    by = administrator(request, Scope.ADMIN)
    records = services.catalog.runs(limit=LISTED, before=before or None)
    lead = f"By id, {LISTED} at a time."
    more = records[-1].id if len(records) == LISTED else ""
    return _answer(request, by, "/runs", "Runs", lead, [sections.runs(records, more=more)])


@router.get("/labels")
def labels(request: Request, services: ServicesDep) -> Response:
    by = administrator(request, Scope.ADMIN)
    services.accounts.demand_server(by)
    lead = (
        "Reference answers that visitors report as wrong. Your answer appears on the errata page."
    )
    shown = [sections.labels(services.label_reports.open())]
    return _answer(request, by, "/labels", "Labels", lead, shown)


@router.get("/access")
def access(request: Request, services: ServicesDep) -> Response:
    by = administrator(request, Scope.ADMIN)
    return access_page(request, services, by)


def access_page(
    request: Request, services: Services, by: Principal, *, shown_once: str = ""
) -> Response:
    """Tokens, organisations and keys; ``shown_once``: a token that was just made."""
    known = services.accounts.organisations(by)
    owners = [*(("",) if by.owns(None) else ()), *(each.name for each in known)]
    shown = [
        sections.tokens(services.accounts.tokens(by), owners),
        sections.organisations(known, may_make=by.everything),
        sections.keys(services.accounts.keys(by), owners),
    ]
    lead = "Who may do what. Every change is recorded in the audit log."
    return _answer(request, by, "/access", "Access", lead, shown, shown_once=shown_once)


@router.get("/jobs")
def jobs(request: Request, services: ServicesDep) -> Response:
    by = administrator(request, Scope.ADMIN)
    evaluations = services.evaluations.recent(by=by, limit=LISTED)
    lead = "Requested evaluations, newest first."
    return _answer(request, by, "/jobs", "Jobs", lead, [sections.jobs(evaluations)])


@router.get("/jobs/{evaluation_id}")
def job(evaluation_id: str, request: Request, services: ServicesDep) -> Response:
    by = administrator(request, Scope.ADMIN)
    status = services.evaluations.status(evaluation_id, by=by)
    log = services.evaluations.log(evaluation_id, by=by)
    lead = f"{status.state}, {status.attempts} attempts. {status.reason or ''}"
    return _answer(request, by, "/jobs", status.id, lead, sections.job(status, log))


def _answer(
    request: Request,
    by: Principal,
    here: str,
    title: str,
    lead: str,
    shown: Sequence[AdminSection],
    *,
    shown_once: str = "",
) -> Response:
    tabs = [
        Link(label, f"/admin{path}", path == here)
        for path, label, scope in TABS
        if scope in by.scopes and (by.everything or path not in OF_SERVER)
    ]
    context = AdminContext(
        title=title,
        lead=lead,
        tabs=tabs,
        sections=shown,
        who="" if by is OPEN else by.name,
        secret="" if by is OPEN else secret_of(request),
        shown_once=shown_once,
    )
    headers = {"Cache-Control": "private, no-store"}
    return HTMLResponse(pages.page(context), headers=headers)
