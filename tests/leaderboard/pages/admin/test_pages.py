"""The administration in a real browser: without JavaScript, on a telephone, and axe looks on."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest

from cft_eval.client import Client
from cft_eval.server.access.auth import Principal, Scope
from cft_eval.server.operate.accounts import Accounts
from cft_eval.server.store.database import Database
from tests.leaderboard.test_browser import CHROMIUM, browser, sync_api
from tests.leaderboard.test_product import axe, opened, violations
from tests.server import boards
from tests.server.pushes import lines, manifest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
    pytest.mark.slow,
]
__all__ = ["axe", "browser", "sync_api"]

HIDDEN = """[...document.querySelectorAll(".scroll")]
    .filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.innerText)"""

PAGES = ("", "/reviews", "/runs", "/labels", "/access", "/jobs")


class Board(NamedTuple):
    """A board with reviews, a run that waits, and a token that may do everything."""

    url: str
    token: str
    upload: str


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    path = tmp_path_factory.mktemp("administered")
    config = boards.settings(path, review=True)
    admin, uploader = _tokens(config.database)
    with boards.served(config) as url:
        headers = {"Authorization": f"Bearer {uploader}"}
        samples = lines(boards.samples())
        with Client(url, token=uploader) as client:
            said = manifest(boards.run(name="tiny/waits"), samples)
            upload = client._upload("POST", "/uploads", record=said).id
        part = f"{url}/api/v1/uploads/{upload}/parts/0"
        httpx.put(part, content=samples, headers=headers).raise_for_status()
        httpx.post(f"{url}/api/v1/uploads/{upload}/finalize", headers=headers).raise_for_status()
        while httpx.get(f"{url}/api/v1/uploads/{upload}", headers=headers).json()["review"] is None:
            pass
        asked = {"model": "tiny/asked"}
        httpx.post(f"{url}/api/v1/evaluations", json=asked, headers=headers).raise_for_status()
        yield Board(url, admin, upload)


def _tokens(url: str) -> tuple[str, str]:
    database = Database(url)
    accounts = Accounts(database)
    me = Principal("me", scopes=frozenset(Scope), everything=True)
    accounts.organisation("lab", private=True, by=me)
    admin = accounts.mint("admin", scopes=frozenset(Scope), organisation=None, days=1, by=me)
    uploader = accounts.mint(
        "ana", scopes=frozenset({Scope.UPLOAD}), organisation="lab", days=1, by=me
    )
    database.close()
    return admin.token, uploader.token


def signed_in(browser: "Browser", board: Board, **options: object) -> tuple["Page", list[str]]:
    """A page of somebody who typed their token."""
    page, odd = opened(browser, board.url, **options)
    page.goto(f"{board.url}/sign-in")
    page.get_by_role("textbox", name="Token").fill(board.token)
    page.get_by_role("button", name="Sign in").click()
    assert page.url == f"{board.url}/admin"
    return page, odd


@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(browser: "Browser", board: Board, axe: str, width: int) -> None:
    page, odd = signed_in(browser, board, viewport={"width": width, "height": 900})
    waiting = f"/reviews/{board.upload}"
    for path in (*PAGES, waiting, f"{waiting}/samples/0?task=cft_math"):
        page.goto(f"{board.url}/admin{path}")
        assert violations(page, axe, {}) == {}, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(HIDDEN) == [], path  # no column or button beyond the edge of a table
    page.goto(f"{board.url}/sign-in")
    assert violations(page, axe, {}) == {}
    assert odd == []
    page.close()


def test_dark_has_contrast(browser: "Browser", board: Board, axe: str) -> None:
    page, _ = signed_in(browser, board, color_scheme="dark")
    for path in PAGES:
        page.goto(f"{board.url}/admin{path}")
        assert violations(page, axe, {"runOnly": ["color-contrast"]}) == {}, path
    page.close()


def test_a_run_is_let_onto_the_board_without_javascript(
    browser: "Browser", board: Board, tmp_path: Path
) -> None:
    page, odd = signed_in(browser, board, java_script_enabled=False)
    page.goto(f"{board.url}/admin/reviews")
    page.get_by_role("link", name="tiny/waits").click()
    page.get_by_role("textbox", name="Reason").fill("the responses are what the scores say")
    page.get_by_role("button", name="Decide").click()
    assert page.url == f"{board.url}/admin/reviews"
    assert "No run is waiting for a review." in page.content()
    page.goto(board.url)
    assert "tiny/waits" in page.content()
    page.goto(f"{board.url}/admin")
    page.get_by_role("button", name="Sign out").click()
    assert "tiny/waits" not in page.content()
    assert odd == []
    page.close()
