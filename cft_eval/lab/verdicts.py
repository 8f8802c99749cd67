"""Do the arms judge solutions? Critiques of held-out noisy solutions, and how often they are right.

    test problems ── noise ──> solutions ── model, asked as CFT asks ──> critiques ──> verdicts

Half of the solutions are wrong. A critique without a verdict is not right: the shares of these are
told apart, since a model that never learnt to judge gives none.
"""

from collections.abc import Sequence
from typing import NamedTuple

from cft_eval.dataset.rows import Method, TrainingRow, lesson
from cft_eval.dataset.texts import CritiqueVerdict, critique_verdict
from cft_eval.harness.protocol import SYSTEM
from cft_eval.lab.world import World, answer_of, noisy_rows
from cft_eval.testsets import arithmetic

HELD_OUT_SEED = 10_000
"""Of the noise: none of the arms' own."""


class JudgedSolutions(NamedTuple):
    """One model's verdicts on all solutions."""

    right: list[float]
    """1 where the verdict is that of the truth, in the order of the problems."""

    silent: float
    """Share of critiques without a verdict."""


def solutions() -> list[TrainingRow]:
    """The same for every model."""
    return noisy_rows(arithmetic.problems("test"), World(error_share=0.5), seed=HELD_OUT_SEED)


def prompts(rows: Sequence[TrainingRow]) -> list[list[dict[str, str]]]:
    """What CFT trains with, of rows of its own."""
    return [lesson(row, Method.CFT, system=SYSTEM).prompt for row in rows]


def judged(rows: Sequence[TrainingRow], critiques: Sequence[str]) -> JudgedSolutions:
    """
    >>> row = TrainingRow("1+1?", r"\\\\boxed{3}", "", "2")
    >>> judged([row, row], ["Conclusion: wrong [END]", "It is 2."])
    JudgedSolutions(right=[1.0, 0.0], silent=0.5)
    """
    right, silent = [], 0
    for row, critique in zip(rows, critiques, strict=True):
        verdict = critique_verdict(critique)
        truth = answer_of(row.response) == row.reference
        right.append(float(verdict == (CritiqueVerdict.RIGHT if truth else CritiqueVerdict.WRONG)))
        silent += verdict == CritiqueVerdict.NONE
    return JudgedSolutions(right, silent / len(right))
