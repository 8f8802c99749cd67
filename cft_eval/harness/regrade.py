"""The samples of a run graded again by the checker that is installed: the same responses, other
verdicts. Nothing is compared here.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from cft_eval.checker import CHECKER_VERSION, Outcome, Verdict
from cft_eval.checker.run.bulk import Checkers, check_policies
from cft_eval.results import ACCURACY, Policy, Run, Sample
from cft_eval.testsets import rules_of
from cft_eval.testsets.known import grading_of

CHUNK = 500
"""Responses between two steps of a progress bar."""


class GradedAgain(NamedTuple):
    run: Run
    samples: list[Sample]
    gained: Counter[str]
    """By task: responses that were not correct, and are now."""

    lost: Counter[str]
    """By task: responses that were correct, and are not any more."""


def grade_again(
    run: Run,
    samples: Sequence[Sample],
    *,
    progress: Callable[[int], object] = lambda count: None,
) -> GradedAgain:
    """``run`` as if this checker had graded it. Raises `UnknownBenchmark` where a task's rules of
    grading are not known here."""
    verdicts: list[dict[Policy, Verdict]] = []
    with Checkers() as checkers:
        for start in range(0, len(samples), CHUNK):
            rows = [checked_row(sample) for sample in samples[start : start + CHUNK]]
            verdicts += check_policies(rows, checkers=checkers)
            progress(len(rows))
    again = [_graded(sample, each) for sample, each in zip(samples, verdicts, strict=True)]
    pairs = [
        (new.task, old.outcome is Outcome.CORRECT, new.outcome is Outcome.CORRECT)
        for old, new in zip(samples, again, strict=True)
    ]
    return GradedAgain(
        run=_scored(run, again),
        samples=again,
        gained=Counter(task for task, was, now in pairs if now and not was),
        lost=Counter(task for task, was, now in pairs if was and not now),
    )


def checked_row(sample: Sample) -> dict[str, object]:
    """A sample as `check_many` takes it, with the rules of its item."""
    return {
        "response": sample.response,
        "reference": sample.reference,
        "benchmark": grading_of(sample.benchmark),
        "rules": rules_of(sample.item),
    }


def _graded(sample: Sample, verdicts: dict[Policy, Verdict]) -> Sample:
    strict = verdicts["strict"]
    return sample.model_copy(
        update={
            "outcome": strict.outcome,
            "answer": strict.answer,
            "how": strict.how,
            "reason": strict.reason,
            "correct": {policy: verdict.correct for policy, verdict in verdicts.items()},
        }
    )


def _scored(run: Run, samples: Sequence[Sample]) -> Run:
    """The run with its new accuracies, graded by one checker in all tasks."""
    tasks = {}
    for name, task in run.tasks.items():
        mine = [sample for sample in samples if sample.task == name]
        known = {
            metric: sum(s.correct[policy] for s in mine) / len(mine)
            for policy, metric in ACCURACY.items()
            if mine
        }
        settings = task.settings.model_copy(update={"checker_version": None})
        scores = {**task.scores, **known}
        tasks[name] = task.model_copy(update={"settings": settings, "scores": scores})
    return run.model_copy(update={"checker_version": CHECKER_VERSION, "tasks": tasks})
