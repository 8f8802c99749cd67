"""A cache of what is made from all runs of a board, which stays until a run is published.

Where making it takes a while, whoever comes meanwhile gets the former value: a new run is there
seconds later, and nobody waits.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Generic, TypeVar

PATIENCE = 0.4
"""Seconds that a visitor waits for something new; where it takes longer, the former is given."""

Revision = tuple[int, int]

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


@dataclass
class _Made(Generic[_V]):
    value: _V
    revision: Revision
    seconds: float
    """What it took to make."""

    coming: bool = False
    """Whether a thread makes a newer one."""


class RevisionCache(Generic[_K, _V]):
    """The latest values of at most ``most`` keys."""

    def __init__(self, *, most: int, patience: float = PATIENCE) -> None:
        self._most, self.patience = most, patience
        self._made: OrderedDict[_K, _Made[_V]] = OrderedDict()
        self._lock = Lock()
        self._makers: dict[_K, Lock] = {}

    def get(self, key: _K, revision: Revision, make: Callable[[], _V], *, slow: bool = False) -> _V:
        """The value of ``revision``, or where that takes too long the one before it.

        ``slow``: that it will, whatever it took last time.
        """
        with self._lock:
            made = self._made.get(key)
            if made is not None and made.revision == revision:
                self._made.move_to_end(key)
                return made.value
            if made is None or not (slow or made.seconds > self.patience):
                maker = None
            elif made.coming:
                return made.value
            else:
                made.coming = True
                maker = Thread(target=self.wait, args=(key, revision, make), daemon=True)
                maker.start()
        if made is None or maker is None:
            return self.wait(key, revision, make)
        # What took long once, at a cold start say, may be quick now.
        maker.join(self.patience)
        with self._lock:
            return self._made.get(key, made).value

    def wait(self, key: _K, revision: Revision, make: Callable[[], _V]) -> _V:
        """The value of ``revision``, whatever it takes."""
        with self._maker(key):
            with self._lock:
                made = self._made.get(key)
                if made is not None and made.revision == revision:
                    return made.value  # another visitor waited for the same
            started = time.perf_counter()
            try:
                value = make()
            finally:
                with self._lock:
                    if key in self._made:
                        self._made[key].coming = False
            self._store(key, _Made(value, revision, time.perf_counter() - started))
            return value

    def lags(self, key: _K, revision: Revision) -> bool:
        """Whether `get` would give the value before that of ``revision``."""
        with self._lock:
            made = self._made.get(key)
        return made is not None and made.revision != revision and made.seconds > self.patience

    def _maker(self, key: _K) -> Lock:
        with self._lock:
            return self._makers.setdefault(key, Lock())

    def _store(self, key: _K, made: _Made[_V]) -> None:
        with self._lock:
            self._made[key] = made
            self._made.move_to_end(key)
            while len(self._made) > self._most:
                old, _ = self._made.popitem(last=False)
                self._makers.pop(old, None)
