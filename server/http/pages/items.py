"""Problems across models, and the queue of label reports."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from cft_eval.checker.run.votes import commonest
from cft_eval.leaderboard import pages
from cft_eval.leaderboard.pages.benchmark.builder import benchmark_context
from cft_eval.leaderboard.pages.benchmark.context import BenchmarkContext
from cft_eval.leaderboard.pages.benchmark.grid import MOST_RUNS, grid_context
from cft_eval.leaderboard.pages.items.builder import (
    Surprises,
    as_rows,
    item_context,
    items_context,
    surprises,
)
from cft_eval.leaderboard.pages.items.context import ErrorQueueContext, ItemsRequest
from cft_eval.records.runs import GridRun, ReportRecord
from cft_eval.render.text import REPORT_KINDS
from cft_eval.results import Policy
from cft_eval.server.foundation.errors import Invalid, Missing
from cft_eval.server.http.parameters import PolicyParameter, Text, TrailDep, filled
from cft_eval.server.http.services import Services, ServicesDep, visitor_of
from cft_eval.server.http.streams import read_form
from cft_eval.server.queries.visitors import Visitor
from cft_eval.server.store.models import now
from cft_eval.testsets import all_errata

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

MOST_ITEMS = 2**31
"""Positions are 32-bit numbers."""

SETTLED = 50
"""Answered reports on the page."""

LONGEST = 1_000
"""Characters of a visitor's reference or note."""


Order = Literal["", "hard", "easy", "number"]
Page = Annotated[int, Query(ge=1, le=10_000), filled(1)]


@router.get("/items")
def first_items(request: Request, services: ServicesDep, trail: TrailDep) -> Response:
    names = benchmarks_of(services)
    if not names:
        return HTMLResponse(pages.page(items_context("", [], Surprises([], []), []), trail))
    first = "math" if "math" in names else names[0]
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/items/{first}{query}", HTTPStatus.TEMPORARY_REDIRECT)


def asked_of(
    q: Text = "", order: Order = "", level: Text = "", subject: Text = "", page: Page = 1
) -> ItemsRequest:
    """Which problems the address asks for."""
    return ItemsRequest(q.strip(), order, level, subject, page)


@router.get("/items/{benchmark}")
def items_page(
    benchmark: str,
    services: ServicesDep,
    trail: TrailDep,
    asked: Annotated[ItemsRequest, Depends(asked_of)],
) -> str:
    names = benchmarks_of(services)
    if benchmark not in names:
        raise Missing("benchmark on this board that a run has whole:", benchmark)
    context = items_context(
        benchmark,
        names,
        _surprises(services, benchmark, trail.policy),
        services.label_reports.open(),
        every=services.answers.benchmark(benchmark, trail.policy),
        asked=asked,
    )
    return pages.page(context, trail)


@router.get("/benchmarks/{benchmark}")
def benchmark_page(
    benchmark: str, services: ServicesDep, trail: TrailDep, policy: PolicyParameter = "strict"
) -> str:
    record = services.answers.benchmark(benchmark, policy)
    every = services.boards.every_policy()

    def made() -> BenchmarkContext:
        names = benchmarks_of(services)
        return benchmark_context(benchmark, names, every, record, all_errata(), policy)

    return pages.page(every.once(f"benchmark {benchmark} {policy}", made), trail)


@router.get("/benchmarks/{benchmark}/grid")
def grid_page(
    benchmark: str,
    services: ServicesDep,
    trail: TrailDep,
    run: Annotated[list[str] | None, Query(max_length=50)] = None,
    order: Literal["", "easy", "number"] = "",
    page: Page = 1,
) -> str:
    chosen = tuple(dict.fromkeys(run or []))[:MOST_RUNS]
    every = services.answers.benchmark(benchmark, trail.policy)
    context = grid_context(
        benchmark,
        _grid_runs(services, benchmark, trail.policy, chosen),
        every,
        policy=trail.policy,
        order=order,
        page=page,
        chosen=chosen,
    )
    return pages.page(context, trail)


def _grid_runs(
    services: Services, benchmark: str, policy: Policy, chosen: tuple[str, ...]
) -> list[GridRun]:
    """The runs that are chosen, or the best ones, which are read once."""

    def read() -> list[GridRun]:
        return services.scores.grid(benchmark, policy, runs=chosen, most=MOST_RUNS)

    if chosen:
        return read()
    key = services.catalog.viewer, benchmark, policy
    return services.caches.grids.get(key, services.catalog.revision(), read)


@router.get("/items/{benchmark}/{position}")
def item_page(
    benchmark: str,
    position: int,
    services: ServicesDep,
    trail: TrailDep,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> str:
    if not 0 <= position < MOST_ITEMS:
        raise Missing(f"answered problem {position} of", benchmark)
    item = services.answers.item(benchmark, position)
    given = services.answers.page(benchmark, position, page, trail.policy)
    reports = services.label_reports.open()
    return pages.page(item_context(item, given, all_errata(), reports, commonest), trail)


@router.get("/errata")
def errata_page(services: ServicesDep, trail: TrailDep, thanks: Literal["", "1"] = "") -> str:
    context = ErrorQueueContext(
        services.label_reports.open(),
        services.label_reports.settled(SETTLED),
        all_errata(),
        here=benchmarks_of(services),
        thanks=bool(thanks),
    )
    return pages.page(context, trail)


@router.get("/errata.json")
def errata_file(services: ServicesDep) -> Response:
    """The open reports and those answered last, for whoever maintains the list of errata."""
    settled = as_rows(services.label_reports.settled(SETTLED))
    waiting = as_rows(services.label_reports.open())
    return JSONResponse({"reports": waiting, "settled": settled})


@router.post("/errata")
async def report(request: Request, services: ServicesDep) -> Response:
    """Take a visitor's label report into the queue."""
    form = {name: values[0] for name, values in (await read_form(request)).items()}
    visitor = await run_in_threadpool(visitor_of, request)
    await run_in_threadpool(_report, services, form, visitor)
    return RedirectResponse("/errata?thanks=1", HTTPStatus.SEE_OTHER)


def _report(services: Services, form: dict[str, str], visitor: Visitor) -> None:
    kind, texts = form.get("kind", ""), (form.get("reference", ""), form.get("note", ""))
    if kind not in REPORT_KINDS:
        raise Invalid("choose what is wrong")
    if not any(text.strip() for text in texts) or max(map(len, texts)) > LONGEST:
        what = f"give a reference or a reason, at most {LONGEST} characters each"
        raise Invalid(what)
    if not form.get("place", "").isdecimal() or len(form["place"]) > 8:
        raise Invalid("the form names no response")
    sample = services.catalog.sample(form.get("run", ""), form.get("task", ""), int(form["place"]))
    services.label_reports.add(
        ReportRecord(
            benchmark=sample.benchmark,
            item=sample.item,
            position=sample.index,
            kind=kind,
            reference=texts[0].strip(),
            note=texts[1].strip(),
            run=form["run"],
            place=sample.place,
            created=now(),
            task=sample.task,
        ),
        visitor,
    )


def benchmarks_of(services: Services) -> list[str]:
    """The benchmarks that a run of the board has whole, in one order everywhere."""
    catalog = services.catalog
    return services.caches.benchmarks.get(
        catalog.viewer, catalog.revision(), services.scores.benchmarks
    )


def _surprises(services: Services, benchmark: str, policy: Policy) -> Surprises:
    catalog = services.catalog

    def read() -> Surprises:
        return surprises(services.scores.strongest(benchmark, policy), commonest)

    key = catalog.viewer, benchmark, policy
    return services.caches.surprises.get(key, catalog.revision(), read)
