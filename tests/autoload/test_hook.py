"""The hook itself, on a stand-in for `lm_eval.tasks`: what it adds, and that it breaks nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

AUTOLOAD = Path(__file__).parents[2] / "autoload"

MANAGER = """
class TaskManager:
    def __init__(self, verbosity=None, include_path=None, include_defaults=True, metadata=None):
        self.include_path = include_path
"""
ENTRY_POINTS = MANAGER + "\ndef discover_plugin_task_paths(): pass\n"
RENAMED = "class Tasks: pass\n"


def _run(tmp_path: Path, tasks: str, code: str, **env: str) -> "subprocess.CompletedProcess[str]":
    package = tmp_path / "lm_eval" / "tasks"
    package.mkdir(parents=True)
    (tmp_path / "lm_eval" / "__init__.py").touch()
    (package / "__init__.py").write_text(tasks)
    start = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(AUTOLOAD)!r}, "
        f"{str(AUTOLOAD.parent)!r}]\n"
        # The installed hook, if any, must not do the work of the one under test.
        "sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != '_Finder']\n"
        "sys.modules.pop('_cft_eval_autoload', None)\n"
        "import _cft_eval_autoload as hook\nhook.install(); hook.install()\n"
    )
    return subprocess.run(
        [sys.executable, "-c", start + code],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


SHOW = "from lm_eval.tasks import TaskManager; print(TaskManager({}).include_path)"
OURS = str(AUTOLOAD.parent / "tasks")

ADDED = [
    ("", [OURS]),
    ("include_path='/mine'", [OURS, "/mine"]),
    ("include_path=['/a', '/b']", [OURS, "/a", "/b"]),
    ("None, '/mine'", [OURS, "/mine"]),
    # Who wants no default tasks wants none of ours either.
    ("include_defaults=False", None),
]


@pytest.mark.parametrize(("arguments", "paths"), ADDED)
def test_our_folder_comes_first(arguments: str, paths: list[str] | None, tmp_path: Path) -> None:
    done = _run(tmp_path, MANAGER, SHOW.format(arguments))
    assert (done.stdout, done.stderr) == (f"{paths}\n", "")


def test_switched_off(tmp_path: Path) -> None:
    done = _run(tmp_path, MANAGER, SHOW.format(""), CFT_EVAL_AUTOLOAD="0")
    assert (done.stdout, done.stderr) == ("None\n", "")


def test_an_lm_eval_that_reads_entry_points_is_left_alone(tmp_path: Path) -> None:
    assert _run(tmp_path, ENTRY_POINTS, SHOW.format("")).stdout == "None\n"


def test_an_lm_eval_that_changed_goes_on_without_our_tasks(tmp_path: Path) -> None:
    done = _run(tmp_path, RENAMED, "import lm_eval.tasks; print(lm_eval.tasks.Tasks)")
    assert done.returncode == 0
    assert done.stderr.startswith("cft_eval: its tasks are not registered with lm_eval: ")
    assert done.stderr.count("\n") == 1


def test_a_missing_lm_eval_is_missed_as_ever(tmp_path: Path) -> None:
    code = "sys.path[:1] = []\ntry:\n import lm_eval.nothing\nexcept ImportError as e: print(e)"
    assert "No module named" in _run(tmp_path, MANAGER, code).stdout
