"""Baseline and candidate in, a decision with its reason out.

    fingerprints agree? ── no ──> NOT_COMPARABLE, with the fields that differ
          │ yes
    each task and the suite: drop shown? ──> REGRESSION      (exact test, Holm over the family)
                             no drop beyond the margin? ──> OK (score bound)
                             neither ──> INCONCLUSIVE, with what would settle it
    a collapse that counts on few problems cannot show ──> REGRESSION

The margin is the drop one is ready to accept. A drop is a REGRESSION when chance does not explain
it and its estimate reaches the margin; a run is OK when a drop as large as the margin is ruled out.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cft_eval.results import RunOutcomes, TaskOutcomes, first_difference
from cft_eval.results.outcomes import Fact
from cft_eval.stats import (
    Floats,
    Interval,
    estimated_noise,
    gains_and_losses,
    holm,
    mcnemar_drop,
    mean_lower,
    minimum_detectable,
    needed_problems_for_margin,
    needed_repeats_for_margin,
    paired_difference,
    share_grew,
    t_drop,
    tango_interval,
    tango_lower,
    visible,
)

SUITE = "suite"
"""The row of all problems of all tasks together."""

GRADING = "grading"
"""The field in which runs differ that gave the same responses and got other outcomes."""

COLLAPSE = 0.10
"""A share of unanswered, cut or empty responses that grew by this much may be a broken set-up."""

COLLAPSE_P = 0.001
"""And is called one where chance would do it once in a thousand: 9 of 30 problems, not 3."""


class Decision(StrEnum):
    OK = "OK"
    REGRESSION = "REGRESSION"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_COMPARABLE = "NOT_COMPARABLE"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One field in which the two runs were not made alike."""

    task: str
    field: str
    baseline: Fact
    candidate: Fact
    allowed: bool = False
    note: str = ""

    def __str__(self) -> str:
        note = " (allowed)" if self.allowed else f" ({self.note})" if self.note else ""
        return f"{self.task}: {self.field}: {self.baseline!r} -> {self.candidate!r}{note}"


@dataclass(frozen=True, slots=True)
class Row:
    """The decision on one task, or on the suite."""

    task: str
    decision: Decision
    reason: str
    problems: int
    baseline: float
    candidate: float
    interval: Interval
    """Of candidate minus baseline, two-sided, confidence 1 - alpha."""

    gains: int
    losses: int
    p: float
    """Of no drop, one-sided, adjusted by Holm over all rows."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the gate found; each output format is a view of it."""

    decision: Decision
    reason: str
    baseline: str
    candidate: str
    margin: float
    """Accepted drop, 0..1."""

    alpha: float
    rows: tuple[Row, ...]
    mismatches: tuple[Mismatch, ...]


@dataclass(frozen=True, slots=True)
class _Pair:
    """One row's numbers: item means of both runs over the same problems, in the same order."""

    task: str
    a: Floats
    b: Floats
    repeats: tuple[int, int]
    """Responses a problem; of the suite, the fewest of any task."""

    binary: bool
    same_text: bool
    collapse: str | None

    def drop(self) -> float:
        if self.binary:
            return mcnemar_drop(*gains_and_losses(self.a, self.b))
        return t_drop(paired_difference(self.a, self.b), self.a.size)

    def lower(self, alpha: float) -> float:
        if self.binary:
            return tango_lower(*gains_and_losses(self.a, self.b), self.a.size, alpha=alpha)
        return mean_lower(self.a, self.b, alpha=alpha)

    def interval(self, alpha: float) -> Interval:
        if self.binary:
            return tango_interval(*gains_and_losses(self.a, self.b), self.a.size, alpha=alpha)
        difference = paired_difference(self.a, self.b, alpha=alpha)
        return Interval(difference.low, difference.high)


