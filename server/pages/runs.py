"""One run, one response, and a badge."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from cft_eval.leaderboard import exports, pages, runpage, samplepage
from cft_eval.leaderboard.frames import interval, title
from cft_eval.results import Policy
from cft_eval.server.pages.scores import Text
from cft_eval.server.problems import not_found
from cft_eval.server.reading import Reading
from cft_eval.server.services import ServicesDep

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

SAMPLES = 25
"""Samples listed on a run's page."""

Shown = Literal[
    "",
    "not_correct",
    "wrong",
    "unanswered",
    "flipped",
    "disagree",
    "correct",
    "no_answer",
    "unreadable",
    "bad_reference",
    "too_slow",
]


@router.get("/runs/{run_id}")
def run_page(
    run_id: str,
    services: ServicesDep,
    task: Text = "",
    policy: Policy = "strict",
    outcome: Shown = "",
    start: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> str:
    record, reading = services.catalog.run(run_id), Reading(services.catalog)
    task = task or record.tasks[0].task
    found = reading.samples(
        run_id, task=task, policy=policy, show=outcome, start=start, limit=SAMPLES
    )
    vectors = reading.vectors(run_id, task, policy)
    context = runpage.run_context(record, found, vectors, task=task, policy=policy, outcome=outcome)
    return pages.run_page(context)


@router.get("/runs/{run_id}/samples/{place}")
def sample_page(
    run_id: str,
    place: int,
    services: ServicesDep,
    task: Text = "",
    policy: Policy = "strict",
    outcome: Shown = "",
    style: Annotated[Literal["", "text"], Query(alias="as")] = "",
) -> str:
    record = services.catalog.run(run_id)
    task = task or record.tasks[0].task
    sample = services.catalog.sample(run_id, task, place)
    _, places = Reading(services.catalog).places(run_id, task, policy, outcome)
    before, after = places[places < place], places[places > place]
    around = int(before[-1]) if before.size else None, int(after[0]) if after.size else None
    context = samplepage.sample_context(
        record, sample, policy=policy, show=outcome, around=around, drawn=not style
    )
    return pages.sample_page(context)


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
