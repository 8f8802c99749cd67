"""What a check finds, in words: the vocabulary of this package."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple


class FindingState(StrEnum):
    OK = "ok"
    NOTE = "note"  # works, and is worth knowing
    BROKEN = "broken"


class Finding(NamedTuple):
    """What one check found."""

    check: str
    state: FindingState
    what: str
    fix: str = ""
    """A command or a sentence; empty where nothing is to be done."""


Check = Callable[[], Iterator[Finding]]
