"""A board with organisations, and what their people do there."""

from typing import Any, NamedTuple

from fastapi.testclient import TestClient

from cft_eval.server.access.auth import Principal, Scope
from cft_eval.server.operate import accounts
from tests.server import boards
from tests.server.pushes import API, lines, manifest, send, settle

GOOD = lines(boards.samples())
OWNER = Principal("owner", scopes=frozenset(Scope), everything=True)


class Lab(NamedTuple):
    """A board with two private organisations, a public one, and tokens for each."""

    client: TestClient
    tokens: dict[str, str]

    def headers(self, who: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}

    def get(self, path: str, who: str | None = None) -> Any:
        return self.client.get(path, headers=self.headers(who))

    def post(self, path: str, body: object, who: str | None = None) -> Any:
        return self.client.post(path, json=body, headers=self.headers(who))

    def push(self, who: str, **model: Any) -> dict[str, Any]:
        upload = self.post(API, manifest(boards.run(**model), GOOD), who).json()
        self.client.headers.update(self.headers(who))
        if upload["state"] == "receiving":
            send(self.client, upload, GOOD)
            assert self.client.post(f"{API}/{upload['id']}/finalize").status_code == 202
        try:
            return settle(self.client, upload["id"])
        finally:
            del self.client.headers["Authorization"]


def tokens_for(client: TestClient) -> dict[str, str]:
    known: accounts.Accounts = client.app.state.services.accounts  # type: ignore[attr-defined]
    for name, private in (("red", True), ("blue", True), ("open", False)):
        known.organisation(name, private=private, by=OWNER)

    def mint(organisation: str | None, *scopes: Scope) -> str:
        return known.mint(
            "x", scopes=frozenset(scopes), organisation=organisation, days=1, by=OWNER
        ).token

    return {
        "red": mint("red", Scope.READ, Scope.UPLOAD),
        "red upload": mint("red", Scope.UPLOAD),
        "red read": mint("red", Scope.READ),
        "red review": mint("red", Scope.READ, Scope.REVIEW),
        "red admin": mint("red", *Scope),
        "blue": mint("blue", *Scope),
        "open": mint("open", Scope.UPLOAD, Scope.READ),
        "server": mint(None, *Scope),
    }


def waiting(lab: Lab, who: str, **model: Any) -> str:
    """An upload that ``who`` sent and that somebody must look at; its id."""
    upload = lab.post(API, manifest(boards.run(**model), GOOD), who).json()
    lab.client.headers.update(lab.headers(who))
    send(lab.client, upload, GOOD)
    lab.client.post(f"{API}/{upload['id']}/finalize")
    status = settle(lab.client, upload["id"], states={"graded"})
    del lab.client.headers["Authorization"]
    assert status["review"] == "waiting"
    return str(upload["id"])


def minted(lab: Lab, by: str, *scopes: str) -> str:
    """A token that ``by`` made over the API, under a name of its own."""
    body = {"name": "x", "scopes": scopes, "organisation": "red"}
    answer = lab.post("/api/v1/tokens", body, by)
    assert answer.status_code == 201, answer.text
    name = f"{by} > {','.join(scopes)} {len(lab.tokens)}"
    lab.tokens[name] = answer.json()["token"]
    return name
