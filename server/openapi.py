"""The API's document: what FastAPI finds in the routes, and what it cannot find there."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from cft_eval.server.problems import MEDIA_TYPE
from cft_eval.server.uploads import Manifest


class ProblemDocument(BaseModel):
    """What is wrong, and what to do about it (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for its ``responses``."""
    content = {MEDIA_TYPE: {"schema": ProblemDocument.model_json_schema()}}
    return {int(status): {"description": status.phrase, "content": content} for status in statuses}


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of ``app``, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        # The manifest is read from the raw body, more strictly than FastAPI reads one.
        manifest = Manifest.model_json_schema(ref_template="#/components/schemas/{model}")
        known = made["components"]["schemas"]
        for name, schema in manifest.pop("$defs").items():
            known.setdefault(name, schema)
        known["Manifest"] = manifest
        app.openapi_schema = made
    return app.openapi_schema
