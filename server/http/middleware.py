"""What every request passes: a known host, no coded bodies, strict headers, a count."""

import math
import re
import time
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cft_eval.server.access.sessions import COOKIE
from cft_eval.server.foundation.logs import ACCESS
from cft_eval.server.http.errors import problem
from cft_eval.server.http.metrics import Traffic
from cft_eval.server.http.pace import paced
from cft_eval.server.queries.visitors import network_of

HEADERS = {
    # Scripts of our own, for keys and for filters in place; pages do without them.
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    # A form of our own says where it comes from, and nobody else learns anything.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PART = "PUT"
"""What sends a part of something larger; its route knows how long each may be."""

MAX_BODY = 4 << 20
"""Bytes of any other body: the longest piece of a worker's log, written as JSON."""

MAX_HEADERS = 32 << 10
"""Bytes of all headers together."""

OWN_SITE = frozenset({"same-origin", "none"})
"""What a browser says of a request that our own page or a person made."""

ADDRESSES = 100_000
"""Most addresses whose requests are counted at a time."""


SAME_FOR_ALL = "/static/"
"""Below it lie files of the package, which a cache may give to anybody."""

PRIVATE = "private, no-store"
"""What an answer to somebody known says to caches, the browser's own included: whoever sits down
there next may see less."""


class Rate:
    """Requests of each address in this process: a bucket that fills again evenly."""

    def __init__(self, per_minute: int) -> None:
        self._most = float(per_minute)
        self._left: dict[str, tuple[float, float]] = {}
        """Address to what is left in its bucket, and when that was so."""

    def wait(self, address: str) -> int:
        """Seconds until this address may ask again; 0 where it may now."""
        moment = time.monotonic()
        left, since = self._left.get(address, (self._most, moment))
        left = min(self._most, left + (moment - since) * self._most / 60)
        if left < 1:
            return math.ceil((1 - left) * 60 / self._most)
        if len(self._left) > ADDRESSES:
            self._left.clear()  # better generous for a moment than without end
        self._left[address] = (left - 1, moment)
        return 0


class Guard:
    """Refuse what no route should see, and put the headers on what the routes answer."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        allowed_hosts: tuple[str, ...],
        requests_per_minute: int | None,
        idle_seconds: float,
        traffic: Traffic,
    ) -> None:
        self._app, self._hosts, self._traffic = app, frozenset(allowed_hosts), traffic
        self._idle_seconds = idle_seconds
        self._rate = Rate(requests_per_minute) if requests_per_minute else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status, headers_in = time.perf_counter(), 500, Headers(scope=scope)

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith(SAME_FOR_ALL):
                    known = "authorization" in headers_in or COOKIE in headers_in.get("cookie", "")
                    _keep_from_others(headers, known=known, failed=status >= HTTPStatus.BAD_REQUEST)
            await send(message)

        refusal = self._refuse(scope, headers_in)
        if scope["method"] != PART:
            receive = _bounded(receive)
        app = paced(refusal or self._app, idle_seconds=self._idle_seconds)
        try:
            if scope["method"] == "HEAD":  # routes know GET alone: the same without its body
                await app({**scope, "method": "GET"}, receive, _without_body(send_guarded))
            else:
                await app(scope, receive, send_guarded)
        finally:
            seconds = time.perf_counter() - start
            self._traffic.count(scope["method"], status, seconds)
            ACCESS.info(
                "request",
                extra={
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "ms": round(seconds * 1000, 1),
                },
            )

    def _refuse(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        address = network_of(scope["client"][0]) if scope["client"] else ""
        if self._rate and (wait := self._rate.wait(address)):
            detail = f"more requests than this server answers; go on in {wait} s"
            return problem(HTTPStatus.TOO_MANY_REQUESTS, detail, {"Retry-After": str(wait)})
        if scope["method"] not in SAFE and headers.get("sec-fetch-site", "none") not in OWN_SITE:
            return problem(HTTPStatus.FORBIDDEN, "another site may not write here")
        host = headers.get("host", "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        if self._hosts and name.strip("[]") not in self._hosts:
            detail = f"this server does not answer as {host[:80]!a}; see CFT_EVAL_ALLOWED_HOSTS"
            return problem(HTTPStatus.MISDIRECTED_REQUEST, detail)
        if "\0" in scope["path"]:  # PostgreSQL has no text with it, so nothing is called so
            return problem(HTTPStatus.NOT_FOUND, "there is nothing at this address")
        if sum(len(name) + len(value) for name, value in headers.raw) > MAX_HEADERS:
            detail = f"the headers have more than {MAX_HEADERS} bytes"
            return problem(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail)
        length = headers.get("content-length", "0")
        if scope["method"] != PART and not (length.isdecimal() and int(length[:12]) <= MAX_BODY):
            detail = f"a body has at most {MAX_BODY} bytes; larger things are sent in parts"
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        if headers.get("content-encoding", "identity") != "identity":
            # A few bytes may unpack to gigabytes: bodies come as they are.
            return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the body without coding")
        return None


def _keep_from_others(headers: MutableHeaders, *, known: bool, failed: bool) -> None:
    """Say to caches who may be shown this answer, whatever its route said of it.

    A run that is private today was public yesterday, or will be: every answer varies with the one
    who asks, by a token in ``Authorization`` or by the cookie of a session. What is not found now
    may be published in a minute.
    """
    headers.add_vary_header("Authorization")
    headers.add_vary_header("Cookie")
    if known:
        headers["cache-control"] = PRIVATE
    elif failed:
        headers["cache-control"] = "no-store"


def _without_body(send: Send) -> Send:
    """The same answer with its headers alone."""

    async def send_headers(message: Message) -> None:
        body = {"body": b""} if message["type"] == "http.response.body" else {}
        await send({**message, **body})

    return send_headers


def _bounded(receive: Receive) -> Receive:
    """The same body, cut off where it is too long: its length was not announced, or not truly."""
    left = MAX_BODY

    async def receive_bounded() -> Message:
        nonlocal left
        message = await receive()
        if message["type"] == "http.request":
            left -= len(message.get("body", b""))
            if left < 0:
                return {"type": "http.disconnect"}
        return message

    return receive_bounded


class Prefixed:
    """Let the links, forms and redirects of a board that a proxy serves under a path lead there."""

    def __init__(self, app: ASGIApp, *, prefix: str) -> None:
        self._app, self._prefix = app, prefix.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message = {}
        page = bytearray()

        async def send_prefixed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                where = headers.get("location", "")
                if where.startswith("/") and not where.startswith("//"):
                    headers["location"] = f"{self._prefix}{where}"
                if headers.get("content-type", "").startswith("text/html"):
                    start = message  # its length is not known yet
                    return
            if not start or message["type"] == "http.response.start":
                await send(message)
                return
            page.extend(message.get("body", b""))
            if not message.get("more_body", False):
                whole = _LINK.sub(rb' \1="' + self._prefix.encode() + b"/", bytes(page))
                MutableHeaders(scope=start)["content-length"] = str(len(whole))
                await send(start)
                await send({**message, "body": whole})

        # Whether or not the proxy takes the path off, the routes are told of it.
        await self._app({**scope, "root_path": self._prefix}, receive, send_prefixed)


_LINK = re.compile(rb' (href|(?:form)?action|src)="/(?!/)')
"""No text of others holds a quotation mark that is not escaped."""
