"""Call what waits for a database or a disk without stopping other requests."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import to_thread

_P = ParamSpec("_P")
_T = TypeVar("_T")


async def in_thread(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """What ``function`` returns, which a thread of its own calls."""
    return await to_thread.run_sync(partial(function, *args, **kwargs))
