"""Grade all responses of a task at once: lm-eval's filter, the one hook that sees them together.

    responses, docs ── rows ──> check_policies ──> GradedAnswer, a str with its verdicts

`process_results` sees one document at a time, in the main process, where one hostile answer
stops a run of hours; the checker's workers grade in parallel and can be killed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lm_eval.api.filter import Filter

from cft_eval.checker import POLICIES, Rules, Verdict
from cft_eval.checker.run.bulk import Checkers, check_policies
from cft_eval.checker.run.votes import pairs, votes
from cft_eval.checker.types.verdict import Policy
from cft_eval.harness.endings import UNKNOWN, Ending, Finish
from cft_eval.harness.rows import STRICT, equal_pairs, row


class RecordedResponse(str):
    """What the model wrote, with how it ended."""

    ending: Ending

    def __new__(cls, text: str, ending: Ending = UNKNOWN) -> "RecordedResponse":
        response = super().__new__(cls, text)
        response.ending = ending
        return response

    def __reduce__(self) -> tuple[type["RecordedResponse"], tuple[str, Ending]]:
        # With several GPUs lm-eval gathers the samples of all processes by pickle.
        return RecordedResponse, (str(self), self.ending)


@dataclass(frozen=True, slots=True)
class Grade:
    """Everything that was decided about one response."""

    verdict: Verdict
    """Under the strict policy."""

    correct: dict[Policy, bool]
    corrected: dict[Policy, bool]
    """The same against the errata's reference; as `correct` where there is none."""

    ending: Ending = UNKNOWN
    characters: int = 0

    vote: int | None = None
    """The group of equal answers to the problem that it is of; None: nothing to vote for."""


class GradedAnswer(str):
    """The answer found in a response, empty where there is none; what lm-eval logs as filtered."""

    grade: Grade

    def __new__(cls, grade: Grade) -> "GradedAnswer":
        graded = super().__new__(cls, grade.verdict.answer or "")
        graded.grade = grade
        return graded

    def __reduce__(self) -> tuple[type["GradedAnswer"], tuple[Grade]]:
        return GradedAnswer, (self.grade,)

    @property
    def verdict(self) -> Verdict:
        return self.grade.verdict

    @property
    def correct(self) -> dict[Policy, bool]:
        return self.grade.correct

    @property
    def finish(self) -> Finish:
        return self.grade.ending.finish

    def record(self) -> dict[str, object]:
        """What the sample log keeps: `cft_eval.harness.log_schema.VerdictRecord`."""
        return {
            "outcome": self.verdict.outcome.value,
            "answer": self.verdict.answer,
            "how": self.verdict.how,
            "reason": self.verdict.reason,
            "correct": dict(self.correct),
            "corrected": dict(self.grade.corrected),
            "finish": self.finish,
            "tokens": self.grade.ending.tokens,
        }


_shared: Checkers | None = None


@contextmanager
def shared_checkers() -> Iterator[None]:
    """Grade all tasks in here by the same processes, instead of starting some for each."""
    global _shared
    with Checkers() as _shared:
        try:
            yield
        finally:
            _shared = None


class GradeFilter(Filter):  # type: ignore[misc]  # lm-eval has no types
    """``workers``: processes that grade; by default the checker's own choice."""

    def __init__(self, workers: int | None = None) -> None:
        super().__init__()
        self.workers = workers
        self._checkers = _shared if workers is None else None

    def apply(
        self, resps: Iterable[Sequence[str]], docs: Sequence[Mapping[str, Any]]
    ) -> list[list[GradedAnswer]]:
        """Every response of every document, graded; the shape stays."""
        responses = [list(response) for response in resps]
        flat = [(r, doc) for each, doc in zip(responses, docs, strict=True) for r in each]
        rows = [_row(response, doc, doc["reference"]) for response, doc in flat]
        disputed = [
            (index, answer)
            for index, (_, doc) in enumerate(flat)
            if _disputed(doc)
            for answer in doc["corrected"]
        ]
        again = [_row(*flat[index], answer) for index, answer in disputed]
        verdicts = check_policies([*rows, *again], workers=self.workers, checkers=self._checkers)
        corrected: dict[int, Mapping[Policy, Verdict]] = {}
        for (index, _), policy_verdicts in zip(disputed, verdicts[len(rows) :], strict=True):
            corrected[index] = _better(corrected.get(index, policy_verdicts), policy_verdicts)
        answers = iter(
            [policy_verdicts[STRICT].answer or "" for policy_verdicts in verdicts[: len(rows)]]
        )
        cast = self._votes([[next(answers) for _ in each] for each in responses], docs)
        graded = iter(
            _graded(response, policy_verdicts, corrected.get(index, policy_verdicts), vote)
            for index, ((response, _), policy_verdicts, vote) in enumerate(
                zip(flat, verdicts, cast, strict=False)
            )
        )
        return [[next(graded) for _ in each] for each in responses]

    def _votes(
        self, answers: Sequence[Sequence[str]], docs: Sequence[Mapping[str, Any]]
    ) -> list[int | None]:
        """The vote of each answer. The problems of a task are compared together, by the pool."""
        distinct = [pair for each in answers for pair in pairs(each)]
        same = (
            equal_pairs(
                distinct, docs[0]["benchmark"], workers=self.workers, checkers=self._checkers
            )
            if distinct
            else set()
        )
        return [vote for each in answers for vote in votes(each, same)]


def _graded(
    response: str,
    verdicts: Mapping[Policy, Verdict],
    corrected: Mapping[Policy, Verdict],
    vote: int | None,
) -> GradedAnswer:
    return GradedAnswer(
        Grade(
            verdict=verdicts[STRICT],
            correct={policy: verdicts[policy].correct for policy in POLICIES},
            corrected={policy: corrected[policy].correct for policy in POLICIES},
            ending=response.ending if isinstance(response, RecordedResponse) else UNKNOWN,
            characters=len(response),
            vote=vote,
        )
    )


def _disputed(doc: Mapping[str, Any]) -> bool:
    return bool(doc.get("corrected")) and list(doc["corrected"]) != [doc["reference"]]


def _better(
    one: Mapping[Policy, Verdict], other: Mapping[Policy, Verdict]
) -> Mapping[Policy, Verdict]:
    """Where one of several answers may be given, the one that was."""
    return {policy: one[policy] if one[policy].correct else other[policy] for policy in POLICIES}


def _row(response: str, doc: Mapping[str, Any], reference: str) -> dict[str, object]:
    rules = Rules(tolerance=doc["tolerance"] or None, ordered=doc["ordered"])
    return row(str(response), reference, doc["benchmark"], rules)
