"""Read bodies: bounded in size, whatever their headers say.

A body is any asynchronous iterator of bytes; one that ends too early raises `CutOff` by itself, and
whoever takes it from the network bounds its time.
"""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from cft_eval.server.foundation.errors import CutOff, DiskFull, TooManyBytes


async def bounded(body: AsyncIterator[bytes], limit: int) -> bytes:
    """All of a body that must not be longer than ``limit`` bytes."""
    read = bytearray()
    async for chunk in body:
        read += chunk
        if len(read) > limit:
            raise TooManyBytes(f"the body has more than {limit} bytes")
    return bytes(read)


async def store(body: AsyncIterator[bytes], path: Path, size: int) -> str:
    """Write a body of exactly ``size`` bytes to ``path``; return its sha256."""
    digest, count = hashlib.sha256(), 0
    try:
        with path.open("wb") as file:
            async for chunk in body:
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
