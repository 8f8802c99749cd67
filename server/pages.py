"""The routes of the pages: what the address asks for, the records, one page function."""

import re
from functools import lru_cache
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from cft_eval.checker import Outcome
from cft_eval.leaderboard import board, exports, pages, runpage
from cft_eval.leaderboard.contexts import ApiContext, ErrorContext, Operation
from cft_eval.leaderboard.frames import Scores, Suite, interval, title
from cft_eval.leaderboard.view import View
from cft_eval.results import Policy
from cft_eval.server.catalog import Catalog
from cft_eval.server.problems import not_found
from cft_eval.server.services import ServicesDep

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

SAMPLES = 25
"""Samples listed on a run's page."""

Text = Annotated[str, Query(max_length=300)]


@router.get("/")
def board_page(
    services: ServicesDep,
    suite: Suite | None = None,
    policy: Policy = "strict",
    sort: Text = "mean",
    order: Literal["asc", "desc"] = "desc",
    q: Text = "",
    base: Text = "",
    method: Text = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> str:
    view = View(suite, policy, sort, order, q.strip(), base, method, page)
    return pages.board_page(board.context(_scores(services.catalog, policy), view))


@router.get("/board.html")
def board_file(services: ServicesDep, policy: Policy = "strict") -> Response:
    """The board as one file, to keep or to send."""
    page = pages.board_page(board.context(_scores(services.catalog, policy), View(policy=policy)))
    headers = {"Content-Disposition": 'attachment; filename="board.html"'}
    return HTMLResponse(pages.standalone(page), headers=headers)


@router.get("/board.{ending}")
def board_export(
    ending: Literal["csv", "json", "md", "tex", "parquet"],
    services: ServicesDep,
    suite: Suite | None = None,
    policy: Policy = "strict",
    sort: Text = "mean",
    order: Literal["asc", "desc"] = "desc",
    q: Text = "",
    base: Text = "",
    method: Text = "",
) -> Response:
    """The rows that the board shows for the same parameters, all pages of them."""
    view = View(suite, policy, sort, order, q.strip(), base, method)
    export, media = exports.FORMATS[ending]
    headers = {"Content-Disposition": f'attachment; filename="board.{ending}"'}
    return Response(export(_scores(services.catalog, policy), view), 200, headers, media)


@router.get("/feed.atom")
def feed(request: Request, services: ServicesDep) -> Response:
    scores = _scores(services.catalog, "strict")
    address = str(request.base_url).rstrip("/")
    return Response(exports.feed(scores, address), media_type="application/atom+xml")


@router.get("/runs/{run_id}/badge.json")
def badge(run_id: str, services: ServicesDep, task: Text = "") -> Response:
    """For shields.io's endpoint badge: the score of one task, the first where none is named."""
    record = services.catalog.run(run_id)
    found = next((each for each in record.tasks if task in ("", each.task)), None)
    if found is None:
        raise not_found("task of this run", task)
    accuracy = found.accuracy["strict"]
    bounds = interval(accuracy, found.items)
    label = f"{record.run.model.name} {title(found.benchmark)}"
    body = exports.badge(label, accuracy, bounds.low, bounds.high)
    return Response(body, media_type="application/json")


@router.get("/runs/{run_id}")
def run_page(
    run_id: str,
    services: ServicesDep,
    task: Text = "",
    policy: Policy = "strict",
    outcome: Outcome | Literal["not_correct", ""] = "",
    start: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> str:
    record = services.catalog.run(run_id)
    task = task or record.tasks[0].task
    found = services.catalog.samples(
        run_id, task=task, policy=policy, outcome=outcome or None, start=start, limit=SAMPLES
    )
    context = runpage.run_context(record, found, task=task, policy=policy, outcome=outcome)
    return pages.run_page(context)


@router.get("/runs/{run_id}/samples/{place}")
def sample_page(run_id: str, place: int, services: ServicesDep, task: Text = "") -> str:
    record = services.catalog.run(run_id)
    task = task or record.tasks[0].task
    sample = services.catalog.sample(run_id, task, place)
    size = next(found.items * found.repeats for found in record.tasks if found.task == task)
    return pages.sample_page(runpage.sample_context(record, sample, last=size - 1))


@router.get("/docs")
def api_page(request: Request) -> str:
    """The API, one route after the other: FastAPI's own page would fetch scripts elsewhere."""
    document = request.app.openapi()
    operations = [
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    version = document["info"]["version"]
    return pages.api_page(ApiContext(version, str(request.app.openapi_url), operations))


@router.get("/static/{name}")
def static(name: str) -> Response:
    if name not in pages.STATIC:
        raise not_found("file", name)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(pages.static(name), media_type=pages.STATIC[name], headers=headers)


def error_page(status: int, detail: str) -> str:
    """An error as a person's browser shows it."""
    sentence = detail[:1].upper() + detail[1:]
    return pages.error_page(ErrorContext(status, HTTPStatus(status).phrase, f"{sentence}."))


def _scores(catalog: Catalog, policy: Policy) -> Scores:
    return _scores_at(catalog, policy, catalog.revision())


@lru_cache(maxsize=6)
def _scores_at(catalog: Catalog, policy: Policy, revision: tuple[int, str]) -> Scores:
    # Read for every page, and made anew only when a run was published.
    return Scores(catalog.scores(policy))


def _operation(method: str, path: str, operation: dict[str, object]) -> Operation:
    parameters = operation.get("parameters", [])
    described = operation.get("description") or operation.get("summary") or ""
    return Operation(
        method=method.upper(),
        path=path,
        summary=re.sub(r"\s+", " ", str(described)),
        parameters=[
            (parameter["name"], parameter["in"], _kind(parameter["schema"]))
            for parameter in parameters  # type: ignore[attr-defined]
        ],
    )


def _kind(schema: dict[str, object]) -> str:
    """What a parameter may be, in a few words."""
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if option.get("type") != "null"]  # type: ignore[attr-defined]
        return " or ".join(_kind(option) for option in options)
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])  # type: ignore[attr-defined]
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2].lower()
    kind = str(schema.get("const", schema.get("type", "")))
    low, high = schema.get("minimum"), schema.get("maximum")
    return f"{kind}, {low} to {high}" if low is not None and high is not None else kind
