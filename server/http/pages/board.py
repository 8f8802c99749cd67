"""The board, as a page and as files."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from cft_eval.leaderboard import pages
from cft_eval.leaderboard.data.frames import Suite
from cft_eval.leaderboard.data.view import View
from cft_eval.leaderboard.files import exports
from cft_eval.leaderboard.pages.board.builder import board_context
from cft_eval.server.http.parameters import PolicyParameter, Text, filled
from cft_eval.server.http.services import ServicesDep

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


def view_of(
    suite: Annotated[Suite | None, filled(None)] = None,
    policy: PolicyParameter = "strict",
    sort: Annotated[Text, filled("mean")] = "mean",
    order: Annotated[Literal["asc", "desc"], filled("desc")] = "desc",
    q: Text = "",
    base: Text = "",
    method: Text = "",
    data: Text = "",
    size: Text = "",
    protocol: Text = "",
    tag: Text = "",
    page: Annotated[int, Query(ge=1, le=100_000), filled(1)] = 1,
) -> View:
    """What the address asks for."""
    return View(
        suite=suite,
        policy=policy,
        sort=sort,
        order=order,
        q=q.strip(),
        base=base,
        method=method,
        data=data,
        size=size,
        protocol=protocol,
        tag=tag,
        page=page,
    )


ViewDep = Annotated[View, Depends(view_of)]


@router.get("/")
def board_page(services: ServicesDep, view: ViewDep) -> str:
    return pages.page(board_context(services.boards.every_policy(), view))


@router.get("/board.html")
def board_file(request: Request, services: ServicesDep, view: ViewDep) -> Response:
    """A page of the board as one file, to keep or to send; its links lead to this board."""
    page = pages.page(board_context(services.boards.every_policy(), view))
    headers = {"Content-Disposition": 'attachment; filename="board.html"'}
    return HTMLResponse(pages.standalone(page, _address(request)), headers=headers)


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
    content = export(services.boards.every_policy(), view, _address(request))
    return Response(content, 200, headers, media)


@router.get("/feed.atom")
def feed(request: Request, services: ServicesDep) -> Response:
    newest = services.catalog.newest(exports.FEED_ENTRIES)
    return Response(exports.feed(newest, _address(request)), media_type="application/atom+xml")


def _address(request: Request) -> str:
    """The board's own, as the visitor calls it."""
    return str(request.base_url).rstrip("/")
