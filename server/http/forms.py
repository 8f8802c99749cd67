"""Read what a page's form sends: small, urlencoded, and sent by a page of this server."""

from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from fastapi import Request

from cft_eval.server.foundation.errors import Problem

FORM_BYTES = 16 << 10
"""Longest form: a note, a reference, and the names of runs."""


async def read_form(request: Request) -> dict[str, list[str]]:
    """The fields of a form; raises a `Problem` where another site sent it, or where it is none."""
    _check_origin(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send a form, as the page does")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES:
            what = f"the form has more than {FORM_BYTES} bytes"
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, what)
    try:
        return parse_qs(body.decode("utf-8"), max_num_fields=50)
    except ValueError:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "this is no form in UTF-8") from None


def _check_origin(request: Request) -> None:
    """A page elsewhere must not write here with a visitor's browser."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    here = request.headers.get("host", "")
    if site not in {"same-origin", "none"} or (origin and urlsplit(origin).netloc != here):
        raise Problem(HTTPStatus.FORBIDDEN, "this form was sent by another site")
