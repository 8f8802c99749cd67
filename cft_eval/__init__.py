"""Find out, honestly and fast, whether a math checkpoint got better.

Importing this package is light: torch, lm-eval, FastAPI and sympy load inside the functions
that need them, and the checker itself on its first use.
"""

from pathlib import Path
from typing import TYPE_CHECKING

# Installed, every package lies in this folder. In a checkout tasks/, server/ and leaderboard/
# lie beside it; this line lets `python -m pytest` find them there, installed or not.
__path__ += [str(p) for p in [Path(__file__).parents[1]] if (p / "pyproject.toml").is_file()]

from cft_eval._version import __version__  # noqa: E402

if TYPE_CHECKING:
    from cft_eval.checker import Outcome, Verdict, check, check_many, equal
    from cft_eval.notebook import EvaluatedRun, evaluate

__all__ = [
    "EvaluatedRun",
    "Outcome",
    "Verdict",
    "__version__",
    "check",
    "check_many",
    "equal",
    "evaluate",
]


def __getattr__(name: str) -> object:
    """The checker's names and the evaluation's, loaded when first asked for."""
    if name in ("EvaluatedRun", "evaluate"):
        from cft_eval import notebook

        return getattr(notebook, name)
    if name in __all__:
        from cft_eval import checker

        return getattr(checker, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
