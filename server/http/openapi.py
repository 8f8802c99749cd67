"""The OpenAPI document: what FastAPI reads from the routes, and what it cannot read there."""

import hashlib
import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from cft_eval.server.http.errors import MEDIA_TYPE
from cft_eval.server.intake.messages import Manifest

API_VERSION = "1.9.3"
"""Of the API, not of the package: goes up with every change of the document, in its first number
where a client of before would fail. `make openapi` writes the document that it stands for."""

OF_THIS_MACHINE = frozenset({"/metrics"})
"""Routes that ask for no token from the machine itself."""


class ProblemDocument(BaseModel):
    """What is wrong, and what to do about it (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


CREATED = {
    "/api/v1/uploads": "upload_id",
    "/api/v1/checkpoints": "checkpoint_id",
    "/api/v1/evaluations": "evaluation_id",
    "/api/v1/tokens": "token_id",
}
"""What is made by a POST, and the parameter that names it afterwards."""

BODY_PROBLEMS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
"""What every route that takes JSON from somebody may answer."""


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for its ``responses``."""
    content = {MEDIA_TYPE: {"schema": ProblemDocument.model_json_schema()}}
    return {int(status): {"description": status.phrase, "content": content} for status in statuses}


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of ``app``, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=API_VERSION, summary=app.summary, routes=app.routes
        )
        # The manifest is read from the raw body, more strictly than FastAPI reads one.
        manifest = Manifest.model_json_schema(ref_template="#/components/schemas/{model}")
        known = made["components"]["schemas"]
        for name, schema in manifest.pop("$defs").items():
            known.setdefault(name, schema)
        known["Manifest"] = manifest
        made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        for path, methods in made["paths"].items():
            for operation in methods.values():
                first = operation["description"].partition(". ")[0]
                operation["summary"] = " ".join(first.rstrip(".").split())
                if "401" in operation["responses"]:
                    free: list[dict[str, list[str]]] = [{}] if path in OF_THIS_MACHINE else []
                    operation["security"] = [*free, {"token": []}]
        _link(made["paths"])
        app.openapi_schema = made
    return app.openapi_schema


def _link(paths: dict[str, Any]) -> None:
    """Say which routes take the id of what a route has made."""
    for created, parameter in CREATED.items():
        links = {
            operation["operationId"]: {
                "operationId": operation["operationId"],
                "parameters": {parameter: "$response.body#/id"},
            }
            for path, methods in paths.items()
            if path.startswith(f"{created}/{{{parameter}}}")
            for operation in methods.values()
        }
        paths[created]["post"]["responses"]["201"]["links"] = links


def fingerprint(document: dict[str, Any]) -> str:
    """One hash over a document: what it says, however it is written."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
