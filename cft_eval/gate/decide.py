"""Baseline and candidate in, a decision with its reason out.

    fingerprints agree? ── no ──> NOT_COMPARABLE, with the fields that differ
          │ yes
    each task, all problems, the suite: drop shown? ──> REGRESSION   (exact test, Holm over rows)
                                        no drop beyond the margin? ──> OK (score bound)
                                        neither ──> INCONCLUSIVE, with what would settle it
    far more responses without an answer, empty or cut ──> REGRESSION   (a broken set-up)

The margin is the drop one is ready to accept. A drop is a REGRESSION when chance does not explain
it and its estimate reaches the margin; a run is OK when a drop as large as the margin is ruled out.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cft_eval.figures import p_is, percent, points, size, typed
from cft_eval.gate.fingerprint import Mismatch, mismatches, notes
from cft_eval.gate.grader import GraderSplit
from cft_eval.gate.limits import GateDecision as GateDecision
from cft_eval.gate.limits import Resource
from cft_eval.gate.pairs import POOLED, SUITE, Pair, SuiteChange, paired_tasks, pooled
from cft_eval.gate.setups import COLLAPSE, broken_setup, collapse_level, grown_shares
from cft_eval.gate.terms import NONE, Floor, Terms, floors
from cft_eval.results import RunOutcomes, TaskOutcomes, aligned
from cft_eval.results.outcomes import MOST_REPEATS as MOST
from cft_eval.results.outcomes import Fingerprint
from cft_eval.stats import (
    Interval,
    detectable,
    estimated_noise,
    holm,
    minimum_detectable,
    needed_problems_for_margin,
    needed_repeats_for_margin,
)

LETTER_FOR_LETTER = "letter for letter"
REFUSED = "OK cannot be said"
HOPELESS = "no number of repeats can show it"


Decision = GateDecision
"""The name under which 0.x published it."""


@dataclass(frozen=True, slots=True)
class Row:
    """The decision on one task, on all problems together, or on the suite."""

    task: str
    decision: GateDecision
    reason: str
    problems: int
    baseline: float
    candidate: float
    interval: Interval
    """Of candidate minus baseline, of this row alone, two-sided, confidence 1 - alpha."""

    gains: int
    losses: int
    p: float
    """Of no drop, one-sided, adjusted by Holm over all rows."""

    p_margin: float | None = None
    """Of a drop of the margin or more, one-sided, of this row alone; None for the suite, whose
    bound is combined from those of its tasks."""

    repeats: tuple[int, int] = (1, 1)
    """Responses to each problem, of the baseline and the candidate; over several tasks the
    fewest."""

    margin: float | None = None
    """Accepted drop of a task that has one of its own."""

    shares: Mapping[str, float] | None = None
    """With several seeds: what part of the variance of the change is of problems, seeds and
    sampling, and by how much (0..1) a seed moves each side's score."""

    floor: float | None = None
    """Where the row is of a floor: the score that the candidate must not be below."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the gate found; each output format is a view of it."""

    decision: GateDecision
    reason: str
    baseline: str
    candidate: str
    margin: float
    """Accepted drop, 0..1."""

    alpha: float
    rows: tuple[Row, ...]
    mismatches: tuple[Mismatch, ...]
    ungated: tuple[str, ...] = ()
    """Tasks that the candidate has and the baseline lacks: nothing was decided on them."""

    notes: tuple[str, ...] = ()
    """How the runs differ in what can change a response by rounding alone."""

    window: tuple[str, ...] = ()
    """The runs that the baseline was pooled from; empty for a single run."""

    candidates: tuple[str, ...] = ()
    """The same of the candidate."""

    remarks: tuple[str, ...] = ()
    """What else a reader should know, a sentence each: what was measured of the gate, say."""

    grader: tuple[GraderSplit, ...] = ()
    """Where two checkers graded the runs: what of each task's difference is whose."""

    resources: tuple[Resource, ...] = ()
    """Truncation, length and cost, where limits were given."""

    fingerprint: Mapping[str, Fingerprint] = field(default_factory=dict)
    """How each task of the baseline was run; the candidate differs in `mismatches` alone."""


