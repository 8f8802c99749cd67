"""Read bodies: bounded in size and in time, whatever their headers say."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

from starlette.requests import ClientDisconnect

from cft_eval.server.foundation.errors import Problem


async def bounded(body: AsyncIterator[bytes], limit: int, *, idle_seconds: float) -> bytes:
    """All of a body that must not be longer than ``limit`` bytes."""
    read = bytearray()
    async for chunk in _lively(body, idle_seconds):
        read += chunk
        if len(read) > limit:
            raise Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body has more than {limit} bytes"
            )
    return bytes(read)


async def store(body: AsyncIterator[bytes], place: Path, size: int, *, idle_seconds: float) -> str:
    """Write a body of exactly ``size`` bytes to ``place``; return its sha256."""
    digest, count = hashlib.sha256(), 0
    try:
        with place.open("wb") as file:
            async for chunk in _lively(body, idle_seconds):
                count += len(chunk)
                if count > size:
                    detail = f"this part has more than its {size} bytes"
                    raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
                digest.update(chunk)
                file.write(chunk)
    except OSError as error:  # while writing, or closing what could not be written
        raise full(error) from None
    if count < size:
        raise Problem(
            HTTPStatus.BAD_REQUEST, f"this part has {count} bytes instead of {size}; send it again"
        )
    return digest.hexdigest()


def full(error: OSError) -> Problem:
    """The disk takes no more: the sender may try again when somebody made room."""
    return Problem(
        HTTPStatus.INSUFFICIENT_STORAGE,
        f"the server cannot write ({error.strerror}); tell its owner, then push again to go on",
        headers={"Retry-After": "60"},
    )


async def _lively(body: AsyncIterator[bytes], idle_seconds: float) -> AsyncIterator[bytes]:
    """The chunks of ``body``, given up where it pauses for too long or ends too early."""
    chunks = aiter(body)
    while True:
        try:
            chunk = await asyncio.wait_for(anext(chunks), idle_seconds)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Problem(
                HTTPStatus.REQUEST_TIMEOUT, f"nothing came for {idle_seconds:g} s; send it again"
            ) from None
        except ClientDisconnect:
            raise Problem(HTTPStatus.BAD_REQUEST, "the body ended too early") from None
        yield chunk
