"""Draw the pictures of the guide, from simulated runs in a real browser.

    python docs/pictures.py        (`pip install playwright`, and Chromium)

The runs are those of `tests/simulated.py`. Pages of a board come from a server, with the bar at
their top; the reports of `cft-eval compare` and `cft-eval gate` from the commands.
"""

import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

ROOT = Path(__file__).parent.parent
OUT = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from cft_eval.results import Run, Sample

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CFT, SFT, ACEMATH, INSTRUCT = "qm7b-cft-step-98", "qm7b-sft-gpt4o", "qm7b-acemath-style", "qm7b-rl"


class PagePicture(NamedTuple):
    """A page of the board, and how large a window looks at it."""

    file: str
    path: str
    """Names of models in braces stand for the ids of their runs."""

    width: int
    height: int
    dark: bool = False


PICTURES = (
    PagePicture("board", "/", 1200, 900),
    PagePicture("board-narrow", "/", 390, 844),
    PagePicture("board-dark", "/?policy=cft_paper&sort=minerva_math", 1200, 900, dark=True),
    PagePicture("claims", "/claims", 1200, 900),
    PagePicture("claims-narrow", "/claims", 390, 844),
    PagePicture("compare-page", f"/compare?run={{{SFT}}}&run={{{CFT}}}", 1200, 1000),
    PagePicture(
        "compare-many",
        f"/compare?run={{{SFT}}}&run={{{CFT}}}&run={{{ACEMATH}}}&run={{{INSTRUCT}}}",
        1200,
        1300,
    ),
    PagePicture("run", f"/runs/{{{CFT}}}?task=cft_math", 1200, 900, dark=True),
    PagePicture("sample", f"/runs/{{{CFT}}}/samples/7?task=cft_math", 1200, 900),
)


ADMINISTRATION = (
    PagePicture("admin-review", "/admin/reviews/{upload}", 1200, 1000),
    PagePicture("admin-narrow", "/admin", 390, 844),
)


FALLEN = {"Geometry": 0.3, "Precalculus": 0.12}
"""What the gate's candidate has lost of the right answers of a subject."""

FALLEN_SIZE = 900


def main() -> None:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name, page in reports(Path(folder)).items():
            take(browser, page.as_uri(), PagePicture(name, "", 1100, 1240))
        board(browser, Path(folder))
        administration(browser, Path(folder) / "reviewed")
        browser.close()


def reports(folder: Path) -> dict[str, Path]:
    """Pictures of the commands' reports, each with its page."""
    from cft_eval.cli import main as command
    from tests.simulated import SIZES, arms, evaluated

    by_name = {arm.name.removeprefix("example/"): arm for arm in arms()}
    pages = {name: folder / f"{name}.html" for name in ("compare", "gate")}
    sides = [
        saved(folder / name, *evaluated(by_name[name], number, SIZES))
        for number, name in enumerate((SFT, CFT), start=1)
    ]
    command(["compare", *map(str, sides), "--html", str(pages["compare"])])
    old = saved(folder / "old", *evaluated(by_name[CFT], 3, {"math": FALLEN_SIZE}))
    run, samples = evaluated(by_name[CFT], 3, {"math": FALLEN_SIZE})
    new = saved(folder / "new", run, fallen(samples))
    command(["gate", str(new), "--baseline", str(old), "--html", str(pages["gate"])])
    return pages


def saved(folder: Path, run: "Run", samples: Sequence["Sample"]) -> Path:
    """The folder of a run, which claims what its samples say."""
    from cft_eval.results import write_folder

    right = Counter(sample.task for sample in samples if sample.outcome == "correct")
    tasks = {
        name: task.model_copy(update={"scores": {"acc": right[name] / task.items}})
        for name, task in run.tasks.items()
    }
    write_folder(folder, run.model_copy(update={"tasks": tasks}), samples)
    return folder


def fallen(samples: Sequence["Sample"]) -> list["Sample"]:
    """The same with wrong answers, more in some subjects than in others."""
    chance = random.Random(0)
    return [
        sample.model_copy(update={"outcome": "wrong", "answer": "0", "response": r"So \boxed{0}."})
        if sample.outcome == "correct" and chance.random() < FALLEN.get(sample.subject or "", 0.01)
        else sample
        for sample in samples
    ]


def board(browser: "Browser", folder: Path) -> None:
    from cft_eval.server.intake.problems import PUBLISHED
    from cft_eval.server.store.blobs import Blobs
    from cft_eval.server.store.database import Database
    from tests.server import boards
    from tests.simulated import arms, fill

    chosen = arms()
    ids = {
        arm.name.removeprefix("example/"): f"{number:016x}"
        for number, arm in enumerate(chosen, start=1)
    }
    config = boards.settings(folder)
    database = Database(config.database)
    fill(database, Blobs(config.blob_folder), chosen=chosen)
    database.close()
    with boards.served(config, problems=PUBLISHED) as url:
        for picture in PICTURES:
            take(browser, url + picture.path.format_map(ids), picture)


def administration(browser: "Browser", folder: Path) -> None:
    """The example run, waiting for a review, as an admin of the server sees it."""
    from cft_eval.client import Client
    from cft_eval.server.access.auth import OPEN, Scope
    from cft_eval.server.intake.problems import PUBLISHED
    from cft_eval.server.operate.accounts import Accounts
    from cft_eval.server.store.database import Database
    from tests.server import boards

    config = boards.settings(folder, review=True)
    folder.mkdir()
    database = Database(config.database)
    accounts = Accounts(database)
    accounts.organisation("red", private=True, by=OPEN)
    ana, operator = (
        accounts.mint(name, scopes=frozenset(Scope), organisation=owner, days=90, by=OPEN).token
        for name, owner in (("ana", "red"), ("operator", None))
    )
    database.close()
    with boards.served(config, problems=PUBLISHED) as url:
        with Client(url, ana) as client:
            client.publish(ROOT / "examples" / "disputes")
            [upload] = client.request("GET", "/reviews").json()
        cookies = signed_in(browser, url, operator)
        for picture in ADMINISTRATION:
            take(browser, url + picture.path.format(upload=upload["id"]), picture, cookies)


def signed_in(browser: "Browser", url: str, token: str) -> "Sequence[Any]":
    """The cookies of somebody who typed ``token``."""
    page = browser.new_page()
    page.goto(f"{url}/sign-in")
    page.fill("input[name=token]", token)
    page.click("main button")
    cookies = page.context.cookies()
    page.close()
    return cookies


def take(
    browser: "Browser", address: str, picture: PagePicture, cookies: Sequence[Any] = ()
) -> None:
    options: dict[str, Any] = {"color_scheme": "dark"} if picture.dark else {}
    page = browser.new_page(viewport={"width": picture.width, "height": picture.height}, **options)
    page.context.add_cookies(cookies)
    page.goto(address)
    page.screenshot(path=OUT / f"{picture.file}.png")
    page.close()


if __name__ == "__main__":
    main()
