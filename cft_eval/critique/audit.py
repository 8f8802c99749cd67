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
from cft_eval.dataset.rows import TrainingRow
from cft_eval.dataset.texts import CritiqueVerdict


class SolutionTruth(StrEnum):
    """What the checker says of a response."""

    RIGHT = "right"
    WRONG = "wrong"
    NO_ANSWER = "no answer"
    """The checker finds none in the response: it may still be right."""

    UNKNOWN = "unknown"

    @property
    def known(self) -> bool:
        return self in (SolutionTruth.RIGHT, SolutionTruth.WRONG)


def truth_of(verdict: Verdict) -> SolutionTruth:
    """A response without an answer is not wrong, nor is one that cannot be read or decided."""
    return {
        Outcome.CORRECT: SolutionTruth.RIGHT,
        Outcome.WRONG: SolutionTruth.WRONG,
        Outcome.NO_ANSWER: SolutionTruth.NO_ANSWER,
    }.get(verdict.outcome, SolutionTruth.UNKNOWN)


def truths(rows: Sequence[TrainingRow], *, workers: int | None = None) -> list[SolutionTruth]:
    """The checker on every response that has a reference."""
    wanted = [
        {"response": row.response, "reference": row.reference}
        for row in rows
        if row.reference is not None
    ]
    verdicts = iter(check_many(wanted, workers=workers))
    return [
        SolutionTruth.UNKNOWN if row.reference is None else truth_of(next(verdicts)) for row in rows
    ]


@dataclass(slots=True)
class Audit:
    """One teacher's verdicts against the checker's."""

    teacher: str
    counts: Counter[tuple[SolutionTruth, CritiqueVerdict]] = field(default_factory=Counter)

    def of(self, truth: SolutionTruth, said: CritiqueVerdict | None = None) -> int:
        return sum(
            n for (t, s), n in self.counts.items() if t is truth and (said is None or s is said)
        )

    @property
    def known(self) -> int:
        return self.of(SolutionTruth.RIGHT) + self.of(SolutionTruth.WRONG)

    def rates(self) -> dict[str, tuple[int, int]]:
        """What matters, each as a count and what it is of: verdicts on what is known."""
        right, wrong = (
            {said: self.of(truth, said) for said in (CritiqueVerdict.RIGHT, CritiqueVerdict.WRONG)}
            for truth in (SolutionTruth.RIGHT, SolutionTruth.WRONG)
        )
        agree = right[CritiqueVerdict.RIGHT] + wrong[CritiqueVerdict.WRONG]
        return {
            "agrees with the checker": (agree, sum(right.values()) + sum(wrong.values())),
            "calls a wrong response right": (wrong[CritiqueVerdict.RIGHT], sum(wrong.values())),
            "calls a right response wrong": (right[CritiqueVerdict.WRONG], sum(right.values())),
            "gives no verdict": (
                sum(n for (_, said), n in self.counts.items() if said is CritiqueVerdict.NONE),
                sum(self.counts.values()),
            ),
        }


def audit(
    rows: Sequence[TrainingRow], teachers: Iterable[str], *, workers: int | None = None
) -> list[Audit]:
    """An audit for each teacher, in the order of their first row."""
    audits: dict[str, Audit] = {}
    for row, teacher, truth in zip(rows, teachers, truths(rows, workers=workers), strict=True):
        audits.setdefault(teacher, Audit(teacher)).counts[truth, row.judged] += 1
    return list(audits.values())
