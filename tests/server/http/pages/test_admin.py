"""The administration in a browser: who gets in, what they decide; no page elsewhere can."""

import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from cft_eval.server.access.sessions import COOKIE
from cft_eval.server.http.pages import admin_sections as sections
from cft_eval.server.ledger import audit
from tests.server import boards
from tests.server.http.pages.test_pages import assert_harmless
from tests.server.labs import GOOD, Lab, waiting
from tests.server.pushes import API, lines, push, settle
from tests.server.pushes import manifest as manifest_of

HERE = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


class Desk:
    """A browser of somebody who signed in."""

    def __init__(self, lab: Lab, who: str) -> None:
        self.client = TestClient(lab.client.app)  # no lifespan: the board runs already
        self.client.app.state = lab.client.app.state  # type: ignore[attr-defined]
        answer = self.post("/sign-in", token=lab.tokens[who])
        assert answer.status_code == 303, answer.text

    def get(self, path: str) -> Any:
        return self.client.get(path, follow_redirects=False)

    def post(self, path: str, *, headers: dict[str, str] = HERE, **fields: Any) -> Any:
        return self.client.post(path, data=fields, headers=headers, follow_redirects=False)

    def send(self, page: str, path: str, **fields: Any) -> Any:
        """As a person does it: the form of a page, filled in."""
        text = self.get(page).text
        assert f'action="{path}"' in text, f"{page} has no form for {path}"
        secret = re.search(r'name="form_secret" value="([0-9a-f]{64})"', text)
        assert secret is not None
        return self.post(path, form_secret=secret[1], **fields)


@pytest.fixture
def desk(reviewed: Lab) -> Desk:
    return Desk(reviewed, "server")


def _services(lab: Lab) -> Any:
    return lab.client.app.state.services  # type: ignore[attr-defined]


def test_signing_in_and_out(reviewed: Lab) -> None:
    stranger = TestClient(reviewed.client.app)
    assert stranger.get("/admin", follow_redirects=False).headers["location"] == "/sign-in"
    assert stranger.get("/admin/reviews").status_code == 401
    wrong = stranger.post("/sign-in", data={"token": "cfte_nothing"}, headers=HERE)
    assert (wrong.status_code, COOKIE in wrong.cookies) == (401, False)
    assert stranger.post("/sign-in", data={"token": ""}, headers=HERE).status_code == 401
    desk = Desk(reviewed, "server")
    assert desk.get("/admin").status_code == 200
    said = desk.post("/sign-in", token=reviewed.tokens["server"]).headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=lax" in said
    assert reviewed.tokens["server"] not in said
    assert desk.post("/sign-out", form_secret="x").status_code == 303
    assert desk.get("/admin").headers["location"] == "/sign-in"


def test_a_reviewer_sees_the_run_before_the_decision(reviewed: Lab) -> None:
    """Scores, claims, responses and where the verdicts differ; then lets it onto the board."""
    odd = boards.sample("math", 11, right=False, outcome="correct")
    wrong = lines([*boards.samples(right=6)[:-1], odd])
    body = manifest_of(boards.run(name="<b>tiny</b>", acc=0.9), wrong)
    upload = reviewed.post(API, body, "red").json()["id"]
    reviewed.client.headers.update(reviewed.headers("red"))
    reviewed.client.put(f"{API}/{upload}/parts/0", content=wrong)
    reviewed.client.post(f"{API}/{upload}/finalize")
    settle(reviewed.client, upload, states={"graded"})
    del reviewed.client.headers["Authorization"]
    desk = Desk(reviewed, "red review")
    assert "&lt;b&gt;tiny&lt;/b&gt;" in desk.get("/admin/reviews").text
    address = f"/admin/reviews/{upload}"
    page = desk.get(address)
    assert_harmless(page.text)
    assert page.headers["cache-control"] == "private, no-store"
    for words in ("50.0", "90.0", "-40.0", "1 of 12", "no idea", "verdicts differ", "#11"):
        assert words in page.text, words
    assert f"x ({_token_id(reviewed, 'red')})" in page.text  # who sent it, as the token is called
    sample = desk.get(f"{address}/samples/11?task=cft_math")
    assert "In math, what is $11+11$?" in sample.text
    assert_harmless(sample.text)
    done = desk.send(address, address, decision="publish", reason="looked at it")
    assert (done.status_code, done.headers["location"]) == (303, "/admin/reviews")
    run = reviewed.get("/api/v1/runs", "red").json()["runs"][0]["id"]
    assert run == upload[:16]
    assert desk.get(address).status_code == 404  # decided
    entries = audit.entries(_services(reviewed).database, after=0, limit=999)
    decided = next(entry for entry in entries if entry.action == "upload.reviewed")
    assert decided.detail["reason"] == "looked at it"


