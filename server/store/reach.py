"""Reach a store: an fsspec URL goes in, its file system and whether it answers come out.

    answers ── a call that took long fails ──> away: calls fail at once
    away ── after 5 s one call is let through ──> answers, or away again

Otherwise every visitor of a page that needs the store would hold a thread until the store's client
gives up, and pages that don't need it would wait for a thread.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any
from urllib.parse import urlsplit

import fsspec
from fsspec import AbstractFileSystem
from fsspec.asyn import sync

from cft_eval.errors import storage_errors
from cft_eval.server.foundation.errors import StorageAway

BUCKET_TRIES = 2
BUCKET_TIMES = {"connect_timeout": 5, "read_timeout": 10, "retries": {"total_max_attempts": 1}}
"""A bucket gets twenty seconds. By default its client would try 25 times and take six minutes."""

BODY_SECONDS = 30.0
BODY_BYTES_PER_SECOND = 256 << 10
"""What a bucket gets to take a body. The client's own timeouts begin when all of it is sent: one
that is stuck before that would hold a thread, and a connection, for ever."""

CALLS = 10
"""Calls of one store at a time: as many as its client has connections, and a quarter of the
server's threads, so that pages which need no store go on while it hangs."""

SLOT_SECONDS = 2.0
"""How long a call waits until another one ends."""

SLOW_SECONDS = 2.0
"""Faster failures don't close the store: they keep nobody waiting."""

PAUSE_SECONDS = 5.0
"""How long a store that did not answer is left alone."""

TRIAL_SECONDS = 30.0
"""How long other calls fail at once during a trial call: longer than a bucket's timeout."""


@dataclass
class Reach:
    """Whether one store answers this process."""

    clock: Callable[[], float] = time.monotonic
    slot_seconds: float = SLOT_SECONDS
    _closed_until: float | None = None
    """None while it answers."""

    _lock: Lock = field(default_factory=Lock)
    _slots: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(CALLS))

    @contextmanager
    def asking(self) -> Iterator[None]:
        """A call of the store; raises `StorageAway` where it answers nobody."""
        self._demand()
        if not self._slots.acquire(timeout=self.slot_seconds):
            raise StorageAway(TimeoutError("too many calls are waiting for it"))
        started, failed = self.clock(), False
        try:
            yield
        except storage_errors():
            failed = True
            raise
        finally:
            self._slots.release()
            slow = failed and self.clock() - started >= SLOW_SECONDS
            with self._lock:
                self._closed_until = self.clock() + PAUSE_SECONDS if slow else None

    def _demand(self) -> None:
        with self._lock:
            if self._closed_until is None:
                return
            if self.clock() < self._closed_until:
                raise StorageAway(TimeoutError("it hangs"))
            self._closed_until = self.clock() + TRIAL_SECONDS


def open_store(url: str) -> tuple[AbstractFileSystem, str, Reach]:
    """The file system behind an fsspec URL, the path in it, and whether it answers."""
    if is_local(url):
        files, root = fsspec.core.url_to_fs(url, auto_mkdir=True)
        return files, root, _reach(root)
    # What others wrote a moment ago must be seen: no list of a bucket is cached.
    options: dict[str, Any] = {"use_listings_cache": False}
    parts = urlsplit(url)
    if parts.scheme in ("s3", "s3a"):
        options["config_kwargs"] = BUCKET_TIMES
    files, root = fsspec.core.url_to_fs(url, **options)
    if parts.scheme in ("s3", "s3a"):
        files.retries = BUCKET_TRIES
    return files, root, _reach(f"{parts.scheme}://{parts.netloc}")


def put_file(
    files: AbstractFileSystem, local: Path, path: str, *, seconds: float = BODY_SECONDS
) -> None:
    """Store a file under ``path``; raises `TimeoutError` where the store does not take it."""
    _send(files, "put_file", str(local), path, size=local.stat().st_size, seconds=seconds)


def pipe_file(
    files: AbstractFileSystem, path: str, content: bytes, *, seconds: float = BODY_SECONDS
) -> None:
    """Store ``content`` under ``path``; raises `TimeoutError` where the store does not take it."""
    _send(files, "pipe_file", path, content, size=len(content), seconds=seconds)


def _send(
    files: AbstractFileSystem, name: str, *values: str | bytes, size: int, seconds: float
) -> None:
    if not files.async_impl:  # a disk, whose errors the system tells
        getattr(files, name)(*values)
        return
    seconds += size / BODY_BYTES_PER_SECOND

    async def bounded() -> None:
        await asyncio.wait_for(getattr(files, f"_{name}")(*values), seconds)

    sync(files.loop, bounded)


def is_local(url: str) -> bool:
    """Is it a folder of this machine, or one that is mounted here?"""
    return "://" not in url or url.startswith(("file://", "local://"))


def local_path(url: str) -> Path | None:
    """The folder that ``url`` names on this machine; None where it names none."""
    return Path(url.removeprefix("file://")) if is_local(url) else None


@lru_cache(maxsize=256)
def _reach(where: str) -> Reach:
    """One for all who ask the same bucket in this process."""
    return Reach()
