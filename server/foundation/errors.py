"""Errors of the server in one shape: problem JSON (RFC 9457), or a page for a browser."""

from http import HTTPStatus

from cft_eval.errors import CftError

MEDIA_TYPE = "application/problem+json"


class Problem(CftError):
    """A request that cannot be served: the status, and one sentence that says what to do."""

    def __init__(self, status: HTTPStatus, detail: str, *, headers: dict[str, str] | None = None):
        self.status, self.detail, self.headers = status, detail, headers or {}
        super().__init__(detail)


def body(status: int, detail: str) -> dict[str, object]:
    """The problem document of ``status``."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }


def not_found(what: str, name: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, f"there is no {what} {name[:80]!a}")
