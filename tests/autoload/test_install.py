"""The wheel, and plain lm_eval finding our tasks after either kind of install.

Builds and installs for real, from a copy, into fresh environments that borrow this one's
packages: nothing is downloaded.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

pytest.importorskip("lm_eval", reason="needs the extra `eval`")
pytest.importorskip("hatchling", reason="needs the dev group")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PACKAGES = {"cft_eval": "cft_eval", "tasks": "cft_eval/tasks", "server": "cft_eval/server"} | {
    "leaderboard": "cft_eval/leaderboard"
}
AUTOLOAD = {"_cft_eval_autoload.py", "cft_eval_autoload.pth", "cft_eval_autoload.start"}
DUMMY = ["--model", "dummy", "--tasks", "cft_math_suite_mini", "--limit", "1"]


def _run(
    command: Sequence[str | Path], *, cwd: Path, **env: str
) -> "subprocess.CompletedProcess[str]":
    # No PYTHONPATH: what is found must have been installed.
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "CFT_EVAL_AUTOLOAD")}
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**kept, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def _ok(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def _sources() -> list[str]:
    """What git would commit: new files count, ignored ones do not."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = _ok(_run(command, cwd=ROOT)).splitlines()
    return [name for name in listed if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout: a build must not write into it, nor find leftovers in it."""
    copy = tmp_path_factory.mktemp("checkout") / "cft-eval"
    for name in _sources():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
    ]
    _ok(_run([*build, "--no-index", "--wheel-dir", out, checkout], cwd=out))
    (built,) = out.glob("cft_eval-*.whl")
    return built


def _environment(folder: Path, what: Sequence[str | Path]) -> Path:
    """A fresh environment with cft_eval installed; returns its Python."""
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    (site,) = (folder / "lib").glob("python*/site-packages")
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    (site / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
    ]
    _ok(_run([*pip, "--no-index", "--no-build-isolation", "--ignore-installed", *what], cwd=folder))
    return python


@pytest.fixture(scope="module")
def regular(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _environment(tmp_path_factory.mktemp("regular"), [wheel])


@pytest.fixture(scope="module")
def editable(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _environment(tmp_path_factory.mktemp("editable"), ["--editable", checkout])


def test_the_wheel_holds_every_file_of_the_rooms_and_nothing_else(wheel: Path) -> None:
    names = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = set(AUTOLOAD)
    for name in _sources():
        package, _, rest = name.partition("/")
        if package in PACKAGES and rest:
            wanted.add(f"{PACKAGES[package]}/{rest}")
    assert names == wanted
    for kind in ("yaml", "jsonl", "txt"):
        assert any(name.endswith(f".{kind}") for name in names)


def test_a_regular_install_leaks_no_generic_name(regular: Path) -> None:
    (site,) = (regular.parents[1] / "lib").glob("python*/site-packages")
    found = {path.name for path in site.iterdir() if not path.name.endswith(".dist-info")}
    assert found - {"__pycache__", "borrowed.pth"} == AUTOLOAD | {"cft_eval"}


def test_lm_eval_runs_the_suite_by_its_name(regular: Path, tmp_path: Path) -> None:
    shown = _ok(_run([regular, "-m", "lm_eval", *DUMMY], cwd=tmp_path))
    assert re.search(r"CFT math suite, mini *\| *1\|none *\| *0\|acc ", shown)


def test_lm_eval_validates_and_lists_the_suite(regular: Path, tmp_path: Path) -> None:
    validate: list[str | Path] = [regular, "-m", "lm_eval", "validate", "--tasks", "cft_math_suite"]
    _ok(_run(validate, cwd=tmp_path))
    groups = _ok(_run([regular, "-m", "lm_eval", "ls", "groups"], cwd=tmp_path))
    for group in ("cft_math_suite", "cft_math_suite_mini", "cft_math_suite_sampled"):
        assert re.search(rf"\b{group}\b", groups)


IN_PROCESS = """
import warnings
import _cft_eval_autoload, sys
_cft_eval_autoload.install()
assert sum(type(f).__name__ == "_Finder" for f in sys.meta_path) == 1, sys.meta_path
import lm_eval
found = lm_eval.simple_evaluate(
    model="dummy", tasks=["cft_math_suite_mini"], limit=1, bootstrap_iters=0
)
print(found["group_subtasks"]["cft_math_suite_mini"])
import cft_eval.server, cft_eval.leaderboard
"""


def test_an_editable_install_serves_simple_evaluate(editable: Path, tmp_path: Path) -> None:
    shown = _ok(_run([editable, "-c", IN_PROCESS], cwd=tmp_path))
    assert "cft_mini_gsm8k" in shown


def test_switched_off_nothing_waits_for_lm_eval(editable: Path, tmp_path: Path) -> None:
    code = "import sys; print([f for f in sys.meta_path if type(f).__name__ == '_Finder'])"
    assert _ok(_run([editable, "-c", code], cwd=tmp_path, CFT_EVAL_AUTOLOAD="0")) == "[]\n"


def test_it_is_a_small_part_of_the_start_of_python(regular: Path, tmp_path: Path) -> None:
    # The least of several: what the machine does besides must not count.
    shares = []
    for _ in range(7):
        timed = _run([regular, "-X", "importtime", "-c", "pass"], cwd=tmp_path)
        lines = [line.split("|") for line in timed.stderr.splitlines() if "imported" not in line]
        (ours,) = [int(line[1]) for line in lines if line[2].strip() == "_cft_eval_autoload"]
        shares.append(ours / sum(int(line[0].split(":")[1]) for line in lines))
    assert min(shares) < 0.1
