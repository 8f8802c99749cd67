"""The board and its API described, static files, and errors as pages."""

import re
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from cft_eval._version import __version__
from cft_eval.checker import CHECKER_VERSION, POLICIES, check
from cft_eval.leaderboard import pages
from cft_eval.leaderboard.pages.about.context import EXAMPLES, AboutContext, about_context
from cft_eval.leaderboard.pages.common.context import (
    ApiContent,
    ApiContext,
    ErrorContext,
    Operation,
)
from cft_eval.server.foundation.errors import Missing
from cft_eval.server.http.pages.items import benchmarks_of
from cft_eval.server.http.parameters import TrailDep
from cft_eval.server.http.services import ServicesDep

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/docs")
def api_page(request: Request, trail: TrailDep) -> str:
    """The API, one route after the other: FastAPI's own page would fetch scripts elsewhere."""
    document = request.app.openapi()
    schemas = document.get("components", {}).get("schemas", {})
    operations = [
        _operation(method, path, operation, schemas)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    version = document["info"]["version"]
    context = ApiContext(version, str(request.app.openapi_url), operations)
    return pages.page(context, trail)


@router.get("/about")
def about_page(services: ServicesDep, trail: TrailDep) -> str:
    """What is measured, how it is graded, and what the words mean."""
    measured = frozenset(benchmarks_of(services))
    return pages.page(replace(_about(), measured=measured), trail)


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


def _operation(
    method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]
) -> Operation:
    described = operation.get("description") or operation.get("summary") or ""
    return Operation(
        method=method.upper(),
        path=path,
        summary=re.sub(r"\s+", " ", str(described)),
        parameters=[
            (parameter["name"], parameter["in"], _kind(parameter["schema"]))
            for parameter in operation.get("parameters", [])
        ],
        body=_content(operation.get("requestBody", {}), schemas),
        answers=[
            (status, str(answer.get("description", "")), _content(answer, schemas))
            for status, answer in operation.get("responses", {}).items()
        ],
    )


def _content(described: dict[str, Any], schemas: dict[str, Any]) -> ApiContent | None:
    """What a body or an answer is made of; None where it has none."""
    for media, content in described.get("content", {}).items():
        schema = content.get("schema", {})
        named = str(schema.get("$ref", "")).rpartition("/")[2]
        fields = schemas.get(named, schema).get("properties", {})
        return ApiContent(media, named, [(name, _kind(each)) for name, each in fields.items()])
    return None


def _kind(schema: dict[str, Any]) -> str:
    """What a value may be, in a few words."""
    if "anyOf" in schema:
        return " or ".join(_kind(option) for option in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {})) or 'anything'}"
    kind = str(schema.get("const", schema.get("type", "")))
    low, high = schema.get("minimum"), schema.get("maximum")
    return f"{kind}, {low} to {high}" if low is not None and high is not None else kind
