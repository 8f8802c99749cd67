"""Whether the lm-eval that is installed can be used: its version, and that it loads at all.

It knows nothing of tasks or runs. An lm-eval that is too old, or older than the transformers
beside it, fails somewhere inside its own imports; here that is one sentence.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec

from packaging.requirements import Requirement

from cft_eval.errors import CftError, MissingExtra

LOADED = ("lm_eval.tasks", "lm_eval.models", "lm_eval.evaluator", "lm_eval.__main__")
"""What a run imports of lm-eval, and through it of transformers."""


class UnfitLmEval(CftError):
    """An lm-eval that is there, and is not one that a run can use."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}: `cft-eval doctor` says how to fix it")


def check_lm_eval() -> None:
    """Raise `MissingExtra` without lm-eval, `UnfitLmEval` where it cannot be used."""
    if find_spec("lm_eval") is None:
        raise MissingExtra("evaluating", "eval")
    check_version()
    version = _version("lm-eval")
    try:
        for name in LOADED:
            import_module(name)
    except (AttributeError, ImportError) as error:
        beside = f"transformers {_version('transformers') or '(none)'}"
        raise UnfitLmEval(
            f"lm-eval {version} does not fit {beside} ({type(error).__name__}: {error})"
        ) from error


def check_version() -> None:
    """Raise `UnfitLmEval` where its version is not one that we require."""
    version, needed = _version("lm-eval"), _needed()
    if version and needed and not needed.specifier.contains(version, prereleases=True):
        raise UnfitLmEval(f"lm-eval {version} is installed, {needed.specifier} is needed")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _needed() -> Requirement | None:
    """Our own requirement of lm-eval; None in a folder that is not installed."""
    try:
        requirements = requires("cft-eval") or []
    except PackageNotFoundError:
        return None
    return next((r for r in map(Requirement, requirements) if r.name == "lm-eval"), None)
