"""What is measured of each problem, and how lm-eval is to average it.

Every value is a mean over the responses to one problem; lm-eval averages over the problems, so
its standard errors are clustered by problem. A value that nobody knows is None, and a mean of
nothing known is the word "unknown": never 0.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from cft_eval.checker import POLICIES, Outcome, Policy
from cft_eval.harness.grading import GradedAnswer
from cft_eval.harness.log_schema import LENGTHS, UNKNOWN
from cft_eval.results import repeats
from cft_eval.results.schema import ACCURACY

CORRECTED: dict[Policy, str] = {policy: f"{name}_errata" for policy, name in ACCURACY.items()}
"""The same with the labels that are known to be wrong put right."""

SHARES = {"answered": True, "boxed": True, "truncated": False, "too_slow": False}
"""Shares of the responses, and whether more is better."""

BOXED = {"boxed", "boxes", "hedge"}
"""Rules of the checker that read a whole box."""


def mean_if_known(values: Sequence[float | None]) -> float | str:
    """The mean, or "unknown" where one value is: that of the others would be shown as of all.

    lm-eval's aggregation for what an engine may not tell.
    """
    known = [value for value in values if value is not None]
    return fmean(known) if known and len(known) == len(values) else UNKNOWN


def listed(times: int, *, errata: bool) -> list[dict[str, Any]]:
    """`metric_list` of a task with ``times`` responses to each problem."""
    metrics = [_mean(name) for name in ACCURACY.values()]
    if errata:
        metrics += [_mean(name) for name in CORRECTED.values()]
    for name, more in SHARES.items():
        if name == "truncated":
            metrics.append(_mean(name, aggregation=mean_if_known, better=more))
        else:
            metrics.append(_mean(name, better=more))
    metrics += [_mean(name, aggregation=mean_if_known, better=False) for name in LENGTHS]
    if times > 1:
        metrics += [_mean(name) for name in ("avg_at_k", "pass_at_k", "maj_at_k")]
        metrics += [_mean(f"pass_at_{k}") for k in powers(times)]
    return metrics


def of_problem(graded: Sequence[GradedAnswer], doc: Mapping[str, Any]) -> dict[str, Any]:
    """The metrics of one problem from its responses, in the order of `listed`."""
    values: dict[str, Any] = {
        ACCURACY[policy]: repeats.average([response.correct[policy] for response in graded])
        for policy in POLICIES
    }
    if doc.get("corrected"):
        for policy in POLICIES:
            right = [response.grade.corrected[policy] for response in graded]
            values[CORRECTED[policy]] = repeats.average(right)
    outcomes = [response.verdict.outcome for response in graded]
    values["answered"] = repeats.average([o is not Outcome.NO_ANSWER for o in outcomes])
    values["boxed"] = repeats.average([response.verdict.how in BOXED for response in graded])
    values["truncated"] = _known(
        [None if r.finish == "unknown" else r.finish == "length" for r in graded]
    )
    values["too_slow"] = repeats.average([o is Outcome.TOO_SLOW for o in outcomes])
    values["response_chars"] = fmean(response.grade.characters for response in graded)
    values["response_tokens"] = _known([response.grade.ending.tokens for response in graded])
    if len(graded) > 1:
        values |= _repeated(graded)
    return values


def powers(times: int) -> list[int]:
    """The powers of two up to ``times``.

    >>> powers(12)
    [1, 2, 4, 8]
    """
    return [2**power for power in range(times.bit_length())]


def _repeated(graded: Sequence[GradedAnswer]) -> dict[str, float]:
    """avg@k, pass@k and maj@k over all k responses, and pass@1, 2, 4 … for the curve."""
    correct = [response.correct["strict"] for response in graded]
    votes = [response.grade.vote for response in graded]
    return {
        "avg_at_k": repeats.average(correct),
        "pass_at_k": repeats.pass_at(len(correct), correct),
        "maj_at_k": repeats.majority(votes, correct),
    } | {f"pass_at_{k}": repeats.pass_at(k, correct) for k in powers(len(correct))}


def _known(values: Sequence[float | None]) -> float | None:
    mean = mean_if_known(values)
    return mean if isinstance(mean, float) else None


def _mean(name: str, *, aggregation: Any = "mean", better: bool = True) -> dict[str, Any]:
    return {"metric": name, "aggregation": aggregation, "higher_is_better": better}
