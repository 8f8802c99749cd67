"""A difference between runs that two checkers graded, split into the model's and the grader's.

    as stored: B by its checker - A by its own
      = the model's:  B by one checker - A by the same one
      + the grader's: what grading again moved B by, taken from what it moved A by

The one checker is that which is installed; an older one cannot be run, so how the split would look
along it is not known. Nothing is graded here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cft_eval.figures import points
from cft_eval.results import RunOutcomes, pairing

CHECKER = "checker"
"""The field of a fingerprint that names who graded."""


@dataclass(frozen=True, slots=True)
class GraderSplit:
    """One task; all differences in 0..1, candidate minus baseline."""

    task: str
    stored: float
    """As the runs were graded, each by its own checker."""

    model: float
    """By the checker that graded both again."""

    regraded: tuple[tuple[int, int], tuple[int, int]]
    """Responses that grading again made right, and wrong; of the baseline, of the candidate."""

    @property
    def grader(self) -> float:
        return self.stored - self.model


Moves = Mapping[str, tuple[int, int]]
"""Task to the responses that grading again made right, and wrong."""


def versions(runs: Sequence[RunOutcomes]) -> list[str]:
    """Every checker that graded a task of ``runs``."""
    named = (str(run.fingerprint(task).get(CHECKER)) for run in runs for task in run.tasks)
    return sorted(set(named))


def split(
    stored: tuple[Sequence[RunOutcomes], Sequence[RunOutcomes]],
    again: tuple[Sequence[RunOutcomes], Sequence[RunOutcomes]],
    moved: tuple[Sequence[Moves], Sequence[Moves]],
) -> tuple[GraderSplit, ...]:
    """For each task that both sides have; ``stored``, ``again`` and ``moved`` are of the baseline's
    runs and of the candidate's, in the same order."""
    names = pairing(stored[0][0], stored[1][0])
    return tuple(
        GraderSplit(
            task=task,
            stored=_score(stored[1], theirs) - _score(stored[0], task),
            model=_score(again[1], theirs) - _score(again[0], task),
            regraded=(_sum(moved[0], task), _sum(moved[1], theirs)),
        )
        for task, theirs in names.items()
    )


def _score(runs: Sequence[RunOutcomes], task: str) -> float:
    return sum(run.tasks[task].score for run in runs) / len(runs)


def _sum(moved: Sequence[Moves], task: str) -> tuple[int, int]:
    gained, lost = zip(*(each.get(task, (0, 0)) for each in moved), strict=True)
    return sum(gained), sum(lost)


def remarks(splits: Sequence[GraderSplit], *, before: Sequence[str], by: str) -> tuple[str, ...]:
    """The sentences that a report carries."""
    others = [version for version in before if version != by]
    head = (
        f"the runs were graded by checkers {' and '.join(before)}; both are graded again by {by}, "
        "and the rows compare what it says of both"
    )
    lines = [
        f"{each.task}: {points(each.stored)} points as stored = {points(each.model)} of the model, "
        f"{points(each.grader)} of the grader (grading again: {_moved(each)})"
        for each in splits
    ]
    foot = (
        f"checker {' and '.join(others)} cannot be run here, only its stored verdicts are known: "
        f"the split is along checker {by}"
    )
    return (head, *lines, foot)


def _moved(each: GraderSplit) -> str:
    sides = zip(("baseline", "candidate"), each.regraded, strict=True)
    return ", ".join(
        f"{side} {gained} newly right, {lost} newly wrong" for side, (gained, lost) in sides
    )
