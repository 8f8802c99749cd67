"""The board and its API described, static files, and errors as pages."""

import re
from functools import cache
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, metadata

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from cft_eval._version import __version__
from cft_eval.checker import CHECKER_VERSION, POLICIES, check
from cft_eval.leaderboard import pages
from cft_eval.leaderboard.pages.about.context import EXAMPLES, AboutContext, about_context
from cft_eval.leaderboard.pages.common.context import ApiContext, ErrorContext, Operation
from cft_eval.server.foundation.errors import Missing
from cft_eval.server.http.parameters import TrailDep

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/docs")
def api_page(request: Request) -> str:
    """The API, one route after the other: FastAPI's own page would fetch scripts elsewhere."""
    document = request.app.openapi()
    operations = [
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    version = document["info"]["version"]
    return pages.page(ApiContext(version, str(request.app.openapi_url), operations))


@router.get("/about")
def about_page(trail: TrailDep) -> str:
    """What is measured, how it is graded, and what the words mean."""
    return pages.page(_about(), trail)


@cache
def _about() -> AboutContext:
    graded = [
        {policy: check(rf"\boxed{{{answer}}}", reference, policy=policy).correct
         for policy in POLICIES}
        for reference, answer, _ in EXAMPLES
    ]  # fmt: skip
    return about_context(
        graded, version=__version__, checker=CHECKER_VERSION, links=_project_links()
    )


def _project_links() -> list[tuple[str, str]]:
    """What the installed package says of its guide, its code and its issues."""
    try:
        listed = metadata("cft-eval").get_all("Project-URL") or []
    except PackageNotFoundError:
        return []
    pairs = (entry.partition(", ") for entry in listed)
    return [(name, url) for name, _, url in pairs]


@router.get("/static/{name}")
def static(name: str) -> Response:
    if name not in pages.STATIC:
        raise Missing("file", name)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(pages.static(name), media_type=pages.STATIC[name], headers=headers)


def error_page(status: int, detail: str) -> str:
    """An error as a person's browser shows it."""
    sentence = detail[:1].upper() + detail[1:]
    return pages.page(ErrorContext(status, HTTPStatus(status).phrase, f"{sentence}."))


def _operation(method: str, path: str, operation: dict[str, object]) -> Operation:
    parameters = operation.get("parameters", [])
    described = operation.get("description") or operation.get("summary") or ""
    return Operation(
        method=method.upper(),
        path=path,
        summary=re.sub(r"\s+", " ", str(described)),
        parameters=[
            (parameter["name"], parameter["in"], _kind(parameter["schema"]))
            for parameter in parameters  # type: ignore[attr-defined]
        ],
    )


def _kind(schema: dict[str, object]) -> str:
    """What a parameter may be, in a few words."""
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if option.get("type") != "null"]  # type: ignore[attr-defined]
        return " or ".join(_kind(option) for option in options)
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])  # type: ignore[attr-defined]
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2].lower()
    kind = str(schema.get("const", schema.get("type", "")))
    low, high = schema.get("minimum"), schema.get("maximum")
    return f"{kind}, {low} to {high}" if low is not None and high is not None else kind
