"""Read what a request sends: a body piece by piece, or the form of a page of this server."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from cft_eval.server.foundation.errors import CutOff, Invalid, NotAllowed, TooManyBytes

FORM_BYTES = 16 << 10
"""Longest form: a note, a reference, and the names of runs."""


async def body_of(request: Request) -> AsyncIterator[bytes]:
    """The body as it arrives; raises `CutOff` where the client goes away before its end."""
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise CutOff("the body ended too early") from None


def demand_kind(request: Request, kind: str, detail: str) -> None:
    """Raise 415 with ``detail`` where the body is not of the media type ``kind``."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != kind:
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)


async def read_form(request: Request) -> dict[str, list[str]]:
    """The fields of a form, which a page of this server sent."""
    _check_origin(request)
    demand_kind(request, "application/x-www-form-urlencoded", "send a form, as the page does")
    body = bytearray()
    async for chunk in body_of(request):
        body += chunk
        if len(body) > FORM_BYTES:
            raise TooManyBytes(f"the form has more than {FORM_BYTES} bytes")
    try:
        return parse_qs(body.decode("utf-8"), max_num_fields=50)
    except ValueError:
        raise Invalid("this is not a form in UTF-8") from None


def _check_origin(request: Request) -> None:
    """A page elsewhere must not write here with a visitor's browser."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    here = request.headers.get("host", "")
    if site not in {"same-origin", "none"} or (origin and urlsplit(origin).netloc != here):
        raise NotAllowed(
            "this form came from another site, or a proxy changes the Host header, which it must "
            "pass on"
        )
