"""Environments made for a test: packages that are installed, and a site-packages without some."""

import sys
import sysconfig
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest


def dist(folder: Path, name: str, version: str, *requires: str) -> PathDistribution:
    """An installed distribution, as pip leaves it."""
    metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(parents=True)
    lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {r}" for r in requires)]
    (metadata / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", *lines]))
    return PathDistribution(metadata)


def site_without(folder: Path, *without: str) -> Path:
    """A site-packages as this environment's, but for the entries of some names."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not {entry.name.lower().split("-")[0], entry.name} & set(without):
            (folder / entry.name).symlink_to(entry)
    return folder


def replace_site(monkeypatch: pytest.MonkeyPatch, folder: Path, *without: str) -> Path:
    """This environment without some packages, for what is looked for from now on."""
    site = site_without(folder, *without)
    monkeypatch.syspath_prepend(str(site))  # pytest puts the whole path back afterwards
    sys.path.remove(sysconfig.get_path("purelib"))
    return site
