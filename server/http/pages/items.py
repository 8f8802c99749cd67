"""Problems across models, and the queue of doubts about their references."""

from functools import lru_cache
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

import cft_eval.testsets as testsets
from cft_eval.checker.run.votes import commonest
from cft_eval.leaderboard import pages
from cft_eval.leaderboard.pages.items import builder
from cft_eval.records.runs import Answers, ReportRecord
from cft_eval.render.text import REPORT_KINDS
from cft_eval.server.foundation.errors import Invalid, Missing
from cft_eval.server.foundation.threads import in_thread
from cft_eval.server.http.bodies import read_form
from cft_eval.server.http.services import ServicesDep, visitor_of
from cft_eval.server.queries import answers
from cft_eval.server.queries.catalog import Catalog
from cft_eval.server.queries.scores import ScoreQueries
from cft_eval.server.queries.snapshots import Keeping, Visitor
from cft_eval.server.store.cache import Kept
from cft_eval.server.store.models import now

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

MOST_ITEMS = 2**31
"""Positions are 32-bit numbers."""

SETTLED = 50
"""Answered reports on the page."""

LONGEST = 1_000
"""Characters of a visitor's reference or note."""


@router.get("/items")
def first_items(services: ServicesDep) -> Response:
    names = ScoreQueries(services.catalog).benchmarks()
    if not names:
        return HTMLResponse(pages.items_page(builder.items_context("", [], [], [], [], 1)))
    place = "math" if "math" in names else names[0]
    return RedirectResponse(f"/items/{place}", HTTPStatus.TEMPORARY_REDIRECT)


@router.get("/items/{benchmark}")
def items_page(
    benchmark: str, services: ServicesDep, page: Annotated[int, Query(ge=1, le=10_000)] = 1
) -> str:
    revision = services.catalog.revision()
    names = _benchmarks(services.catalog, revision)
    if benchmark not in names:
        raise Missing("benchmark on this board that a run has whole:", benchmark)
    strong, found = _surprises(services.catalog, benchmark, revision)
    reports = Keeping(services.catalog).reports()
    context = builder.items_context(benchmark, names, strong, found, reports, page)
    return pages.items_page(context)


@router.get("/items/{benchmark}/{position}")
def item_page(
    benchmark: str,
    position: int,
    services: ServicesDep,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> str:
    if not 0 <= position < MOST_ITEMS:
        raise Missing(f"answered problem {position} of", benchmark)
    item = answers.item(services.catalog, benchmark, position)
    found = answers.answers(services.catalog, benchmark, position, page)
    reports = Keeping(services.catalog).reports()
    return pages.item_page(builder.item_context(item, found, _known(), reports, commonest))


@router.get("/errata")
def errata_page(services: ServicesDep, thanks: Literal["", "1"] = "") -> str:
    keeping = Keeping(services.catalog)
    context = builder.queue_context(
        keeping.reports(),
        keeping.settled(SETTLED),
        _known(),
        here=_benchmarks(services.catalog, services.catalog.revision()),
        thanks=bool(thanks),
    )
    return pages.errata_page(context)


@router.get("/errata.json")
def errata_file(services: ServicesDep) -> Response:
    """The open doubts and those answered last, for whoever keeps the list of errata."""
    keeping = Keeping(services.catalog)
    settled = builder.as_rows(keeping.settled(SETTLED))
    return JSONResponse({"reports": builder.as_rows(keeping.reports()), "settled": settled})


@router.post("/errata")
async def report(request: Request, services: ServicesDep) -> Response:
    """Take a visitor's doubt into the queue."""
    form = {name: values[0] for name, values in (await read_form(request)).items()}
    visitor = await in_thread(visitor_of, request)
    await in_thread(_report, services.catalog, form, visitor)
    return RedirectResponse("/errata?thanks=1", HTTPStatus.SEE_OTHER)


def _report(catalog: Catalog, form: dict[str, str], visitor: Visitor) -> None:
    kind, texts = form.get("kind", ""), (form.get("reference", ""), form.get("note", ""))
    if kind not in REPORT_KINDS:
        raise Invalid("say what is wrong")
    if not any(text.strip() for text in texts) or max(map(len, texts)) > LONGEST:
        what = f"give a reference or a reason, at most {LONGEST} characters each"
        raise Invalid(what)
    if not form.get("place", "").isdecimal() or len(form["place"]) > 8:
        raise Invalid("the form names no response")
    sample = catalog.sample(form.get("run", ""), form.get("task", ""), int(form["place"]))
    Keeping(catalog).report(
        ReportRecord(
            sample.benchmark,
            sample.item,
            sample.index,
            kind,
            texts[0].strip(),
            texts[1].strip(),
            form["run"],
            sample.place,
            now(),
            sample.task,
        ),
        visitor,
    )


@lru_cache(maxsize=4)
def _benchmarks(catalog: Catalog, revision: tuple[int, str]) -> list[str]:
    return ScoreQueries(catalog).benchmarks()


_kept: Kept[tuple[Catalog, str], tuple[list[Answers], list[builder.Surprise]]] = Kept(most=16)


def _surprises(
    catalog: Catalog, benchmark: str, revision: tuple[int, str]
) -> tuple[list[Answers], list[builder.Surprise]]:
    # Eight files of answers are opened for it, and unlike texts compared: once, until a run is
    # published.
    return _kept.get((catalog, benchmark), revision, lambda: _read(catalog, benchmark))


def _read(catalog: Catalog, benchmark: str) -> tuple[list[Answers], list[builder.Surprise]]:
    strong = ScoreQueries(catalog).strongest(benchmark)
    return strong, builder.surprises(strong, commonest)


def _known() -> list[builder.Known]:
    return [
        builder.Known(each.benchmark, each.index, each.published, each.reference, each.reason)
        for each in testsets.all_errata()
    ]
