"""Who may do what, by every way of asking."""

import base64
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.routing import Route

from cft_eval.cli import main
from cft_eval.server.app import ROUTERS
from cft_eval.server.foundation import tokens
from cft_eval.server.foundation.errors import BoardError
from cft_eval.server.operate import accounts
from cft_eval.server.store.models import now
from tests.server import boards
from tests.server.labs import GOOD, OWNER, Lab, minted, tokens_for
from tests.server.pushes import API, manifest

ADDRESSES = [
    "/runs/{run}",
    "/runs/{run}/badge.json",
    "/runs/{run}/preview.svg",
    "/runs/{run}/preview.png",
    "/runs/{run}/eval_results.yaml",
    "/runs/{run}/instances.jsonl",
    "/runs/{run}/samples/0",
    "/api/v1/runs/{run}",
    "/api/v1/runs/{run}/samples",
    "/api/v1/runs/{run}/outcomes",
    "/api/v1/runs/{run}/vectors",
    "/api/v1/runs/{run}/history",
]
LISTS = [
    "/", "/board.csv", "/board.json", "/board.md", "/board.tex", "/board.html", "/feed.atom",
    "/api/v1/runs",
]  # fmt: skip


def test_a_private_run_is_seen_by_its_own_and_by_the_server(lab: Lab) -> None:
    status = lab.push("red", name="secret/model")
    assert status["organisation"] == "red"
    for address in ADDRESSES:
        path = address.format(run=status["run"])
        for who in (None, "blue", "open", "red upload"):
            assert lab.get(path, who).status_code == 404, (path, who)
        for who in ("red", "red read", "server"):
            assert lab.get(path, who).status_code == 200, (path, who)
    for path in LISTS:
        for who in (None, "blue", "red upload"):
            assert "secret/model" not in lab.get(path, who).text, (path, who)
        assert "secret/model" in lab.get(path, "red").text, path


def test_a_public_organisation_publishes_for_all(lab: Lab) -> None:
    run = lab.push("open")["run"]
    assert lab.get(f"/runs/{run}").status_code == 200


def test_every_route_with_a_run_is_tried_above() -> None:
    """A new address of a run must be added there, or it is not known to keep secrets."""
    paths = {
        route.path
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, Route) and "{run_id}" in route.path and "GET" in (route.methods or ())
    }
    tried = {
        re.sub(
            r"(badge|preview)\.\w+", r"\1.{ending}", address.replace("{run}", "{run_id}")
        ).replace("/0", "/{place}")
        for address in ADDRESSES
    }
    assert len(paths) >= len(tried)
    assert paths <= tried


def test_a_private_run_is_in_no_comparison_problem_or_report_of_others(lab: Lab) -> None:
    secret = lab.push("red", name="secret/model")["run"]
    public = lab.push("open", name="public/model")["run"]
    pair = f"run={public}&run={secret}"
    kept = lab.client.post(
        "/comparisons", data={"run": [public, secret]}, headers=lab.headers("red"),
        follow_redirects=False,
    )  # fmt: skip
    assert kept.status_code == 303, kept.text
    place = kept.headers["location"]
    form = {"run": secret, "task": "cft_math", "place": "0", "kind": "reference", "note": "secret"}
    reported = lab.client.post(
        "/errata", data=form, headers=lab.headers("red"), follow_redirects=False
    )
    assert reported.status_code == 303, reported.text
    for who in (None, "blue", "open"):
        files = (f"/compare.{ending}?{pair}" for ending in ("json", "svg", "png"))
        for path in (f"/compare?{pair}", *files, place, f"{place}.png"):
            assert lab.get(path, who).status_code == 404, (path, who)
        for path in ("/compare", "/claims", "/items", "/items/math", "/items/math/0", "/errata"):
            assert "secret" not in lab.get(path, who).text, (path, who)
        assert "secret" not in lab.get("/errata.json", who).text
        refused = lab.client.post(
            "/errata", data=form, headers=lab.headers(who), follow_redirects=False
        )
        assert refused.status_code == 404, who
    assert lab.get(place, "red").status_code == 200
    assert "secret" in lab.get("/errata.json", "red").text


