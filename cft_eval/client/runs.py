"""Runs: send one until it is published, fetch what is published.

An upload that was cut off goes on where it stopped: parts that arrived are not sent again.
"""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError

from cft_eval.client.http import Conflict, Connection, ServerError, Unprocessable
from cft_eval.client.signing import SIGNATURE, signature
from cft_eval.results import (
    RUN_FILE,
    SAMPLES_FILE,
    Policy,
    Run,
    RunOutcomes,
    parse_outcomes,
    parse_run,
    run_fingerprint,
)

QUIET_SECONDS = 4.0
"""How often an upload is asked for that waits for its turn."""


class UploadRejected(ServerError):
    """The server looked at the run and will not publish it."""


SENDS = 3
"""How often parts are sent that the server lost: its bucket was gone for a moment, say."""


class RunWithdrawn(UploadRejected):
    """The very same run was published once and taken off the board."""


REVIEW = "review"
"""The run is graded and waits for a reviewer of the board: until then it has no page."""


class Progress(NamedTuple):
    """How far a push has come."""

    state: str
    """sending, then the server's: received, validated, graded, published; or `REVIEW`."""

    done: int
    total: int
    """Parts while sending, responses while grading; 0 where it is not known yet."""


class Upload(BaseModel):
    """The server's word on an upload; fields of a newer server are ignored."""

    model_config = ConfigDict(extra="ignore")

    id: str
    state: str
    reason: str | None
    part_bytes: int
    parts: int
    received: dict[int, str]
    rows: int
    graded_rows: int
    run: str | None
    review: str | None = None
    withdrawn: str | None = None


def _silent(_progress: Progress) -> None:
    """Nobody watches."""


class Runs(Connection):
    """What a board does with runs."""

    def publish(
        self,
        folder: Path,
        *,
        key: Path | None = None,
        progress: Callable[[Progress], None] = _silent,
    ) -> str:
        """Send the run that ``folder`` holds (`results.write_folder`); return its page's address.

        ``key`` is a PEM file with a private Ed25519 key that signs it. Where the board reviews
        runs, the page is there once somebody did. Raises `UploadRejected` with the reason, which is
        `RunWithdrawn` where the same run was taken off the board, or `ServerError`.
        """
        run = parse_run((folder / RUN_FILE).read_bytes(), file=str(folder / RUN_FILE))
        upload = self.upload(run, folder / SAMPLES_FILE, key=key, progress=progress)
        return self.page(self.wait(upload.id, progress=progress))

    def upload(
        self,
        run: Run,
        samples: Path,
        *,
        key: Path | None = None,
        progress: Callable[[Progress], None] = _silent,
    ) -> Upload:
        """Send ``run`` and the file of its samples, as far as the server does not have them."""
        size, sha256 = _measure(samples)
        manifest = {
            "run": run.model_dump(mode="json"),
            "samples": {"bytes": size, "sha256": sha256},
            "fingerprint": run_fingerprint(run),
        }
        body = json.dumps(manifest).encode()
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers[SIGNATURE] = signature(key, body)
        try:
            upload = self._upload("POST", "/uploads", content=body, headers=headers)
        except Unprocessable as error:
            why = str(error).removeprefix(f"{self.server}: ")
            raise UploadRejected(f"{self.server} rejected the run: {why}") from None
        for tries_left in reversed(range(SENDS)):
            if upload.state != "receiving":
                break
            self._send(upload, samples, progress)
            try:
                return self._upload("POST", f"/uploads/{upload.id}/finalize")
            except Conflict:  # a part that arrived is gone, or came from elsewhere meanwhile
                if not tries_left:
                    raise
                upload = self._upload("GET", f"/uploads/{upload.id}")
        return upload

    def _send(
        self, upload: Upload, samples: Path, progress: Callable[[Progress], None] = _silent
    ) -> None:
        """Send the parts that the server does not have."""
        with samples.open("rb") as file:
            for number in range(upload.parts):
                progress(Progress("sending", number, upload.parts))
                part = file.read(upload.part_bytes)
                if upload.received.get(number) != hashlib.sha256(part).hexdigest():
                    self.request("PUT", f"/uploads/{upload.id}/parts/{number}", content=part)
        progress(Progress("sending", upload.parts, upload.parts))

    def wait(
        self,
        upload_id: str,
        *,
        progress: Callable[[Progress], None] = _silent,
        every_seconds: float = 0.25,
    ) -> str:
        """Wait until the upload is published, or waits for a reviewer; return the run's id.

        ``every_seconds``: how often the board is asked while something happens.
        """
        pause, before = every_seconds, None
        while True:
            upload = self._upload("GET", f"/uploads/{upload_id}")
            state = REVIEW if upload.review == "waiting" else upload.state
            progress(Progress(state, upload.graded_rows, upload.rows))
            if upload.state == "rejected":
                raise UploadRejected(f"{self.server} rejected the run: {upload.reason}")
            if upload.withdrawn is not None:
                raise RunWithdrawn(
                    f"{self.server} already has this run and withdrew it: "
                    f"{upload.withdrawn}; ask the run's owner"
                )
            if upload.run is not None:
                return upload.run
            if upload.review == "waiting":
                return upload.id[:16]
            # Twenty that wait for their turn shall not take the time of the one that is graded.
            still = (upload.state, upload.graded_rows) == before
            pause = min(pause * 1.5, QUIET_SECONDS) if still else every_seconds
            before = upload.state, upload.graded_rows
            time.sleep(pause)

    def page(self, run_id: str) -> str:
        """The address of a run's page."""
        return f"{self.server}/runs/{run_id}"

    def run(self, run_id: str) -> dict[str, Any]:
        """A published run: provenance, scores claimed and recomputed."""
        return self.fetch("GET", f"/runs/{quote(run_id, safe='')}")

    def outcomes(self, run_id: str, *, policy: Policy = "strict") -> RunOutcomes:
        """What `gate` and `compare` read of a published run, as this server graded it."""
        answer = self.request("GET", f"/runs/{quote(run_id, safe='')}/outcomes?policy={policy}")
        return parse_outcomes(answer.text, where=f"{self.server}, run {run_id}")

    def vectors(self, run_id: str) -> dict[str, Any]:
        """Every sample's outcome under every policy; ``run`` in it is a `Run`."""
        vectors = self.fetch("GET", f"/runs/{quote(run_id, safe='')}/vectors")
        return {**vectors, "run": Run.model_validate(vectors["run"])}

    def _upload(self, method: str, path: str, **sent: Any) -> Upload:
        try:
            return Upload.model_validate(self.fetch(method, path, **sent))
        except ValidationError:
            raise self.strange() from None


def _measure(file: Path) -> tuple[int, str]:
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return file.stat().st_size, sha256
