"""Critique scores in words: both rates with their intervals, beside what needs no reading at all.

    samples of a critique task ── by the label ──> rates, intervals, baselines ──> lines

Plain accuracy is left out on purpose: where three of four solutions are wrong, who always says
"wrong" has 75 % of it.
"""

import math
from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from cft_eval.figures import percent
from cft_eval.plain import plain
from cft_eval.render.overview import score_interval
from cft_eval.results import Run, Sample
from cft_eval.stats import Interval

SOUND = ("-1", "right")
"""Labels of a solution without a wrong step."""


GIVEN_RIGHT = "right solution"
"""The level of an item of RealCritic whose solution has our reference."""


class CritiqueRates(NamedTuple):
    """Right solutions called right, wrong ones called wrong (or their first wrong step named)."""

    right: float
    wrong: float
    right_interval: Interval
    wrong_interval: Interval

    @property
    def balanced(self) -> float:
        return (self.right + self.wrong) / 2

    @property
    def harmonic(self) -> float:
        return _harmonic(self.right, self.wrong)

    @property
    def harmonic_interval(self) -> Interval:
        """Each rate's distance to its ends counts by how much the mean follows it (the delta
        method), within what both ends together give."""
        (low_r, high_r), (low_w, high_w) = self.right_interval, self.wrong_interval
        total = self.right + self.wrong
        by_right, by_wrong = (
            (2 * (rate / total) ** 2 if total else 2.0) for rate in (self.wrong, self.right)
        )
        low = math.hypot(by_right * (self.right - low_r), by_wrong * (self.wrong - low_w))
        high = math.hypot(by_right * (high_r - self.right), by_wrong * (high_w - self.wrong))
        return Interval(
            max(_harmonic(low_r, low_w), self.harmonic - low),
            min(_harmonic(high_r, high_w), self.harmonic + high),
        )

    @property
    def balanced_interval(self) -> Interval:
        """Both rates are measured on solutions of their own: their errors add up in squares."""
        low = math.hypot(self.right - self.right_interval.low, self.wrong - self.wrong_interval.low)
        high = math.hypot(
            self.right_interval.high - self.right, self.wrong_interval.high - self.wrong
        )
        return Interval(max(0.0, self.balanced - low / 2), min(1.0, self.balanced + high / 2))


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def critique_rates(samples: Sequence[Sample]) -> CritiqueRates | None:
    """The rates of one task; None where it has solutions of one kind alone."""
    kinds = [[s for s in samples if (s.reference in SOUND) is sound] for sound in (True, False)]
    if not all(kinds):
        return None
    right, wrong = (fmean(sample.outcome == "correct" for sample in kind) for kind in kinds)
    return CritiqueRates(right, wrong, score_interval(kinds[0]), score_interval(kinds[1]))


def critique_lines(run: Run, samples: Sequence[Sample]) -> list[str]:
    """A line a critique task, and one of baselines; nothing where there is no such task."""
    lines = []
    for task, score in run.tasks.items():
        if "echo" in score.scores:
            lines.append(_correction(task, [s for s in samples if s.task == task]))
        if "balanced" not in score.scores and "called_right" not in score.scores:
            continue
        own = [sample for sample in samples if sample.task == task]
        rates = critique_rates(own)
        if rates is None:
            lines.append(f"{plain(task)}: solutions of one kind alone: no rates")
            continue
        lines += [_line(task, rates, own), f"  {_shortcut(own)}"]
    if any("balanced" in score.scores for score in run.tasks.values()):
        lines.append(
            "baselines: always right or always wrong 50.0% balanced, 0.0% harmonic; a coin 50.0% "
            "and 50.0% (for steps less: the step must be named)"
        )
    return lines


def _correction(task: str, samples: Sequence[Sample]) -> str:
    """How often wrong solutions are put right, beside handing the student's answer back; or the
    same problems solved without a solution."""
    sound = [sample for sample in samples if sample.level == GIVEN_RIGHT]
    wrong = [sample for sample in samples if sample.level != GIVEN_RIGHT]
    direct = task.endswith("_direct")
    parts = [
        f"{name} {_with(fmean(s.outcome == 'correct' for s in kind), score_interval(kind))}"
        for name, kind in zip(_OF_CORRECTIONS[direct], (wrong, sound), strict=True)
        if kind
    ]
    if direct:
        return f"{plain(task)}, without the solutions: {', '.join(parts)}"
    echo = len(sound) / len(samples)
    return f"{plain(task)}: {', '.join(parts)}; handing the answer back scores {percent(echo)}%"


_OF_CORRECTIONS = {
    False: ("wrong ones put right", "right ones kept"),
    True: ("problems with a wrong one solved", "problems with a right one solved"),
}


def _line(task: str, rates: CritiqueRates, samples: Sequence[Sample]) -> str:
    said = fmean(sample.answer in SOUND for sample in samples)
    silent = fmean(sample.outcome == "no_answer" for sample in samples)
    return (
        f"{plain(task)}: right ones {_with(rates.right, rates.right_interval)}, wrong ones "
        f"{_with(rates.wrong, rates.wrong_interval)}, balanced "
        f"{_with(rates.balanced, rates.balanced_interval)}, harmonic "
        f"{_with(rates.harmonic, rates.harmonic_interval)}; "
        f"called right {percent(said)}%, no verdict {percent(silent)}%"
    )


def _with(share: float, interval: Interval) -> str:
    return f"{percent(share)}% ({percent(interval.low)} to {percent(interval.high)})"


def _shortcut(samples: Sequence[Sample]) -> str:
    """What the length of a solution gives away: the best cut on these very solutions."""
    items = {sample.item: (len(sample.problem), sample.reference in SOUND) for sample in samples}
    best = 0.5
    ordered = sorted(items.values())
    whole = [sum(sound is kind for _, sound in ordered) for kind in (True, False)]
    below = [0, 0]
    for _, sound in ordered:
        below[0 if sound else 1] += 1
        score = (below[0] / whole[0] + 1 - below[1] / whole[1]) / 2
        best = max(best, score, 1 - score)
    return f"by the length of the solution alone: {percent(best)}% balanced"