def decide(
    baseline: RunOutcomes,
    candidate: RunOutcomes,
    *,
    margin: float = 0.01,
    alpha: float = 0.05,
    allow: Collection[str] = (),
) -> Report:
    """Decide whether ``candidate`` is worse than ``baseline``.

    ``margin`` is in 0..1. ``allow`` names fingerprint fields that may differ; what was allowed is
    in the report.
    """
    found = tuple(mismatches(baseline, candidate, allow=allow))
    blocking = [m for m in found if not m.allowed]

    def report(decision: Decision, reason: str, rows: Sequence[Row] = ()) -> Report:
        return Report(
            decision, reason, baseline.model, candidate.model, margin, alpha, tuple(rows), found
        )

    if blocking:
        more = f" and {len(blocking) - 1} more" if len(blocking) > 1 else ""
        return report(Decision.NOT_COMPARABLE, f"not run alike: {blocking[0]}{more}")
    pairs = [_pair(task, baseline.tasks[task], candidate.tasks[task]) for task in baseline.tasks]
    rows = _rows([*pairs, _pooled(pairs)] if len(pairs) > 1 else pairs, margin, alpha)
    return report(*overall(rows), rows)


def mismatches(
    baseline: RunOutcomes, candidate: RunOutcomes, *, allow: Collection[str] = ()
) -> list[Mismatch]:
    """Every field in which the runs differ; a task that the candidate lacks is one too."""
    found = []
    for task in baseline.tasks:
        if task not in candidate.tasks:
            found.append(Mismatch(task, "task", "present", "missing"))
            continue
        theirs, ours = baseline.fingerprint(task), candidate.fingerprint(task)
        found += [
            Mismatch(task, field, theirs.get(field), ours.get(field), field in allow)
            for field in dict.fromkeys([*theirs, *ours])
            if field != "items" and theirs.get(field) != ours.get(field)
        ]
        found += _other_problems(task, baseline, candidate)
        found += _other_grading(task, baseline, candidate, allowed=GRADING in allow)
    return found


def _other_problems(task: str, baseline: RunOutcomes, candidate: RunOutcomes) -> Iterator[Mismatch]:
    """Other problems cannot be allowed: there is nothing to pair them with."""
    left, right = baseline.tasks[task], candidate.tasks[task]
    names = [run.fingerprint(task).get("items") for run in (baseline, candidate)]
    note = first_difference(left, right)
    if names[0] != names[1] or note:
        yield Mismatch(task, "items", names[0], names[1], note=note)
    sizes = len(left.counts), len(right.counts)
    if sizes[0] != sizes[1]:
        yield Mismatch(task, "number of problems", *sizes, note=note)


def _other_grading(
    task: str, baseline: RunOutcomes, candidate: RunOutcomes, *, allowed: bool
) -> Iterator[Mismatch]:
    """The same responses under the same checker have the same outcomes, or one of them lies."""
    left, right = baseline.tasks[task], candidate.tasks[task]
    if (left.responses, left.repeats) != (right.responses, right.repeats):
        return
    checkers = [run.fingerprint(task).get("checker") for run in (baseline, candidate)]
    places = [i for i, pair in enumerate(zip(left.counts, right.counts)) if pair[0] != pair[1]]  # noqa: B905
    if checkers[0] != checkers[1] or not places:
        return
    names = left.items or right.items
    item = names[places[0]] if names else f"number {places[0]} in the order of their hashes"
    note = (
        f"the same responses, letter for letter, are graded differently on {len(places)} "
        f"problems, first on item {item}: the checker changed and its version did not"
    )
    facts = f"{sum(left.counts)} right", f"{sum(right.counts)} right"
    yield Mismatch(task, GRADING, *facts, allowed, note)


def _pair(task: str, a: TaskOutcomes, b: TaskOutcomes) -> _Pair:
    return _Pair(
        task,
        np.array(a.counts, dtype=np.float64) / a.repeats,
        np.array(b.counts, dtype=np.float64) / b.repeats,
        repeats=(a.repeats, b.repeats),
        binary=a.repeats == b.repeats == 1,
        same_text=(a.responses, a.repeats, a.right) == (b.responses, b.repeats, b.right),
        collapse=_collapse(a, b),
    )


def _pooled(pairs: Sequence[_Pair]) -> _Pair:
    return _Pair(
        SUITE,
        np.concatenate([pair.a for pair in pairs]),
        np.concatenate([pair.b for pair in pairs]),
        repeats=(min(p.repeats[0] for p in pairs), min(p.repeats[1] for p in pairs)),
        binary=all(pair.binary for pair in pairs),
        same_text=all(pair.same_text for pair in pairs),
        collapse=None,
    )


