"""Draw the pictures of a board that the guide shows, from simulated runs in a real browser.

    python docs/pictures.py        (`pip install playwright`, and Chromium)

The runs are those of `tests/simulated.py`; the bar at the top of each page is part of the picture.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
OUT = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT))

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


def main() -> None:
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
    with tempfile.TemporaryDirectory() as folder:
        config = boards.settings(Path(folder))
        database = Database(config.database)
        fill(database, Blobs(config.blob_folder), chosen=chosen)
        database.close()
        with boards.served(config, problems=PUBLISHED) as url:
            draw(url, ids)


def draw(url: str, ids: dict[str, str]) -> None:
    """Write every picture of the board at ``url``; ``ids`` are those of its models' runs."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for picture in PICTURES:
            options: dict[str, Any] = {"color_scheme": "dark"} if picture.dark else {}
            page = browser.new_page(
                viewport={"width": picture.width, "height": picture.height}, **options
            )
            page.goto(url + picture.path.format_map(ids))
            page.screenshot(path=OUT / f"{picture.file}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
