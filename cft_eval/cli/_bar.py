"""How far a long command is: a bar where somebody looks on, a line a minute in a log."""

import sys
from typing import TYPE_CHECKING, Never, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm

SECONDS = 60.0
"""Between two lines of a log."""


def progress_bar(
    unit: str, total: int | None = None, *, doing: str = "grading", seconds: float = SECONDS
) -> "tqdm[Never]":
    """A bar on stderr; under nohup, Slurm or CI it writes whole lines, and one in
    ``seconds`` at most."""
    from tqdm import tqdm

    if sys.stderr.isatty():
        return tqdm(total=total, unit=unit, desc=doing, file=sys.stderr)
    # tqdm's own format begins with a bar, which is noise in a log.
    line = "{desc}: {n_fmt}/{total_fmt} {unit}, {elapsed} gone, {remaining} left{postfix}"
    return tqdm(
        total=total, unit=unit, desc=doing, file=_Lines(sys.stderr), bar_format=line,
        mininterval=seconds, maxinterval=max(seconds, 1.0), miniters=1,
    )  # fmt: skip


class _Lines:
    """Takes what tqdm draws, over itself; gives lines that follow each other."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last = ""

    def write(self, text: str) -> None:
        shown = text.strip()
        if shown and shown != self._last:
            self._last = shown
            self._stream.write(f"{shown}\n")

    def flush(self) -> None:
        self._stream.flush()
