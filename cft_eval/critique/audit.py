"""How far a teacher's verdicts can be trusted: each beside what the checker says of the response.

    rows with reference and critique ── checker ──> table by teacher ──> rates with intervals

Rows without a reference, or whose reference the checker cannot read, are counted and left out.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cft_eval.checker import Outcome, Verdict, check_many
from cft_eval.training.rows import Row
from cft_eval.training.texts import Judgement


class Truth(StrEnum):
    """What the checker says of a response."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"


def truth_of(verdict: Verdict) -> Truth:
    """No answer is a wrong response; one that cannot be read or decided is neither."""
    if verdict.outcome is Outcome.CORRECT:
        return Truth.RIGHT
    if verdict.outcome in (Outcome.WRONG, Outcome.NO_ANSWER):
        return Truth.WRONG
    return Truth.UNKNOWN


def truths(rows: Sequence[Row], *, workers: int | None = None) -> list[Truth]:
    """The checker on every response that has a reference."""
    wanted = [
        {"response": row.response, "reference": row.reference}
        for row in rows
        if row.reference is not None
    ]
    verdicts = iter(check_many(wanted, workers=workers))
    return [Truth.UNKNOWN if row.reference is None else truth_of(next(verdicts)) for row in rows]


@dataclass(slots=True)
class Audit:
    """One teacher's verdicts against the checker's."""

    teacher: str
    counts: Counter[tuple[Truth, Judgement]] = field(default_factory=Counter)

    def of(self, truth: Truth, said: Judgement | None = None) -> int:
        return sum(
            n for (t, s), n in self.counts.items() if t is truth and (said is None or s is said)
        )

    @property
    def known(self) -> int:
        return self.of(Truth.RIGHT) + self.of(Truth.WRONG)

    def rates(self) -> dict[str, tuple[int, int]]:
        """What matters, each as a count and what it is of."""
        agree = self.of(Truth.RIGHT, Judgement.RIGHT) + self.of(Truth.WRONG, Judgement.WRONG)
        return {
            "agrees with the checker": (agree, self.known),
            "calls a wrong response right": (
                self.of(Truth.WRONG, Judgement.RIGHT),
                self.of(Truth.WRONG),
            ),
            "calls a right response wrong": (
                self.of(Truth.RIGHT, Judgement.WRONG),
                self.of(Truth.RIGHT),
            ),
            "gives no verdict": (
                sum(n for (_, said), n in self.counts.items() if said is Judgement.NONE),
                sum(self.counts.values()),
            ),
        }


def audit(
    rows: Sequence[Row], teachers: Iterable[str], *, workers: int | None = None
) -> list[Audit]:
    """An audit for each teacher, in the order of their first row."""
    found: dict[str, Audit] = {}
    for row, teacher, truth in zip(rows, teachers, truths(rows, workers=workers), strict=True):
        found.setdefault(teacher, Audit(teacher)).counts[truth, row.judged] += 1
    return list(found.values())
