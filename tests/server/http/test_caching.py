"""What caches are told: none between a board and its visitors shows one what another may see."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from starlette.responses import Response
from starlette.routing import Route

from cft_eval.server.app import ROUTERS
from cft_eval.server.http.middleware import PRIVATE, SAME_FOR_ALL
from tests.server import boards
from tests.server.labs import GOOD, Lab
from tests.server.pushes import API, manifest

ENDINGS = ("svg", "json", "csv", "md", "tex", "parquet")
WORDS = {
    "place": "0",
    "position": "0",
    "number": "0",
    "benchmark": "math",
    "task": "cft_math",
    "name": "style.css",
    "checkpoint_id": "0" * 16,
    "evaluation_id": "0" * 16,
}
"""What stands for a parameter of an address, where it does not depend on the run."""


def addresses(**words: str) -> Iterator[str]:
    """Every address that can be read, of every route, with each of its endings."""
    known = WORDS | words
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, Route) and "GET" in (route.methods or ()):
                for ending in ENDINGS if "{ending}" in route.path else ("",):
                    path = route.path.format_map(known | {"ending": ending})
                    yield f"{path}?run={known['run_id']}&run={known['other']}"


def may_keep(answer: Response, *, with_token: bool) -> bool:
    """Whether a shared cache may store the answer (RFC 9111, 3 and 3.5)."""
    said = {word.strip() for word in answer.headers.get("cache-control", "").split(",")}
    if said & {"private", "no-store"}:
        return False
    return not with_token or bool(said & {"public", "must-revalidate"})


def varies(answer: Response) -> bool:
    return "authorization" in answer.headers.get("vary", "").lower().replace(" ", "").split(",")


@pytest.fixture
def words(lab: Lab) -> dict[str, str]:
    """A private run of red, a public one, a snapshot of both, and an upload."""
    secret = lab.push("red", name="secret/model")["run"]
    public = lab.push("open", name="public/model")["run"]
    snapshot = lab.client.post(
        "/comparisons", data={"run": [public, secret]}, headers=lab.headers("red"),
        follow_redirects=False,
    )  # fmt: skip
    upload = lab.post(API, manifest(boards.run(name="third"), GOOD), "red").json()["id"]
    snapshot_id = snapshot.headers["location"].rpartition("/")[2]
    return {"run_id": secret, "other": public, "snapshot_id": snapshot_id, "upload_id": upload}


def test_no_cache_keeps_what_somebody_known_was_shown(lab: Lab, words: dict[str, str]) -> None:
    for who, least in (("red", 30), ("server", 30), ("blue", 15), ("open", 15)):
        shown = 0
        for address in addresses(**words):
            answer = lab.get(address, who)
            if address.startswith(SAME_FOR_ALL):
                continue
            assert answer.headers["cache-control"] == PRIVATE, (who, address)
            assert not may_keep(answer, with_token=True), (who, address)
            assert varies(answer), (who, address)
            shown += answer.status_code == 200
        assert shown > least


def test_what_anybody_is_shown_varies_and_holds_nothing_private(
    lab: Lab, words: dict[str, str]
) -> None:
    for address in addresses(**words):
        answer = lab.get(address)
        assert "secret/model" not in answer.text, address
        # A cookie that says who asks would have to stand in ``Vary`` too.
        assert "set-cookie" not in answer.headers, address
        if answer.headers.get("cache-control", "").startswith("public"):
            assert answer.status_code == 200, address
        assert varies(answer) or address.startswith(SAME_FOR_ALL), address


@pytest.mark.parametrize("ending", ["svg", "json"])
def test_a_badge_of_a_private_run_is_private_and_of_a_public_one_public(
    lab: Lab, words: dict[str, str], ending: str
) -> None:
    secret, public = (f"/runs/{words[name]}/badge.{ending}" for name in ("run_id", "other"))
    assert lab.get(secret).status_code == 404
    assert "public" not in lab.get(secret).headers.get("cache-control", "")
    assert lab.get(secret, "red").headers["cache-control"] == PRIVATE
    assert lab.get(public).headers["cache-control"] == "public, max-age=300"
    assert lab.get(public, "red").headers["cache-control"] == PRIVATE
    assert lab.client.head(secret, headers=lab.headers("red")).headers["cache-control"] == PRIVATE
    assert varies(lab.get(public))


def test_files_of_the_package_are_for_everybody(lab: Lab) -> None:
    for who in (None, "red"):
        answer = lab.get("/static/style.css", who)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert not varies(answer)


def test_a_packed_answer_varies_by_both(client: TestClient) -> None:
    vary = client.get("/docs", headers={"accept-encoding": "gzip"}).headers["vary"]
    assert {word.strip() for word in vary.split(",")} == {
        "Accept-Encoding",
        "Authorization",
        "Cookie",
    }


def test_answers_that_refuse_say_so_too(lab: Lab) -> None:
    answer = lab.client.get("/", headers={"Authorization": "Bearer nonsense"})
    assert (answer.status_code, answer.headers["cache-control"]) == (401, PRIVATE)
