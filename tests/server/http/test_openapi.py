"""The API's document is committed, and changes only with its version."""

import json
from pathlib import Path

from fastapi.testclient import TestClient

from cft_eval.server.http.openapi import API_VERSION, fingerprint

DOCS = Path(__file__).parents[3] / "docs"


def test_the_committed_document_is_the_one_that_is_served(client: TestClient) -> None:
    committed = json.loads((DOCS / "openapi.json").read_text())
    assert client.get("/api/v1/openapi.json").json() == committed, (
        "the API changed: raise API_VERSION in server/http/openapi.py, then `make openapi`"
    )


def test_a_version_stands_for_one_document() -> None:
    committed = json.loads((DOCS / "openapi.json").read_text())
    versions = json.loads((DOCS / "openapi-versions.json").read_text())
    assert committed["info"]["version"] == API_VERSION
    assert versions[API_VERSION] == fingerprint(committed), (
        f"the document changed and is still {API_VERSION}: raise it, never rewrite its line"
    )
    assert list(versions)[-1] == API_VERSION
