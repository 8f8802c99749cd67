"""An lm-eval that a run cannot use is said in one sentence, before anything is loaded."""

import pytest

from cft_eval.cli import main
from cft_eval.harness import fits


def test_the_one_that_is_here_fits() -> None:
    fits.check_lm_eval()


def test_too_old(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(fits, "_version", {"lm-eval": "0.4.8"}.get)
    assert main(["run", "--model", "dummy"]) == 2
    assert capsys.readouterr().err == (
        "cft-eval: lm-eval 0.4.8 is installed, <0.6,>=0.4.13 is needed: "
        "`cft-eval doctor` says what mends it\n"
    )


def test_older_than_its_transformers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(name: str) -> None:
        if name == "lm_eval.models":
            raise AttributeError("module transformers has no attribute AutoModelForVision2Seq")

    known = {"lm-eval": "0.4.13", "transformers": "5.0.0"}
    monkeypatch.setattr(fits, "_version", known.get)
    monkeypatch.setattr(fits, "import_module", load)
    assert main(["run", "--model", "dummy"]) == 2
    assert capsys.readouterr().err == (
        "cft-eval: lm-eval 0.4.13 does not fit transformers 5.0.0 (AttributeError: module "
        "transformers has no attribute AutoModelForVision2Seq): `cft-eval doctor` says what mends "
        "it\n"
    )
