"""Were two runs made alike? Every field in which they were not, task by task.

Items, prompts, versions, generation settings, template, engine: what a difference in scores could
come from if not from the model. Nothing is compared here but how the runs were made.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from cft_eval.results import RunOutcomes, first_difference
from cft_eval.results.outcomes import Fact

GRADING = "grading"
"""The field in which runs differ that gave the same responses and got other outcomes."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One field in which the two runs were not made alike."""

    task: str
    field: str
    baseline: Fact
    candidate: Fact
    allowed: bool = False
    note: str = ""

    def __str__(self) -> str:
        note = " (allowed)" if self.allowed else f" ({self.note})" if self.note else ""
        return f"{self.task}: {self.field}: {self.baseline!r} -> {self.candidate!r}{note}"


def mismatches(
    baseline: RunOutcomes, candidate: RunOutcomes, *, allow: Collection[str] = ()
) -> list[Mismatch]:
    """Every field in which the runs differ; a task that the candidate lacks is one too."""
    differences = []
    for task in baseline.tasks:
        if task not in candidate.tasks:
            differences.append(Mismatch(task, "task", "present", "missing"))
            continue
        theirs, ours = baseline.fingerprint(task), candidate.fingerprint(task)
        differences += [
            Mismatch(task, field, theirs.get(field), ours.get(field), field in allow)
            for field in dict.fromkeys([*theirs, *ours])
            if field != "items" and theirs.get(field) != ours.get(field)
        ]
        differences += _other_problems(task, baseline, candidate)
        differences += _other_grading(task, baseline, candidate, allowed=GRADING in allow)
    return differences


def _other_problems(task: str, baseline: RunOutcomes, candidate: RunOutcomes) -> Iterator[Mismatch]:
    """Other problems cannot be allowed: there is nothing to pair them with."""
    left, right = baseline.tasks[task], candidate.tasks[task]
    names = [run.fingerprint(task).get("items") for run in (baseline, candidate)]
    note = first_difference(left, right)
    if names[0] != names[1] or note:
        yield Mismatch(task, "items", names[0], names[1], note=note)
    sizes = len(left.counts), len(right.counts)
    if sizes[0] != sizes[1]:
        yield Mismatch(task, "number of problems", *sizes, note=note)


def _other_grading(
    task: str, baseline: RunOutcomes, candidate: RunOutcomes, *, allowed: bool
) -> Iterator[Mismatch]:
    """The same responses under the same checker have the same outcomes, or one of them lies."""
    left, right = baseline.tasks[task], candidate.tasks[task]
    if (left.responses, left.repeats) != (right.responses, right.repeats):
        return
    checkers = [run.fingerprint(task).get("checker") for run in (baseline, candidate)]
    indices = [i for i, pair in enumerate(zip(left.counts, right.counts)) if pair[0] != pair[1]]  # noqa: B905
    if checkers[0] != checkers[1] or not indices:
        return
    names = left.items or right.items
    item = names[indices[0]] if names else f"number {indices[0]} in the order of their hashes"
    note = (
        f"the same responses, letter for letter, are graded differently on {len(indices)} "
        f"problems, first on item {item}: the checker changed and its version did not"
    )
    facts = f"{sum(left.counts)} right", f"{sum(right.counts)} right"
    yield Mismatch(task, GRADING, *facts, allowed, note)
