"""What the responses take: how many are cut, how long they are, what they cost.

    per task and all problems together: did it grow by more than is accepted? ── REGRESSION
                                        is such a growth ruled out?          ── OK
                                        neither                              ── INCONCLUSIVE

Asked only where a limit is given. As with scores, a task fails it by itself (Holm over all rows of
all limits, a family of their own), and OK is said of all problems together. Length is in
characters, which every run has; cost is in generated tokens, which some engines do not tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cft_eval.figures import p_is, percent
from cft_eval.gate.decide import Report
from cft_eval.gate.limits import GateDecision, Limits, Resource
from cft_eval.gate.pairs import POOLED, Counts, Pair
from cft_eval.gate.pairs import pooled as together
from cft_eval.gate.report import amount
from cft_eval.results import RunOutcomes, TaskOutcomes, aligned
from cft_eval.results.sizes import SizeSpread
from cft_eval.stats import Floats, holm, paired_growth, share_grew, unpaired_growth


@dataclass(frozen=True, slots=True)
class _Growth:
    """One row before the correction."""

    task: str
    what: str
    before: float | None
    after: float | None
    limit: float
    grew: float = 1.0
    """p of no growth."""

    beyond: float = 1.0
    """p of a growth of the limit or more: small where it is ruled out."""

    @property
    def growth(self) -> float:
        """In the unit of the limit."""
        if self.before is None or self.after is None:
            return 0.0
        if self.what == TRUNCATION:
            return self.after - self.before
        return self.after / self.before - 1 if self.before else float(self.after > 0)


TRUNCATION, LENGTH, COST = "truncation", "length", "cost"
UNITS = {LENGTH: "characters", COST: "tokens"}


def with_resources(
    report: Report, baseline: RunOutcomes, candidate: RunOutcomes, limits: Limits
) -> Report:
    """The report with a row for each limit, and the verdict that follows."""
    if not limits or not report.rows:
        return report
    rows = resources(baseline, aligned(baseline, candidate), limits, alpha=report.alpha)
    report = replace(report, resources=tuple(rows))
    worse = [row for row in rows if row.decision is GateDecision.REGRESSION]
    whole = [row for row in rows if row.task == POOLED or len(baseline.tasks) == 1]
    unsure = [row for row in whole if row.decision is GateDecision.INCONCLUSIVE]
    if worse:
        before = report.reason if report.decision is GateDecision.REGRESSION else ""
        words = [before, *(f"{row.what} on {row.task}: {row.reason}" for row in worse)]
        reason = "; ".join(filter(None, words))
        return replace(report, decision=GateDecision.REGRESSION, reason=reason)
    if unsure and report.decision is GateDecision.OK:
        reason = "; ".join(f"{row.what} on {row.task}: {row.reason}" for row in unsure)
        return replace(report, decision=GateDecision.INCONCLUSIVE, reason=reason)
    return report


def resources(a: RunOutcomes, b: RunOutcomes, limits: Limits, *, alpha: float) -> list[Resource]:
    """``b`` has its tasks under the names of ``a``."""
    tasks = [(task, a.tasks[task], b.tasks[task]) for task in a.tasks]
    grown: list[_Growth] = []
    if limits.truncation is not None:
        grown += _truncation(tasks, limits.truncation)
    for what, limit in ((LENGTH, limits.length), (COST, limits.cost)):
        if limit is not None:
            grown += _lengths(tasks, what, limit)
    adjusted = holm([each.grew for each in grown])
    return [_decided(each, p, alpha) for each, p in zip(grown, adjusted, strict=True)]


_Sides = Sequence[tuple[str, TaskOutcomes, TaskOutcomes]]


def _truncation(tasks: _Sides, limit: float) -> list[_Growth]:
    """By the gate's own tests: what is not cut is right, and a growth is a drop of it."""
    pairs, rows = [], []
    for task, a, b in tasks:
        if a.truncated is None or b.truncated is None:
            rows.append(_Growth(task, TRUNCATION, a.truncated, b.truncated, limit))
            continue
        pair = _not_cut(task, a, b)
        if pair is not None:
            pairs.append(pair)
            rows.append(_of_pair(pair, limit))
            continue
        n = len(a.counts), len(b.counts)
        grew = share_grew(a.truncated, b.truncated, *n)
        # Less than the limit: the share of the baseline, raised by it, is above the candidate's.
        raised = min(1.0, a.truncated + limit)
        beyond = share_grew(b.truncated, raised, *n)
        rows.append(
            _Growth(task, TRUNCATION, a.truncated, b.truncated, limit, grew=grew, beyond=beyond)
        )
    if len(tasks) > 1:
        whole = together(pairs) if len(pairs) == len(tasks) else None
        rows.append(_of_pair(whole, limit) if whole else _unknown(TRUNCATION, limit))
    return rows


def _not_cut(task: str, a: TaskOutcomes, b: TaskOutcomes) -> Pair | None:
    cuts = [each.sizes.cut if each.sizes else None for each in (a, b)]
    if cuts[0] is None or cuts[1] is None:
        return None
    whole = [np.full(len(cut), float(s.repeats)) for cut, s in zip(cuts, (a, b), strict=True)]  # type: ignore[arg-type]
    kept = [repeats - np.array(cut) for repeats, cut in zip(whole, cuts, strict=True)]
    return Pair(task, Counts(kept[0], kept[1], whole[0], whole[1]))


