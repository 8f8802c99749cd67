"""The pages as visitors use them: by mouse, by keyboard, without JavaScript; axe looks on."""

import os
import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cft_eval.render.tex import typeset
from cft_eval.server.intake.problems import PUBLISHED
from tests.leaderboard.conftest import run_id
from tests.leaderboard.test_browser import CHROMIUM, FLAGS, browser, sync_api
from tests.server import boards

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
    pytest.mark.slow,
]
__all__ = ["browser", "sync_api"]  # the fixture is used here, too

CFT, SFT = run_id("qm7b-cft-step-98"), run_id("qm7b-sft-gpt4o")
EVIL, HUGE = (f"{number:016x}" for number in (0xE1, 0xE2))
PATHS = {
    "board": "/",
    "board by the paper's grader": "/?policy=cft_paper&sort=minerva_math",
    "board without rows": "/?q=no+such+model",
    "claims": "/claims",
    "compare": f"/compare?run={SFT}&run={CFT}",
    "compare many": f"/compare?run={SFT}&run={CFT}&run={run_id('qm7b-sft-verified')}",
    "pick": "/compare",
    "run": f"/runs/{CFT}?task=cft_math",
    "sample": f"/runs/{CFT}/samples/3?task=cft_math",
    "sample as written": f"/runs/{CFT}/samples/3?task=cft_math&as=text",
    "items": "/items/math",
    "items found": "/items/math?q=sum&order=hard",
    "benchmark": "/benchmarks/math",
    "grid": "/benchmarks/amc23/grid",
    "model": "/models?name=example/qm7b-cft-step-98",
    "cost": "/cost",
    "about": "/about",
    "pick with a search": f"/compare?pick=1&q=cft&run={SFT}",
    "board with checkpoints": "/?checkpoints=all&method=cft&method=sft",
    "item": "/items/math/3",
    "errata": "/errata",
    "api": "/docs",
    "nothing": "/nope",
    "hostile run": f"/runs/{EVIL}",
    "hostile sample": f"/runs/{EVIL}/samples/0?task=cft_math",
    "hostile sample as written": f"/runs/{EVIL}/samples/0?task=cft_math&as=text",
    "one line of a megabyte": f"/runs/{HUGE}/samples/0?task=cft_math",
    "hostile item": "/items/math/0",
    "hostile comparison": f"/compare?run={EVIL}&run={HUGE}",
}


@pytest.fixture(scope="module")
def axe() -> str:
    """axe itself, to be run in a page."""
    package = pytest.importorskip("axe_playwright_python", reason="pip install it: axe is in it")
    return resources.files(package).joinpath("axe.min.js").read_text(encoding="utf-8")


def opened(browser: "Browser", url: str, **options: Any) -> tuple["Page", list[str]]:
    """A page, and whatever it asks of other addresses or complains of."""
    page = browser.new_page(**options)
    odd: list[str] = []
    page.on(
        "request", lambda request: None if request.url.startswith(url) else odd.append(request.url)
    )
    page.on("console", lambda message: odd.append(message.text))
    page.on("pageerror", lambda error: odd.append(str(error)))
    return page, odd


COLOURS = {"runOnly": ["color-contrast"]}
"""What another theme can change."""

DARK = ("board by the paper's grader", "claims", "compare", "run", "sample", "items", "errata")


