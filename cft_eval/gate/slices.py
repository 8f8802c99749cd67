"""Where a run fell: by level, subject and problem. It reads samples and decides nothing.

    samples of both runs ──┬──> slices: level and subject of each task, exact test of a drop, BH
                           └──> problems that are right less often, the largest drop first

Slices are reported, not gated: Benjamini and Hochberg's correction bounds the share of false drops
among those reported.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cft_eval.gate.pairs import Counts, Pair
from cft_eval.results import Sample
from cft_eval.stats import benjamini_hochberg

FEWEST = 5
"""Problems of the smallest slice that is looked at: fewer can show nothing at any level."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One level or subject of a task."""

    task: str
    kind: str
    """``level`` or ``subject``."""

    name: str
    problems: int
    baseline: float
    candidate: float
    gains: int
    losses: int
    p: float
    """Of no drop, one-sided, exact."""

    q: float
    """Adjusted by Benjamini and Hochberg over all slices of all tasks."""

    def fell(self, alpha: float) -> bool:
        return self.q < alpha and self.candidate < self.baseline


@dataclass(frozen=True, slots=True)
class LostProblem:
    """A problem that the candidate answers right less often, with a response of each run."""

    baseline: Sample
    """A right one."""

    candidate: Sample
    """A wrong one."""

    before: tuple[int, int]
    """Right responses of the baseline, and responses."""

    after: tuple[int, int]

    @property
    def drop(self) -> float:
        return self.before[0] / self.before[1] - self.after[0] / self.after[1]


@dataclass(frozen=True, slots=True)
class Losses:
    """What the samples of two runs say beyond their outcomes."""

    slices: tuple[Slice, ...]
    """Smallest q first."""

    problems: tuple[LostProblem, ...]
    """Largest drop first."""

    def fallen(self, alpha: float) -> list[Slice]:
        return [each for each in self.slices if each.fell(alpha)]


_Answers = tuple[list[Sample], list[Sample]]


def losses(a: Iterable[Sample], b: Iterable[Sample], paired: Mapping[str, str]) -> Losses:
    """``paired``: a task of the baseline to that of the candidate (`results.pairing`)."""
    answers = _by_problem(a, b, paired)
    return Losses(tuple(_slices(answers)), tuple(_lost(answers)))


def _by_problem(
    a: Iterable[Sample], b: Iterable[Sample], paired: Mapping[str, str]
) -> dict[tuple[str, str], _Answers]:
    """Task and item to the responses of both; only what both have."""
    names = {theirs: ours for ours, theirs in paired.items()}
    answers: dict[tuple[str, str], _Answers] = defaultdict(lambda: ([], []))
    for sample in a:
        if sample.task in paired:
            answers[sample.task, sample.item][0].append(sample)
    for sample in b:
        if sample.task in names:
            answers[names[sample.task], sample.item][1].append(sample)
    return {key: sides for key, sides in answers.items() if all(sides)}


def _slices(answers: Mapping[tuple[str, str], _Answers]) -> list[Slice]:
    groups: dict[tuple[str, str, str], list[_Answers]] = defaultdict(list)
    for (task, _), sides in answers.items():
        first = sides[0][0]
        for kind, name in (("level", first.level), ("subject", first.subject)):
            if name:
                groups[task, kind, name].append(sides)
    wide = {key: listed for key, listed in groups.items() if len(listed) >= FEWEST}
    # A task with one level has no levels.
    several = {(task, kind) for task, kind, _ in wide if _count(wide, task, kind) > 1}
    pairs = {key: _pair(key, listed) for key, listed in wide.items() if key[:2] in several}
    raw = [pair.drop() for pair in pairs.values()]
    slices = [
        Slice(*key, pair.problems, *pair.scores, *pair.gains_losses, p=p, q=q)
        for (key, pair), p, q in zip(pairs.items(), raw, benjamini_hochberg(raw), strict=True)
    ]
    return sorted(slices, key=lambda each: (each.q, each.p, each.task, each.kind, each.name))


def _count(groups: Mapping[tuple[str, str, str], object], task: str, kind: str) -> int:
    return sum(key[:2] == (task, kind) for key in groups)


def _pair(key: tuple[str, str, str], listed: Sequence[_Answers]) -> Pair:
    rights = [[float(_right(side)) for side in sides] for sides in listed]
    sizes = [[float(len(side)) for side in sides] for sides in listed]
    columns = np.concatenate([np.array(rights).T, np.array(sizes).T])
    return Pair(key[2], Counts(*columns))


def _right(samples: Sequence[Sample]) -> int:
    return sum(sample.outcome == "correct" for sample in samples)


def _lost(answers: Mapping[tuple[str, str], _Answers]) -> list[LostProblem]:
    lost = []
    for a, b in answers.values():
        before, after = (_right(a), len(a)), (_right(b), len(b))
        if before[0] * after[1] > after[0] * before[1]:
            right = next(sample for sample in a if sample.outcome == "correct")
            wrong = next(sample for sample in b if sample.outcome != "correct")
            lost.append(LostProblem(right, wrong, before, after))
    return sorted(lost, key=lambda each: (-each.drop, each.baseline.task, each.baseline.index))
