"""From differences to verdicts on claims: what printed numbers allow, and what was measured."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from cft_eval.gate import Comparison, Mismatch
from cft_eval.gate.compare import compare
from cft_eval.leaderboard.data.claims import (
    Arm,
    Pairing,
    PaperClaim,
    Stand,
    reported_scores,
    stand_of,
)
from cft_eval.leaderboard.data.suites import title
from cft_eval.render.setting_words import setting_differences
from cft_eval.results import InvalidData, RunOutcomes
from cft_eval.stats import Interval
from cft_eval.stats.unpaired import Count, mean_difference
from cft_eval.testsets import BENCHMARKS, SUITE

ALPHA = 0.05

OutcomesOf = Callable[[str], RunOutcomes]
"""The outcomes of a run by its id."""


class ClaimVerdict(StrEnum):
    SUPPORTED = "supported"
    NOT_SUPPORTED = "not supported"
    CANNOT_TELL = "cannot tell"
    NOT_MEASURED = "not measured yet"


@dataclass(frozen=True, slots=True)
class ReportedDifference:
    """The difference of two printed means, over the sets that both print."""

    sets: int
    treatment: float
    control: float
    interval: Interval
    """What the printed numbers allow, unpaired."""

    @property
    def change(self) -> float:
        return self.treatment - self.control


@dataclass(frozen=True, slots=True)
class Measured:
    """The paired difference of two runs: the unweighted mean over their shared sets."""

    sets: int
    problems: int
    treatment: float
    control: float
    interval: Interval
    contrary: Interval
    """Of `contrary_alpha`: wider where a claim has several pairings."""

    gains: int
    losses: int
    unlike: tuple[str, ...]
    """What the runs differ in besides the model, as the page of their comparison says it."""

    alike: bool
    """Whether nothing of that is a reason for another score."""

    better_on: tuple[str, ...] = ()
    """Benchmarks on which the treatment is shown to be better, and ``worse_on`` to be worse."""

    worse_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """One pairing with everything known about it."""

    pairing: Pairing
    runs: tuple[Stand, Stand]
    """Treatment and control."""

    reported: ReportedDifference | None
    measured: Measured | None
    trouble: str
    """Why runs that are there cannot be compared."""

    verdict: ClaimVerdict


def judge(
    claim: PaperClaim, rows: Sequence[Any], cited: pd.DataFrame, outcomes: OutcomesOf
) -> list[Judged]:
    """Each pairing of a claim against a board's `candidates` and the paper's numbers."""
    return [_judged(claim, pairing, rows, cited, outcomes) for pairing in claim.pairings]


def overall(judged: Sequence[Judged]) -> ClaimVerdict:
    """The claim's verdict: it holds where each pairing does (Berger 1982), and fails with one."""
    verdicts = [each.verdict for each in judged]
    for verdict in (
        ClaimVerdict.NOT_SUPPORTED,
        ClaimVerdict.NOT_MEASURED,
        ClaimVerdict.CANNOT_TELL,
    ):
        if verdict in verdicts:
            return verdict
    return ClaimVerdict.SUPPORTED


def stands(judged: Iterable[Judged]) -> dict[Arm, Stand]:
    """The run that represents each arm of these pairings; arms without one are left out."""
    sides = (
        side
        for each in judged
        for side in zip((each.pairing.treatment, each.pairing.control), each.runs, strict=True)
    )
    return {arm: stand for arm, stand in sides if stand.run}


def decide(claim: PaperClaim, measured: Measured | None) -> ClaimVerdict:
    """What one pairing says about its claim."""
    if measured is None:
        return ClaimVerdict.NOT_MEASURED
    if not measured.alike:
        return ClaimVerdict.CANNOT_TELL
    if measured.interval.low > -claim.margin:
        return ClaimVerdict.SUPPORTED
    if measured.contrary.high < -claim.margin:
        return ClaimVerdict.NOT_SUPPORTED
    return ClaimVerdict.CANNOT_TELL


def _judged(
    claim: PaperClaim,
    pairing: Pairing,
    rows: Sequence[Any],
    cited: pd.DataFrame,
    outcomes: OutcomesOf,
) -> Judged:
    runs = stand_of(pairing.treatment, rows), stand_of(pairing.control, rows)
    measured, trouble = None, ""
    if all(each.run for each in runs):
        try:
            measured = _measured(claim, pairing, *(outcomes(each.run) for each in runs))
        except InvalidData as error:
            trouble = str(error)
    reported = _reported(
        reported_scores(pairing.treatment, cited), reported_scores(pairing.control, cited)
    )
    return Judged(pairing, runs, reported, measured, trouble, decide(claim, measured))


def _reported(
    treatment: Mapping[str, float], control: Mapping[str, float]
) -> ReportedDifference | None:
    shared = [name for name in SUITE if name in treatment and name in control]
    if not shared:
        return None
    counts = [
        [Count(scores[name] / 100, BENCHMARKS[name].size) for name in shared]
        for scores in (control, treatment)
    ]
    means = [sum(count.share for count in side) / len(shared) for side in counts]
    return ReportedDifference(len(shared), means[1], means[0], mean_difference(*counts))


def contrary_alpha(claim: PaperClaim) -> float:
    """The level at which a pairing speaks against its claim: one of them is enough, so they share
    the level of one test."""
    return ALPHA / len(claim.pairings)


def _measured(
    claim: PaperClaim, pairing: Pairing, treatment: RunOutcomes, control: RunOutcomes
) -> Measured:
    pair = _suite(control), _suite(treatment)
    compared = compare(*pair, alpha=ALPHA)
    contrary = compare(*pair, alpha=contrary_alpha(claim)).suite.interval
    return Measured(
        sets=len(compared.rows),
        problems=compared.pooled.problems,
        treatment=compared.suite.b,
        control=compared.suite.a,
        interval=compared.suite.interval,
        contrary=contrary,
        gains=compared.pooled.gains,
        losses=compared.pooled.losses,
        unlike=tuple(
            setting_differences(
                compared.mismatches,
                (pairing.control.label, pairing.treatment.label),
                tasks=len(compared.rows),
                named=lambda task: title(control.tasks[task].benchmark),
            )
        ),
        alike=not any(_weighs(each, pairing) for each in compared.mismatches),
        better_on=_shown(compared, control, better=True),
        worse_on=_shown(compared, control, better=False),
    )


def _shown(compared: Comparison, first: RunOutcomes, *, better: bool) -> tuple[str, ...]:
    """The benchmarks on which the second run is shown to be ``better`` or worse than ``first``."""
    return tuple(
        first.tasks[row.task].benchmark
        for row in compared.rows
        if row.better and (row.b > row.a) == better
    )


OF_THE_WEIGHTS = ("chat_template", "system_instruction", "prompts")
"""What published weights bring along: with another prompt they are not what was published."""


def _weighs(mismatch: Mismatch, pairing: Pairing) -> bool:
    """Whether a difference of scores may come from this instead of from the training."""
    return not (pairing.control.names and mismatch.field in OF_THE_WEIGHTS)


def _suite(run: RunOutcomes) -> RunOutcomes:
    """The run on the six sets alone."""
    tasks = {name: task for name, task in run.tasks.items() if task.benchmark in SUITE}
    if not tasks:
        raise InvalidData(f"{run.model} has none of the six test sets")
    return run.model_copy(update={"tasks": tasks})
