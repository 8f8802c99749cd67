"""Each way in which an environment is broken, made on the spot, with the fix that is named."""

import json
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from cft_eval import __version__
from cft_eval.cli import main
from cft_eval.doctor import Finding, FindingState, checks, packages
from cft_eval.doctor.findings import Check
from tests.doctor.made import dist, replace_site, site_without
from tests.testsets.data import needs_data


def only(check: Check) -> Finding:
    [finding] = list(check())
    return finding


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages that are met before those of this environment."""
    folder = tmp_path / "beside"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_this_environment_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert only(checks.checker).state is FindingState.OK
    assert only(checks.tasks).what == "lm_eval --tasks cft_math_suite finds them"
    assert {f.check: f.state for f in packages.extras()}["extra eval"] is FindingState.OK


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


ANTLR_PACKAGES = ("antlr4_python3_runtime", "latex2sympy2", "latex2sympy2_extended", "math_verify")


def test_antlr_clash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_site(monkeypatch, tmp_path / "site", *ANTLR_PACKAGES)
    assert list(packages.antlr()) == []
    fits = tmp_path / "fits"
    dist(fits, "antlr4-python3-runtime", "4.11.0")
    dist(fits, "other", "0.4.13", 'antlr4-python3-runtime==4.11; extra == "math"')
    dist(fits, "odd", "1", "not a requirement at all")
    monkeypatch.syspath_prepend(str(fits))
    assert only(packages.antlr).state is FindingState.OK
    clash = tmp_path / "clash"
    dist(clash, "latex2sympy2", "1.9.1", "antlr4-python3-runtime==4.7.2")
    monkeypatch.syspath_prepend(str(clash))
    finding = only(packages.antlr)
    assert finding.state is FindingState.BROKEN
    assert finding.what == (
        "antlr4-python3-runtime 4.11.0 is installed, but latex2sympy2 asks for ==4.7.2"
    )
    assert "pip uninstall latex2sympy2 (" in finding.fix


def test_the_fix_of_an_antlr_clash_names_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    dist(site, "antlr4-python3-runtime", "4.7.2")
    dist(site, "latex2sympy2_extended", "1.11.0", "antlr4-python3-runtime==4.13.2")
    replace_site(monkeypatch, site, *ANTLR_PACKAGES)
    assert only(packages.antlr).fix == (
        "pip uninstall latex2sympy2_extended (cft-eval needs none of them), or for its sake "
        "pip install 'antlr4-python3-runtime==4.13.2'"
    )


@pytest.mark.parametrize("vllm", [None, "0.9.0"])
def test_an_lm_eval_that_is_too_old_is_one_finding(vllm: str | None, beside: Path) -> None:
    dist(beside, "lm-eval", "0.4.8")
    if vllm:
        dist(beside, "vllm", vllm)
    [finding] = [f for f in packages.extras() if f.state is FindingState.BROKEN]
    assert finding.check == "extra eval"
    assert "lm-eval 0.4.8 is installed, <0.6,>=0.4.13 is needed" in finding.what
    assert finding.fix == "pip install 'lm-eval[api]<0.6,>=0.4.13'"
    engine = {f.check: f.what for f in packages.extras()}["extra vllm"]
    assert engine == (
        "the fast engine: waits for the fix of extra eval"
        if vllm
        else "the fast engine: not installed (vllm)"
    )


def test_an_extra_that_is_missing_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_site(monkeypatch, tmp_path / "site", "fastapi")
    finding = {f.check: f for f in packages.extras()}["extra server"]
    assert (finding.state, finding.fix) == (FindingState.NOTE, "pip install 'cft-eval[server]'")


LACKING = [
    ("sympy", "sympy is not installed", "pip install 'sympy>=1.13'"),
    # sympy's own: without it the checker itself does not load.
    ("mpmath", "mpmath is not installed (sympy needs it)", "pip install 'mpmath"),
    ("packaging", "packaging is not installed, so no version", "pip install packaging"),
    ("numpy pydantic httpx tqdm", "httpx is not installed; numpy is", "pip install 'httpx>=0.27'"),
]


@pytest.mark.parametrize(("names", "what", "fix"), LACKING, ids=[names for names, *_ in LACKING])
def test_a_package_of_the_base_is_not_there(
    names: str, what: str, fix: str, tmp_path: Path
) -> None:
    done = doctor_without(names.split(), tmp_path)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stdout.splitlines()
    [place] = [n for n, line in enumerate(lines) if line.startswith("!!  packages: ")]
    assert what in lines[place]
    assert fix in lines[place + 1]


def doctor_without(names: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """`cft-eval doctor` in an environment as this one, but for some entries of site-packages."""
    venv.create(folder, symlinks=True)
    there = next(folder.glob("lib/python3*/site-packages"))
    site_without(there, *names)
    return subprocess.run(
        [str(folder / "bin" / "python"), "-m", "cft_eval.cli", "doctor"],
        capture_output=True, text=True, check=False, cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip


def test_the_line_that_loads_our_tasks_is_not_there(tmp_path: Path) -> None:
    out = doctor_without(["cft_eval_autoload.pth"], tmp_path).stdout
    assert out.endswith("\n1 broken\n")
    _, _, after = out.partition("!!  tasks: cft_eval_autoload.pth did not run")
    assert re.match(r".*\n +(in the checkout: )?pip install --force-reinstall --no-deps ", after)


def test_a_package_of_the_base_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    finding = only(packages.base)
    assert finding.what.startswith("numpy does not load: ModuleNotFoundError: import of numpy ")
    assert finding.fix == "pip install --force-reinstall numpy"


def test_a_check_that_fails_is_a_finding() -> None:
    def disk() -> Iterator[Finding]:
        raise OSError("no such disk")
        yield

    [finding] = checks.examine((disk,))
    assert finding.what == "could not be looked at: OSError: no such disk"
    assert finding.state is FindingState.BROKEN


@pytest.mark.parametrize(("answer", "reference"), checks.SYMPY_SETTLES)
def test_what_the_checker_is_asked_needs_sympy(answer: str, reference: str) -> None:
    from cft_eval.checker.compare.answers import judge
    from cft_eval.checker.types.rules import Rules

    inside = answer.removeprefix(r"\boxed{").removesuffix("}")
    assert judge(inside, reference, Rules(), deep=False).undecided
    assert judge(inside, reference, Rules(), deep=True).outcome == "correct"


def test_the_fix_of_a_lost_pth_is_of_the_kind_of_install(tmp_path: Path, beside: Path) -> None:
    dist(beside, "cft-eval", __version__)
    note = beside / f"cft_eval-{__version__}.dist-info" / "direct_url.json"
    command = "pip install --force-reinstall --no-deps"
    git = {"url": "https://x/y", "vcs_info": {"vcs": "git", "commit_id": "abc"}}
    for text, fix in [
        ({"url": f"file://{tmp_path}", "dir_info": {"editable": True}}, f"--editable {tmp_path}"),
        ({"url": f"file://{tmp_path}", "dir_info": {}}, str(tmp_path)),
        (git, "'git+https://x/y@abc'"),
    ]:
        note.write_text(json.dumps(text))
        assert packages.reinstall() == f"{command} {fix}"
    note.write_text(json.dumps({"url": "file:///gone/away", "dir_info": {}}))
    assert packages.reinstall() == f"in the checkout: {command} ."
    note.unlink()
    assert packages.reinstall() == f"in the checkout: {command} ."


@pytest.mark.parametrize(
    ("cuda", "gpus", "state"),
    [("None", "", "ok"), ("None", "NVIDIA H100", "broken"), ("'12.8'", "NVIDIA H100", "ok")],
)
def test_a_gpu_beside_a_torch_without_cuda(
    cuda: str, gpus: str, state: str, tmp_path: Path
) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("raise ImportError('not to be imported')")
    (tmp_path / "torch" / "version.py").write_text(f"cuda: Optional[str] = {cuda}\nhip = None\n")
    script = (
        "from cft_eval.doctor import checks\n"
        "[finding] = checks.torch_build()\n"
        "print(finding.state, finding.fix)"
    )
    driver = tmp_path / "nvidia-smi"
    driver.write_text(f"#!/bin/sh\necho '{gpus}'\n")
    driver.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}",
             "PATH": f"{tmp_path}:/usr/bin:/bin"},
    )  # fmt: skip
    assert done.stdout.split()[0] == state
    assert ("pytorch.org" in done.stdout) == (state == "broken")


def test_no_torch_where_something_asks_for_it(tmp_path: Path) -> None:
    names = {entry.name for entry in Path(sysconfig.get_path("purelib")).glob("torch*")}
    done = doctor_without([name for name in names if re.match(r"torch(-|$)", name)], tmp_path)
    assert done.returncode == 1, done.stderr
    [what, fix] = re.findall(r"!!  torch: (.*)\n +(.*)", done.stdout)[0]
    assert what == (
        "not installed, and accelerate, peft cannot do without: neither `cft-eval run --model hf` "
        "nor `cft-eval train` works (engines with an API do)"
    )
    assert fix == "pip install 'torch>=2.4'"
    assert done.stdout.endswith("\n1 broken\n")


@pytest.mark.slow
def test_no_torch_where_engines_have_an_api(tmp_path: Path) -> None:
    names = {entry.name for entry in Path(sysconfig.get_path("purelib")).glob("torch*")}
    without = ["accelerate", "peft", *(name for name in names if re.match(r"torch(-|$)", name))]
    out = doctor_without(without, tmp_path / "api").stdout
    assert "torch: not installed: --model hf and `cft-eval train` need it" in out
    out = doctor_without([*without, "lm_eval"], tmp_path / "none").stdout
    assert " torch: " not in out


def test_what_an_extras_package_needs_is_of_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(packages.requirements()) == []
    dist(tmp_path, "peft", "0.13", "numpy<1", "nosuch>=2; python_version>'3'", "psutil")
    monkeypatch.syspath_prepend(str(tmp_path))
    finding = only(packages.requirements)
    assert finding.state is FindingState.BROKEN
    assert finding.what == (
        f"peft needs numpy<1, which is {packages.installed('numpy')}; "
        "peft needs nosuch>=2, which is not installed"
    )
    assert finding.fix == "pip install 'numpy<1' 'nosuch>=2'"


def test_the_fix_of_a_wrong_folder_works_in_the_same_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CFT_EVAL_DATA", str(tmp_path))
    fix = next(iter(checks.test_sets())).fix
    # Stands in for the hub: whether the variable is set when the download begins.
    command = fix.replace("python -m cft_eval.testsets.download math ", "env ")
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert "PATH=" in done.stdout
    assert "CFT_EVAL_DATA" not in done.stdout
    assert fix.endswith("# or set it to the folder that holds math/test.jsonl")


def test_the_hub_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CFT_EVAL_DATA", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    finding = only(checks.test_sets)
    assert finding.state is FindingState.BROKEN
    assert finding.what == "http://127.0.0.1:9 does not answer (ConnectError)"
    assert "HF_ENDPOINT" in finding.fix
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert only(checks.test_sets).state is FindingState.NOTE


def test_autoload_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CFT_EVAL_AUTOLOAD", "0")
    finding = only(checks.tasks)
    assert (finding.state, finding.fix) == (FindingState.BROKEN, "unset CFT_EVAL_AUTOLOAD")
    monkeypatch.delenv("CFT_EVAL_AUTOLOAD")
    others = [finder for finder in sys.meta_path if type(finder).__name__ != "_Finder"]
    monkeypatch.setattr(sys, "meta_path", others)
    monkeypatch.delitem(sys.modules, "_cft_eval_autoload", raising=False)
    finding = only(checks.tasks)
    assert finding.state is FindingState.BROKEN
    assert "--force-reinstall --no-deps" in finding.fix


@needs_data
def test_benchmarks_in_a_folder() -> None:
    found = list(checks.test_sets())
    assert [finding.state for finding in found] == [FindingState.OK] * 6
    assert found[0].what == "MATH: 5,000 problems, as published"


def test_versions_for_a_bug_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["cft_eval"] == __version__
    assert {"sympy", "numpy", "pydantic"} <= facts["packages"].keys()
