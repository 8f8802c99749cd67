"""Runs against each other: as they are now, as they were in a snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from cft_eval.checker import POLICIES
from cft_eval.leaderboard import pages
from cft_eval.leaderboard.data.view import ticked_query
from cft_eval.leaderboard.files import comparison_files, preview
from cft_eval.leaderboard.pages.common.trail import Trail
from cft_eval.leaderboard.pages.compare.builder import compare_context
from cft_eval.leaderboard.pages.compare.context import CompareContext
from cft_eval.leaderboard.pages.compare.picker import Pickable, pick_context
from cft_eval.leaderboard.pages.compare.request import MOST_RUNS, ComparisonRequest
from cft_eval.records.runs import NO_PAIRS
from cft_eval.results import InvalidData, RunOutcomes
from cft_eval.server.foundation.errors import Invalid
from cft_eval.server.http.pages.files import drawn
from cft_eval.server.http.parameters import PolicyParameter, Text, TrailDep, filled
from cft_eval.server.http.services import Services, ServicesDep, visitor_of
from cft_eval.server.http.streams import read_form
from cft_eval.server.queries.catalog import Catalog
from cft_eval.server.queries.pairing import differing_pairs, sides, snapshot_sides
from cft_eval.server.queries.snapshots import ComparisonSnapshot

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Runs = Annotated[list[str], Query()]
Show = Literal["", "lost", "gained"]
Start = Annotated[int, Query(ge=0, le=10_000_000)]
Ending = Literal["json", "csv", "md", "svg"]

# A picture carries its own colours; nothing in it may run or load.
_PICTURE = {"Content-Security-Policy": "default-src 'none'; sandbox"}


@dataclass(frozen=True, slots=True)
class PickRequest:
    """What is searched on the page that asks which runs."""

    pick: bool = False
    """Whether that page is wanted, though runs are named."""

    q: str = ""
    page: int = 1


def pick_of(
    pick: Literal["", "1"] = "",
    q: Text = "",
    page: Annotated[int, Query(ge=1, le=10_000), filled(1)] = 1,
) -> PickRequest:
    return PickRequest(bool(pick), q.strip(), page)


def wanted_of(
    run: Annotated[list[str] | None, Query()] = None,
    policy: PolicyParameter = "strict",
    show: Show = "",
    start: Start = 0,
) -> ComparisonRequest:
    """Which runs the address names, none or one of them too."""
    return ComparisonRequest(_few(run or []), policy, show, start)


@router.get("/compare")
def compare_page(
    services: ServicesDep,
    trail: TrailDep,
    wanted: Annotated[ComparisonRequest, Depends(wanted_of)],
    search: Annotated[PickRequest, Depends(pick_of)],
) -> Response:
    # Who goes back to the board looks for another run to compare with these.
    trail = replace(trail, back=ticked_query(trail.board, wanted.runs))
    if len(wanted.runs) < 2 or search.pick:
        return HTMLResponse(_pick(services, wanted, "", trail, search))
    return _compared(services, wanted, None, trail)


@router.get("/compare.png")
def compare_preview(
    services: ServicesDep, run: Runs, policy: PolicyParameter = "strict"
) -> Response:
    """The picture of a link's preview."""
    wanted = ComparisonRequest(_few(run), policy)
    if len(wanted.runs) < 2:
        raise Invalid("name at least two runs to compare")
    return _preview(services, wanted, None)


@router.get("/compare.{ending}")
def compare_file(
    ending: Ending, services: ServicesDep, run: Runs, policy: PolicyParameter = "strict"
) -> Response:
    wanted = ComparisonRequest(_few(run), policy)
    if len(wanted.runs) < 2:
        raise Invalid("name at least two runs to compare")
    return _file(ending, wanted, [services.catalog.outcomes(each, policy) for each in wanted.runs])


@router.post("/comparisons")
async def take_snapshot(request: Request, services: ServicesDep) -> Response:
    """Store a comparison as it is now; its address is for papers and mails."""
    form = await read_form(request)
    runs, word = _few(form.get("run", [])), form.get("policy", ["strict"])[0]
    policy = next((policy for policy in POLICIES if policy == word), None)
    if len(runs) < 2 or policy is None:
        raise Invalid(f"name 2 to {MOST_RUNS} runs and a policy")
    visitor = await run_in_threadpool(visitor_of, request)
    snapshot = await run_in_threadpool(services.snapshots.take, runs, policy, visitor)
    return RedirectResponse(f"/comparisons/{snapshot}", HTTPStatus.SEE_OTHER)


