"""Types that the gate's modules share: its verdicts, and its limits on resources."""

from dataclasses import dataclass
from enum import StrEnum


class GateDecision(StrEnum):
    OK = "OK"
    REGRESSION = "REGRESSION"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_COMPARABLE = "NOT_COMPARABLE"


@dataclass(frozen=True, slots=True)
class Limits:
    """Accepted growth; None where nobody asks."""

    truncation: float | None = None
    """Of the share of responses that are cut, 0..1."""

    length: float | None = None
    """Of the mean length in characters, relative: 0.1 is ten percent."""

    cost: float | None = None
    """Of the mean of generated tokens, relative."""

    def __bool__(self) -> bool:
        return any(each is not None for each in (self.truncation, self.length, self.cost))


@dataclass(frozen=True, slots=True)
class Resource:
    """The decision on one limit, on a task or on all problems together."""

    task: str
    what: str
    """``truncation``, ``length`` or ``cost``."""

    decision: GateDecision
    reason: str
    baseline: float | None
    candidate: float | None
    """A share, characters, or tokens; None where it is not known."""

    p: float
    """Of no growth, one-sided, adjusted by Holm over all of these rows."""
