"""What is said of an upload: the manifest that announces it, and how far it has come."""

import hashlib
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from cft_eval.results import Run
from cft_eval.server.store.models import State


class SamplesFile(BaseModel):
    """The samples.jsonl that will be sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: Annotated[int, Field(gt=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """What is announced: the run, and the file of its samples."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: Run
    samples: SamplesFile
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """The uploader's `results.run_fingerprint` of the run; one that is off is refused."""

    def digest(self, organisation: str | None = None) -> str:
        """The name of this upload: equal for equal content of one owner.

        Of one owner, since else an answer would tell whether others have sent the same.
        """
        # What the first server did not know must not rename what it published.
        run = {name: True for name in _LATER_OF_RUN if not getattr(self.run, name)}
        model = {name for name in _LATER if getattr(self.run.model, name) is None}
        tasks = {
            task: {"settings": {"checker_version"}}
            for task, score in self.run.tasks.items()
            if score.settings.checker_version is None
        }
        unsaid: Any = {"fingerprint": True, "run": {**run, "model": model, "tasks": tasks}}
        text = self.model_dump_json(exclude=unsaid)
        owner = "" if organisation is None else f"{organisation}\0"
        return hashlib.sha256(owner.encode() + text.encode()).hexdigest()


_LATER = ("weights_sha256", "parent_run")
"""Fields of `Model` that came after the first release of the server."""

_LATER_OF_RUN = ("arguments", "notes")


class UploadStatus(BaseModel):
    """How far an upload has come."""

    id: str
    state: State
    reason: str | None
    """Why it was rejected, or what it waits for."""

    part_bytes: int
    """Size of every part but the last."""

    parts: int
    received: dict[int, str]
    """Part to the sha256 of what arrived."""

    rows: int
    """Samples counted; 0 until it is validated."""

    graded_rows: int
    run: str | None
    """Id of the published run."""

    organisation: str | None
    review: str | None
    """`waiting` while somebody must look at it, `passed` afterwards."""

    partial: list[str]
    """Tasks of which only some problems were answered."""

    fingerprint: str
    """`results.run_fingerprint` of the run, as computed here."""

    signed_by: str | None
    """The key that signed the manifest."""

    withdrawn: str | None
    """Why the run was taken off the board; None where it was not."""