def decide(
    baseline: RunOutcomes,
    candidate: RunOutcomes,
    *,
    margin: float = 0.01,
    alpha: float = 0.05,
    allow: Collection[str] = (),
    terms: Terms = NONE,
) -> Report:
    """Decide whether ``candidate`` is worse than ``baseline``.

    ``margin`` is in 0..1. ``allow`` names fingerprint fields that may differ; what was allowed is
    in the report. ``terms`` are margins and floors of single tasks.
    """
    differences = tuple(mismatches(baseline, candidate, allow=allow))
    blocking = [m for m in differences if not m.allowed]
    noted = notes(baseline, candidate)
    candidate = aligned(baseline, candidate)
    ungated = tuple(task for task in candidate.tasks if task not in baseline.tasks)

    def report(decision: GateDecision, reason: str, rows: Sequence[Row] = ()) -> Report:
        return Report(
            decision=decision,
            reason=reason,
            baseline=baseline.model,
            candidate=candidate.model,
            margin=margin,
            alpha=alpha,
            rows=tuple(rows),
            mismatches=differences,
            ungated=ungated,
            notes=noted,
            window=baseline.runs,
            candidates=candidate.runs,
            fingerprint={task: baseline.fingerprint(task) for task in baseline.tasks},
        )

    if blocking:
        more = f" and {len(blocking) - 1} more" if len(blocking) > 1 else ""
        return report(GateDecision.NOT_COMPARABLE, f"run differently: {blocking[0]}{more}")
    terms.check(baseline.tasks)
    rows = _rows(baseline, candidate, margin, alpha, terms)
    whole = report(*overall(rows, margin, terms), rows)
    return replace(whole, remarks=_look_first(baseline, candidate, alpha, terms))


def _look_first(a: RunOutcomes, b: RunOutcomes, alpha: float, terms: Terms) -> tuple[str, ...]:
    """What may explain a fall and is no fall of the model: more responses without an answer, empty
    or cut, by less than a broken set-up shows."""
    level = collapse_level(alpha, len(a.tasks))
    return tuple(
        f"{task}: {what} grew from {percent(before)}% to {percent(after)}%: look at the set-up and "
        "the server's log before the model"
        for task in a.tasks
        for what, before, after in grown_shares(
            a.tasks[task], b.tasks[task], level, limited=terms.truncation
        )
        if after - before < COLLAPSE
    )


def undecided(reason: str, baseline: str, candidate: str, margin: float, alpha: float) -> Report:
    """The report where there is nothing to decide on: data that cannot be read, say."""
    return Report(
        decision=GateDecision.NOT_COMPARABLE,
        reason=reason,
        baseline=baseline,
        candidate=candidate,
        margin=margin,
        alpha=alpha,
        rows=(),
        mismatches=(),
    )


def overall(rows: Sequence[Row], margin: float, terms: Terms = NONE) -> tuple[GateDecision, str]:
    """The decision on all rows, with its reason.

    Any row that regressed decides. Else it is that of all problems together, the row that can rule
    out a margin, or of the only task: a small task that cannot tell is listed as what it is, and so
    is the mean over tasks, which hangs on the smallest of them. But a mean that fell by the margin
    leaves the whole undecided, though chance may have done it; so does a task that ``terms`` name,
    or a floor, where it cannot tell.
    """
    worse = [row for row in rows if row.decision is GateDecision.REGRESSION]
    if worse:
        return GateDecision.REGRESSION, "; ".join(f"{row.task}: {row.reason}" for row in worse)
    open_terms = [
        row
        for row in rows
        if row.decision is GateDecision.INCONCLUSIVE
        and (row.floor is not None or (terms.binds(row.task) and row.task not in (POOLED, SUITE)))
    ]
    if open_terms:
        reasons = "; ".join(f"{row.task}: {row.reason}" for row in open_terms)
        return GateDecision.INCONCLUSIVE, reasons
    rows = [row for row in rows if row.floor is None]
    *_, whole, suite = (rows[0], *rows)
    if len(rows) == 1 or whole.decision is not GateDecision.OK:
        row = rows[0] if len(rows) == 1 else whole
        return row.decision, f"{row.task}: {row.reason}"
    fell = suite.baseline - suite.candidate >= margin - 1e-12
    row = suite if fell and suite.decision is not GateDecision.OK else whole
    return row.decision, f"{row.task}: {row.reason}"


