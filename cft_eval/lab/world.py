r"""The lab's world: sums and differences, noisy solutions of them, and critiques by a program.

    Problem ── noise ──> response ── program (wrong in a share of verdicts) ──> Row

The same seed gives the same rows on every machine. No torch.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cft_eval.dataset.rows import TrainingRow
from cft_eval.testsets.arithmetic import ArithmeticProblem


@dataclass(frozen=True, slots=True)
class World:
    """What the ablations of the paper vary."""

    error_share: float = 0.5
    """Of the noisy responses that are wrong: WebInstruct has more than half."""

    teacher_error: float = 0.0
    """Share of the critiques whose verdict, and reason for it, are wrong."""

    rows: int | None = None
    """Different problems to learn from; None is all."""


def noisy_rows(
    problems: Sequence[ArithmeticProblem],
    world: World,
    *,
    seed: int,
    responses: Sequence[str] | None = None,
) -> list[TrainingRow]:
    """One row a problem: a response that may be wrong, and a critique that may be.

    ``responses``: those of the model itself, where these are the source of the noise.
    """
    chooser = random.Random(f"lab/{seed}")
    rows = []
    for number, problem in enumerate(problems[: world.rows], start=1):
        if responses is None:
            wrong = chooser.random() < world.error_share
            said = _wrong_answer(problem, chooser) if wrong else problem.answer
            response = _response(problem, said)
        else:
            response = responses[number - 1]
            said = answer_of(response)
        mistaken = chooser.random() < world.teacher_error
        critique = critique_of(problem, said, mistaken=mistaken, chooser=chooser)
        rows.append(
            TrainingRow(
                problem.problem, response, critique, problem.answer, source="lab", number=number
            )
        )
    return rows


def _response(problem: ArithmeticProblem, said: str) -> str:
    """The right response with another result, also where the result is one of the operands."""
    sum_, _, rest = problem.response.partition(" = ")
    return f"{sum_} = {rest.replace(problem.answer, said)}"


def _wrong_answer(problem: ArithmeticProblem, chooser: random.Random) -> str:
    """A slip in one digit, as a student makes it."""
    digits = list(problem.answer)
    index = chooser.randrange(len(digits))
    lowest = 1 if index == 0 and len(digits) > 1 else 0
    digits[index] = chooser.choice([d for d in "0123456789"[lowest:] if d != digits[index]])
    return "".join(digits)


_BOXED = re.compile(r"\\boxed\{(-?\d+)\}")


def answer_of(response: str) -> str:
    """The number in the last box, or "nothing"."""
    boxes = _BOXED.findall(response)
    return boxes[-1] if boxes else "nothing"


def critique_of(
    problem: ArithmeticProblem, said: str, *, mistaken: bool, chooser: random.Random
) -> str:
    """Work the problem out digit by digit, then judge: as a teacher does, and ends as the paper's.

    A mistaken teacher finds the wrong result for itself: it confirms what is wrong, or corrects
    what is right.
    """
    truth = problem.answer
    if mistaken:
        truth = said if said not in (problem.answer, "nothing") else _wrong_answer(problem, chooser)
    left, sign, right = _operands(problem)
    ones = f"ones: {left[-1]} {sign} {right[-1]} = {truth[-1]}"
    tens = f"tens: {left[0]} {sign} {right[0]} = {truth[0] if len(truth) > 1 else 0}"
    judged = "right" if said == truth else "wrong"
    result = rf"So {left} {sign} {right} = {truth}. The answer is \boxed{{{truth}}}."
    return f"{ones}, {tens}. {result} Conclusion: {judged} [END]"


def _operands(problem: ArithmeticProblem) -> tuple[str, str, str]:
    left, sign, right = problem.response.partition(" = ")[0].split(" ")
    return left, sign, right
