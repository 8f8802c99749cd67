"""Decide what is on the board: publish or reject a graded run, withdraw a published one.

A run that was taken off is gone from every list; its row, its samples and the reason stay.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from cft_eval.server.access.auth import OPEN, Principal
from cft_eval.server.foundation.display_names import unseen
from cft_eval.server.foundation.errors import Missing, NotAllowed, StateConflict
from cft_eval.server.intake.publishing import publish
from cft_eval.server.ledger import audit
from cft_eval.server.operate.accounts import issuer
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import RunRow, State, UploadRow, now


def _legible(reason: str) -> str:
    wrong = unseen(reason)
    if wrong is not None:
        raise ValueError(wrong)
    return reason


Reason = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(_legible)]


class Decision(BaseModel):
    """What a reviewer says."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["publish", "reject"]
    reason: Reason


class Withdrawal(BaseModel):
    """Why a run is taken off the board."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


@dataclass(frozen=True, slots=True)
class Review:
    """The decisions of one server's reviewers."""

    database: Database

    def decide(self, upload_id: str, said: Decision, *, by: Principal) -> None:
        """Publish or reject a graded upload; nobody decides on their own."""
        with self.database.write() as session:
            upload = session.get(UploadRow, upload_id)
            if upload is None or not by.owns(upload.organisation):
                raise Missing("upload", upload_id)
            _demand_another(session, upload.actor, by)
            if upload.state != State.GRADED or upload.review != "waiting":
                raise StateConflict(f"this upload is {upload.state}, not waiting for a review")
            audit.record(
                session,
                actor=by.name,
                action="upload.reviewed",
                subject=upload_id,
                **said.model_dump(),
            )
            if said.decision == "publish":
                upload.review = "passed"
                publish(session, upload, actor=by.name)
                return
            # Its run, which nobody ever saw, stays until it is purged, or the same comes again.
            upload.review, upload.state, upload.reason = None, State.REJECTED, said.reason

    def withdraw(self, run_id: str, said: Withdrawal, *, by: Principal) -> None:
        """Take a run off the board; a `StateConflict` where somebody did, with when and why."""
        with self.database.write() as session:
            run = session.get(RunRow, run_id)
            if run is None or run.published is None:
                raise Missing("published run", run_id)
            if not by.owns(session.get_one(UploadRow, run.upload_id).organisation):
                raise Missing("published run", run_id)
            if run.withdrawn is not None:
                raise StateConflict(
                    f"this run was withdrawn on {run.withdrawn:%Y-%m-%d %H:%M} UTC by "
                    f"{audit.actor(session, 'run.withdrawn', run_id)} already: "
                    f"{run.withdrawn_why}; that reason stays",
                )
            run.withdrawn, run.withdrawn_why = now(), said.reason
            audit.record(
                session,
                actor=by.name,
                action="run.withdrawn",
                subject=run_id,
                reason=said.reason,
            )


def _demand_another(session: Session, uploader: str, by: Principal) -> None:
    """Whoever sent an upload does not review it, with this token or another of the same issuer."""
    if by is OPEN:
        return
    if uploader == by.name:
        raise NotAllowed("somebody else must review your upload")
    root = issuer(session, by.name)
    if root == issuer(session, uploader):
        raise NotAllowed(
            f"somebody else must review it: token {by.name} and the uploader's both come "
            f"from {root}; make a reviewer's token on the server, with `cft-eval server token`",
        )
