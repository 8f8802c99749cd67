"""Find out, honestly and fast, whether a math checkpoint got better.

Importing this package is light: torch, lm-eval, FastAPI and sympy load inside the functions
that need them.
"""

from pathlib import Path

# Installed, every room lies in this folder. In a checkout tasks/, server/ and leaderboard/
# lie beside it; this line lets `python -m pytest` find them there, installed or not.
__path__ += [str(p) for p in [Path(__file__).parents[1]] if (p / "pyproject.toml").is_file()]

from cft_eval._version import __version__  # noqa: E402
from cft_eval.checker import Outcome, Verdict, check, check_many, equal  # noqa: E402

__all__ = ["Outcome", "Verdict", "__version__", "check", "check_many", "equal"]
