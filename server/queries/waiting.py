"""Runs that wait for a review, as their reviewers see them: scores, claims, responses."""

from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel
from sqlalchemy import ColumnElement, select

from cft_eval.records.runs import RunRecord, SamplePage, SampleRecord
from cft_eval.server.access.auth import Principal
from cft_eval.server.foundation.errors import Missing
from cft_eval.server.intake.grading import OUTCOMES
from cft_eval.server.intake.parquet import read_columns
from cft_eval.server.queries import samples
from cft_eval.server.queries.catalog import Catalog, run_record, task_of
from cft_eval.server.queries.scores import ScoreQueries
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import RunRow, State, TaskRow, UploadRow
from cft_eval.server.store.models_access import AccessToken


@dataclass(frozen=True, slots=True)
class WaitingCatalog(Catalog):
    """One run that nobody sees yet."""

    run_id: str = ""

    @property
    def visible(self) -> ColumnElement[bool]:
        return RunRow.published.is_(None) & (RunRow.id == self.run_id)

    @property
    def _seen(self) -> ColumnElement[bool]:
        return self.visible


class ClaimDifference(BaseModel):
    """On how many responses of a task the uploader's verdict is another than this board's."""

    task: str
    responses: int
    differing: int
    numbers: list[int]
    """The first of them, by their number in the task."""


class WaitingRun(BaseModel):
    """What a reviewer decides on."""

    upload: str
    uploader: str
    """As the token is called, with its id."""

    organisation: str | None
    record: RunRecord
    differences: list[ClaimDifference]


SHOWN = 20
"""Differing responses that are named, of each task."""


@dataclass(frozen=True, slots=True)
class WaitingRuns:
    """The graded uploads of one board that somebody must look at."""

    database: Database
    blobs: Blobs

    def get(self, upload_id: str, *, by: Principal) -> WaitingRun:
        """The run of a graded upload, where ``by`` may decide on it."""
        with self.database.read() as session:
            upload = session.get(UploadRow, upload_id)
            if upload is None or not by.owns(upload.organisation):
                raise Missing("upload", upload_id)
            waits = upload.state == State.GRADED and upload.review == "waiting"
            of_upload = select(RunRow).where(RunRow.upload_id == upload_id)
            run = session.scalars(of_upload).one_or_none()
            if not waits or run is None:
                raise Missing("upload that waits for a review", upload_id)
            record, tasks = run_record(session, run), list(run.tasks)
            codes = {task.task: _strict(task) for task in tasks}
            token = session.get(AccessToken, upload.actor)
            uploader = f"{token.name} ({token.id})" if token else upload.actor
        return WaitingRun(
            upload=upload_id,
            uploader=uploader,
            organisation=upload.organisation,
            record=record,
            differences=[self._difference(task, codes[task.task]) for task in tasks],
        )

    def samples(self, upload_id: str, task: str, *, start: int, by: Principal) -> SamplePage:
        """Responses of one task, as they will be shown."""
        run = self.get(upload_id, by=by).record.id
        scores = ScoreQueries(self._catalog(run))
        return scores.samples(
            scores.loaded(run), task=task, policy="strict", show="", start=start, limit=SHOWN
        )

    def sample(self, upload_id: str, task: str, number: int, *, by: Principal) -> SampleRecord:
        """One response."""
        run = self.get(upload_id, by=by).record.id
        return self._catalog(run).sample(run, task, number)

    def named(
        self, upload_id: str, task: str, numbers: list[int], *, by: Principal
    ) -> list[SampleRecord]:
        """Responses of one task by their numbers."""
        run = self.get(upload_id, by=by).record.id
        with self.database.read() as session:
            row = task_of(self._catalog(run).find(session, run), task)
        return samples.load_what_is_whole(self.blobs, row, numbers)

    def _catalog(self, run: str) -> WaitingCatalog:
        return WaitingCatalog(self.database, self.blobs, run_id=run)

    def _difference(self, task: TaskRow, codes: bytes) -> ClaimDifference:
        said = read_columns(self.blobs.get(task.samples_blob), ["outcome"])["outcome"]
        ours = np.frombuffer(codes, dtype=np.uint8)
        known = {outcome.value: code for code, outcome in enumerate(OUTCOMES)}
        theirs = np.array([known.get(word, 255) for word in said], dtype=np.uint8)
        differing = np.flatnonzero(ours != theirs).tolist()
        return ClaimDifference(
            task=task.task,
            responses=len(said),
            differing=len(differing),
            numbers=differing[:SHOWN],
        )


def _strict(task: TaskRow) -> bytes:
    return next(score.outcomes for score in task.scores if score.policy == "strict")