def _of_pair(pair: Pair, limit: float) -> _Growth:
    before, after = (1 - score for score in pair.scores)
    beyond = pair.reaches(limit) if limit < 1 else 0.0
    grew = pair.drop()
    return _Growth(pair.task, TRUNCATION, before, after, limit, grew=grew, beyond=beyond)


def _unknown(what: str, limit: float) -> _Growth:
    return _Growth(POOLED, what, None, None, limit)


def _lengths(tasks: _Sides, what: str, limit: float) -> list[_Growth]:
    rows, columns, spreads = [], [], []
    for task, a, b in tasks:
        spread = tuple(_spread(each, what) for each in (a, b))
        values = tuple(_by_problem(each, what) for each in (a, b))
        spreads.append((spread, len(a.counts)))
        columns.append(values)
        rows.append(_longer(task, what, limit, values, spread, len(a.counts)))
    if len(tasks) > 1:
        values = _joined(columns)
        n = sum(size for _, size in spreads)
        sides = tuple(_over([(spread[side], size) for spread, size in spreads]) for side in (0, 1))
        rows.append(_longer(POOLED, what, limit, values, sides, n))
    return rows


def _longer(
    task: str,
    what: str,
    limit: float,
    values: tuple[Floats | None, ...],
    spread: tuple[SizeSpread | None, ...],
    n: int,
) -> _Growth:
    """Paired by problem where both runs have their responses; else from means and spreads."""
    before, after = values
    if before is not None and after is not None and n > 1:
        means = float(before.mean()), float(after.mean())
        grew, beyond = paired_growth(before, after, limit=limit)
        return _Growth(task, what, *means, limit, grew=grew, beyond=beyond)
    first, second = spread
    if first is None or second is None or n < 2:
        known = [None if each is None else each.mean for each in spread]
        return _Growth(task, what, known[0], known[1], limit)
    longest = max(first.longest, second.longest)
    grew, beyond = unpaired_growth(first[:2], second[:2], n, limit=limit, longest=longest)
    return _Growth(task, what, first.mean, second.mean, limit, grew=grew, beyond=beyond)


def _spread(task: TaskOutcomes, what: str) -> SizeSpread | None:
    return task.characters if what == LENGTH else task.tokens


def _by_problem(task: TaskOutcomes, what: str) -> Floats | None:
    if task.sizes is None:
        return None
    values = task.sizes.characters if what == LENGTH else task.sizes.tokens
    return None if values is None else np.array(values, dtype=np.float64)


def _joined(columns: Sequence[tuple[Floats | None, ...]]) -> tuple[Floats | None, ...]:
    sides = []
    for side in (0, 1):
        listed = [column[side] for column in columns]
        known = [each for each in listed if each is not None]
        sides.append(np.concatenate(known) if len(known) == len(listed) else None)
    return tuple(sides)


def _over(spreads: Sequence[tuple[SizeSpread | None, int]]) -> SizeSpread | None:
    """Mean and spread over the problems of all tasks."""
    known = [(each, n) for each, n in spreads if each is not None]
    if len(known) < len(spreads):
        return None
    n = sum(size for _, size in known)
    mean = sum(size * each.mean for each, size in known) / n
    squares = sum((size - 1) * each.sd**2 + size * (each.mean - mean) ** 2 for each, size in known)
    return SizeSpread(
        mean, (squares / max(1, n - 1)) ** 0.5, max(each.longest for each, _ in known)
    )


def _decided(each: _Growth, p: float, alpha: float) -> Resource:
    decision, reason = _decision(each, p, alpha)
    return Resource(
        task=each.task,
        what=each.what,
        decision=decision,
        reason=reason,
        baseline=each.before,
        candidate=each.after,
        p=p,
    )


def _decision(each: _Growth, p: float, alpha: float) -> tuple[GateDecision, str]:
    if each.before is None or each.after is None:
        side = "baseline" if each.before is None else "candidate"
        return GateDecision.INCONCLUSIVE, f"the {side} does not tell: run it again to gate this"
    accepted, words = _accepted(each), _words(each)
    if p < alpha and each.growth > each.limit:
        why = f"more than the accepted {accepted}, which chance does not explain"
        return GateDecision.REGRESSION, f"{words}, {why} ({p_is(p, alpha=alpha)})"
    if each.beyond < alpha:
        ruled_out = f"a growth of more than {accepted} is ruled out"
        return GateDecision.OK, f"{words}; {ruled_out} ({p_is(each.beyond, alpha=alpha)})"
    return GateDecision.INCONCLUSIVE, f"{words}, and a growth of {accepted} is not ruled out"


def _accepted(each: _Growth) -> str:
    unit = "points" if each.what == TRUNCATION else "%"
    space = " " if unit == "points" else ""
    return f"{100 * each.limit:g}{space}{unit}"


def _words(each: _Growth) -> str:
    before, after = amount(each.what, each.before), amount(each.what, each.after)
    if each.what == TRUNCATION:
        return f"cut responses went from {before} to {after}"
    unit = UNITS[each.what]
    sign = "+" if each.growth >= 0 else "-"
    return f"from {before} to {after} {unit} ({sign}{percent(abs(each.growth))}%)"
