"""Read bodies: bounded in size and in time, whatever their headers say.

A body is any asynchronous iterator of bytes; one that ends too early raises `CutOff` by itself.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from cft_eval.server.foundation.errors import CutOff, DiskFull, Stalled, TooManyBytes


async def bounded(body: AsyncIterator[bytes], limit: int, *, idle_seconds: float) -> bytes:
    """All of a body that must not be longer than ``limit`` bytes."""
    read = bytearray()
    async for chunk in _lively(body, idle_seconds):
        read += chunk
        if len(read) > limit:
            raise TooManyBytes(f"the body has more than {limit} bytes")
    return bytes(read)


async def store(body: AsyncIterator[bytes], path: Path, size: int, *, idle_seconds: float) -> str:
    """Write a body of exactly ``size`` bytes to ``path``; return its sha256."""
    digest, count = hashlib.sha256(), 0
    try:
        with path.open("wb") as file:
            async for chunk in _lively(body, idle_seconds):
                count += len(chunk)
                if count > size:
                    raise TooManyBytes(f"this part has more than its {size} bytes")
                digest.update(chunk)
                file.write(chunk)
    except OSError as error:  # while writing, or closing what could not be written
        raise DiskFull(error) from None
    if count < size:
        raise CutOff(f"this part has {count} bytes instead of {size}; send it again")
    return digest.hexdigest()


async def _lively(body: AsyncIterator[bytes], idle_seconds: float) -> AsyncIterator[bytes]:
    """The chunks of ``body``, given up where it pauses for too long."""
    chunks = aiter(body)
    while True:
        try:
            chunk = await asyncio.wait_for(anext(chunks), idle_seconds)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Stalled(f"nothing came for {idle_seconds:g} s; send it again") from None
        yield chunk
