"""Copies that a browser has, and what pages of other sites may read."""

import pytest
from fastapi.testclient import TestClient

from cft_eval.server.access.sessions import COOKIE
from tests.server import boards
from tests.server.labs import Lab
from tests.server.pushes import lines, push

PAGES = ["/", "/about", "/docs"]
TAGGED = [*PAGES, "/board.json", "/board.csv", "/preview.svg", "/preview.png", "/errata.json"]


@pytest.mark.parametrize("address", TAGGED)
def test_who_has_the_newest_copy_gets_no_other(client: TestClient, address: str) -> None:
    first = client.get(address)
    tag = first.headers["etag"]
    again = client.get(address, headers={"if-none-match": f'"x", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert "authorization" in again.headers["vary"].lower()
    assert client.get(address, headers={"if-none-match": '"another"'}).status_code == 200


def test_a_new_run_is_another_page(client: TestClient) -> None:
    tag = client.get("/").headers["etag"]
    push(client, boards.run(), lines(boards.samples()))
    assert client.get("/", headers={"if-none-match": tag}).status_code == 200


def test_an_error_has_no_tag(client: TestClient) -> None:
    assert "etag" not in client.get("/nope").headers


@pytest.mark.parametrize("address", ["/", "/api/v1/runs", "/board.csv"])
def test_an_answer_to_somebody_known_is_theirs_alone(lab: Lab, address: str) -> None:
    lab.push("red", name="secret/model")
    answer = lab.client.get(address, headers=lab.headers("red"))
    assert "secret/model" in answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    assert "etag" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    assert "secret/model" not in lab.client.get(address).text


def test_an_answer_to_a_session_is_theirs_alone(client: TestClient) -> None:
    answer = client.get("/about", headers={"cookie": f"{COOKIE}=x"})
    assert answer.headers["cache-control"] == "private, no-store"
    assert "etag" not in answer.headers


OTHERS = [
    ("/api/v1/runs", "board.example", True),
    ("/preview.svg", "board.example:8000", True),
    ("/board.csv", "board.example", True),
    # Pages are looked at, not read by others.
    ("/", "board.example", False),
    # Who reaches a machine of a private network may read it; a page elsewhere may not through them.
    ("/api/v1/runs", "localhost:8000", False),
    ("/api/v1/runs", "127.0.0.1:8000", False),
    ("/api/v1/runs", "10.1.2.3", False),
    ("/api/v1/runs", "[::1]:8000", False),
    ("/api/v1/runs", "board.localhost", False),
]


@pytest.mark.parametrize(("address", "host", "shared"), OTHERS)
def test_other_sites_read_public_data_of_a_public_board(
    client: TestClient, address: str, host: str, shared: bool
) -> None:
    headers = client.get(address, headers={"host": host}).headers
    assert (headers.get("access-control-allow-origin") == "*") is shared
    assert (headers["cross-origin-resource-policy"] == "cross-origin") is (
        shared or address == "/preview.svg"
    )


def test_a_board_may_keep_other_sites_out(tmp_path: object) -> None:
    settings = boards.settings(tmp_path, cross_origin=False)  # type: ignore[arg-type]
    with TestClient(boards.create_app(settings)) as client:
        headers = client.get("/api/v1/runs", headers={"host": "board.example"}).headers
        assert "access-control-allow-origin" not in headers
