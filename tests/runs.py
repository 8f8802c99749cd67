"""Runs and samples made for tests: small, whole, and valid by the schema."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from cft_eval.checker.types.verdict import Outcome
from cft_eval.results import Model, Run, RunOutcomes, Sample, Settings, TaskScore
from cft_eval.results.outcomes import outcomes


def item(task: str, index: int) -> str:
    return hashlib.sha256(f"{task}/{index}".encode()).hexdigest()[:16]


def samples(task: str, right: Sequence[int], *, repeats: int = 1) -> list[Sample]:
    """``right[i]`` of the ``repeats`` responses to problem i are correct."""
    return [
        Sample(
            task=task,
            benchmark=task.removeprefix("cft_"),
            item=item(task, index),
            index=index,
            repeat=repeat,
            problem=f"What is {index} + 1?",
            reference=str(index + 1),
            response=f"It is \\boxed{{{index + (repeat < count)}}}.",
            outcome=Outcome.CORRECT if repeat < count else Outcome.WRONG,
            answer=str(index + (repeat < count)),
            how="boxed",
            reason="made for a test",
            finish="stop",
        )
        for index, count in enumerate(right)
        for repeat in range(repeats)
    ]


def run(tasks: Mapping[str, Sequence[int]], *, model: str = "tiny", repeats: int = 1) -> Run:
    return Run(
        model=Model(name=model),
        created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        engine="hf",
        checker_version="1",
        tasks={
            task: TaskScore(
                benchmark=task.removeprefix("cft_"),
                items=len(right),
                repeats=repeats,
                expected_items=len(right),
                scores={"acc": sum(right) / (len(right) * repeats)},
                settings=Settings(
                    task_version="1",
                    n_shot=0,
                    max_gen_toks=2048,
                    temperature=0.0,
                    until=("[END]", "<|im_end|>"),
                    prompts="0" * 64,
                    items=hashlib.sha256(str(len(right)).encode()).hexdigest(),
                ),
            )
            for task, right in tasks.items()
        },
    )


def boiled(
    tasks: Mapping[str, Sequence[int]], *, model: str = "tiny", repeats: int = 1
) -> RunOutcomes:
    """The outcomes of a run with these right counts."""
    answered = [s for task, right in tasks.items() for s in samples(task, right, repeats=repeats)]
    return outcomes(run(tasks, model=model, repeats=repeats), answered)
