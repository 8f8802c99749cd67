"""Decide whether a model's response gives the reference answer: strings in, a `Verdict` out.

    response ── extract ──> answer ── compare ──> verdict

The package knows nothing of datasets, models, lm-eval or HTTP. Nothing is raised for any text and
nothing of a text is ever executed; what may take long runs in a process that is killed.
"""

from collections.abc import Iterable, Mapping

from cft_eval.checker.run.judging import UnknownPolicy, check, equal
from cft_eval.checker.types.rules import Rules, UnknownBenchmark, rules_for
from cft_eval.checker.types.verdict import POLICIES, Outcome, Policy, Verdict

CHECKER_VERSION = "9"
"""Changes when a verdict may: scores of different versions are not comparable."""

__all__ = [
    "CHECKER_VERSION",
    "POLICIES",
    "Outcome",
    "Policy",
    "Rules",
    "UnknownBenchmark",
    "UnknownPolicy",
    "Verdict",
    "check",
    "check_many",
    "equal",
    "rules_for",
]


def check_many(
    rows: Iterable[Mapping[str, object]], *, workers: int | None = None, policy: str = "strict"
) -> list[Verdict]:
    """Check many rows, in processes where that is faster: `run.bulk.check_many`."""
    from cft_eval.checker.run import bulk

    return bulk.check_many(rows, workers=workers, policy=policy)
