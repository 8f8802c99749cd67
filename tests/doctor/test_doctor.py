"""Each way in which an environment is broken, made on the spot, with the fix that is named."""

import json
import subprocess
import sys
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from cft_eval import __version__
from cft_eval.cli import main
from cft_eval.doctor import State, checks
from tests.testsets.data import needs_data


def only(check: checks.Check) -> checks.Finding:
    [finding] = list(check())
    return finding


def dist(folder: Path, name: str, version: str, *requires: str) -> PathDistribution:
    """An installed distribution, as pip leaves it."""
    place = folder / f"{name}-{version}.dist-info"
    place.mkdir(parents=True)
    lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {r}" for r in requires)]
    (place / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", *lines]))
    return PathDistribution(place)


def test_this_environment_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert only(checks.checker).state is State.OK
    assert only(checks.tasks).what == "lm_eval --tasks cft_math_suite finds them"
    assert {f.check: f.state for f in checks.extras()}["extra eval"] is State.OK


def test_it_prints_what_is_broken_and_its_fix(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CFT_EVAL_DATA", str(tmp_path))
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert f"!!  test sets: math: {tmp_path}/" in out
    assert "python -m cft_eval.testsets.download math" in out
    assert out.endswith("6 broken\n")
    assert main(["doctor", "--json"]) == 1
    facts = json.loads(capsys.readouterr().out)
    assert facts["versions"]["cft_eval"] == __version__
    assert {finding["state"] for finding in facts["findings"]} >= {"ok", "broken"}


def test_antlr_clash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"antlr4-python3-runtime": "4.11.0"}
    monkeypatch.setattr(checks, "installed", known.get)
    found = [dist(tmp_path, "latex2sympy2", "1.9.1", "antlr4-python3-runtime==4.7.2"),
             dist(tmp_path, "lm-eval", "0.4.13", 'antlr4-python3-runtime==4.11; extra == "math"'),
             dist(tmp_path, "odd", "1", "not a requirement at all")]  # fmt: skip
    monkeypatch.setattr(checks, "distributions", lambda: found)
    finding = only(checks.antlr)
    assert finding.state is State.BROKEN
    assert finding.what == (
        "antlr4-python3-runtime 4.11.0 is installed, but latex2sympy2 asks for ==4.7.2"
    )
    assert "pip uninstall latex2sympy2" in finding.fix
    monkeypatch.setattr(checks, "distributions", lambda: found[1:])
    assert only(checks.antlr).state is State.OK
    monkeypatch.setattr(checks, "installed", {}.get)
    assert list(checks.antlr()) == []


def test_an_lm_eval_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    real = checks.installed
    monkeypatch.setattr(checks, "installed", lambda n: "0.4.2" if n == "lm-eval" else real(n))
    finding = {f.check: f for f in checks.extras()}["extra eval"]
    assert finding.state is State.BROKEN
    assert "lm-eval 0.4.2 is installed, <0.5,>=0.4.12 is needed" in finding.what
    assert finding.fix == "pip install 'cft-eval[eval]'"


def test_an_extra_that_is_missing_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    real = checks.installed
    monkeypatch.setattr(checks, "installed", lambda n: None if n == "fastapi" else real(n))
    finding = {f.check: f for f in checks.extras()}["extra server"]
    assert (finding.state, finding.fix) == (State.NOTE, "pip install 'cft-eval[server]'")


@pytest.mark.parametrize(
    ("cuda", "gpus", "state"),
    [("None", "", "ok"), ("None", "NVIDIA H100", "broken"), ("'12.8'", "NVIDIA H100", "ok")],
)
def test_a_gpu_beside_a_torch_without_cuda(
    cuda: str, gpus: str, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("raise ImportError('not to be imported')")
    (tmp_path / "torch" / "version.py").write_text(f"cuda: Optional[str] = {cuda}\nhip = None\n")
    script = (
        "from cft_eval.doctor import checks\n"
        f"checks._gpus = lambda: {gpus!r}\n"
        "[found] = checks.torch_build()\n"
        "print(found.state, found.fix)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.stdout.split()[0] == state
    assert ("pytorch.org" in done.stdout) == (state == "broken")


def test_the_hub_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CFT_EVAL_DATA", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    finding = only(checks.test_sets)
    assert finding.state is State.BROKEN
    assert finding.what == "http://127.0.0.1:9 does not answer (ConnectError)"
    assert "HF_ENDPOINT" in finding.fix
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert only(checks.test_sets).state is State.NOTE


def test_autoload_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CFT_EVAL_AUTOLOAD", "0")
    finding = only(checks.tasks)
    assert (finding.state, finding.fix) == (
        State.NOTE,
        "unset CFT_EVAL_AUTOLOAD, or use cft-eval run",
    )
    monkeypatch.delenv("CFT_EVAL_AUTOLOAD")
    others = [finder for finder in sys.meta_path if type(finder).__name__ != "_Finder"]
    monkeypatch.setattr(sys, "meta_path", others)
    monkeypatch.delitem(sys.modules, "_cft_eval_autoload", raising=False)
    assert only(checks.tasks).state is State.BROKEN


@needs_data
def test_benchmarks_in_a_folder() -> None:
    found = list(checks.test_sets())
    assert [finding.state for finding in found] == [State.OK] * 6
    assert found[0].what == "MATH: 5,000 problems, as published"


def test_versions_for_a_bug_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["cft_eval"] == __version__
    assert {"sympy", "numpy", "pydantic"} <= facts["packages"].keys()