def _rows(a: RunOutcomes, b: RunOutcomes, margin: float, alpha: float, terms: Terms) -> list[Row]:
    """A row a task; with several tasks, all problems together and the suite as well; a row a floor.

    All their tests of a drop are one family.
    """
    tasks = list(a.tasks)
    pairs = paired_tasks(a, b, tasks)
    same = [_same_text(a.tasks[task], b.tasks[task]) for task in tasks]
    level = collapse_level(alpha, len(tasks))
    broken = [
        broken_setup(a.tasks[task], b.tasks[task], level, limited=terms.truncation)
        for task in tasks
    ]
    held = floors(terms, b, alpha=alpha)
    whole = [] if len(pairs) == 1 else [pooled(pairs)]
    suite = [] if len(pairs) == 1 else [SuiteChange(tuple(pairs))]
    raw = [*(pair.drop() for pair in (*pairs, *whole)), *(mean.drop() for mean in suite)]
    adjusted = holm([*raw, *(floor.below for floor in held)])
    rows = []
    for pair, p, alike, reason in zip(pairs, adjusted, same, broken, strict=False):
        own = terms.margins.get(pair.task, margin)
        row = _row(pair, p, own, alpha, same_text=alike, broken=reason)
        rows.append(replace(row, margin=own) if pair.task in terms.margins else row)
    for pair, p in zip(whole, adjusted[len(pairs) :], strict=False):
        rows.append(_row(pair, p, margin, alpha, same_text=all(same), broken=None))
    for mean, p in zip(suite, adjusted[len(pairs) + 1 :], strict=False):
        rows.append(_suite_row(mean, p, margin, alpha, same_text=all(same)))
    by_task = {row.task: row for row in rows}
    return [
        *rows,
        *(
            _floor_row(floor, by_task[floor.task], p, alpha)
            for floor, p in zip(held, adjusted[len(raw) :], strict=True)
        ),
    ]


def _floor_row(floor: Floor, of_task: Row, p: float, alpha: float) -> Row:
    """The task's own row with the answer about its floor: another question, another decision."""
    at, score = typed(floor.floor), percent(floor.score)
    if floor.score < floor.floor and p < alpha:
        reason = f"{score} is below the floor of {at}, which chance does not explain"
        decision, reason = GateDecision.REGRESSION, f"{reason} ({p_is(p, alpha=alpha)})"
    elif floor.above < alpha:
        decision = GateDecision.OK
        reason = f"a score below the floor of {at} is ruled out ({p_is(floor.above, alpha=alpha)})"
    else:
        decision = GateDecision.INCONCLUSIVE
        reason = f"{score} does not rule out a score below the floor of {at}; " + (
            "no score of so few responses does"
            if floor.needed is None
            else f"with as many responses {percent(floor.needed)} would"
        )
    return replace(
        of_task, task=floor.name, decision=decision, reason=reason, p=p, floor=floor.floor
    )


def _same_text(a: TaskOutcomes, b: TaskOutcomes) -> bool:
    return (a.responses, a.repeats, a.right) == (b.responses, b.repeats, b.right)


