"""What a team requires of a run beyond the margin: margins and floors of single tasks.

A task that is named with a margin of its own has to rule that margin out, or the run is not OK.
So has every task under `each_task`. A floor is a score, not a difference: it is held against the
candidate alone. Nothing is tested here but floors; `decide` puts their p beside those of the rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from cft_eval.errors import CftError
from cft_eval.results import RunOutcomes
from cft_eval.stats import above_floor, below_floor, needed_score


@dataclass(frozen=True, slots=True)
class Terms:
    """All shares in 0..1, by task."""

    margins: Mapping[str, float] = field(default_factory=dict)
    """Accepted drops that differ from the run's own margin."""

    floors: Mapping[str, float] = field(default_factory=dict)
    each_task: bool = False
    """Every task has to rule out its margin."""

    truncation: bool = False
    """A limit is given for cut responses, in place of the gate's own rule."""

    def binds(self, task: str) -> bool:
        """Whether the run is OK only where ``task`` is."""
        return self.each_task or task in self.margins

    def check(self, tasks: Mapping[str, object]) -> None:
        """Raise `CftError` where a task is named that the runs do not share."""
        for option, named in (("--task-margin", self.margins), ("--floor", self.floors)):
            for task in named:
                if task not in tasks:
                    raise CftError(
                        f"{option} {task}: no such task in both runs; they have {', '.join(tasks)}"
                    )


NONE = Terms()


class Floor(NamedTuple):
    """A task's score beside the floor that it must not fall below."""

    task: str
    floor: float
    score: float
    below: float
    """One-sided p that it is not below, before any correction."""

    above: float
    """One-sided p that it is below."""

    needed: float | None
    """The lowest score of as many responses that rules out less than the floor."""

    @property
    def name(self) -> str:
        return f"{self.task}, floor {100 * self.floor:g}"


def floors(terms: Terms, candidate: RunOutcomes, *, alpha: float) -> list[Floor]:
    return [_floor(task, floor, candidate, alpha) for task, floor in terms.floors.items()]


def _floor(task: str, floor: float, candidate: RunOutcomes, alpha: float) -> Floor:
    counts = candidate.tasks[task].counts
    right, responses = sum(counts), len(counts) * candidate.tasks[task].repeats
    return Floor(
        task=task,
        floor=floor,
        score=right / responses,
        below=below_floor(right, responses, floor),
        above=above_floor(right, responses, floor),
        needed=needed_score(responses, floor, alpha=alpha),
    )
