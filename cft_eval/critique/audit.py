"""How far a teacher's verdicts can be trusted: each beside what the checker says of the response.

    rows with reference and critique ── checker ──> table by teacher ──> rates with intervals

Rows without a reference, whose reference the checker cannot read, or whose response gives no
answer, are counted and left out: of these nobody knows. So are verdicts that were not given.
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
    NO_ANSWER = "no answer"
    """The checker finds none in the response: it may still be right."""

    UNKNOWN = "unknown"

    @property
    def known(self) -> bool:
        return self in (Truth.RIGHT, Truth.WRONG)


def truth_of(verdict: Verdict) -> Truth:
    """A response without an answer is not wrong, nor is one that cannot be read or decided."""
    return {
        Outcome.CORRECT: Truth.RIGHT,
        Outcome.WRONG: Truth.WRONG,
        Outcome.NO_ANSWER: Truth.NO_ANSWER,
    }.get(verdict.outcome, Truth.UNKNOWN)


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
        """What matters, each as a count and what it is of: verdicts on what is known."""
        right, wrong = (
            {said: self.of(truth, said) for said in (Judgement.RIGHT, Judgement.WRONG)}
            for truth in (Truth.RIGHT, Truth.WRONG)
        )
        agree = right[Judgement.RIGHT] + wrong[Judgement.WRONG]
        return {
            "agrees with the checker": (agree, sum(right.values()) + sum(wrong.values())),
            "calls a wrong response right": (wrong[Judgement.RIGHT], sum(wrong.values())),
            "calls a right response wrong": (right[Judgement.WRONG], sum(right.values())),
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
