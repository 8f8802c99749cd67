"""What GitHub reads: workflows, forms for issues, the citation."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cft_eval import __version__

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("[!c]*.yml"))


def read(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def scripts(path: Path) -> list[str]:
    jobs = read(path)["jobs"].values()
    return [step["run"] for job in jobs for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_of_the_schema(path: Path) -> None:
    pytest.importorskip("check_jsonschema")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema",
               "vendor.github-workflows", str(path)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_its_scripts_are_shell_and_its_targets_are_there(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for script in scripts(path):
        done = subprocess.run(["bash", "-n", "-c", script], capture_output=True, check=False)
        assert done.returncode == 0, script
        for target in re.findall(r"\bmake ([a-z-]+)", script):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_actions_have_a_version_and_jobs_little_leave() -> None:
    for path in WORKFLOWS:
        workflow = read(path)
        assert "permissions" in workflow
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                assert "uses" not in step or re.search(r"@(v\d+|release/v1)$", step["uses"]), step


def test_an_images_name_is_in_small_letters() -> None:
    """GitHub's owners may have capitals, which a registry refuses."""
    for path in WORKFLOWS:
        for job in read(path)["jobs"].values():
            for step in job["steps"]:
                assert "github.repository" not in step.get("with", {}).get("tags", ""), step


def test_the_release_is_of_the_tag() -> None:
    [check] = [s for s in scripts(ROOT / ".github/workflows/release.yml") if "_version" in s]
    for name, code in ((f"v{__version__}", 0), ("v9.9.9", 1)):
        done = subprocess.run(
            ["bash", "-c", check.replace("python", sys.executable)],
            cwd=ROOT, env={"GITHUB_REF_NAME": name, "PATH": "/usr/bin:/bin"}, check=False,
        )  # fmt: skip
        assert done.returncode == code


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_a_form_asks_for_what_is_needed(path: Path) -> None:
    form = read(path)
    assert {"name", "description", "body"} <= form.keys()
    ids = [field["id"] for field in form["body"]]
    assert len(ids) == len(set(ids)) >= 3


def test_the_citation_is_of_this_version() -> None:
    assert read(ROOT / "CITATION.cff")["version"] == __version__
