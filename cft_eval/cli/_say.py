"""The one module that prints: what a command says is made plain on its way out."""

import sys
from typing import TextIO

from cft_eval.plain import lines


def say(text: object, *, file: TextIO | None = None, end: str = "\n", flush: bool = False) -> None:
    """Print ``text`` to stdout or to ``file``, without anything that a terminal or a CI obeys."""
    emit(lines(str(text)), file=file, end=end, flush=flush)


def emit(text: str, *, file: TextIO | None = None, end: str = "\n", flush: bool = False) -> None:
    """Print ``text`` as it is: colours and workflow commands of our own, made of plain parts."""
    print(text, file=file or sys.stdout, end=end, flush=flush)
