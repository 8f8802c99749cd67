"""The pace of a body: how long a request may take to send what it announced.

Only the time in which the server waits for the client counts; what a route does with the bytes is
its own.
"""

import asyncio
import time
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cft_eval.server.http.errors import problem

BYTES_PER_SECOND = 4096
"""What a body must reach in the long run: a part of 1 MiB has four minutes."""


def paced(app: ASGIApp, *, idle_seconds: float) -> ASGIApp:
    """``app``, whose answer to a body that is too slow is 408, whatever it makes of its end."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        body, started = PacedBody(receive, idle_seconds=idle_seconds), False

        async def send_in_time(message: Message) -> None:
            nonlocal started
            if started or not body.stalled:
                started = True
                await send(message)

        await app(scope, body, send_in_time)
        if body.stalled and not started:
            detail = f"the body came too slowly: nothing for {idle_seconds:g} s, or less than "
            detail += f"{BYTES_PER_SECOND:,} bytes a second; send it again"
            late = problem(HTTPStatus.REQUEST_TIMEOUT, detail, {"Connection": "close"})
            await late(scope, receive, send)

    return call


class PacedBody:
    """A request's messages; one that comes too late is the end of the connection."""

    def __init__(self, receive: Receive, *, idle_seconds: float) -> None:
        self._receive, self._idle = receive, idle_seconds
        self._left = idle_seconds
        """Seconds that may still be spent waiting."""

        self._whole = False
        self.stalled = False

    async def __call__(self) -> Message:
        if self._whole:  # a response that listens whether the client is still there
            return await self._receive()
        started = time.monotonic()
        try:
            message = await asyncio.wait_for(self._receive(), min(self._idle, self._left))
        except TimeoutError:
            self.stalled = True
            return {"type": "http.disconnect"}
        size = len(message.get("body", b""))
        self._left += size / BYTES_PER_SECOND - (time.monotonic() - started)
        self._left = max(self._left, 0.001)
        self._whole = not message.get("more_body", False)
        return message
