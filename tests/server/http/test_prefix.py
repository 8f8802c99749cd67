"""A board that a proxy serves under a path: every link, form and redirect leads there."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.server import boards
from tests.server.pushes import lines, push

HERE = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
LINK = re.compile(r' (?:href|(?:form)?action|src)="(/[^"]*)"')


@pytest.mark.parametrize("stripped", [True, False], ids=["path taken off", "path passed on"])
def test_everything_leads_below_the_path(tmp_path: Path, stripped: bool) -> None:
    config = boards.settings(tmp_path, root_path="/board")
    with TestClient(boards.create_app(config)) as client:
        run = push(client, boards.run(), lines(boards.samples()))["run"]
        before = "" if stripped else "/board"
        for page in ("/", f"/runs/{run}", "/errata", "/admin", "/admin/runs", "/docs", "/nope"):
            answer = client.get(before + page, headers={"accept": "text/html"})
            links = LINK.findall(answer.text)
            assert links, page
            assert [link for link in links if not link.startswith("/board/")] == [], page
            assert int(answer.headers.get("content-length", len(answer.content))) > 0
        links = LINK.findall(client.get(f"{before}/").text)
        style = next(link for link in links if "style.css" in link)
        assert client.get(style.removeprefix("/board") if stripped else style).status_code == 200
        moved = client.post(
            f"{before}/admin/runs/{run}/withdraw", data={"reason": "x"}, headers=HERE,
            follow_redirects=False,
        )  # fmt: skip
        assert moved.headers["location"] == "/board/admin/runs"


def test_without_a_path_nothing_is_rewritten(client: TestClient) -> None:
    assert all(not link.startswith("/board") for link in LINK.findall(client.get("/").text))