@pytest.mark.parametrize("name", PATHS)
def test_axe_finds_nothing(browser: "Browser", simulated: str, axe: str, name: str) -> None:
    page, odd = opened(browser, simulated, viewport={"width": 1280, "height": 900})
    page.goto(simulated + PATHS[name])
    assert violations(page, axe, {}) == {}
    assert [line for line in odd if "404" not in line] == []
    assert page.title() != "owned"
    page.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a board without a run."""
    with boards.served(
        boards.settings(tmp_path_factory.mktemp("empty")), problems=PUBLISHED
    ) as url:
        yield url


@pytest.mark.parametrize(
    ("path", "width"),
    [
        ("/", 320),
        ("/", 1280),
        ("/claims", 320),
        ("/compare", 1280),
        ("/items", 320),
        ("/errata", 1280),
    ],
)
def test_axe_finds_nothing_on_an_empty_board(
    browser: "Browser", empty: str, axe: str, path: str, width: int
) -> None:
    page, odd = opened(browser, empty, viewport={"width": width, "height": 800})
    page.goto(empty + path)
    assert (violations(page, axe, {}), odd) == ({}, [])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize(
    "name", ["board by the paper's grader", "claims", "run", "compare many", "model", "benchmark"]
)
def test_axe_finds_nothing_on_a_telephone(
    browser: "Browser", simulated: str, axe: str, name: str
) -> None:
    page, _ = opened(browser, simulated, viewport={"width": 320, "height": 800})
    page.goto(simulated + PATHS[name])
    assert violations(page, axe, {}) == {}
    page.close()


@pytest.mark.parametrize("name", DARK)
def test_dark_has_contrast(browser: "Browser", simulated: str, axe: str, name: str) -> None:
    page, _ = opened(browser, simulated, color_scheme="dark")
    page.goto(simulated + PATHS[name])
    assert violations(page, axe, COLOURS) == {}
    page.close()


def violations(page: "Page", axe: str, options: dict[str, Any]) -> dict[str, list[str]]:
    """Rule to the first elements that break it."""
    page.evaluate(axe)
    found = page.evaluate("options => axe.run(document, options)", options)
    return {
        each["id"]: [node["html"][:160] for node in each["nodes"][:3]]
        for each in found["violations"]
    }


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_no_page_is_wider_than_its_window(browser: "Browser", simulated: str, width: int) -> None:
    page, _ = opened(browser, simulated, viewport={"width": width, "height": 800})
    wide = {}
    for name, path in PATHS.items():
        page.goto(simulated + path)
        found = page.evaluate("document.documentElement.scrollWidth")
        if found > width:
            wide[name] = found
    page.close()
    assert wide == {}


OFF_SCREEN = """() => {
  const found = [];
  const all = "a[href], button, input, select, textarea, summary, [tabindex]";
  for (const each of document.querySelectorAll(all)) {
    if (each.type === "hidden" || !each.checkVisibility()) continue;
    each.focus();
    const box = each.getBoundingClientRect();
    if (box.right <= 0 || box.left >= innerWidth) found.push(each.outerHTML.slice(0, 120));
  }
  return found;
}"""
"""What takes the focus where nobody sees it."""


@pytest.mark.parametrize(("width", "media"), [(320, "screen"), (718, "screen"), (718, "print")])
def test_nothing_takes_the_focus_off_the_screen(
    browser: "Browser", simulated: str, width: int, media: Any
) -> None:
    page, _ = opened(browser, simulated, viewport={"width": width, "height": 800})
    page.emulate_media(media=media)
    found = {}
    for name in ("board", "claims", "compare many", "run", "sample", "items", "item", "errata"):
        page.goto(simulated + PATHS[name])
        if hidden := page.evaluate(OFF_SCREEN):
            found[name] = hidden
    page.close()
    assert found == {}


def test_a_telephone_sorts_and_reads_the_notes_without_javascript(
    browser: "Browser", simulated: str
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 800})
    page = context.new_page()
    page.goto(f"{simulated}/?method=cft")
    assert "AIME 2024" in page.locator("[data-notes]").inner_text()
    page.locator(".fold > summary").click()
    first = page.locator("section:has(#measured) tbody a[data-row]").first
    before = first.inner_text()
    page.get_by_label("Sort by").select_option("gsm8k")
    page.get_by_label("Order").select_option("asc")
    page.get_by_role("button", name="Filter and sort").click()
    assert "sort=gsm8k" in page.url
    assert "method=CFT" in page.url
    assert first.inner_text() != before
    scores = page.locator("section:has(#measured) td[data-label=GSM8K] b").all_inner_texts()
    assert scores == sorted(scores, key=float)
    page.set_viewport_size({"width": 1280, "height": 800})
    assert not page.get_by_label("Sort by").is_visible()
    context.close()


def test_a_visitor_ticks_two_runs_compares_and_keeps_them_without_javascript(
    browser: "Browser", simulated: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{simulated}/?method=cft")
    for name in ("qm7b-cft-4k", "qm7b-cft-step-98"):
        page.get_by_role("checkbox", name=f"Compare example/{name}").check()
    page.get_by_role("button", name="Compare the ticked runs").click()
    assert page.locator("svg.forest").count() == 8
    page.get_by_role("link", name="gained").click()
    page.get_by_role("button", name="Save a snapshot").click()
    assert "/comparisons/" in page.url
    with page.expect_navigation():
        page.get_by_role("link", name="Compare the same runs now").click()
    assert "/compare?" in page.url
    context.close()


def test_a_visitor_filters_switches_the_grader_and_reports_a_label_without_javascript(
    browser: "Browser", simulated: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(simulated)
    page.locator("summary", has_text="Method").click()
    page.get_by_label("SFT", exact=True).check()
    page.locator("summary", has_text="Size").click()
    page.get_by_label("3B to 10B").check()
    page.get_by_role("button", name="Filter").click()
    models = page.locator("section:has(#measured) tbody a[data-row]")
    assert all("sft" in name or "numina" in name for name in models.all_inner_texts())
    page.get_by_role("link", name="CFT paper", exact=True).click()
    assert page.locator("section:has(#measured) td em").count() > 0
    page.get_by_role("link", name="Minerva-Math").first.click()
    assert "sort=minerva_math" in page.url
    models.first.click()
    page.get_by_role("link", name="wrong", exact=True).click()
    page.locator(".samples tbody a").first.click()
    page.get_by_text("Report a label error").click()
    page.get_by_label("What the reference should be").fill("42")
    page.get_by_role("button", name="Send to the errata queue").click()
    assert page.get_by_role("status").inner_text().startswith("Thank you")
    page.locator("section:has(#open) tbody a").first.click()
    assert "1 open report" in page.content()
    context.close()


def test_filters_order_and_ticks_work_in_place(browser: "Browser", simulated: str) -> None:
    page, odd = opened(browser, simulated, viewport={"width": 1280, "height": 900})
    page.goto(simulated)
    page.evaluate("window.same = true")
    page.locator("summary", has_text="Method").click()
    page.get_by_label("CFT", exact=True).check()
    page.wait_for_url("**method=CFT**")
    page.get_by_label("SFT", exact=True).check()
    page.wait_for_url("**method=CFT&method=SFT**")
    assert page.locator("details.pick[open]").count() == 1  # the list is still open
    page.locator("details.pick[open] summary").click()
    first = page.locator("section:has(#measured) tbody input[name=run]").first
    chosen = first.get_attribute("value")
    first.check()
    page.wait_for_url(f"**run={chosen}**")
    page.get_by_role("link", name="GSM8K").first.click()
    page.wait_for_url("**sort=gsm8k**")
    page.get_by_label("Model", exact=True).fill("metamath")
    page.wait_for_url("**q=metamath**")
    # What is typed stays, and so does who types.
    assert page.evaluate("document.activeElement.name") == "q"
    assert page.get_by_role("link", name="Claims").get_attribute("href") != "/claims"
    page.go_back()
    page.wait_for_url(lambda address: "q=" not in address and "sort=gsm8k" in address)
    assert page.evaluate("window.same")
    assert odd == []
    page.close()


def test_ticks_are_remembered_without_javascript(browser: "Browser", simulated: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{simulated}/?method=cft&sort=gsm8k")
    page.get_by_role("checkbox", name="Compare example/qm7b-cft-4k").check()
    page.get_by_role("button", name="Remember the ticks").click()
    page.get_by_role("link", name="MATH", exact=True).first.click()
    assert "sort=math" in page.url
    assert page.get_by_role("checkbox", name="Compare example/qm7b-cft-4k").is_checked()
    page.goto(f"{page.url}&q=no-such-row")
    page.get_by_role("link", name="Show all").click()
    assert page.get_by_role("checkbox", name="Compare example/qm7b-cft-4k").is_checked()
    context.close()


CUT = """names => names.filter(
  name => name.scrollHeight > name.clientHeight + 2 || name.scrollWidth > name.clientWidth + 1
).map(name => name.innerText)"""


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_names_as_the_hub_has_them_can_be_read(
    browser: "Browser", simulated: str, width: int
) -> None:
    page, _ = opened(browser, simulated, viewport={"width": width, "height": 900})
    page.goto(f"{simulated}/?q=qm7b")
    names = page.locator(".runs .line.name bdi")
    # Names on the hub differ at their ends.
    longer = "bdi.textContent = `Qwen2.5-Math-7B-Instruct-CFT-50K-s${at}`"
    names.evaluate_all(f"all => all.forEach((bdi, at) => {{ {longer} }})")
    assert page.locator(".runs .line.name").evaluate_all(CUT) == []
    page.close()


SCREENS = [(1440, 900, 6), (390, 844, 3)]
"""Width, height, rows that are seen whole."""

WHOLE_ROWS = """() => [...document.querySelectorAll("section:has(#measured) tbody tr")].filter(
  row => row.getBoundingClientRect().bottom <= innerHeight).length"""


@pytest.mark.parametrize(("width", "height", "rows"), SCREENS)
def test_the_answer_and_rows_stand_on_the_first_screen(
    browser: "Browser", simulated: str, width: int, height: int, rows: int
) -> None:
    page, _ = opened(browser, simulated, viewport={"width": width, "height": height})
    page.goto(simulated)
    assert page.locator(".verdicts article").count() == 3
    assert page.evaluate("document.querySelector('.hero').offsetHeight") <= 120
    assert page.evaluate(WHOLE_ROWS) >= rows
    if width > 1000:
        tall = (
            "Math.max(...[...document.querySelectorAll('.runs tbody tr')].map(r => r.offsetHeight))"
        )
        assert page.evaluate(tall) <= 60
    page.close()


@pytest.mark.parametrize("width", [1024, 1440])
def test_no_column_of_the_six_sets_scrolls_away_and_heads_stay(
    browser: "Browser", simulated: str, width: int
) -> None:
    page, _ = opened(browser, simulated, viewport={"width": width, "height": 800})
    page.goto(simulated)
    right = page.locator(".runs thead th.date").evaluate("e => e.getBoundingClientRect().right")
    assert right <= width
    page.locator(".runs tbody tr").last.scroll_into_view_if_needed()
    top = page.locator(".runs thead th").first.evaluate("e => e.getBoundingClientRect().top")
    assert top >= -1
    page.close()


def test_keys_walk_through_responses(browser: "Browser", simulated: str) -> None:
    page, odd = opened(browser, simulated)
    page.goto(f"{simulated}/runs/{CFT}?task=cft_math&outcome=wrong")
    page.keyboard.press("j")
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    second = page.url
    with page.expect_navigation():
        page.keyboard.press("k")
    assert page.url != second
    with page.expect_navigation():
        page.keyboard.press("ArrowRight")
    assert page.url == second
    with page.expect_navigation():
        page.keyboard.press("u")
    assert "/samples/" not in page.url
    assert odd == []
    page.close()


def test_keys_leave_alone_what_scrolls_and_can_be_switched_off(
    browser: "Browser", simulated: str
) -> None:
    page, odd = opened(browser, simulated, viewport={"width": 400, "height": 800})
    address = f"{simulated}/runs/{CFT}/samples/3?task=cft_math"
    page.goto(address)
    page.evaluate(
        """() => {
          const wide = document.querySelector("[role=group][tabindex]");
          wide.style.cssText = "overflow-x: scroll; white-space: nowrap; width: 60px";
          wide.focus();
        }"""
    )
    for key in ("ArrowRight", "ArrowLeft", "j", "u"):
        page.keyboard.press(key)
    page.get_by_role("link", name="answers of other models").focus()
    for key in ("Control+j", "Alt+k", "Shift+ArrowRight"):
        page.keyboard.press(key)
    assert page.url == address
    page.get_by_role("button", name="switch off").click()
    assert not page.locator("[data-hint]").is_visible()
    page.keyboard.press("j")
    page.reload()
    page.keyboard.press("j")
    assert page.url == address  # remembered
    page.get_by_role("button", name="switch on").click()
    with page.expect_navigation():
        page.keyboard.press("j")
    assert "/samples/4" in page.url
    assert odd == []
    page.close()


def test_the_keyboard_alone_reaches_a_sorted_column(browser: "Browser", simulated: str) -> None:
    page, _ = opened(browser, simulated)
    page.goto(simulated)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.get_by_role("link", name="MATH", exact=True).first.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    heads = page.locator("th[aria-sort=descending]").all_inner_texts()
    assert [head.split()[0] for head in heads] == ["MATH", "MATH"]  # measured and reported
    page.close()


HIDDEN_DRAWINGS = """() => [...document.querySelectorAll("main svg:not(svg svg)")].filter(each => {
  const box = each.getBoundingClientRect();
  return each.checkVisibility() && (box.width < 4 || box.height < 4);
}).map(each => each.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_every_drawing_can_be_seen(browser: "Browser", simulated: str, width: int) -> None:
    page, _ = opened(browser, simulated, viewport={"width": width, "height": 900})
    hidden = {}
    for name in ("board", "claims", "compare", "compare many", "run", "benchmark", "model", "cost"):
        page.goto(simulated + PATHS[name])
        assert page.locator("main svg").count() > 0
        if flat := page.evaluate(HIDDEN_DRAWINGS):
            hidden[name] = flat
    page.close()
    assert hidden == {}


def test_a_page_prints_in_light_without_its_controls(browser: "Browser", simulated: str) -> None:
    page, _ = opened(browser, simulated, color_scheme="dark")
    page.goto(simulated)
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator(".filters").is_visible()
    assert page.locator(".policy").inner_text().split() == ["Graded", "by", "strict"]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.close()


LINES = """() => [
  ...document.querySelectorAll("tbody tr:first-child td.num:not(.mean, .band)")
].map(cell => {
  const label = getComputedStyle(cell, "::before");
  const lines = Math.round(parseFloat(label.height) / parseFloat(label.lineHeight));
  return [cell.dataset.label, cell.scrollWidth > cell.clientWidth ? Infinity : lines];
})"""
"""Lines of the label of each score; endless where it is wider than its cell."""

NAME_LINES = """() => Math.max(...[...document.querySelectorAll(".model > a bdi")].map(
  name => name.offsetHeight / parseFloat(getComputedStyle(name).lineHeight)))"""


def test_on_a_telephone_no_name_is_broken_or_fills_a_row(
    browser: "Browser", simulated: str
) -> None:
    page, _ = opened(browser, simulated, viewport={"width": 320, "height": 800})
    page.goto(simulated)
    labels = dict(page.evaluate(LINES))
    assert labels["Olympiad"] == 1
    assert set(labels.values()) == {1}
    assert page.evaluate(NAME_LINES) <= 2.1
    assert page.get_by_title("W" * 100).count() == 1
    page.close()


FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>"""
PLAIN_FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


@pytest.mark.skipif(not PLAIN_FONT.exists(), reason="no DejaVu Sans: apt-get install fonts-dejavu")
def test_a_machine_without_a_font_for_mathematics_shows_every_letter(
    browser: "Browser", simulated: str, tmp_path: Path
) -> None:
    """Two letters that a font lacks are the same empty box."""
    shutil.copy(PLAIN_FONT, tmp_path)
    settings = tmp_path / "fonts.conf"
    settings.write_text(FONTS.format(folder=tmp_path))
    bare = browser.browser_type.launch(
        executable_path=CHROMIUM, args=FLAGS, env={**os.environ, "FONTCONFIG_FILE": str(settings)}
    )
    page = bare.new_page()
    page.goto(f"{simulated}/about")
    formula = typeset(r"$a + c + e + n + o + \theta + \beta$")
    page.evaluate("html => { document.querySelector('main').innerHTML = html }", str(formula))
    drawn = [letter.screenshot() for letter in page.locator("mi").all()]
    bare.close()
    assert len(set(drawn)) == len(drawn) == 7


ALIGNED = r"\begin{align*} a &= b + c \\ d + e + f + g &= h \end{align*}"

EDGES = """() => [...document.querySelectorAll("mtr")].map(row => [
  getComputedStyle(row.children[0]).textAlign, getComputedStyle(row.children[1]).textAlign])"""


def test_lines_of_an_alignment_meet_at_their_sign(browser: "Browser", simulated: str) -> None:
    page, _ = opened(browser, simulated)
    page.goto(f"{simulated}/about")
    page.evaluate("html => { document.querySelector('main').innerHTML = html }", typeset(ALIGNED))
    assert page.evaluate(EDGES) == [["right", "left"], ["right", "left"]]
    page.close()


def test_paper_has_the_table_and_not_the_cards_of_a_telephone(
    browser: "Browser", simulated: str
) -> None:
    page, _ = opened(browser, simulated, viewport={"width": 718, "height": 1000})
    page.emulate_media(media="print")
    for path in (PATHS["board"], PATHS["run"], PATHS["compare many"]):
        page.goto(simulated + path)
        assert page.locator("table thead").first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 718
    page.close()


def test_a_filter_that_is_taken_back_leaves_the_board_as_it_was(
    browser: "Browser", simulated: str
) -> None:
    page, odd = opened(browser, simulated, viewport={"width": 1280, "height": 900})
    page.goto(simulated)
    models = page.locator("section:has(#measured) tbody a[data-row]")
    before = models.all_inner_texts()
    page.locator("summary", has_text="Method").click()
    page.get_by_label("RL", exact=True).check()
    page.wait_for_url("**method=RL**")
    assert 0 < models.count() < len(before)
    page.get_by_label("RL", exact=True).uncheck()
    page.wait_for_url(lambda address: "method" not in address)
    assert models.all_inner_texts() == before
    assert odd == []
    page.close()
