"""Sign in at a provider that runs here: who gets in as whom, and which answers prove nothing."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from cft_eval.server.access.sessions import COOKIE
from tests.server import boards
from tests.server.labs import Lab, tokens_for, waiting
from tests.server.providers import CLIENT, SECRET, Change, IdentityProvider, provider_of_its_own
from tests.server.pushes import API

pytest.importorskip("authlib", reason="needs the extra `sso`")

GROUPS = {
    "red-team": {"organisation": "red", "scopes": ["read", "upload"]},
    "red-leads": {"organisation": "red", "scopes": ["review", "admin"]},
    "blue-team": {"organisation": "blue", "scopes": ["read"]},
    "operators": {"scopes": ["read", "admin", "review"]},
    "lost": {"organisation": "gone", "scopes": ["read"]},
}
HERE = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with provider_of_its_own() as server:
        yield server


@pytest.fixture
def lab(tmp_path: Path, provider: IdentityProvider) -> Iterator[Lab]:
    config = boards.settings(
        tmp_path,
        review=True,
        sso_issuer=provider.issuer,
        sso_client_id=CLIENT,
        sso_client_secret=SECRET,
        sso_groups=GROUPS,
    )
    with TestClient(boards.create_app(config)) as client:
        yield Lab(client, tokens_for(client))


def browser(lab: Lab) -> TestClient:
    return TestClient(lab.client.app, follow_redirects=False)


def sign_in(client: TestClient, provider: IdentityProvider, **changes: str) -> Any:
    begun = client.get("/sso/begin")
    assert begun.status_code == 303, begun.text
    answer = provider.visit(begun.headers["location"])
    return client.get("/sso/finish", params={**answer, **changes})


def test_there_and_back(lab: Lab, provider: IdentityProvider) -> None:
    provider.groups = ["unknown", "red-team", "red-leads"]
    client = browser(lab)
    assert "/sso/begin" in client.get("/sign-in").text
    done = sign_in(client, provider)
    assert (done.status_code, done.headers["location"]) == (303, "/admin")
    assert provider.asked["code_challenge_method"] == "S256"
    assert provider.asked["redirect_uri"] == "http://testserver/sso/finish"
    assert "openid" in provider.asked["scope"].split()
    page = client.get("/admin/access")
    assert page.status_code == 200
    assert "Signed in as sso:ana" in page.text


WHO = [
    (["red-team"], {"/admin/reviews": 403, "/admin/access": 403}),
    (["red-leads"], {"/admin/reviews": 200, "/admin/access": 200, "/admin/labels": 403}),
    (["operators"], {"/admin": 200, "/admin/labels": 200}),
    ("red-leads", {"/admin/reviews": 200}),
    # The first group of the settings says the organisation; another's scopes do not count there.
    (["operators", "blue-team"], {"/admin/reviews": 403}),
]


@pytest.mark.parametrize(("groups", "pages"), WHO, ids=lambda value: str(value)[:40])
def test_groups_become_scopes(
    lab: Lab, provider: IdentityProvider, groups: Any, pages: dict[str, int]
) -> None:
    provider.groups = groups
    client = browser(lab)
    assert sign_in(client, provider).status_code == 303
    assert {path: client.get(path).status_code for path in pages} == pages


@pytest.mark.parametrize("groups", [[], ["unknown"], None, 7, {"red-team": 1}, [["red-team"]]])
def test_whoever_is_in_no_group_is_refused(
    lab: Lab, provider: IdentityProvider, groups: Any
) -> None:
    provider.groups = groups
    client = browser(lab)
    assert sign_in(client, provider).status_code == 403
    assert COOKIE not in client.cookies


TOLD: list[tuple[dict[str, Any], int]] = [
    ({"sub": "ana", "groups": ["red-leads"]}, 303),
    ({"sub": "ana"}, 403),
    ({"sub": "ana", "groups": ["red-leads"], "iss": "x"}, 303),
    ({"sub": "eva", "groups": ["red-leads"]}, 401),  # of somebody else
    ({"groups": ["red-leads"]}, 401),
    ({}, 503),  # the endpoint fails
]


@pytest.mark.parametrize(("told", "status"), TOLD, ids=str)
def test_groups_that_only_the_user_information_has(
    lab: Lab, provider: IdentityProvider, told: dict[str, Any], status: int
) -> None:
    """As GitLab and Authelia do it: the specification wants no groups in the ID token."""
    provider.change = lambda claims: claims.pop("groups")
    provider.document = {"userinfo_endpoint": f"{provider.issuer}/userinfo"}
    provider.userinfo = told
    client = browser(lab)
    assert sign_in(client, provider).status_code == status
    assert (COOKIE in client.cookies) == (status == 303)


def test_the_id_token_counts_where_it_has_the_claim(lab: Lab, provider: IdentityProvider) -> None:
    provider.groups = []
    provider.document = {"userinfo_endpoint": f"{provider.issuer}/userinfo"}
    provider.userinfo = {"sub": "ana", "groups": ["red-leads"]}
    assert sign_in(browser(lab), provider).status_code == 403


def test_an_organisation_that_is_not_here(lab: Lab, provider: IdentityProvider) -> None:
    provider.groups = ["lost"]
    assert sign_in(browser(lab), provider).status_code == 404


FORGED: dict[str, Change] = {
    "another issuer": lambda claims: claims.update(iss="https://evil.example"),
    "for another client": lambda claims: claims.update(aud="other"),
    "for several, by another": lambda claims: claims.update(aud=[CLIENT, "x"], azp="x"),
    "of another sign-in": lambda claims: claims.update(nonce="x"),
    "without nonce": lambda claims: claims.pop("nonce"),
    "expired": lambda claims: claims.update(exp=int(time.time()) - 300),
    "without end": lambda claims: claims.pop("exp"),
    "without subject": lambda claims: claims.pop("sub"),
    "of the future": lambda claims: claims.update(nbf=int(time.time()) + 3600),
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED.keys())
def test_claims_that_prove_nothing(lab: Lab, provider: IdentityProvider, change: Change) -> None:
    provider.change = change
    client = browser(lab)
    assert sign_in(client, provider).status_code == 401
    assert COOKIE not in client.cookies


def test_a_token_signed_with_another_key(lab: Lab, provider: IdentityProvider) -> None:
    provider.sign_with = provider.other
    assert sign_in(browser(lab), provider).status_code == 401


def test_a_token_signed_with_our_own_secret(lab: Lab, provider: IdentityProvider) -> None:
    """The algorithms are the provider's kind alone, whatever a token's header says."""
    from joserfc.jwk import OctKey

    provider.sign_with = OctKey.import_key(SECRET.ljust(32))
    provider.header = {"alg": "HS256", "kid": "k1"}
    assert sign_in(browser(lab), provider).status_code == 401


def test_what_another_browser_began_is_not_finished(lab: Lab, provider: IdentityProvider) -> None:
    """Nobody is signed in as somebody else by a link."""
    assert sign_in(browser(lab), provider, state="x").status_code == 401
    mine, theirs = browser(lab), browser(lab)
    answer = provider.visit(mine.get("/sso/begin").headers["location"])
    assert theirs.get("/sso/finish", params=answer).status_code == 401
    theirs.get("/sso/begin")
    assert theirs.get("/sso/finish", params=answer).status_code == 401


def test_what_a_provider_may_answer_instead(lab: Lab, provider: IdentityProvider) -> None:
    client = browser(lab)
    begun = client.get("/sso/begin")
    state = provider.visit(begun.headers["location"])["state"]
    refused = client.get("/sso/finish", params={"error": "access_denied", "state": state})
    assert (refused.status_code, "access_denied" in refused.text) == (401, True)
    wrong = client.get("/sso/finish", params={"code": "wrong", "state": state})
    assert wrong.status_code == 401


DOCUMENTS: list[tuple[dict[str, Any], int]] = [
    ({"issuer": "https://evil.example"}, 401),
    ({"token_endpoint": "http://evil.example/token"}, 401),
    ({"jwks_uri": "http://10.0.0.1/keys"}, 401),
    ({"userinfo_endpoint": "http://10.0.0.1/me"}, 401),
    ({"token_endpoint": None}, 503),
]


@pytest.mark.parametrize(("document", "status"), DOCUMENTS, ids=str)
def test_a_document_that_is_not_the_issuers(
    lab: Lab, provider: IdentityProvider, document: dict[str, Any], status: int
) -> None:
    provider.document = document
    assert browser(lab).get("/sso/begin").status_code == status


def test_nobody_reviews_what_a_token_of_theirs_sent(lab: Lab, provider: IdentityProvider) -> None:
    """A person who signs in and makes a token for themselves is one person still."""
    provider.groups = ["red-team", "red-leads"]
    client = browser(lab)
    sign_in(client, provider)
    page = client.get("/admin/access").text
    secret = page.partition('name="form_secret" value="')[2][:64]
    form = {"name": "mine", "organisation": "red", "scope_upload": "1", "days": "1",
            "form_secret": secret}  # fmt: skip
    made = client.post("/admin/tokens", data=form, headers=HERE).text
    lab.tokens["made"] = "cfte_" + made.partition("cfte_")[2].partition("<")[0]
    upload = waiting(lab, "made")
    said = {"decision": "publish", "reason": "mine", "form_secret": secret}
    refused = client.post(f"/admin/reviews/{upload}", data=said, headers=HERE)
    assert refused.status_code == 403
    assert lab.get(f"{API}/{upload}", "made").json()["state"] == "graded"


def test_a_board_with_a_provider_is_not_open(tmp_path: Path, provider: IdentityProvider) -> None:
    config = boards.settings(
        tmp_path, sso_issuer=provider.issuer, sso_client_id=CLIENT, sso_groups=GROUPS
    )
    with TestClient(boards.create_app(config)) as client:
        assert client.post(API, json={}).status_code == 401
        assert client.get("/admin", follow_redirects=False).headers["location"] == "/sign-in"


def test_without_a_provider_there_is_no_such_page(client: TestClient) -> None:
    assert client.get("/sso/begin").status_code == 404
    assert client.get("/sso/finish").status_code == 404


SETTINGS: list[dict[str, Any]] = [
    {"sso_issuer": "http://idp.example", "sso_client_id": "x", "sso_groups": GROUPS},
    {"sso_issuer": "https://idp.example", "sso_groups": GROUPS},
    {"sso_issuer": "https://idp.example", "sso_client_id": "x"},
    {"sso_issuer": "https://idp.example", "sso_client_id": "x",
     "sso_groups": {"a": {"scopes": ["root"]}}},
]  # fmt: skip


@pytest.mark.parametrize("changes", SETTINGS, ids=str)
def test_settings_that_would_let_in_nobody_or_anybody(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        boards.settings(tmp_path, **changes)


def test_authlib_is_loaded_by_whoever_signs_in_alone() -> None:
    code = (
        "import sys, cft_eval.server.app; "
        "sys.exit(any(name.startswith(('authlib', 'joserfc')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
