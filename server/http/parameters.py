"""Parameters that several pages take."""

from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BeforeValidator

from cft_eval.leaderboard.data.view import known_query
from cft_eval.leaderboard.pages.common.trail import Trail
from cft_eval.results import Policy

Text = Annotated[str, Query(max_length=300)]
"""A parameter that a visitor may type."""


def filled(default: object) -> BeforeValidator:
    """Takes an empty field of a form as ``default``."""
    return BeforeValidator(lambda value: default if value == "" else value)


PolicyParameter = Annotated[Policy, filled("strict")]
"""A grader that a visitor may choose; an empty field is the strict one."""


def trail_of(
    request: Request,
    policy: PolicyParameter = "strict",
    board: Annotated[str, Query(max_length=8_000)] = "",
) -> Trail:
    """What the visitor carries from page to page."""
    return Trail(policy, known_query(board), origin=origin_of(request))


def origin_of(request: Request) -> str:
    """The board's address, as the visitor calls it."""
    return str(request.base_url).rstrip("/")


TrailDep = Annotated[Trail, Depends(trail_of)]
