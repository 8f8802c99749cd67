"""Responses to known items as rows for the checker. Knows no lm-eval: others' outputs too."""

from collections.abc import Sequence

from cft_eval.checker import Policy, Rules
from cft_eval.checker.run.bulk import Checkers, check_many
from cft_eval.testsets.known import grading_of

STRICT: Policy = "strict"


def row(response: str, reference: str, benchmark: str, rules: Rules) -> dict[str, object]:
    """A response in the checker's form."""
    return {
        "response": response,
        "reference": reference,
        "benchmark": grading_of(benchmark),
        "rules": rules,
    }


def equal_pairs(
    pairs: Sequence[tuple[str, str]],
    benchmark: str,
    *,
    workers: int | None = None,
    checkers: Checkers | None = None,
) -> set[tuple[str, str]]:
    """Those pairs of answers that are equal under the strict policy."""
    rules = grading_of(benchmark)
    rows = [{"answer": left, "reference": right, "benchmark": rules} for left, right in pairs]
    verdicts = check_many(rows, workers=workers, policy=STRICT, checkers=checkers)
    return {pair for pair, verdict in zip(pairs, verdicts, strict=True) if verdict.correct}
