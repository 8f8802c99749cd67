"""Runs from right counts alone, without samples: for simulations of thousands of runs."""

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from cft_eval.results import RunOutcomes, TaskOutcomes
from cft_eval.results.outcomes import DIGITS

LETTERS = np.array(list(DIGITS))
Chances = Mapping[str, NDArray[np.float64]]


def answered(
    chances: Chances, repeats: int, generator: np.random.Generator, *, model: str = "tiny"
) -> RunOutcomes:
    """A run that answers each problem with its chance, ``repeats`` times."""
    return counted(
        {task: generator.binomial(repeats, np.clip(p, 0, 1)) for task, p in chances.items()},
        repeats,
        generator,
        model=model,
    )


def counted(
    rights: Mapping[str, NDArray[np.int64]],
    repeats: int,
    generator: np.random.Generator,
    *,
    model: str = "tiny",
) -> RunOutcomes:
    return RunOutcomes(
        model=model,
        created=datetime(2026, 1, 1, tzinfo=UTC),
        settings={},
        tasks={
            task: TaskOutcomes(
                benchmark=task.removeprefix("cft_"),
                repeats=repeats,
                answered=1.0,
                truncated=0.0,
                empty=0.0,
                responses=f"{generator.integers(2**62):016x}",
                right=("".join(LETTERS[right]),),
            )
            for task, right in rights.items()
        },
    )


def beta(
    tasks: Mapping[str, tuple[int, float]], generator: np.random.Generator, *, spread: float = 1.5
) -> dict[str, NDArray[np.float64]]:
    """A chance for each problem, their mean near the task's; most are near 0 or 1."""
    return {
        task: generator.beta(spread * mean, spread * (1 - mean), n)
        for task, (n, mean) in tasks.items()
    }
