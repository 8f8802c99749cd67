"""Grade all responses of a task at once: lm-eval's filter, the one hook that sees them together.

    responses, docs ── rows ──> check_many, once a policy ──> Graded, a str with its verdicts

`process_results` sees one document at a time, in the main process, where one hostile answer
stops a run of hours; the checker's workers grade in parallel and can be killed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from lm_eval.api.filter import Filter

from cft_eval.checker import Outcome, Rules, Verdict, check_many
from cft_eval.results.schema import Policy
from cft_eval.testsets import find

POLICIES: tuple[Policy, ...] = get_args(Policy)
STRICT: Policy = "strict"


class Graded(str):
    """The answer found in a response, empty where there is none; what lm-eval logs as filtered."""

    verdict: Verdict
    """Under the strict policy."""

    correct: dict[Policy, bool]

    def __new__(cls, verdict: Verdict, correct: dict[Policy, bool]) -> "Graded":
        graded = super().__new__(cls, verdict.answer or "")
        graded.verdict = verdict
        graded.correct = correct
        return graded

    @property
    def answered(self) -> bool:
        return self.verdict.outcome is not Outcome.NO_ANSWER

    def record(self) -> dict[str, object]:
        """What the sample log keeps: `cft_eval.harness.records.VerdictRecord`."""
        return {
            "outcome": self.verdict.outcome.value,
            "answer": self.verdict.answer,
            "how": self.verdict.how,
            "reason": self.verdict.reason,
            "correct": dict(self.correct),
        }


class GradeFilter(Filter):  # type: ignore[misc]  # lm-eval has no types
    """``workers``: processes that grade; by default the checker's own choice."""

    def __init__(self, workers: int | None = None) -> None:
        super().__init__()
        self.workers = workers

    def apply(
        self, resps: Iterable[Sequence[str]], docs: Sequence[Mapping[str, Any]]
    ) -> list[list[Graded]]:
        """Every response of every document, graded; the shape stays."""
        responses = [list(response) for response in resps]
        rows = [
            _row(response, doc)
            for repeated, doc in zip(responses, docs, strict=True)
            for response in repeated
        ]
        graded = iter(grade(rows, workers=self.workers))
        return [[next(graded) for _ in repeated] for repeated in responses]


def grade(rows: Sequence[dict[str, object]], *, workers: int | None = None) -> list[Graded]:
    """Grade rows in the checker's form under every policy."""
    verdicts = {
        policy: check_many(list(rows), workers=workers, policy=policy) for policy in POLICIES
    }
    return [
        Graded(
            verdicts[STRICT][place],
            {policy: verdicts[policy][place].correct for policy in POLICIES},
        )
        for place in range(len(rows))
    ]


def _row(response: str, doc: Mapping[str, Any]) -> dict[str, object]:
    return {
        "response": response,
        "reference": doc["reference"],
        "benchmark": find(doc["benchmark"]).grading,
        "rules": Rules(tolerance=doc["tolerance"] or None, ordered=doc["ordered"]),
    }
