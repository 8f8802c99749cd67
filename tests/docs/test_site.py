"""The guide as a site: it builds, every link leads somewhere, nothing comes from elsewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cft_eval.cli import COMMANDS
from tests.docs.commands import ROOT

pytest.importorskip("mkdocs", reason="needs the dev group")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    # `strict: true` in mkdocs.yml makes every warning, a broken link among them, an error.
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(out)],
        cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def test_the_references_are_made_from_the_code(site: Path) -> None:
    cli = (site / "reference" / "cli.html").read_text("utf-8")
    assert all(f"usage: cft-eval {name} " in cli for name in COMMANDS)
    python = (site / "reference" / "python.html").read_text("utf-8")
    assert "Decide whether <code>response</code>, a model's whole text, gives the answer" in python


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    loads = re.compile(r"<(?:script|img|link|iframe)[^>]+(?:src|href)=\"?(https?://[^\"> ]+)")
    for page in site.rglob("*.html"):
        found = set(loads.findall(page.read_text("utf-8")))
        assert not found, f"{page.name}: {found}"


def test_anchors_lead_somewhere(site: Path) -> None:
    for page in site.glob("*.html"):
        text = page.read_text("utf-8")
        for target, anchor in re.findall(r'href="([\w/]*\.html)?#([\w-]+)"', text):
            if anchor.startswith("__"):
                continue
            there = (page.parent / target).read_text("utf-8") if target else text
            assert f'id="{anchor}"' in there, f"{page.name}: {target}#{anchor}"
