"""What is installed, for a bug report: `cft-eval --version --json`."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, distribution

from cft_eval._version import __version__

PACKAGES = (
    "sympy", "pydantic", "numpy", "httpx", "lm-eval", "datasets", "transformers", "accelerate",
    "torch", "vllm", "peft", "trl", "fastapi", "uvicorn", "sqlalchemy", "psycopg", "pyarrow",
    "fsspec", "s3fs", "ray", "antlr4-python3-runtime", "latex2sympy2", "latex2sympy2-extended",
    "math-verify",
)  # fmt: skip
"""Those whose version explains a result or a failure."""


def installed(name: str) -> str | None:
    """The version of a distribution; None where it is not installed."""
    try:
        return distribution(name).version
    except PackageNotFoundError:
        return None


def versions() -> dict[str, object]:
    """Versions of cft_eval, its checker, Python and the packages; no path and no host name."""
    from cft_eval.checker import CHECKER_VERSION

    return {
        "cft_eval": __version__,
        "checker": CHECKER_VERSION,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "machine": platform.machine(),
        "virtual_environment": sys.prefix != sys.base_prefix,
        "packages": {
            name: version for name in PACKAGES if (version := installed(name)) is not None
        },
    }