def _token_id(lab: Lab, who: str) -> str:
    return lab.tokens[who].split("_")[1]


FURTHER = [
    (0, 12, []),
    (0, 20, []),
    (0, 21, [("Next 20 of 21", "/r?task=x&start=20")]),
    (20, 21, [("Previous 20", "/r?task=x&start=0")]),
    (20, 1_000, [("Previous 20", "/r?task=x&start=0"), ("Next 20 of 1,000", "/r?task=x&start=40")]),
    (5, 30, [("Previous 20", "/r?task=x&start=0"), ("Next 20 of 30", "/r?task=x&start=25")]),
]


@pytest.mark.parametrize(("start", "total", "expected"), FURTHER)
def test_a_reviewer_leafs_through_all_responses(
    start: int, total: int, expected: list[tuple[str, str]]
) -> None:
    links = sections.further("/r?task=x", start=start, shown=20, of=total)
    assert [(link.label, link.url) for link in links] == expected


SIZES = [(None, "no limit"), (0, "0.0 MB"), (50_000_000, "50.0 MB"), (1 << 40, "1.1 TB")]


@pytest.mark.parametrize(("count", "shown"), SIZES)
def test_sizes_have_a_unit_of_their_own(count: int | None, shown: str) -> None:
    assert sections.size(count) == shown


def test_turning_down_needs_a_reason(reviewed: Lab) -> None:
    upload = waiting(reviewed, "red")
    desk = Desk(reviewed, "red review")
    address = f"/admin/reviews/{upload}"
    assert desk.send(address, address, decision="reject", reason=" ").status_code == 422
    assert desk.send(address, address, decision="perhaps", reason="x").status_code == 422
    assert desk.send(address, address, decision="reject", reason="no logs").status_code == 303
    status = reviewed.get(f"{API}/{upload}", "red").json()
    assert (status["state"], status["reason"]) == ("rejected", "no logs")


def test_nobody_decides_on_their_own_upload_with_a_browser_either(reviewed: Lab) -> None:
    upload = waiting(reviewed, "blue")
    desk = Desk(reviewed, "blue")
    address = f"/admin/reviews/{upload}"
    refused = desk.send(address, address, decision="publish", reason="mine")
    assert refused.status_code == 403


