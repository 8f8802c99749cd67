"""Our checker as a scorer of Inspect (https://inspect.aisi.org.uk).

inspect eval my_task.py  # whose Task has scorer=cft()
"""

import asyncio

from inspect_ai.scorer import (
    CORRECT,
    INCORRECT,
    NOANSWER,
    Score,
    Scorer,
    Target,
    accuracy,
    scorer,
    stderr,
)
from inspect_ai.solver import TaskState

from cft_eval import Outcome, check


@scorer(metrics=[accuracy(), stderr()])
def cft(benchmark: str | None = None) -> Scorer:
    """Right where the response gives the target, with the reason as the explanation."""

    async def score(state: TaskState, target: Target) -> Score:
        # In a thread: what only sympy can settle takes up to a second and a half.
        text = state.output.completion
        verdict = await asyncio.to_thread(check, text, target.text, benchmark=benchmark)
        silent = verdict.outcome is Outcome.NO_ANSWER
        value = CORRECT if verdict.correct else NOANSWER if silent else INCORRECT
        return Score(value=value, answer=verdict.answer, explanation=verdict.reason)

    return score
