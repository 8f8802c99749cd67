"""An lm-eval that a run cannot use is said in one sentence, before anything is loaded."""

import sys
from pathlib import Path

import pytest

from cft_eval.cli import main
from cft_eval.harness import fits
from tests.doctor.made import dist


def test_the_one_that_is_here_fits() -> None:
    fits.check_lm_eval()


def test_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dist(tmp_path, "lm-eval", "0.4.8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert main(["run", "--model", "dummy"]) == 2
    assert capsys.readouterr().err == (
        "cft-eval: lm-eval 0.4.8 is installed, <0.6,>=0.4.13 is needed: "
        "`cft-eval doctor` says how to fix it\n"
    )


def test_too_old_for_plain_lm_eval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """0.4.12 pools the standard error of a group by size: a tenth of what it is."""
    from cft_eval.harness.task import MathTask

    dist(tmp_path, "lm-eval", "0.4.12")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(fits.UnfitLmEval, match=r"lm-eval 0\.4\.12 is installed"):
        MathTask({"task": "cft_mini_math", "dataset_name": "mini_math"})


def test_older_than_its_transformers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dist(tmp_path, "lm-eval", "0.4.13")
    dist(tmp_path, "transformers", "5.0.0")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(sys.modules, "lm_eval.models", None)  # it does not load
    assert main(["run", "--model", "dummy"]) == 2
    assert capsys.readouterr().err == (
        "cft-eval: lm-eval 0.4.13 does not fit transformers 5.0.0 (ModuleNotFoundError: import of "
        "lm_eval.models halted; None in sys.modules): `cft-eval doctor` says how to fix it\n"
    )
