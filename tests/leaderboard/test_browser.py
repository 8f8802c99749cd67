"""The main paths in a real browser, without JavaScript, down to 320 pixels."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cft_eval.client import Client
from cft_eval.results import write_folder
from tests.server import boards

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EVIL = "<img src=x onerror=document.title='owned'>" + "W" * 200

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")
sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A board with three runs, one of them hostile."""
    config = boards.settings(tmp_path_factory.mktemp("board"))
    with boards.served(config) as url, Client(url) as client:
        for name, right in [("low", 2), ("high", 11), (EVIL, 5)]:
            folder = tmp_path_factory.mktemp("run")
            samples = boards.samples(["arithmetic"], right=right)
            samples[-1] = boards.sample("arithmetic", boards.SIZE - 1, response=EVIL * 500)
            write_folder(folder, boards.run(["arithmetic"], name=name), samples)
            client.publish(folder)
        yield url


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def test_a_visitor_sorts_filters_and_reads_a_response_without_javascript(
    browser: "Browser", url: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    foreign: list[str] = []
    page.on("request", lambda request: foreign.append(request.url))
    page.goto(url)
    models = page.locator("section:has(#measured) tbody a[data-row]")
    assert models.first.inner_text() == "high"
    page.get_by_role("link", name="Mean ↓").or_(
        page.locator("th[aria-sort=descending] a")
    ).first.click()
    assert models.first.inner_text() == "low"
    page.get_by_label("Model", exact=True).fill("hig")
    page.get_by_role("button", name="Filter").click()
    assert models.all_inner_texts() == ["high"]
    models.first.click()
    page.get_by_role("link", name="not correct").click()
    page.get_by_role("link", name="#11").click()
    assert page.get_by_role("heading", level=1).inner_text().endswith("#11")
    assert page.get_by_role("link", name="previous").count() == 0  # of those not correct
    page.get_by_role("link", name="high").click()
    page.get_by_role("link", name="all", exact=True).click()
    page.get_by_role("link", name="#11").click()
    page.get_by_role("link", name="previous").click()
    assert page.get_by_role("heading", level=1).inner_text().endswith("#10")
    assert all(address.startswith(url) for address in foreign)
    context.close()


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("path", ["/", "/docs", "/runs/{run}", "/runs/{run}/samples/11", "/nope"])
def test_no_page_is_wider_than_the_window(
    browser: "Browser", url: str, width: int, path: str
) -> None:
    with Client(url) as client:
        listed = client.fetch("GET", "/runs")["runs"]
    run = next(found["id"] for found in listed if found["run"]["model"]["name"] == EVIL)
    page = browser.new_page(viewport={"width": width, "height": 800})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(url + path.format(run=run))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert "owned" not in page.title()[:5]
    assert [text for text in said if "404" not in text] == []
    page.close()


def test_colours_follow_the_visitor(browser: "Browser", url: str, tmp_path: Path) -> None:
    seen = []
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto(url)
        seen.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.close()
    assert seen == ["rgb(251, 250, 248)", "rgb(19, 21, 23)"]
