"""Talk to a board: send a run until it is published, fetch what is published.

    with Client("http://127.0.0.1:8000") as board:
        run = board.publish(folder, progress=print)

An upload that was cut off goes on where it stopped: parts that arrived are not sent again.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from cft_eval._version import __version__
from cft_eval.errors import CftError
from cft_eval.results import (
    RUN_FILE,
    SAMPLES_FILE,
    Policy,
    Run,
    RunOutcomes,
    parse_outcomes,
    parse_run,
)

LOCAL = "http://127.0.0.1:8000"
"""Where `cft-eval serve` listens by default."""

TRIES = 5
"""A request that is lost on the way is sent so many times."""

PAUSE_SECONDS = 0.5
"""Before the second try; twice as long before each further one."""

TIMEOUT = httpx.Timeout(60, connect=10)


class ServerError(CftError):
    """The server is not there, refuses, or does not speak our protocol."""


class UploadRejected(ServerError):
    """The server looked at the run and will not publish it."""


class Progress(NamedTuple):
    """How far a push has come."""

    state: str
    """sending, then the server's: received, validated, graded, published."""

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


def _silent(_progress: Progress) -> None:
    """Nobody watches."""


class Client:
    """One board; where none is named, ``CFT_EVAL_SERVER`` and ``CFT_EVAL_TOKEN``, or `LOCAL`."""

    def __init__(self, server: str | None = None, token: str | None = None) -> None:
        server = server or os.environ.get("CFT_EVAL_SERVER") or LOCAL
        token = token or os.environ.get("CFT_EVAL_TOKEN")
        self.server = server.rstrip("/")
        if not self.server.startswith(("http://", "https://")):
            raise ServerError(f"{server!r} is no server: give an address such as http://HOST:8000")
        headers = {"User-Agent": f"cft-eval/{__version__}", "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx.Client(base_url=self.server, headers=headers, timeout=TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def publish(self, folder: Path, *, progress: Callable[[Progress], None] = _silent) -> str:
        """Send the run that ``folder`` holds (`results.write_folder`); return its page's address.

        Raises `UploadRejected` with the server's reason, or `ServerError`.
        """
        run = parse_run((folder / RUN_FILE).read_bytes(), file=str(folder / RUN_FILE))
        upload = self.upload(run, folder / SAMPLES_FILE, progress=progress)
        return self.page(self.wait(upload.id, progress=progress))

    def upload(
        self, run: Run, samples: Path, *, progress: Callable[[Progress], None] = _silent
    ) -> Upload:
        """Send ``run`` and the file of its samples, as far as the server does not have them."""
        size, sha256 = _measure(samples)
        manifest = {
            "run": run.model_dump(mode="json"),
            "samples": {"bytes": size, "sha256": sha256},
        }
        body = json.dumps(manifest).encode()
        upload = self._upload("POST", "/uploads", content=body)
        if upload.state != "receiving":
            return upload
        with samples.open("rb") as file:
            for number in range(upload.parts):
                progress(Progress("sending", number, upload.parts))
                part = file.read(upload.part_bytes)
                if upload.received.get(number) != hashlib.sha256(part).hexdigest():
                    self._request("PUT", f"/uploads/{upload.id}/parts/{number}", content=part)
        progress(Progress("sending", upload.parts, upload.parts))
        return self._upload("POST", f"/uploads/{upload.id}/finalize")

    def wait(
        self,
        upload_id: str,
        *,
        progress: Callable[[Progress], None] = _silent,
        every_seconds: float = 0.25,
    ) -> str:
        """Wait until the upload is published and return the run's id."""
        while True:
            upload = self._upload("GET", f"/uploads/{upload_id}")
            progress(Progress(upload.state, upload.graded_rows, upload.rows))
            if upload.state == "rejected":
                raise UploadRejected(f"{self.server} rejected the run: {upload.reason}")
            if upload.run is not None:
                return upload.run
            time.sleep(every_seconds)

    def page(self, run_id: str) -> str:
        """The address of a run's page."""
        return f"{self.server}/runs/{run_id}"

    def run(self, run_id: str) -> dict[str, Any]:
        """A published run: provenance, scores claimed and recomputed."""
        return self._object("GET", f"/runs/{quote(run_id, safe='')}")

    def outcomes(self, run_id: str, *, policy: Policy = "strict") -> RunOutcomes:
        """What `gate` and `compare` read of a published run, as this server graded it."""
        answer = self._request("GET", f"/runs/{quote(run_id, safe='')}/outcomes?policy={policy}")
        return parse_outcomes(answer.text, where=f"{self.server}, run {run_id}")

    def vectors(self, run_id: str) -> dict[str, Any]:
        """Every sample's outcome under every policy; ``run`` in it is a `Run`."""
        vectors = self._object("GET", f"/runs/{quote(run_id, safe='')}/vectors")
        return {**vectors, "run": Run.model_validate(vectors["run"])}

    def _upload(self, method: str, path: str, *, content: bytes | None = None) -> Upload:
        try:
            return Upload.model_validate(self._object(method, path, content=content))
        except ValidationError:
            raise self._strange() from None

    def _object(self, method: str, path: str, *, content: bytes | None = None) -> dict[str, Any]:
        try:
            answer = self._request(method, path, content=content).json()
        except ValueError:
            raise self._strange() from None
        if not isinstance(answer, dict):
            raise self._strange()
        return answer

    def _request(self, method: str, path: str, *, content: bytes | None = None) -> httpx.Response:
        """Send until an answer comes; every request of ours may safely arrive twice."""
        kind = "application/json" if path == "/uploads" else "application/octet-stream"
        headers = {"Content-Type": kind} if content is not None else {}
        for attempt in range(TRIES):
            if attempt:
                time.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
            try:
                answer = self._http.request(
                    method, f"/api/v1{path}", content=content, headers=headers
                )
            except httpx.ConnectError:
                if attempt == 0 and path == "/uploads":
                    break  # nothing has begun: say at once that nobody is there
                continue
            except httpx.TransportError:
                continue
            if answer.status_code not in {429, 502, 503, 504}:
                return self._checked(answer)
        else:
            raise ServerError(f"{self.server} stopped answering; push again to go on")
        raise ServerError(
            f"no server answers at {self.server}; start one with `cft-eval serve`, "
            "or give its address with --server"
        )

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        try:
            problem = answer.json()
        except ValueError:
            raise self._strange(answer.status_code) from None
        if not isinstance(problem, dict) or "detail" not in problem:
            raise self._strange(answer.status_code)
        if answer.status_code == 404 and answer.request.method == "POST":
            raise self._strange(404)
        raise ServerError(f"{self.server}: {problem['detail']}")

    def _strange(self, status: int | None = None) -> ServerError:
        said = f" ({status})" if status else ""
        return ServerError(
            f"{self.server} does not answer as a cft-eval {__version__} server does{said}; "
            "check the address, or bring both to one version"
        )


def _measure(file: Path) -> tuple[int, str]:
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return file.stat().st_size, sha256