@router.get("/comparisons/{snapshot_id}.png")
def snapshot_preview(snapshot_id: str, services: ServicesDep) -> Response:
    snapshot = services.snapshots.get(snapshot_id)
    return _preview(services, _request(snapshot), snapshot)


def _preview(
    services: Services, wanted: ComparisonRequest, snapshot: ComparisonSnapshot | None
) -> Response:
    try:
        context = _context(services.catalog, wanted, snapshot, listed=False)
    except InvalidData as error:
        raise Invalid(str(error)) from None
    return drawn(preview.of_comparison(context), "png")


@router.get("/comparisons/{snapshot_id}.{ending}")
def snapshot_file(snapshot_id: str, ending: Ending, services: ServicesDep) -> Response:
    snapshot = services.snapshots.get(snapshot_id)
    return _file(ending, _request(snapshot), snapshot.outcomes)


@router.get("/comparisons/{snapshot_id}")
def snapshot_page(
    snapshot_id: str, services: ServicesDep, trail: TrailDep, show: Show = "", start: Start = 0
) -> Response:
    snapshot = services.snapshots.get(snapshot_id)
    return _compared(services, _request(snapshot, show, start), snapshot, trail)


def _request(snapshot: ComparisonSnapshot, show: str = "", start: int = 0) -> ComparisonRequest:
    return ComparisonRequest(
        snapshot.runs, snapshot.policy, show, start, snapshot=snapshot.id, day=snapshot.day
    )


def _compared(
    services: Services,
    wanted: ComparisonRequest,
    snapshot: ComparisonSnapshot | None,
    trail: Trail,
) -> Response:
    """The page of runs as they are, or as they were in a ``snapshot``."""
    try:
        context = _context(services.catalog, wanted, snapshot)
    except InvalidData as error:
        page = _pick(services, wanted, str(error), trail)
        return HTMLResponse(page, HTTPStatus.UNPROCESSABLE_ENTITY)
    return HTMLResponse(pages.page(context, trail))


def _context(
    catalog: Catalog,
    wanted: ComparisonRequest,
    snapshot: ComparisonSnapshot | None,
    *,
    listed: bool = True,
) -> CompareContext:
    """``listed``: with the problems on which two runs differ."""
    compared = (
        snapshot_sides(catalog, snapshot)
        if snapshot
        else sides(catalog, wanted.runs, wanted.policy)
    )
    pairs = NO_PAIRS
    if len(compared) == 2 and listed:
        pairs = differing_pairs(catalog, compared, show=wanted.show, start=wanted.start)
    return compare_context(
        [side.record for side in compared],
        [side.outcomes for side in compared],
        pairs,
        wanted,
        since=[side.since for side in compared],
    )


def _pick(
    services: Services,
    wanted: ComparisonRequest,
    problem: str,
    trail: Trail,
    search: PickRequest = PickRequest(),  # frozen
) -> str:
    for run in wanted.runs:
        services.catalog.run(run)  # `Missing` where it is not there
    every = services.boards.every_policy()
    runs = every.once("picks", lambda: Pickable(every.scores["strict"]))
    context = pick_context(runs, wanted, problem, q=search.q, page=search.page)
    return pages.page(context, trail)


def _file(ending: Ending, wanted: ComparisonRequest, outcomes: Sequence[RunOutcomes]) -> Response:
    write, media = comparison_files.FORMATS[ending]
    try:
        content = write(outcomes, wanted)
    except InvalidData as error:
        raise Invalid(str(error)) from None
    headers = {"Content-Disposition": f'inline; filename="comparison.{ending}"'}
    return Response(content, 200, {**headers, **(_PICTURE if ending == "svg" else {})}, media)


def _few(runs: Sequence[str]) -> tuple[str, ...]:
    """Each run once; `Invalid` where they are more than one page ranks."""
    once = tuple(dict.fromkeys(runs))
    if len(once) > MOST_RUNS:
        what = f"{len(once)} runs are named and {MOST_RUNS} can be compared at once: name fewer"
        raise Invalid(what)
    return once
