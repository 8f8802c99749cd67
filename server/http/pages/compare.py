"""Runs against each other: as they are now, as they were when somebody kept the comparison."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from cft_eval.checker import POLICIES
from cft_eval.leaderboard import pages
from cft_eval.leaderboard.files import comparison_files
from cft_eval.leaderboard.pages.compare.builder import NO_PAIRS, compare_context, pick_context
from cft_eval.leaderboard.pages.compare.context import CompareContext
from cft_eval.leaderboard.pages.compare.request import MOST_RUNS, ComparisonRequest
from cft_eval.results import InvalidData, RunOutcomes
from cft_eval.server.foundation.errors import Invalid
from cft_eval.server.foundation.threads import in_thread
from cft_eval.server.http.bodies import read_form
from cft_eval.server.http.pages.scores import PolicyAsked
from cft_eval.server.http.services import Services, ServicesDep, visitor_of
from cft_eval.server.queries.catalog import Catalog
from cft_eval.server.queries.pairing import differing_pairs, kept_sides, sides
from cft_eval.server.queries.snapshots import Frozen, Keeping

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

OFFERED = 40
"""Newest runs that the empty page offers."""

Runs = Annotated[list[str], Query()]
Show = Literal["", "lost", "gained"]
Start = Annotated[int, Query(ge=0, le=10_000_000)]
Ending = Literal["json", "csv", "md", "svg"]

# A picture carries its own colours; nothing in it may run or load.
_PICTURE = {"Content-Security-Policy": "default-src 'none'; sandbox"}


@router.get("/compare")
def compare_page(
    services: ServicesDep,
    run: Annotated[list[str] | None, Query()] = None,
    policy: PolicyAsked = "strict",
    show: Show = "",
    start: Start = 0,
) -> Response:
    asked = ComparisonRequest(_few(run or []), policy, show, start)
    if len(asked.runs) < 2:
        return HTMLResponse(_pick(services, asked, ""))
    return _compared(services, asked, None)


@router.get("/compare.{ending}")
def compare_file(
    ending: Ending, services: ServicesDep, run: Runs, policy: PolicyAsked = "strict"
) -> Response:
    asked = ComparisonRequest(_few(run), policy)
    if len(asked.runs) < 2:
        raise Invalid("name at least two runs to compare")
    return _file(ending, asked, [services.catalog.outcomes(each, policy) for each in asked.runs])


@router.post("/comparisons")
async def keep(request: Request, services: ServicesDep) -> Response:
    """Keep a comparison as it is now; its address is for papers and mails."""
    form = await read_form(request)
    runs, word = _few(form.get("run", [])), form.get("policy", ["strict"])[0]
    policy = next((policy for policy in POLICIES if policy == word), None)
    if len(runs) < 2 or policy is None:
        raise Invalid(f"name 2 to {MOST_RUNS} runs and a policy")
    visitor = await in_thread(visitor_of, request)
    kept = await in_thread(Keeping(services.catalog).freeze, runs, policy, visitor)
    return RedirectResponse(f"/comparisons/{kept}", HTTPStatus.SEE_OTHER)


@router.get("/comparisons/{kept}.{ending}")
def kept_file(kept: str, ending: Ending, services: ServicesDep) -> Response:
    found = Keeping(services.catalog).frozen(kept)
    return _file(ending, ComparisonRequest(found.runs, found.policy, frozen=kept), found.outcomes)


@router.get("/comparisons/{kept}")
def kept_page(kept: str, services: ServicesDep, show: Show = "", start: Start = 0) -> Response:
    found = Keeping(services.catalog).frozen(kept)
    asked = ComparisonRequest(found.runs, found.policy, show, start, kept, found.day)
    return _compared(services, asked, found)


def _compared(services: Services, asked: ComparisonRequest, kept: Frozen | None) -> Response:
    """The page of runs as they are, or as they were ``kept``."""
    try:
        context = _context(services.catalog, asked, kept)
    except InvalidData as error:
        return HTMLResponse(_pick(services, asked, str(error)), HTTPStatus.UNPROCESSABLE_ENTITY)
    return HTMLResponse(pages.compare_page(context))


def _context(catalog: Catalog, asked: ComparisonRequest, kept: Frozen | None) -> CompareContext:
    found = kept_sides(catalog, kept) if kept else sides(catalog, asked.runs, asked.policy)
    pairs = NO_PAIRS
    if len(found) == 2:
        pairs = differing_pairs(catalog, found, show=asked.show, start=asked.start)
    return compare_context(
        [side.record for side in found],
        [side.outcomes for side in found],
        pairs,
        asked,
        since=[side.since for side in found],
    )


def _pick(services: Services, asked: ComparisonRequest, problem: str) -> str:
    offered = services.catalog.runs(limit=OFFERED, before=None)
    shown = {record.id for record in offered}
    mine = [services.catalog.run(run) for run in asked.runs if run not in shown]
    return pages.pick_page(pick_context([*mine, *offered], asked, problem))


def _file(ending: Ending, asked: ComparisonRequest, outcomes: Sequence[RunOutcomes]) -> Response:
    write, media = comparison_files.FORMATS[ending]
    try:
        content = write(outcomes, asked)
    except InvalidData as error:
        raise Invalid(str(error)) from None
    headers = {"Content-Disposition": f'inline; filename="comparison.{ending}"'}
    return Response(content, 200, {**headers, **(_PICTURE if ending == "svg" else {})}, media)


def _few(runs: Sequence[str]) -> tuple[str, ...]:
    """Each run once; `Invalid` where they are more than one page ranks."""
    found = tuple(dict.fromkeys(runs))
    if len(found) > MOST_RUNS:
        what = f"{len(found)} runs are named and {MOST_RUNS} can be compared at once: name fewer"
        raise Invalid(what)
    return found
