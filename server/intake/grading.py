"""Grade responses again, under every policy, and say how far that is from what was claimed."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cft_eval.checker import CHECKER_VERSION, POLICIES, Outcome, Verdict
from cft_eval.checker.run.bulk import Checkers, check_policies
from cft_eval.results import ACCURACY, Policy, Run, Sample, TaskScore
from cft_eval.results.outcomes import outcomes
from cft_eval.server.intake.validation import UploadedResponse
from cft_eval.testsets import rules_of
from cft_eval.testsets.known import grading_of

OUTCOMES = tuple(Outcome)
"""A score vector holds an outcome's index in here, one byte a sample: only append to it."""

CORRECT = OUTCOMES.index(Outcome.CORRECT)
"""How a score vector writes a point that was earned."""

CHUNK = 500
"""Responses graded at a time: between two chunks progress is shown and a stop is heard."""


CHUNK_CHARACTERS = 4 << 20
"""Fewer at a time where they are long."""


@dataclass(frozen=True, slots=True)
class TaskVerdicts:
    """The verdicts on one task's responses under one policy, in the responses' order."""

    verdicts: tuple[Verdict, ...]

    @property
    def accuracy(self) -> float:
        """Share of correct responses: every problem has equally many, so also the mean."""
        return sum(verdict.correct for verdict in self.verdicts) / len(self.verdicts)

    @property
    def outcomes(self) -> bytes:
        return bytes(OUTCOMES.index(verdict.outcome) for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class Grader:
    """The checker that grades for a board."""

    version: str = CHECKER_VERSION
    """What a score is stored under: who grades by other rules has another one."""

    check: Callable[..., list[dict[Policy, Verdict]]] = check_policies

    def grade(
        self,
        responses: Sequence[UploadedResponse],
        *,
        checkers: Checkers,
        progress: Callable[[int], None] = lambda count: None,
    ) -> dict[Policy, TaskVerdicts]:
        """The verdicts by policy. ``progress`` hears after each chunk how many responses it had.

        ``checkers`` serve all chunks: to start them costs more than to grade one.
        """
        verdicts: list[dict[Policy, Verdict]] = []
        for rows in _chunks(responses):
            verdicts += self.check(rows, checkers=checkers)
            progress(len(rows))
        return {
            policy: TaskVerdicts(tuple(each[policy] for each in verdicts)) for policy in POLICIES
        }

    def summaries(self, run: Run, samples: Iterable[Sample]) -> dict[str, object]:
        """Policy to what a comparison reads of the run; raises `InvalidData` where it cannot.

        Which problems were answered the samples say, whatever the run says of itself.
        """
        listed = list(samples)
        items: dict[str, set[str]] = {name: set() for name in run.tasks}
        for sample in listed:
            items[sample.task].add(sample.item)
        tasks = {name: _with_items(task, items[name]) for name, task in run.tasks.items()}
        here = run.model_copy(update={"checker_version": self.version, "tasks": tasks})
        return {
            policy: outcomes(here, listed, policy=policy).model_dump(mode="json")
            for policy in POLICIES
        }


CHECKER = Grader()
"""The checker of this version."""


def regraded(
    responses: Sequence[UploadedResponse], graded: Mapping[Policy, TaskVerdicts]
) -> tuple[Sample, ...]:
    """The samples as if the run had been graded here from the start."""
    strict = graded["strict"].verdicts
    return tuple(
        response.sample.model_copy(
            update={
                "outcome": strict[index].outcome,
                "answer": strict[index].answer,
                "correct": {
                    policy: each.verdicts[index].correct for policy, each in graded.items()
                },
            }
        )
        for index, response in enumerate(responses)
    )


def _with_items(task: TaskScore, items: Iterable[str]) -> TaskScore:
    digest = hashlib.sha256("".join(sorted(items)).encode()).hexdigest()
    # Graded here, all by one checker.
    settings = task.settings.model_copy(update={"items": digest, "checker_version": None})
    return task.model_copy(update={"settings": settings})


def item_variance(outcomes: bytes, repeats: int) -> float | None:
    """Variance of the problems' means; None where each was asked once, or there is one problem.

    ``outcomes``: a code a response, in the order of problem and repeat.
    """
    if repeats == 1 or len(outcomes) < 2 * repeats:
        return None
    right = np.frombuffer(outcomes, dtype=np.uint8) == CORRECT
    return float(right.reshape(-1, repeats).mean(axis=1).var(ddof=1))


def claimed(score: TaskScore, policy: Policy) -> float | None:
    """What the run says it scored under ``policy``; None where it says nothing."""
    return score.scores.get(ACCURACY[policy])


def _chunks(responses: Sequence[UploadedResponse]) -> Iterator[list[dict[str, object]]]:
    """What the checker reads, some at a time: the texts of one chunk alone are in memory."""
    rows: list[dict[str, object]] = []
    characters = 0
    for response in responses:
        row = _row(response)
        rows.append(row)
        characters += len(str(row["response"]))
        if len(rows) == CHUNK or characters > CHUNK_CHARACTERS:
            yield rows
            rows, characters = [], 0
    if rows:
        yield rows


def _row(response: UploadedResponse) -> dict[str, object]:
    sample = response.sample
    return {
        "response": sample.response,
        "reference": sample.reference,
        "benchmark": grading_of(sample.benchmark),
        "rules": rules_of(sample.item),
    }
