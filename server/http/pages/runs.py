"""One run, one response, and a badge."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from cft_eval.leaderboard import pages
from cft_eval.leaderboard.data.suites import Suite
from cft_eval.leaderboard.pages.cost.builder import cost_context, priced
from cft_eval.leaderboard.pages.cost.context import CostContext
from cft_eval.leaderboard.pages.model.builder import MOST_RECORDS, model_context
from cft_eval.leaderboard.pages.run import badges
from cft_eval.leaderboard.pages.run.builder import Beside, run_context
from cft_eval.leaderboard.pages.run.sample import sample_context
from cft_eval.records.runs import RunRecord, SampleFilter
from cft_eval.results import Policy
from cft_eval.server.foundation.errors import Missing
from cft_eval.server.http.parameters import PolicyParameter, Text, TrailDep
from cft_eval.server.http.services import Services, ServicesDep
from cft_eval.server.queries import vectors
from cft_eval.server.store.models import RunRow

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

SAMPLES = 25
"""Samples listed on a run's page."""


@router.get("/runs/{run_id}")
def run_page(
    request: Request,
    run_id: str,
    services: ServicesDep,
    trail: TrailDep,
    task: Text = "",
    policy: PolicyParameter = "strict",
    outcome: SampleFilter = "",
    start: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> str:
    record = services.catalog.run(run_id)
    task = task or record.tasks[0].task
    row = services.scores.loaded(run_id)
    samples = services.scores.samples(
        row, task=task, policy=policy, show=outcome, start=start, limit=SAMPLES
    )
    context = run_context(
        record,
        samples,
        vectors.vectors(services.catalog.blobs, row, task, policy),
        _beside(services, record, row, task, policy),
        task=task,
        policy=policy,
        outcome=outcome,
        address=str(request.base_url).rstrip("/"),
    )
    return pages.page(context, trail)


def _beside(
    services: Services, record: RunRecord, loaded: RunRow, task: str, policy: Policy
) -> Beside:
    """What the board knows of a run: its row, its rank, what hangs on the grader, its tokens."""
    boards = services.boards.every_policy().boards(Suite.SUITE)
    row, ranks, ranked = boards.folded[policy].standing_of(record.id)
    if row is None:  # an earlier checkpoint, which has a row of its own where all are shown
        row, ranks, ranked = boards.tables[policy].standing_of(record.id)
    several = any(each.task == task and each.repeats > 1 for each in record.tasks)
    return Beside(
        standing=row,
        ranks=ranks,
        ranked=ranked,
        contested=vectors.contested(loaded),
        tokens=services.catalog.tokens([record.id]).get(record.id, {}),
        answers=vectors.answers(services.catalog.blobs, loaded, task, policy) if several else (),
    )


@router.get("/models")
def model_page(
    services: ServicesDep,
    trail: TrailDep,
    name: Text,
    policy: PolicyParameter = "strict",
) -> str:
    """All runs of one model, and of the training that it is a checkpoint of."""
    records = services.catalog.of_model(name, MOST_RECORDS)
    if not records:
        raise Missing("model", name)
    table = services.boards.every_policy().boards(Suite.SUITE).tables[policy]
    return pages.page(model_context(name, records, table, policy), trail)


@router.get("/cost")
def cost_page(services: ServicesDep, trail: TrailDep, policy: PolicyParameter = "strict") -> str:
    """Accuracy against what it takes: tokens of a response, and parameters."""
    every = services.boards.every_policy()

    def made() -> CostContext:
        rows = priced(every.boards(Suite.SUITE).folded[policy])
        return cost_context(rows, services.catalog.tokens([row["run"] for row in rows]), policy)

    return pages.page(every.once(f"cost {policy}", made), trail)


@router.get("/runs/{run_id}/samples/{place}")
def sample_page(
    run_id: str,
    place: int,
    services: ServicesDep,
    trail: TrailDep,
    task: Text = "",
    policy: PolicyParameter = "strict",
    outcome: SampleFilter = "",
    style: Annotated[Literal["", "text"], Query(alias="as")] = "",
) -> str:
    record = services.catalog.run(run_id)
    task = task or record.tasks[0].task
    sample = services.catalog.sample(run_id, task, place)
    run = services.scores.loaded(run_id)
    _, listed = services.scores.numbers(run, task=task, policy=policy, show=outcome)
    before, after = listed[listed < place], listed[listed > place]
    around = int(before[-1]) if before.size else None, int(after[0]) if after.size else None
    context = sample_context(
        record, sample, policy=policy, show=outcome, around=around, drawn=not style
    )
    return pages.page(context, trail)


@router.get("/runs/{run_id}/badge.{ending}")
def badge(
    run_id: str, ending: Literal["svg", "json"], services: ServicesDep, task: Text = ""
) -> Response:
    """The score of one task, or the mean of the suite: a picture, or shields.io's JSON."""
    made = badges.badge(services.catalog.run(run_id), task)
    if made is None:
        raise Missing("task of this run", task)
    if ending == "json":
        return Response(badges.as_json(made), media_type="application/json", headers=_FRESH)
    return Response(badges.as_svg(made), media_type="image/svg+xml", headers=SHOWN_ELSEWHERE)


_FRESH = {"Cache-Control": "public, max-age=300"}
SHOWN_ELSEWHERE = {
    **_FRESH,
    # Model cards lie on other sites; nothing in the picture may run or load.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
"""What a picture is sent with that other sites show."""