FOREIGN = [
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver:81", "Sec-Fetch-Site": "same-site"},
    {},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_no_page_elsewhere_sends_a_form(reviewed: Lab, headers: dict[str, str]) -> None:
    """Not even one that knows what the forms hold."""
    desk = Desk(reviewed, "server")
    text = desk.get("/admin/access").text
    secret = re.search(r'name="form_secret" value="([0-9a-f]{64})"', text)
    assert secret
    fields: dict[str, Any] = {"name": "mine", "private": "1", "form_secret": secret[1]}
    refused = desk.post("/admin/organisations", headers=headers, **fields)
    assert refused.status_code in {401, 403}
    assert "mine" not in desk.get("/admin/access").text


@pytest.mark.parametrize("secret", ["", "0" * 64])
def test_a_form_of_another_session_is_refused(desk: Desk, secret: str) -> None:
    answer = desk.post("/admin/organisations", name="mine", private="1", form_secret=secret)
    assert answer.status_code == 403
    assert "reload its page" in answer.text


def test_a_cookie_writes_nothing_through_the_api(desk: Desk) -> None:
    for headers in ({}, HERE):
        body = {"name": "x", "scopes": ["read"]}
        answer = desk.client.post("/api/v1/tokens", json=body, headers=headers)
        assert answer.status_code == 401
    assert desk.get("/api/v1/tokens").status_code == 200  # looking is not writing


def test_a_session_ends_with_its_token(reviewed: Lab) -> None:
    desk = Desk(reviewed, "red admin")
    assert desk.get("/admin/access").status_code == 200
    token = reviewed.tokens["red admin"].split("_")[1]
    gone = reviewed.client.delete(f"/api/v1/tokens/{token}", headers=reviewed.headers("server"))
    assert gone.status_code == 200
    assert desk.get("/admin/access").status_code == 401


def test_tokens_organisations_and_keys(desk: Desk, reviewed: Lab) -> None:
    page = "/admin/access"
    assert desk.send(page, "/admin/organisations", name="green", private="1").status_code == 303
    made = desk.send(
        page, "/admin/tokens", name="ana", organisation="green", scope_read="1", scope_upload="1",
        days="30",
    )  # fmt: skip
    token = re.search(r"cfte_[0-9a-f_]+", made.text)
    assert token is not None
    assert reviewed.client.get(
        "/api/v1/evaluations", headers={"Authorization": f"Bearer {token[0]}"}
    ).is_success
    assert token[0] not in desk.get(page).text  # shown once
    name = token[0].split("_")[1]
    assert desk.send(page, f"/admin/tokens/{name}/revoke").status_code == 303
    assert (
        reviewed.client.get(
            "/api/v1/evaluations", headers={"Authorization": f"Bearer {token[0]}"}
        ).status_code
        == 401
    )
    for days in ("many", "0", "-1", "1e9"):
        wrong = desk.send(page, "/admin/tokens", name="x", scope_read="1", days=days)
        assert wrong.status_code == 422, days
    assert desk.send(page, "/admin/keys", name="ana", pem="no key").status_code == 422
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = Ed25519PrivateKey.generate().public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert desk.send(page, "/admin/keys", name="ana", organisation="green", pem=pem).is_redirect
    key = reviewed.get("/api/v1/keys", "server").json()[0]
    assert (key["name"], key["organisation"]) == ("ana", "green")
    assert desk.send(page, f"/admin/keys/{key['id']}/revoke").status_code == 303
    assert reviewed.get("/api/v1/keys", "server").json()[0]["revoked"]
    audit.verify(_services(reviewed).database)


def test_an_admin_of_one_organisation_stays_in_it(reviewed: Lab) -> None:
    upload = waiting(reviewed, "red")
    desk = Desk(reviewed, "blue")
    assert desk.get("/admin").headers["location"] == "/admin/access"
    assert upload not in desk.get("/admin/reviews").text
    assert desk.get(f"/admin/reviews/{upload}").status_code == 404
    assert desk.get(f"/admin/reviews/{upload}/samples/0?task=cft_math").status_code == 404
    assert desk.get("/admin/labels").status_code == 403
    for path in ("/api/v1/status", "/api/v1/queue"):
        assert reviewed.get(path, "blue").status_code == 403
    page = "/admin/access"
    secret = re.search(r'form_secret" value="(\w+)"', desk.get(page).text)
    assert secret
    mine: dict[str, Any] = {"form_secret": secret[1]}
    forms: list[tuple[str, dict[str, Any]]] = [
        ("/admin/organisations", {"name": "blue", "private": ""}),
        ("/admin/labels/x/settle", {"answer": "no"}),
        ("/admin/tokens", {"name": "x", "scope_read": "1", "days": "1", "organisation": "red"}),
    ]
    for path, fields in forms:
        assert desk.post(path, **mine, **fields).status_code == 403, path
    red = reviewed.tokens["red admin"].split("_")[1]
    assert desk.post(f"/admin/tokens/{red}/revoke", **mine).status_code == 404


def test_a_reviewer_is_no_admin(reviewed: Lab) -> None:
    desk = Desk(reviewed, "red review")
    assert desk.get("/admin").headers["location"] == "/admin/reviews"
    for path in ("/admin/access", "/admin/runs", "/admin/jobs", "/admin/labels"):
        assert desk.get(path).status_code == 403, path


def test_who_only_reads_is_sent_to_the_board(reviewed: Lab) -> None:
    desk = Desk(reviewed, "red")
    assert desk.post("/sign-in", token=reviewed.tokens["red"]).headers["location"] == "/"
    page = desk.get("/admin")  # the foot of each page leads there
    assert (page.status_code, "/sign-out" in page.text) == (200, True)
    assert "neither of the scopes review and admin" in page.text
    assert desk.get("/admin/reviews").status_code == 403


def test_nobody_is_offered_an_organisation_that_is_not_theirs(reviewed: Lab) -> None:
    choice = re.compile(r'<select name="organisation">(.*?)</select>', re.S)
    for who, others in (("red admin", False), ("server", True)):
        offered = choice.findall(Desk(reviewed, who).get("/admin/access").text)
        assert len(offered) == 2
        for each in offered:
            assert (">the server<" in each, ">blue<" in each) == (others, others)
            assert ">red<" in each


def test_a_token_without_scopes_is_refused_in_words(desk: Desk) -> None:
    answer = desk.send("/admin/access", "/admin/tokens", name="x", days="1", organisation="red")
    assert (answer.status_code, "tick at least one scope" in answer.text) == (422, True)


def test_withdrawing_and_answering(lab: Lab) -> None:
    run = lab.push("red", name="tiny/gone")["run"]
    desk = Desk(lab, "server")
    form = {"kind": "reference", "reference": "5", "note": "look", "run": run, "task": "cft_math",
            "place": "0"}  # fmt: skip
    assert desk.post("/errata", **form).status_code == 303
    report = _services(lab).seen_by(
        type(_services(lab).catalog.viewer)(everything=True)
    ).label_reports.open()[0]  # fmt: skip
    settle = f"/admin/labels/{report.id}/settle"
    assert desk.send("/admin/labels", settle, answer="It is right.").status_code == 303
    assert "It is right." in lab.get("/errata", "red").text
    done = desk.send("/admin/runs", f"/admin/runs/{run}/withdraw", reason="leaked")
    assert done.status_code == 303
    assert lab.get(f"/runs/{run}", "red").status_code == 410
    assert "tiny/gone" not in desk.get("/admin/runs").text


def test_jobs_show_their_log(lab: Lab) -> None:
    asked = lab.post("/api/v1/evaluations", {"model": "a/b"}, "red").json()["id"]
    job = lab.post("/api/v1/claims", {"worker": "w", "gpus": 8}, "red").json()
    beat = {"lease": job["lease"], "log": "<i>loaded</i>\n"}
    lab.post(f"/api/v1/evaluations/{asked}/heartbeat", beat, "red")
    desk = Desk(lab, "server")
    assert asked in desk.get("/admin/jobs").text
    page = desk.get(f"/admin/jobs/{asked}").text
    assert "&lt;i&gt;loaded&lt;/i&gt;" in page
    assert_harmless(page)
    address = f"/admin/jobs/{asked}"
    assert desk.send(address, f"{address}/cancel").headers["location"] == address


def test_the_overview_says_what_waits(reviewed: Lab) -> None:
    upload = waiting(reviewed, "red")
    page = Desk(reviewed, "server").get("/admin").text
    for words in (upload[:16], "waiting: review", "Grader", "running", "free", "no limit"):
        assert words in page, words
    status = reviewed.get("/api/v1/status", "server").json()
    assert (status["uploads"]["graded"], status["queue_seconds"]) == (1, 0)
    assert reviewed.get("/api/v1/queue", "server").json()[0]["reason"] == "waiting: review"


def test_the_api_has_what_the_review_page_shows(reviewed: Lab) -> None:
    upload = waiting(reviewed, "red")
    run = reviewed.get(f"/api/v1/reviews/{upload}", "red review").json()
    assert run["record"]["tasks"][0]["accuracy"]["strict"] == 0.5
    assert run["differences"][0]["differing"] == 0
    path = f"/api/v1/reviews/{upload}/samples?task=cft_math"
    page = reviewed.get(path, "red review").json()
    assert (page["total"], page["samples"][0]["reference"]) == (12, "0")
    for who, status in (("blue", 404), ("red", 403), (None, 401)):
        assert reviewed.get(path, who).status_code == status


def test_a_private_boards_buttons_work_for_a_basic_login(lab: Lab) -> None:
    """A browser that was asked for a token by `/login` brings it with its own pages' forms too."""
    runs = [lab.push("red", name=f"tiny/{number}")["run"] for number in range(2)]
    word = b64encode(f"me:{lab.tokens['red']}".encode()).decode()
    basic = {"Authorization": f"Basic {word}"}
    answer = lab.client.post(
        "/comparisons", data={"run": runs}, headers=basic | HERE, follow_redirects=False
    )
    assert answer.status_code == 303
    assert lab.client.get(answer.headers["location"], headers=basic).status_code == 200
    # Without a page of ours in between it counts for looking alone.
    assert lab.client.post("/comparisons", data={"run": runs}, headers=basic).status_code == 404
    body = manifest_of(boards.run(), GOOD)
    assert lab.client.post(API, json=body, headers=basic | HERE).status_code == 401


def test_an_open_board_needs_no_sign_in(client: TestClient) -> None:
    """One person on one machine."""
    run = push(client, boards.run(), lines(boards.samples()))["run"]
    assert client.get("/sign-in", follow_redirects=False).headers["location"] == "/admin"
    assert client.get("/admin").status_code == 200
    done = client.post(
        f"/admin/runs/{run}/withdraw", data={"reason": "x"}, headers=HERE, follow_redirects=False
    )
    assert done.status_code == 303
    evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    again = client.post("/admin/organisations", data={"name": "x"}, headers=evil)
    assert again.status_code == 403


def test_a_page_with_a_cookie_is_kept_by_no_cache(desk: Desk) -> None:
    answer = desk.get("/")
    assert answer.headers["cache-control"] == "private, no-store"
    assert "Cookie" in answer.headers["vary"]


def test_sessions_do_not_go_into_a_backup(desk: Desk, reviewed: Lab, tmp_path: Path) -> None:
    from cft_eval.server.operate.backup import backup
    from cft_eval.server.store.database import Database

    services = _services(reviewed)
    backup(services.database, services.blobs, tmp_path / "nightly")
    copied = Database(f"sqlite:///{tmp_path / 'nightly' / 'board.db'}")
    with copied.read() as session:
        count = session.connection().exec_driver_sql("select count(*) from browser_sessions")
        assert count.scalar_one() == 0
    copied.close()