def test_a_browser_brings_a_token_as_a_password_to_look_only(lab: Lab) -> None:
    run = lab.push("red")["run"]
    basic = base64.b64encode(f"me:{lab.tokens['red']}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"}
    assert lab.client.get(f"/runs/{run}", headers=headers).status_code == 200
    body = manifest(boards.run(name="two"), GOOD)
    assert lab.client.post(API, json=body, headers=headers).status_code == 401
    answer = lab.client.get("/login", follow_redirects=False)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Basic realm="board"')
    answer = lab.client.get("/login", headers=headers, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_an_upload_of_others_cannot_be_found_or_touched(lab: Lab) -> None:
    upload = lab.post(API, manifest(boards.run(), GOOD), "red").json()
    path = f"{API}/{upload['id']}"
    assert lab.get(path, "blue").status_code == 404
    part = lab.client.put(f"{path}/parts/0", content=GOOD, headers=lab.headers("blue"))
    assert part.status_code == 404
    assert lab.post(f"{path}/finalize", None, "blue").status_code == 404
    # The same run is another upload in another organisation: nobody learns that it is known.
    same = lab.post(API, manifest(boards.run(), GOOD), "blue")
    assert (same.status_code, same.json()["received"]) == (201, {})
    assert same.json()["id"] != upload["id"]


SCOPES = [
    ("POST", API, "red read", "upload"),
    ("GET", "/api/v1/reviews", "red", "review"),
    ("GET", "/api/v1/tokens", "red review", "admin"),
    ("POST", "/api/v1/tokens", "red review", "admin"),
    ("POST", "/api/v1/runs/x/withdraw", "red", "admin"),
    ("GET", "/api/v1/audit", "red", "admin"),
]


@pytest.mark.parametrize(("method", "path", "who", "lacks"), SCOPES)
def test_a_token_does_only_what_it_is_for(
    lab: Lab, method: str, path: str, who: str, lacks: str
) -> None:
    headers = lab.headers(who) | {"content-type": "application/json"}
    answer = lab.client.request(method, path, headers=headers, content=b"{}")
    assert answer.status_code == 403
    assert answer.json()["detail"].endswith(f"it lacks the scope {lacks}")
    answer = lab.client.request(
        method, path, content=b"{}", headers={"content-type": "application/json"}
    )
    assert answer.status_code == 401


def test_nobody_makes_a_token_that_may_more(lab: Lab) -> None:
    wanted = {"name": "more", "scopes": ["admin"], "organisation": None}
    for organisation in (None, "blue"):
        body = wanted | {"organisation": organisation}
        assert lab.post("/api/v1/tokens", body, "red admin").status_code == 403
    made = lab.post("/api/v1/tokens", wanted | {"organisation": "red"}, "red admin").json()
    assert tokens.name_of(made["token"]) == made["id"]
    listed = lab.get("/api/v1/tokens", "red admin")
    assert made["id"] in {each["id"] for each in listed.json()}
    assert made["token"] not in listed.text
    assert (
        lab.client.delete(f"/api/v1/tokens/{made['id']}", headers=lab.headers("blue")).status_code
        == 404
    )
    revoked = lab.client.delete(f"/api/v1/tokens/{made['id']}", headers=lab.headers("red admin"))
    assert revoked.json()["revoked"]
    headers = {"Authorization": f"Bearer {made['token']}"}
    answer = lab.client.get("/api/v1/tokens", headers=headers)
    assert (answer.status_code, "was revoked" in answer.json()["detail"]) == (401, True)


def test_a_token_ends(lab: Lab) -> None:
    access = lab.client.app.state.services.access  # type: ignore[attr-defined]
    later = replace(access, clock=lambda: now() + timedelta(days=2))
    boards.change(lab.client, access=later)
    answer = lab.get("/", "red")
    assert answer.status_code == 401
    assert "expired" in answer.text


MISTYPED = ["cfte_", "cfte_0123456789ab_x", "", "x" * 5000, "cfte_" + "0" * 12 + "_" + "0" * 72]


@pytest.mark.parametrize("text", MISTYPED)
def test_what_is_no_token(lab: Lab, text: str) -> None:
    answer = lab.client.get("/", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 401
    assert tokens.name_of(text) is None


def test_the_secret_is_not_kept(lab: Lab, tmp_path: Path) -> None:
    secret = lab.tokens["red"].split("_")[2]
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes()


def test_the_owners_word_still_lets_in(tmp_path: Path) -> None:
    config = boards.settings(tmp_path, token="secret")
    with TestClient(
        boards.create_app(config), headers={"Authorization": "Bearer secret"}
    ) as client:
        assert client.post(API, json=manifest(boards.run(), GOOD)).status_code == 201
        # It was made for uploads, and whoever has it cannot give themselves more.
        assert client.get("/api/v1/tokens").status_code == 403


def test_a_board_without_tokens_takes_nothing_from_elsewhere(tmp_path: Path) -> None:
    app = boards.create_app(boards.settings(tmp_path))
    with TestClient(app, base_url="http://192.0.2.7:8000") as client:
        answer = client.post(API, json=manifest(boards.run(), GOOD))
    assert answer.status_code == 403
    assert answer.json()["detail"].startswith("others can reach 192.0.2.7 and this server has no")
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        assert client.post(API, json=manifest(boards.run(), GOOD)).status_code == 201


def test_another_site_cannot_make_a_browser_write(client: TestClient) -> None:
    for site in ("cross-site", "same-site"):
        answer = client.post(
            API, json=manifest(boards.run(), GOOD), headers={"Sec-Fetch-Site": site}
        )
        assert answer.status_code == 403
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_quotas(tmp_path: Path) -> None:
    config = boards.settings(tmp_path, uploads_per_day=2, quota_bytes=2 * len(GOOD) + 10)
    with TestClient(boards.create_app(config)) as client:
        lab = Lab(client, tokens_for(client))
        for name in ("a", "b"):
            lab.push("red", name=name)
        answer = lab.post(API, manifest(boards.run(name="c"), GOOD), "red")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "3600")
        answer = lab.post(API, manifest(boards.run(name="c"), GOOD), "red upload")
        assert answer.status_code == 507
        assert answer.json()["detail"] == f"{len(GOOD)} bytes exceed the 10 left of your quota"
        assert lab.post(API, manifest(boards.run(name="c"), GOOD), "blue").status_code == 201


def test_too_many_requests(tmp_path: Path) -> None:
    config = boards.settings(tmp_path, requests_per_minute=5)
    with TestClient(boards.create_app(config)) as client:
        found = [client.get("/api/v1/runs") for _ in range(7)]
    assert [answer.status_code for answer in found] == [200] * 5 + [429] * 2
    assert 1 <= int(found[-1].headers["retry-after"]) <= 60
    assert found[-1].headers["content-type"] == "application/problem+json"


def test_a_token_says_who_made_it(lab: Lab) -> None:
    minted(lab, "red admin", "read")
    made = [each["created_by"] for each in lab.get("/api/v1/tokens", "red admin").json()]
    assert made.count("owner") == 5
    assert [name for name in made if name != "owner"] == [lab.tokens["red admin"].split("_")[1]]


@pytest.mark.parametrize("days", ["0", "-1", "nan", "inf", "4000"])
def test_a_token_counts_for_some_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], days: str
) -> None:
    config = boards.settings(tmp_path)
    monkeypatch.setenv("CFT_EVAL_DATABASE_URL", config.database)
    command = ["server", "token", "ana", f"--days={days}", "--data", str(tmp_path)]
    assert main(command) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "more than 0 and at most 3650 days" in said.err


def test_a_key_signs_for_one_organisation(lab: Lab) -> None:
    known: accounts.Accounts = lab.client.app.state.services.accounts  # type: ignore[attr-defined]
    key = known.add_key("ana", bytes(32), organisation="red", by=OWNER)
    assert known.add_key("ana", bytes(32), organisation="red", by=OWNER) == key  # no harm
    for other in ("blue", None):
        with pytest.raises(BoardError, match="signs for red already"):
            known.add_key("ana", bytes(32), organisation=other, by=OWNER)
    known.revoke_key(key, by=OWNER)
    with pytest.raises(BoardError, match="was revoked, for good"):
        known.add_key("ana", bytes(32), organisation="red", by=OWNER)
