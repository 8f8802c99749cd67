"""An error of ours that ends lm-eval's own command is its last line, and not a traceback.

    lm_eval --tasks cft_… ── CftError, caught by nobody ──> "cft_eval: what, where, what to do"

Python's own hook for errors that nobody caught is used; all other errors go to the one before it.
In any other program, ours or a user's, nothing is changed.
"""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from cft_eval.errors import CftError
from cft_eval.plain import lines

Hook = Callable[[type[BaseException], BaseException, TracebackType | None], Any]

COMMANDS = {"lm_eval", "lm-eval", "lm_eval.exe", "lm-eval.exe"}
"""Names under which lm-eval's command is installed."""


def speak_plainly() -> None:
    """Print our errors in a line where lm-eval's command runs. Calling it again changes nothing."""
    program = Path(sys.argv[0])
    module = program.name == "__main__.py" and program.parent.name == "lm_eval"
    if (program.name in COMMANDS or module) and not hasattr(sys.excepthook, "cft_eval"):
        sys.excepthook = _plainly(sys.excepthook)


def _plainly(before: Hook) -> Hook:
    @functools.wraps(before)
    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, CftError):
            sys.stderr.write(f"cft_eval: {lines(str(error))}\n")
        else:
            before(kind, error, trace)

    marked: Any = hook
    marked.cft_eval = True
    return hook
