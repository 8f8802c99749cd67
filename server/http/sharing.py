"""Headers for public answers: an ETag for browser caches, and CORS for pages of other sites.

It runs inside the guard, which sets the caching headers. Answers to signed-in visitors are left
unchanged.
"""

import hashlib
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cft_eval.server.access.sessions import COOKIE

TAGGED = (
    "text/html", "application/json", "image/svg+xml", "image/png", "text/csv",
    "application/atom+xml",
)  # fmt: skip
"""What is made anew for each visitor, and is mostly what they have already."""

SHARED = ("application/json", "image/svg+xml", "image/png", "text/csv", "application/yaml")
"""What pages of other sites may read: model cards, notebooks, other boards."""


class Sharing:
    """Give public answers an ETag, and let other sites read data and pictures."""

    def __init__(self, app: ASGIApp, *, cross_origin: bool) -> None:
        self._app, self._cross_origin = app, cross_origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers(scope=scope) if scope["type"] == "http" else Headers()
        known = "authorization" in asked or COOKIE in asked.get("cookie", "")
        if scope["type"] != "http" or scope["method"] != "GET" or known:
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Answer(send, asked, self._cross_origin))


class _Answer:
    """An answer on its way: its head waits for the body, which says what it is."""

    def __init__(self, send: Send, asked: Headers, cross_origin: bool) -> None:
        self._send, self._asked, self._cross_origin = send, asked, cross_origin
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        start, self._start = self._start, None
        if start is not None:
            if start["status"] == 200:
                message = self._marked(start, message)
            await self._send(start)
        await self._send(message)

    def _marked(self, start: Message, body: Message) -> Message:
        headers = MutableHeaders(scope=start)
        kind = headers.get("content-type", "").partition(";")[0]
        if kind in SHARED and self._cross_origin and not _is_near(self._asked.get("host", "")):
            headers["access-control-allow-origin"] = "*"
            headers["cross-origin-resource-policy"] = "cross-origin"
        if kind not in TAGGED or body.get("more_body") or "etag" in headers:
            return body
        tag = f'W/"{hashlib.sha256(body.get("body", b"")).hexdigest()[:16]}"'
        headers["etag"] = tag
        headers.setdefault("cache-control", "no-cache")
        if tag not in self._asked.get("if-none-match", ""):
            return body
        start["status"] = 304
        for name in ("content-length", "content-type", "content-disposition"):
            del headers[name]
        return {"type": "http.response.body", "body": b""}


def _is_near(host: str) -> bool:
    """Whether the board is reached as this machine or as a number of a private network: who may
    open it there is decided by the network, and a page elsewhere must not get around that."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    name = name.strip("[]")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return address.is_private or address.is_loopback or address.is_link_local
