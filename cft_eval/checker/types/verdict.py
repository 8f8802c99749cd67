"""What the checker says of one response. Knows nothing of how it was found."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Literal, get_args

Policy = Literal["strict", "qwen", "cft_paper"]
"""``strict`` is mathematics; the others grade as published tables did (`policies`)."""

POLICIES: tuple[Policy, ...] = get_args(Policy)


class Outcome(StrEnum):
    """Only `CORRECT` earns the point; the rest say why there is none."""

    CORRECT = "correct"
    WRONG = "wrong"
    NO_ANSWER = "no_answer"
    UNREADABLE = "unreadable"
    BAD_REFERENCE = "bad_reference"  # the dataset's fault, not the model's
    TOO_SLOW = "too_slow"  # the budget ran out before equality was decided: unknown, not wrong


@dataclass(frozen=True, slots=True)
class Verdict:
    """One response against one reference."""

    outcome: Outcome

    answer: str | None = None
    """The text found in the response, as it stood there; None where nothing was found."""

    how: str = ""
    """The extraction rule that found ``answer``, such as ``boxed``; empty for bare answers."""

    reason: str = ""
    """One sentence a person understands: why equal, or where the two differ."""

    seconds: float = 0.0
    """Wall time spent on this verdict."""

    span: tuple[int, int] | None = None
    """Where in the response the answer stands, from its first character to behind its last; None
    where there is none, and under the policies that do not say."""

    @property
    def correct(self) -> bool:
        return self.outcome is Outcome.CORRECT

    def as_dict(self) -> dict[str, object]:
        """The verdict as plain JSON values, ``correct`` included."""
        return {**asdict(self), "outcome": self.outcome.value, "correct": self.correct}
