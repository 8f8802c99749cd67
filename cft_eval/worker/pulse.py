"""The pulse of an evaluation: it renews the lease, passes the log on, and hears when to stop."""

import threading
from collections.abc import Callable
from typing import Self

from cft_eval.client import ClaimedEvaluation, Client, Conflict, ServerError

MAX_PIECE = 50_000
"""Characters of log in one heartbeat; a burst is sent over several."""

BEATS = 8
"""Heartbeats in the time of one lease."""


class Pulse:
    """A thread beside the work, with a connection of its own."""

    def __init__(self, server: str | None, token: str | None, job: ClaimedEvaluation) -> None:
        self._board, self._job = Client(server, token), job
        self._lines: list[str] = []
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cft-eval-pulse", daemon=True)
        self._on_stop: Callable[[], None] = lambda: None
        self.cancelled = False
        """Whoever asked for it wants it no more."""

        self.lost = False
        """Another worker has it by now."""

    def __enter__(self) -> Self:
        self._beat()  # at once: it may be cancelled already
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()
        while self._lines and not self.lost and self._beat():
            pass  # what was said last
        self._board.http.close()

    def say(self, text: str) -> None:
        """Add a line to the log."""
        with self._lock:
            self._lines.append(f"{text}\n")

    def on_stop(self, stop: Callable[[], None]) -> None:
        """What is done, once, when the work is cancelled or lost."""
        self._on_stop = stop
        if self.stopped():
            stop()

    def stopped(self) -> bool:
        return self.cancelled or self.lost

    def _run(self) -> None:
        while not self._ending.wait(self._job.lease_seconds / BEATS):
            self._beat()
            if self.stopped():
                self._on_stop()
                return

    def _beat(self) -> bool:
        """One heartbeat; False where the board did not hear it."""
        with self._lock:
            said, self._lines = "".join(self._lines), []
        piece, rest = said[:MAX_PIECE], said[MAX_PIECE:]
        heard = True
        try:
            self.cancelled |= self._board.heartbeat(self._job, piece)
        except Conflict:
            self.lost = True
        except ServerError:  # it may come back before the lease ends
            heard, rest = False, said
        if rest:
            with self._lock:
                self._lines.insert(0, rest)
        return heard