def _collapse(a: TaskOutcomes, b: TaskOutcomes) -> str | None:
    """A broken set-up shows in shares that no test of scores looks at."""
    if b.score == 0 and sum(count > 0 for count in a.counts) >= 5:
        return f"the score fell from {a.score:.1%} to nothing"
    sizes = len(a.counts) * a.repeats, len(b.counts) * b.repeats
    shares = [
        ("responses without an answer", 1 - a.answered, 1 - b.answered),
        ("empty responses", a.empty, b.empty),
    ]
    if a.truncated is not None and b.truncated is not None:
        shares.append(("responses cut by the token limit", a.truncated, b.truncated))
    for what, before, after in shares:
        if after - before >= COLLAPSE and share_grew(before, after, *sizes) < COLLAPSE_P:
            return f"{what} grew from {before:.0%} to {after:.0%}"
    return None


def _rows(pairs: Sequence[_Pair], margin: float, alpha: float) -> list[Row]:
    adjusted = holm([pair.drop() for pair in pairs])
    return [_row(pair, p, margin, alpha) for pair, p in zip(pairs, adjusted, strict=True)]


def _row(pair: _Pair, p: float, margin: float, alpha: float) -> Row:
    delta = float(pair.b.mean() - pair.a.mean())
    decision, reason = _decision(pair, delta, p, margin, alpha)
    gains, losses = gains_and_losses(pair.a, pair.b)
    return Row(
        pair.task,
        decision,
        reason,
        pair.a.size,
        float(pair.a.mean()),
        float(pair.b.mean()),
        pair.interval(alpha),
        gains,
        losses,
        p,
    )


def _decision(
    pair: _Pair, delta: float, p: float, margin: float, alpha: float
) -> tuple[Decision, str]:
    if pair.collapse:
        return Decision.REGRESSION, pair.collapse
    if pair.same_text:
        return Decision.OK, "both runs gave the same responses, letter for letter"
    if p < alpha and delta <= -margin:
        return (
            Decision.REGRESSION,
            f"down {-delta:.1%}, which chance does not explain (p = {p:.2g})",
        )
    lower = pair.lower(alpha)
    if lower > -margin:
        if p < alpha:
            return Decision.OK, f"down {-delta:.1%}, surely less than the margin of {margin:.1%}"
        return Decision.OK, f"a drop of {margin:.1%} is ruled out (bound {lower:+.1%})"
    return Decision.INCONCLUSIVE, _what_would_settle(pair, lower, margin, alpha)


def _what_would_settle(pair: _Pair, lower: float, margin: float, alpha: float) -> str:
    """Which drop stays possible, which one the data could show, and what rules out the margin."""
    n = pair.a.size
    noise = estimated_noise(pair.a, pair.b, pair.repeats)
    variance = noise.between + noise.within_a / pair.repeats[0] + noise.within_b / pair.repeats[1]
    if pair.binary:
        # As one response a problem: the variance of a difference is the share that differs.
        gains, losses = gains_and_losses(pair.a, pair.b)
        variance = max(gains + losses, 1) / n
        shown = minimum_detectable(n, variance, alpha=alpha)
    else:
        shown = visible(math.sqrt(variance / n), alpha=alpha)
    needed = needed_problems_for_margin(margin, variance, alpha=alpha)
    remedies = [f"about {needed:,} problems"]
    if not pair.binary:
        repeats = needed_repeats_for_margin(margin, n, noise, alpha=alpha)
        remedies += [f"{repeats:,} responses to each"] if repeats else []
    impossible = "" if pair.binary or len(remedies) > 1 else "; no number of repeats can show it"
    return (
        f"a drop of {-lower:.1%} is not ruled out: {n} problems show one of {shown:.1%} or "
        f"more; a margin of {margin:.1%} takes {' or '.join(remedies)}, or a wider --margin"
        f"{impossible}"
    )


def overall(rows: Sequence[Row]) -> tuple[Decision, str]:
    """The decision on all rows, with its reason."""
    worse = [row for row in rows if row.decision is Decision.REGRESSION]
    if worse:
        return Decision.REGRESSION, "; ".join(f"{row.task}: {row.reason}" for row in worse)
    # The last row is the suite, or the only task: a small task that cannot tell does not
    # make the whole undecided, and is listed as what it is.
    last = rows[-1]
    return last.decision, f"{last.task}: {last.reason}"
