"""The board, as a page and as files."""

from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import StringConstraints

from cft_eval.checker import POLICIES
from cft_eval.leaderboard import pages
from cft_eval.leaderboard.data.suites import Suite
from cft_eval.leaderboard.data.view import LONGEST, MOST_PICKED, View, known_query
from cft_eval.leaderboard.files import exports
from cft_eval.leaderboard.pages.board.builder import board_context
from cft_eval.leaderboard.pages.board.context import VerdictCard
from cft_eval.leaderboard.pages.board.strip import verdicts
from cft_eval.leaderboard.pages.common.trail import Trail
from cft_eval.results import Policy
from cft_eval.server.http.pages.claims import outcomes_under
from cft_eval.server.http.pages.items import benchmarks_of
from cft_eval.server.http.parameters import PolicyParameter, Text, filled, origin_of
from cft_eval.server.http.services import Services, ServicesDep
from cft_eval.server.store.cache import Revision

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Values = Annotated[
    list[Annotated[str, StringConstraints(max_length=LONGEST)]] | None, Query(max_length=50)
]
"""Several values of a filter: a row has one of them."""


def view_of(
    suite: Annotated[Suite | None, filled(None)] = None,
    policy: PolicyParameter = "strict",
    sort: Annotated[Text, filled("mean")] = "mean",
    order: Annotated[Literal["asc", "desc"], filled("desc")] = "desc",
    q: Text = "",
    base: Values = None,
    method: Values = None,
    data: Values = None,
    size: Values = None,
    protocol: Values = None,
    tag: Values = None,
    run: Values = None,
    checkpoints: Annotated[Literal["", "all"], filled("")] = "",
    page: Annotated[int, Query(ge=1, le=100_000), filled(1)] = 1,
) -> View:
    """What the address asks for."""
    return View(
        suite=suite,
        policy=policy,
        sort=sort,
        order=order,
        q=q.strip(),
        base=_several(base),
        method=_several(method),
        data=_several(data),
        size=_several(size),
        protocol=_several(protocol),
        tag=_several(tag),
        checkpoints=checkpoints,
        picked=_several(run)[:MOST_PICKED],
        page=page,
    )


ViewDep = Annotated[View, Depends(view_of)]


def _several(values: list[str] | None) -> tuple[str, ...]:
    """Each value once; an empty field of a form is none."""
    return tuple(dict.fromkeys(value for value in values or () if value))


@router.get("/")
def board_page(
    request: Request,
    services: ServicesDep,
    view: ViewDep,
    board: Annotated[str, Query(max_length=8_000)] = "",
) -> Response:
    if board:  # the form of the ticks brings the view that it stands in as one field
        return RedirectResponse(_remembered(view, board), HTTPStatus.SEE_OTHER)
    revision = services.catalog.revision()
    every = services.boards.every_policy(revision)
    cards = strip_of(services, view.policy, revision)
    context = board_context(every, view, cards, late=services.boards.lag(revision))
    trail = Trail(view.policy, view.query, home=True, origin=origin_of(request))
    return HTMLResponse(pages.page(context, trail))


def warm(services: Services) -> None:
    """Make what the first visitor of a large board would wait for."""
    for policy in POLICIES:
        strip_of(services, policy)
    for name in benchmarks_of(services):
        services.answers.benchmark(name)


def _remembered(view: View, board: str) -> str:
    """The view that ``board`` names, with the runs that are ticked now."""
    kept = [part for part in parse_qsl(known_query(board)) if part[0] not in ("run", "page")]
    policy = [] if view.policy == "strict" else [("policy", view.policy)]
    return "/?" + urlencode([*kept, *policy, *(("run", run) for run in view.picked)])


def strip_of(
    services: Services, policy: Policy, known: Revision | None = None
) -> list[VerdictCard]:
    """The three verdicts above the table: the same for every visitor until a run is published.
    ``known`` is the catalog's revision, where it was just asked for."""
    revision = known or services.catalog.revision()

    def made() -> list[VerdictCard]:
        return verdicts(services.boards.newest(policy), policy, outcomes_under(services, policy))

    key = services.catalog.viewer, policy
    return services.caches.verdicts.get(key, revision, made, slow=services.boards.lag(revision))


@router.get("/board.html")
def board_file(request: Request, services: ServicesDep, view: ViewDep) -> Response:
    """A page of the board as one file, to keep or to send; its links lead to this board."""
    page = pages.page(board_context(services.boards.every_policy(), view))
    headers = {"Content-Disposition": 'attachment; filename="board.html"'}
    return HTMLResponse(pages.standalone(page, origin_of(request)), headers=headers)


@router.get("/board.{ending}")
def board_export(
    ending: Literal["csv", "json", "md", "tex", "parquet"],
    request: Request,
    services: ServicesDep,
    view: ViewDep,
) -> Response:
    """The rows that the board shows for the same parameters, all pages of them."""
    export, media = exports.FORMATS[ending]
    headers = {"Content-Disposition": f'attachment; filename="board.{ending}"'}
    content = export(services.boards.every_policy(), view, origin_of(request))
    return Response(content, 200, headers, media)


@router.get("/feed.atom")
def feed(request: Request, services: ServicesDep) -> Response:
    newest = services.catalog.newest(exports.FEED_ENTRIES)
    return Response(exports.feed(newest, origin_of(request)), media_type="application/atom+xml")
