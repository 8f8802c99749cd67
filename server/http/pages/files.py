"""One run as files that others read, and the pictures of link previews."""

from collections.abc import Iterator
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from cft_eval.leaderboard.files import hub, preview
from cft_eval.records.runs import SampleRecord
from cft_eval.server.http.pages.board import strip_of
from cft_eval.server.http.pages.runs import SHOWN_ELSEWHERE
from cft_eval.server.http.parameters import PolicyParameter, Text
from cft_eval.server.http.services import Services, ServicesDep
from cft_eval.server.store.models import RunRow

router = APIRouter(include_in_schema=False)

AT_ONCE = 256
"""Samples in memory at a time: a row group of their file."""

PICTURE = "image/svg+xml"


@router.get("/runs/{run_id}/eval_results.yaml")
def eval_results(
    run_id: str, request: Request, services: ServicesDep, policy: PolicyParameter = "strict"
) -> Response:
    """For the folder of that name in the model's repository on the hub."""
    record = services.catalog.run(run_id)
    content = hub.eval_results(record, policy, str(request.base_url).rstrip("/"))
    headers = {"Content-Disposition": f'attachment; filename="cft-eval-{record.id}.yaml"'}
    return Response(content, 200, headers, "application/yaml")


@router.get("/runs/{run_id}/instances.jsonl")
def instances(
    run_id: str, services: ServicesDep, task: Text = "", policy: PolicyParameter = "strict"
) -> Response:
    """Every response of one task, in the schema of Every Eval Ever."""
    record = services.catalog.run(run_id)
    task = task or record.tasks[0].task
    run = services.scores.loaded(run_id)
    first = services.scores.samples(run, task=task, policy=policy, show="", start=0, limit=AT_ONCE)
    lines = hub.instances(record, _samples(services, run, task, list(first.samples)), policy)
    headers = {"Content-Disposition": f'attachment; filename="{record.id}.jsonl"'}
    return StreamingResponse(lines, 200, headers, "application/x-ndjson")


def _samples(
    services: Services, run: RunRow, task: str, first: list[SampleRecord]
) -> Iterator[SampleRecord]:
    """All samples of a task, some at a time; ``first`` are read, so that an error has a status."""
    yield from first
    start = len(first)
    while start and start % AT_ONCE == 0:
        page = services.scores.samples(
            run, task=task, policy="strict", show="", start=start, limit=AT_ONCE
        )
        yield from page.samples
        if page.next is None:
            return
        start = page.next


Drawn = Literal["svg", "png"]


@router.get("/runs/{run_id}/preview.{ending}")
def run_preview(run_id: str, ending: Drawn, services: ServicesDep) -> Response:
    return drawn(preview.of_run(services.catalog.run(run_id)), ending)


@router.get("/preview.{ending}")
def board_preview(
    ending: Drawn, services: ServicesDep, policy: PolicyParameter = "strict"
) -> Response:
    return drawn(preview.of_board(strip_of(services, policy)), ending)


def drawn(picture: preview.Picture, ending: Drawn) -> Response:
    """A link's preview, for sites that show one."""
    if ending == "png":
        return Response(preview.as_png(picture), media_type="image/png", headers=SHOWN_ELSEWHERE)
    return Response(preview.as_svg(picture), media_type=PICTURE, headers=SHOWN_ELSEWHERE)
