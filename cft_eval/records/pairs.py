"""Problems on which two runs differ, with a response of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from cft_eval.records.runs import SampleRecord


@dataclass(frozen=True, slots=True)
class DiscordantPair:
    """The responses of two runs to a problem on which they differ."""

    gained: bool
    a: SampleRecord
    b: SampleRecord
    note: str = ""
    """How many of its responses each has right, where they are several."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Some discordant problems, and how many there are."""

    total: int
    shown: Sequence[DiscordantPair]
    next: int | None


NO_PAIRS = Pairs(0, (), None)
