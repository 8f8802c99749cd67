"""Requests to a board: retried until answered, with errors as one sentence."""

import json
import os
import time
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any, Self

import httpx

from cft_eval._version import __version__
from cft_eval.errors import CftError

LOCAL = "http://127.0.0.1:8000"
"""Where `cft-eval serve` listens by default."""

TRIES = 8
"""A request that is lost on the way is sent so many times, within a minute: a database that fails
over to its standby takes half of it."""

PAUSE_SECONDS = 0.5
"""Before the second try; twice as long before each further one."""

BUSY = frozenset({429, 502, 503, 504})
"""Answers after which the same request is worth another try."""

MOST_PATIENCE = 20.0
"""Longest pause, in seconds, that a server is granted before the next try."""

STARTING_SECONDS = 15.0
"""What a board of this machine is granted to start: `cft-eval serve &` was typed a moment ago."""

KNOCK_SECONDS = 0.25

TIMEOUT = httpx.Timeout(60, connect=10)


class ServerError(CftError):
    """The server is not there, refuses, or does not speak our protocol."""


class Conflict(ServerError):
    """What was asked for does not fit what has happened meanwhile."""


class NotFound(ServerError):
    """The board has nothing by that name, or does not show it to this token."""


class Unprocessable(ServerError):
    """What was sent is no good, and the same again will not be."""


class Connection:
    """One board; where none is named, ``CFT_EVAL_SERVER`` and ``CFT_EVAL_TOKEN``, or `LOCAL`.

    ``pause``: seconds before a request is sent again, doubled each time; ``starting``: seconds
    that a board of this machine is given to start.
    """

    def __init__(
        self,
        server: str | None = None,
        token: str | None = None,
        *,
        pause: float = PAUSE_SECONDS,
        starting: float = STARTING_SECONDS,
    ) -> None:
        self._pause = pause
        self._starting = starting
        server = server or os.environ.get("CFT_EVAL_SERVER") or LOCAL
        token = token or os.environ.get("CFT_EVAL_TOKEN")
        self.server = server.rstrip("/")
        if not self.server.startswith(("http://", "https://")):
            raise ServerError(
                f"{server!r} is not a server: give an address such as http://HOST:8000"
            )
        headers = {"User-Agent": f"cft-eval/{__version__}", "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._answered = False
        self.http = httpx.Client(base_url=self.server, headers=headers, timeout=TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def await_start(self, say: Callable[[str], None]) -> None:
        """Wait while a board of this machine starts, and ``say`` so; at another address, go on.

        Where it has not started in time, the next request tells.
        """
        if not _is_this_machine(self.http.base_url.host):
            return
        until = time.monotonic() + self._starting
        said = False
        while not self._ready() and time.monotonic() < until:
            if not said:
                say(f"nothing answers at {self.server} yet: waiting {self._starting:.0f} seconds")
                said = True
            time.sleep(KNOCK_SECONDS)

    def _ready(self) -> bool:
        """False where nothing listens, or a board says that it is not ready."""
        try:
            return self.http.get("/readyz").status_code != 503
        except httpx.ConnectError as error:
            return _distrusted(error)
        except httpx.TransportError:
            return True  # something listens; what it is, the next request finds out

    def fetch(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        """The JSON object that is answered."""
        try:
            answer = self.request(method, path, **sent).json()
        except ValueError:
            raise self.strange() from None
        if not isinstance(answer, dict):
            raise self.strange()
        return answer

    def request(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        record: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send bytes, or a record as JSON, until an answer comes; each of ours may arrive twice.

        Where nothing has ever answered, nothing has begun, and the error comes at once.
        """
        kind = "application/octet-stream" if record is None else "application/json"
        body = content if record is None else json.dumps(record).encode()
        sent = {"Content-Type": kind} if body is not None else {}
        wait = 0.0
        for attempt in range(TRIES):
            time.sleep(wait)
            wait = min(self._pause * 2**attempt, MOST_PATIENCE)
            try:
                answer = self.http.request(
                    method, f"/api/v1{path}", content=body, headers={**sent, **(headers or {})}
                )
            except httpx.ConnectError as error:
                if attempt == 0 and not self._answered:
                    raise self._nobody(error) from None
                continue
            except httpx.TransportError:
                continue
            self._answered = True
            if answer.status_code not in BUSY:
                return self.checked(answer)
            stated = answer.headers.get("retry-after", "")
            if stated.isdigit():
                wait = max(wait, min(float(stated), MOST_PATIENCE))
        raise ServerError(f"{self.server} stopped answering; the same command resumes")

    def checked(self, answer: httpx.Response) -> httpx.Response:
        """``answer``, or the error that it is."""
        if answer.is_success:
            return answer
        try:
            problem = answer.json()
        except ValueError:
            raise self.strange(answer.status_code) from None
        if not isinstance(problem, dict) or not {"detail", "status"} <= problem.keys():
            raise self.strange(answer.status_code)
        kinds = {404: NotFound, 409: Conflict, 410: NotFound, 422: Unprocessable}
        kind = kinds.get(answer.status_code, ServerError)
        raise kind(f"{self.server}: {problem['detail']}")

    def strange(self, status: int | None = None) -> ServerError:
        """What to say of an answer that is none of ours."""
        said = f" ({status})" if status else ""
        return ServerError(
            f"{self.server} does not answer as a cft-eval {__version__} server does{said}; "
            "check the address, or bring both to one version"
        )

    def _nobody(self, error: httpx.ConnectError) -> ServerError:
        if _distrusted(error):
            return ServerError(
                f"{self.server}: {error}; SSL_CERT_FILE=FILE names a certificate of your own"
            )
        return ServerError(
            f"no server answers at {self.server}; start one with `cft-eval serve`, "
            "or give its address with --server"
        )


def _distrusted(error: httpx.ConnectError) -> bool:
    """Whether something answered, with a certificate that is not trusted here or of another host.

    httpx keeps only the words of the TLS error.
    """
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
