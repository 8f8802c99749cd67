"""HTTP/1.1 connections that idle clients cannot hold open.

    waiting: for a head, or for the rest of a body that was answered already ──> `idle_seconds`
    answering: the client takes nothing of what is written                   ──> `idle_seconds`
    more connections than half of the files this process may open            ──> the one that has
                                                                                 waited longest goes

A body that is read by a route has its own pace (`server.http.pace`). What this module knows of a
request is whether there is one.
"""

import logging
import resource
import socket
import struct
import time
from asyncio import AbstractEventLoop, TimerHandle, Transport
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from cft_eval.server.queries.visitors import unmapped

IDLE_SECONDS = 30.0
"""Where the application does not say `idle_seconds` in its state."""

BACKLOG = 256
"""Connections that the system holds until they are accepted: so many come at once at most."""

GRACE_SECONDS = 15
"""After SIGTERM, requests in progress have so long."""

COMPLAIN_SECONDS = 60.0
"""How often a process that may open no more files says so."""

PROTOCOL = f"{__name__}:BoundedProtocol"
"""For uvicorn's ``http``; it imports it in each of its processes."""

_DISCARD = struct.pack("ii", 1, 0)
"""For `SO_LINGER`: what was not sent by the end is dropped."""

log = logging.getLogger(__name__)


def most_connections() -> int:
    """Half of the files that this process may open: the database and the blobs need some."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(soft // 2, 16)


@dataclass(slots=True)
class _Timer:
    """Something that will be done, or nothing."""

    handle: TimerHandle | None = None

    @property
    def at(self) -> float | None:
        return None if self.handle is None else self.handle.when()

    def cancel(self) -> None:
        if self.handle is not None:
            self.handle.cancel()
            self.handle = None


class BoundedProtocol(H11Protocol):
    """One connection."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._waits, self._stalls = _Timer(), _Timer()
        """Set while it is the client's turn, and while the client takes nothing."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        if len(self.connections) >= most_connections():
            self._make_room()
        super().connection_made(transport)
        if self.client is not None:  # else all visitors of IPv4 would look like one network
            self.client = unmapped(self.client[0]), self.client[1]
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._waits.cancel()
        self._stalls.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._answering:
            self._waits.cancel()
        elif self._waits.at is None:
            self._wait()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # Also where it is closing: what is written may not be taken.
        self._waits.cancel()
        if not self._answering:
            self._wait()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalls.handle = self.loop.call_later(self._idle_seconds, self._end)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stalls.cancel()

    @property
    def waits_since(self) -> float | None:
        """When it became the client's turn; None where it is ours."""
        return self._waits.at

    @property
    def _answering(self) -> bool:
        # There is none before the first request, whatever uvicorn's types say.
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    @property
    def _idle_seconds(self) -> float:
        return float(self.app_state.get("idle_seconds", IDLE_SECONDS))

    def _wait(self) -> None:
        # Counted from the beginning of the turn: a byte now and then does not renew it.
        self._waits.handle = self.loop.call_later(self._idle_seconds, self._end)

    def _end(self) -> None:
        if self.transport.get_write_buffer_size():  # closing would wait until it is taken
            # Nor shall the system keep for minutes the megabytes that it took off our hands.
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DISCARD)
            self.transport.abort()
        else:
            self.transport.close()

    def _make_room(self) -> None:
        waiting = [
            (each.waits_since, each)
            for each in self.connections
            if isinstance(each, BoundedProtocol)
            and each.waits_since is not None
            and not each.transport.is_closing()
        ]
        if waiting:
            min(waiting, key=lambda pair: pair[0])[1].transport.abort()


def complain_briefly(loop: AbstractEventLoop) -> None:
    """Let ``loop`` say in one line, and not with each try, that no connection can be accepted."""
    loop.set_exception_handler(_briefly(time.monotonic))


def _briefly(clock: Callable[[], float]) -> Callable[[AbstractEventLoop, dict[str, Any]], None]:
    said_at = -COMPLAIN_SECONDS

    def handle(loop: AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal said_at
        # asyncio tries each connection that waits, writes a traceback for each, and another one
        # for each where the server has ended before it tries again.
        said = str(context.get("message"))
        if "accept() out of system resource" not in said and "_start_serving" not in said:
            loop.default_exception_handler(context)
        elif clock() - said_at >= COMPLAIN_SECONDS:
            said_at = clock()
            log.error("no connection can be accepted: %s", context.get("exception"))

    return handle


def options() -> dict[str, Any]:
    """What uvicorn must be told, in one process or in several."""
    return {
        "http": PROTOCOL,
        "backlog": BACKLOG,
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,  # the application reads those of CFT_EVAL_TRUSTED_PROXIES
    }
