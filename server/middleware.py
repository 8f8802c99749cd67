"""What every request passes: a known host, no coded bodies, strict headers, a count."""

import time
from collections import Counter
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cft_eval.server.problems import MEDIA_TYPE, body

HEADERS = {
    # One script of our own, for keys; pages are HTML, CSS and SVG and do without it.
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    # A form of our own says where it comes from, and nobody else learns anything.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Traffic:
    """How many requests were answered, and how long that took; since the process started."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        """By method and status class (2 for 2xx)."""

        self.seconds = 0.0


class Guard:
    """Refuse what no route should see, and put the headers on what the routes answer."""

    def __init__(self, app: ASGIApp, *, allowed_hosts: tuple[str, ...], traffic: Traffic) -> None:
        self._app, self._hosts, self._traffic = app, frozenset(allowed_hosts), traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refuse(Headers(scope=scope))
        try:
            await (refusal or self._app)(scope, receive, send_guarded)
        finally:
            self._traffic.requests[scope["method"], status // 100] += 1
            self._traffic.seconds += time.perf_counter() - start

    def _refuse(self, headers: Headers) -> ASGIApp | None:
        host = headers.get("host", "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        if self._hosts and name.strip("[]") not in self._hosts:
            detail = f"this server does not answer as {host[:80]!a}; see CFT_EVAL_ALLOWED_HOSTS"
            return _problem(HTTPStatus.MISDIRECTED_REQUEST, detail)
        if headers.get("content-encoding", "identity") != "identity":
            # A few bytes may unpack to gigabytes: bodies come as they are.
            return _problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the body without coding")
        return None


def _problem(status: HTTPStatus, detail: str) -> ASGIApp:
    return JSONResponse(body(status, detail), status, media_type=MEDIA_TYPE)
