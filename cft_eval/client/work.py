"""Checkpoints and evaluations: send weights, ask for an evaluation, take one and report on it."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

import cft_eval.weights as weights
from cft_eval.client.http import TRIES, Connection, ServerError

FINISH_TIMEOUT = httpx.Timeout(1_800, connect=10)
"""A file of five gigabytes is hashed, checked and stored before the answer comes."""


class ClaimedEvaluation(BaseModel):
    """An evaluation that this worker holds; fields of a newer server are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    lease: str
    lease_seconds: float
    request: dict[str, Any]


Job = ClaimedEvaluation
"""The name under which 0.x published it."""


class WorkClient(Connection):
    """What a board does with checkpoints and evaluations."""

    def push_checkpoint(
        self,
        folder: Path,
        *,
        name: str,
        progress: Callable[[str, int, int], None] = lambda file, done, total: None,
    ) -> dict[str, Any]:
        """Send the weights in ``folder``, as far as the board lacks them; return their status.

        Raises `weights.BadWeights` where the folder holds what may not be sent.
        """
        files = weights.files_of(folder)
        listed = [{"name": f.name, "bytes": f.bytes, "sha256": f.sha256} for f in files]
        status = self.fetch("POST", "/checkpoints", record={"name": name, "files": listed})
        for file in status["files"]:
            if not file["stored"]:
                status = self._push_file(folder, status, file, progress)
        return status

    def checkpoint(self, checkpoint_id: str) -> dict[str, Any]:
        """Name, files and hash of a checkpoint, and which parts of it are there."""
        return self.fetch("GET", f"/checkpoints/{quote(checkpoint_id, safe='')}")

    def fetch_checkpoint(self, checkpoint_id: str, folder: Path) -> str:
        """Download a checkpoint into ``folder``, resuming an earlier attempt.

        Every file is compared with its hash before this returns, and so is all of it with the id of
        the weights, which is returned.
        """
        status = self.checkpoint(checkpoint_id)
        folder.mkdir(parents=True, exist_ok=True)
        weights.check_names(file["name"] for file in status["files"])
        hashes = {file["name"]: str(file["sha256"]) for file in status["files"]}
        for name, sha256 in hashes.items():
            self._fetch_file(checkpoint_id, name, sha256, folder / name)
        return weights.fingerprint(hashes)

    def ask(self, **request: Any) -> dict[str, Any]:
        """Ask for an evaluation; the fields are those of `POST /api/v1/evaluations`."""
        return self.fetch("POST", "/evaluations", record=request)

    def evaluation(self, evaluation_id: str) -> dict[str, Any]:
        """The state of an evaluation."""
        return self.fetch("GET", f"/evaluations/{quote(evaluation_id, safe='')}")

    def log(self, evaluation_id: str) -> str:
        """What its workers wrote."""
        return self.request("GET", f"/evaluations/{quote(evaluation_id, safe='')}/log").text

    def cancel(self, evaluation_id: str) -> dict[str, Any]:
        """End it, now or with its worker's next heartbeat."""
        return self.fetch("POST", f"/evaluations/{quote(evaluation_id, safe='')}/cancel")

    def claim(self, *, worker: str, gpus: int) -> ClaimedEvaluation | None:
        """Take the oldest evaluation that needs no more than ``gpus``; None where none waits."""
        record = {"worker": worker, "gpus": gpus}
        answer = self.request("POST", "/claims", record=record)
        if answer.status_code == 204:
            return None
        try:
            return ClaimedEvaluation.model_validate_json(answer.content)
        except ValidationError:
            raise self.strange() from None

    def heartbeat(self, job: ClaimedEvaluation, log: str) -> bool:
        """Renew the lease and pass the log on; True where it is to be cancelled.

        Raises `Conflict` where the evaluation is not this worker's any more.
        """
        record = {"lease": job.lease, "log": log}
        return bool(self.fetch("POST", f"/evaluations/{job.id}/heartbeat", record=record)["cancel"])

    def finish(
        self,
        job: ClaimedEvaluation,
        state: str,
        *,
        run: str | None = None,
        reason: str | None = None,
        retry: bool = False,
    ) -> None:
        """Say how it ended: done, failed or cancelled."""
        record = {"lease": job.lease, "state": state, "run": run, "retry": retry}
        record["reason"] = reason and reason[:2_000]
        self.fetch("POST", f"/evaluations/{job.id}/finish", record=record)

    def _push_file(
        self,
        folder: Path,
        status: dict[str, Any],
        file: dict[str, Any],
        progress: Callable[[str, int, int], None],
    ) -> dict[str, Any]:
        path = f"/checkpoints/{status['id']}/files/{quote(file['name'], safe='')}"
        missing: Sequence[int] = sorted(set(range(file["parts"])) - set(file["received"]))
        with (folder / file["name"]).open("rb") as stream:
            for number in missing:
                progress(file["name"], number, file["parts"])
                stream.seek(number * status["part_bytes"])
                part = stream.read(status["part_bytes"])
                self.request("PUT", f"{path}/parts/{number}", content=part)
        answer = self.http.post(f"/api/v1{path}/finish", timeout=FINISH_TIMEOUT)
        body = self.checked(answer).json()
        if not isinstance(body, dict):
            raise self.strange()
        return body

    def _fetch_file(self, checkpoint_id: str, name: str, sha256: str, file: Path) -> None:
        if file.exists() and _hash(file) == sha256:
            return
        partial = file.with_name(f"{name}.partial")
        for _ in range(TRIES):
            start = partial.stat().st_size if partial.exists() else 0
            path = f"/api/v1/checkpoints/{checkpoint_id}/files/{name}?start={start}"
            try:
                with self.http.stream("GET", path) as answer, partial.open("ab") as target:
                    if not answer.is_success:
                        answer.read()
                        self.checked(answer)
                    for piece in answer.iter_bytes():
                        target.write(piece)
            except httpx.TransportError:
                continue
            break
        if _hash(partial) != sha256:
            partial.unlink()
            raise ServerError(
                f"{self.server}: {name} of {checkpoint_id} differs from the announced one"
            )
        partial.replace(file)


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
