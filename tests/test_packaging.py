"""What is released: the same to the byte when built twice, with its licences and one version."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import time
from importlib.metadata import distribution
from pathlib import Path

import pytest

from cft_eval import __version__

ROOT = Path(__file__).parents[1]


def _checkout(place: Path, *, when: float) -> Path:
    """What git would commit, with other times on the files."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in filter(lambda name: os.path.lexists(ROOT / name), listed):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, place / name, follow_symlinks=False)
        os.utime(place / name, (when, when), follow_symlinks=False)
    return place


def _built(source: Path, *more: str) -> dict[str, str]:
    command = [sys.executable, "-m", "hatchling", "build", "--directory", "made", *more]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (source / "made").iterdir()
    }


@pytest.mark.slow
def test_two_builds_are_the_same_to_the_byte(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="needs the dev group")
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout: what is released cannot be listed")
    first = _built(_checkout(tmp_path / "one", when=time.time() - 1e6))
    second = _built(_checkout(tmp_path / "another place", when=time.time()))
    assert sorted(first) == [
        f"cft_eval-{__version__}-py3-none-any.whl",
        f"cft_eval-{__version__}.tar.gz",
    ]
    assert first == second
    # The wheel of the source release is the wheel of the checkout: it has every package.
    with tarfile.open(tmp_path / "one" / "made" / f"cft_eval-{__version__}.tar.gz") as archive:
        archive.extractall(tmp_path / "released", filter="data")
    (source,) = (tmp_path / "released").iterdir()
    wheel = f"cft_eval-{__version__}-py3-none-any.whl"
    assert _built(source, "--target", "wheel") == {wheel: first[wheel]}


def test_the_version_stands_in_one_place() -> None:
    assert distribution("cft-eval").version == __version__
    places = [
        path
        for pattern in ("*.toml", "*.md", "*.cfg", "cft_eval/**/*.py")
        for path in ROOT.glob(pattern)
        if f'"{__version__}"' in path.read_text("utf-8") and "pyproject" not in path.name
    ]
    assert [path.name for path in places] == ["_version.py"]


def test_licences_of_what_we_depend_on_are_listed() -> None:
    """Every direct dependency stands in docs/licences.md; `make licences` writes it."""
    from packaging.requirements import Requirement

    text = (ROOT / "docs" / "licences.md").read_text("utf-8").lower().replace("_", "-")
    for line in distribution("cft-eval").requires or ():
        name = Requirement(line).name.lower().replace("_", "-")
        if name not in ("cft-eval", "vllm"):
            assert f"| {name} |" in text, f"{name} is not listed: make licences"