def _row(
    pair: Pair, p: float, margin: float, alpha: float, *, same_text: bool, broken: str | None
) -> Row:
    before, after = pair.scores
    if after == 0 and p < alpha:  # whatever the margin: nothing is left of the score
        broken = f"the score fell from {percent(before)}% to nothing"
    if broken:
        return _row_of(pair, GateDecision.REGRESSION, broken, pair.interval(alpha), p)
    lower = pair.lower(alpha)
    decision, reason = decision_of(pair.delta, lower, p, margin, alpha, same_text=same_text)
    if decision is GateDecision.INCONCLUSIVE:
        reason = f"{reason}; {_what_would_settle(pair, margin, alpha)}"
    row = _row_of(pair, decision, reason, pair.interval(alpha), p)
    return replace(row, p_margin=pair.reaches(margin) if margin < 1 else 0.0)


def _suite_row(
    suite: SuiteChange, p: float, margin: float, alpha: float, *, same_text: bool
) -> Row:
    lower = suite.lower(alpha)
    decision, reason = decision_of(suite.delta, lower, p, margin, alpha, same_text=same_text)
    if decision is GateDecision.INCONCLUSIVE:
        task, share = suite.noisiest(alpha)
        reason = (
            f"the mean over tasks moved by {points(suite.delta)} points, and {reason}; "
            f"{percent(share, places=0)}% of "
            f"its noise is {task}'s: more responses or problems there, or a wider --margin"
        )
    return _row_of(suite, decision, reason, suite.interval(alpha), p)


def _row_of(
    row: Pair | SuiteChange, decision: GateDecision, reason: str, interval: Interval, p: float
) -> Row:
    name = row.task if isinstance(row, Pair) else SUITE
    before, after = row.scores
    gains, losses = row.gains_losses
    return Row(
        task=name,
        decision=decision,
        reason=reason,
        problems=row.problems,
        baseline=before,
        candidate=after,
        interval=interval,
        gains=gains,
        losses=losses,
        p=p,
        repeats=row.repeats,
    )


def decision_of(
    delta: float, lower: float, p: float, margin: float, alpha: float, *, same_text: bool
) -> tuple[GateDecision, str]:
    if same_text:
        return GateDecision.OK, f"both runs gave the same responses, {LETTER_FOR_LETTER}"
    down = f"down {size(delta, beside=margin)} points"
    if p < alpha and delta <= -margin:
        why = f"which chance does not explain ({p_is(p, alpha=alpha)})"
        return GateDecision.REGRESSION, f"{down}, {why}"
    if lower > -margin:
        if p < alpha:
            return GateDecision.OK, f"{down}, surely less than the margin of {typed(margin)}"
        bound = points(lower, beyond=-margin)
        return GateDecision.OK, f"a drop of {typed(margin)} points is ruled out (bound {bound})"
    open_drop = size(lower, beside=margin)
    return GateDecision.INCONCLUSIVE, f"a drop of {open_drop} points is not ruled out"


def _what_would_settle(pair: Pair, margin: float, alpha: float) -> str:
    """Which drop the data could show, and what rules out the margin."""
    n = pair.problems
    if n < 2:
        return f"one problem shows no noise: {typed(margin)} points need more"
    noise = estimated_noise(pair.a, pair.b, pair.repeats)
    variance = noise.between + noise.within_a / pair.repeats[0] + noise.within_b / pair.repeats[1]
    if pair.binary:
        # As one response a problem: the variance of a difference is the share that differs.
        variance = max(sum(pair.gains_losses), 1) / n
        shown = minimum_detectable(n, variance, alpha=alpha)
    else:
        shown = detectable(math.sqrt(variance / n), alpha=alpha)
    needed = needed_problems_for_margin(margin, variance, alpha=alpha)
    remedies = [f"about {needed:,} problems like these"]
    impossible = ""
    if not pair.binary:
        repeats = needed_repeats_for_margin(margin, n, noise, alpha=alpha)
        if repeats is None or repeats > MOST:  # more than outcomes hold are no advice
            impossible = f"; {HOPELESS}"
        else:
            remedies.append(f"{repeats:,} responses to each")
    return (
        f"{n:,} problems show a drop of {size(shown)} points or more; a margin of "
        f"{typed(margin)} takes "
        f"{' or '.join(remedies)}, or a wider --margin{impossible}"
    )
