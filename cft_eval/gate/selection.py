"""Choose a checkpoint on one half of the problems, and report it on the other.

    outcomes of N checkpoints ── even problems ──> the best ── odd problems ──> its score

The best of N scores is too high by selection: the more were tried, the higher. Half of the
problems never take part in the choice, and what the choice would have added is printed beside.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cft_eval.errors import CftError
from cft_eval.figures import percent, points
from cft_eval.results import RunOutcomes
from cft_eval.stats import paired_difference, proportion, selection_bias

WITHIN = {
    "cft_math500": "MATH-500 is 500 of the 5,000 problems of MATH's test set (cft_math): a "
    "checkpoint chosen on it is chosen on a tenth of that test",
}
"""Tasks whose problems are part of another test, and what that means."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One checkpoint's scores on both halves."""

    name: str
    chosen_on: float
    reported_on: float


@dataclass(frozen=True, slots=True)
class Chosen:
    """The choice, and what it is worth."""

    task: str
    candidates: tuple[Candidate, ...]
    best: Candidate
    problems: tuple[int, int]
    """In the half that chose, and in the half that reports."""

    interval: tuple[float, float]
    """95 % of the reported score."""

    bias: float
    """What choosing adds to the score of the choosing half, on average, were all checkpoints
    equally good: from the noise between them on these problems."""

    bias_of_all: float
    """The same, had all problems chosen: what a score without halves would be too high by."""

    def report(self) -> list[str]:
        tried = len(self.candidates)
        low, high = self.interval
        lines = [
            f"{tried} checkpoints tried on {self.problems[0]} problems of {self.task}, "
            f"reported on {self.problems[1]} others",
            f"chosen: {self.best.name}, {percent(self.best.chosen_on)}% where it was chosen",
            f"reported: {percent(self.best.reported_on)}% "
            f"(95% interval {percent(low)} to {percent(high)})",
            f"expected selection bias: {points(self.bias)} points on the choosing half; it would "
            f"be {points(self.bias_of_all)} on all problems, had all of them chosen",
        ]
        if self.task in WITHIN:
            lines.append(f"note: {WITHIN[self.task]}")
        return lines


def choose(runs: Mapping[str, RunOutcomes], task: str) -> Chosen:
    """The best of ``runs`` (by name) on the even problems of ``task``.

    Problems stand in the order of their content hash, which has nothing to do with what they ask:
    every second one is a fair half, and the same one every time.
    """
    if len(runs) < 2:
        raise CftError(f"{len(runs)} checkpoint given: there is nothing to choose from")
    means = {name: _means(name, run, task) for name, run in runs.items()}
    if len({len(values) for values in means.values()}) > 1 or _different(list(runs.values()), task):
        raise CftError(
            f"{task}: the checkpoints did not answer the same problems under the same settings"
        )
    candidates = tuple(
        Candidate(name, _mean(values[::2]), _mean(values[1::2])) for name, values in means.items()
    )
    # The earlier of equals: less training for the same score.
    best = max(candidates, key=lambda candidate: candidate.chosen_on)
    reported = means[best.name][1::2]
    return Chosen(
        task=task,
        candidates=candidates,
        best=best,
        problems=(len(means[best.name][::2]), len(reported)),
        interval=proportion(round(sum(reported)), len(reported)),
        bias=selection_bias(_noise([v[::2] for v in means.values()]), len(runs)),
        bias_of_all=selection_bias(_noise(list(means.values())), len(runs)),
    )


def _means(name: str, run: RunOutcomes, task: str) -> list[float]:
    if task not in run.tasks:
        raise CftError(f"{name}: no {task} in this run; it has {', '.join(run.tasks)}")
    outcomes = run.tasks[task]
    return [count / outcomes.repeats for count in outcomes.counts]


def _different(runs: Sequence[RunOutcomes], task: str) -> bool:
    return any(run.fingerprint(task) != runs[0].fingerprint(task) for run in runs[1:])


def _mean(values: Sequence[float]) -> float:
    if not values:
        raise CftError("too few problems to halve")
    return math.fsum(values) / len(values)


def _noise(means: Sequence[Sequence[float]]) -> float:
    """The standard error of one checkpoint beside the others: √(mean paired variance / 2).

    Checkpoints share their problems, so the spread of the problems moves them all together and
    chooses nothing: only what differs between two of them does.
    """
    import numpy

    rows = [numpy.array(values, dtype=numpy.float64) for values in means]
    pairs = [(a, b) for i, a in enumerate(rows) for b in rows[i + 1 :]]
    variance = math.fsum(paired_difference(a, b).stderr ** 2 for a, b in pairs) / len(pairs)
    return math.sqrt(variance / 2)
