"""More repeats for inconclusive tasks, with alpha spread over all looks.

    look 1: alpha_1 ──> undecided tasks: more repeats of both runs ──> look 2: alpha_2 ──> ...

The number of looks is fixed before the first one, and the levels of all looks add up to alpha
(`cft_eval.stats.spend`). Each look is a whole decision, Holm over every row, at its own level;
a row that was decided stays decided. So the chance of any false alarm over all looks is at most
alpha, however the looks depend on each other and whatever was chosen to be repeated. What has
been spent is kept in a small file; looking again at the same responses spends nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from cft_eval.figures import typed
from cft_eval.gate.decide import HOPELESS, GateDecision, Report, Row, decide, overall
from cft_eval.gate.pairs import POOLED, SUITE
from cft_eval.results import InvalidData, RunOutcomes, TaskOutcomes, aligned, pool_tasks
from cft_eval.results.outcomes import MOST_REPEATS as MOST
from cft_eval.results.outcomes import Fact
from cft_eval.results.schema import Name, Record
from cft_eval.stats import estimated_noise, needed_repeats_for_margin, spend

OF_SAMPLING = frozenset({"temperature", "top_p", "generation"})
"""What may differ where sampled responses replace greedy ones."""

SAMPLED = "_sampled"
"""A task whose name ends so asks the same problems with repeats, at a temperature."""


class Look(Record):
    """One look at the data."""

    alpha: float
    """The level spent on it."""

    responses: Annotated[str, Field(min_length=1)]
    """Which responses were looked at."""

    decided: dict[Name, GateDecision]
    """Rows decided at this look, which no later look asks again."""


class Escalation(Record):
    """What was planned before the first look, and what has been spent of it."""

    kind: Literal["cft-eval escalation"] = "cft-eval escalation"
    schema_version: Literal[1] = 1
    margin: float
    alpha: float
    looks: Annotated[int, Field(ge=1, le=10)]
    of: str = ""
    """Which responses the first look saw: the plan is for these two runs and no others."""

    done: tuple[Look, ...] = ()

    @property
    def levels(self) -> list[float]:
        return spend(self.alpha, self.looks)

    @property
    def decided(self) -> dict[str, GateDecision]:
        return {task: decision for look in self.done for task, decision in look.decided.items()}


class Need(NamedTuple):
    """What an undecided task takes."""

    task: str
    repeats: int | None
    """More responses to each problem, of both runs; None where no number of them can tell."""

    why: str


class Step(NamedTuple):
    """The answer of one look."""

    plan: Escalation
    report: Report
    needs: tuple[Need, ...]
    """Empty where nothing is undecided, or where no look is left."""


def look(
    plan: Escalation,
    baselines: Sequence[RunOutcomes],
    candidates: Sequence[RunOutcomes],
    *,
    allow: Sequence[str] = (),
) -> Step:
    """Take the next look at all runs so far; the first of each side has every task."""
    baseline, candidate = gathered(baselines), gathered(candidates)
    whose = _identity(baselines[0], candidates[0])
    if plan.of not in ("", whose):
        raise InvalidData(
            f"this plan was started with runs other than {baselines[0].model} and "
            f"{candidates[0].model}; name another --state"
        )
    plan = plan.model_copy(update={"of": whose})
    seen = _identity(baseline, candidate)
    again = next((k for k, past in enumerate(plan.done) if past.responses == seen), None)
    if again is None and len(plan.done) == plan.looks:
        raise InvalidData(
            f"all {plan.looks} planned looks are taken, so more data cannot be tested at alpha "
            f"{plan.alpha:g}: the verdict is final, or plan a new comparison with new runs"
        )
    number = len(plan.done) if again is None else again
    level = plan.levels[number]
    report = decide(baseline, candidate, margin=plan.margin, alpha=level, allow=allow)
    if report.decision is GateDecision.NOT_COMPARABLE:
        return Step(plan, report, ())
    earlier = {
        task: (k, decision)
        for k, past in enumerate(plan.done[:number])
        for task, decision in past.decided.items()
    }
    report = _with_earlier(report, earlier)
    if again is None:
        news: dict[str, GateDecision] = {
            row.task: row.decision
            for row in report.rows
            if row.decision is not GateDecision.INCONCLUSIVE and row.task not in earlier
        }
        done = Look(alpha=level, responses=seen, decided=news)
        plan = plan.model_copy(update={"done": (*plan.done, done)})
    sides = baseline, aligned(baseline, candidate)
    left = number + 1 < plan.looks and report.decision is not GateDecision.REGRESSION
    return Step(plan, report, _needs(plan, report, sides, number) if left else ())


def _with_earlier(report: Report, earlier: Mapping[str, tuple[int, GateDecision]]) -> Report:
    """The report with what earlier looks decided: the data may look different by now, the
    decision may not. What would settle an undecided row is said by the plan, at its next level."""
    rows = []
    for row in report.rows:
        if row.decision is GateDecision.INCONCLUSIVE:
            row = replace(row, reason=row.reason.partition("; ")[0])
        if row.task in earlier:
            number, decision = earlier[row.task]
            row = replace(row, decision=decision, reason=f"decided at look {number + 1}")
        rows.append(row)
    decision, reason = overall(rows, report.margin)
    return replace(report, rows=tuple(rows), decision=decision, reason=reason)


def _identity(baseline: RunOutcomes, candidate: RunOutcomes) -> str:
    return " ".join(
        outcomes.responses for run in (baseline, candidate) for outcomes in run.tasks.values()
    )


def gathered(runs: Sequence[RunOutcomes]) -> RunOutcomes:
    """A run and later repeats of some of its tasks as one run.

    Repeats made alike are pooled. Sampled responses replace greedy ones, which repeating cannot
    add to: the two have different means. Raises `InvalidData` where a later run differs in anything
    else: nothing is left out in silence.
    """
    first, tasks = runs[0], {}
    for task in first.tasks:
        sources = [
            (run, name) for run in runs for name in (task, task + SAMPLED) if name in run.tasks
        ]
        last = sources[-1][0].fingerprint(sources[-1][1])
        for run, name in sources[:-1]:
            _check_alike(task, run.fingerprint(name), last)
        alike = [run.tasks[name] for run, name in sources if run.fingerprint(name) == last]
        _distinct(task, alike)
        tasks[task] = pool_tasks(alike).model_copy(update={"settings": last})
    # All facts are the tasks' own by now, since sampled tasks differ from greedy ones.
    return first.model_copy(update={"settings": {}, "tasks": tasks})


def _check_alike(task: str, before: Mapping[str, Fact], after: Mapping[str, Fact]) -> None:
    differing = [
        field for field in dict.fromkeys([*before, *after]) if before.get(field) != after.get(field)
    ]
    replaced = not before.get("temperature") and after.get("temperature")
    other = [field for field in differing if not (replaced and field in OF_SAMPLING)]
    if other:
        raise InvalidData(
            f"{task}: the runs of one side were made differently ({', '.join(other)}): repeats "
            "count together only where only the seed differs; run it again like the first"
        )


def _distinct(task: str, runs: Sequence[TaskOutcomes]) -> None:
    seen: set[str] = set()
    for outcomes in runs:
        if outcomes.responses in seen:
            raise InvalidData(
                f"{task}: two runs have the same responses, letter for letter: these are not new "
                "repeats (give each run a --seed of its own, and a temperature above 0)"
            )
        seen.add(outcomes.responses)


def _needs(
    plan: Escalation,
    report: Report,
    sides: tuple[RunOutcomes, RunOutcomes],
    number: int,
) -> tuple[Need, ...]:
    undecided = [row for row in report.rows if row.decision is GateDecision.INCONCLUSIVE]
    return tuple(
        _need(row, plan.margin, plan.levels[number + 1], *sides)
        for row in undecided
        if row.task not in (POOLED, SUITE)
    )


def _need(
    row: Row, margin: float, alpha: float, baseline: RunOutcomes, candidate: RunOutcomes
) -> Need:
    a, b = baseline.tasks[row.task], candidate.tasks[row.task]
    x, y = (np.array(side.counts, dtype=np.float64) / side.repeats for side in (a, b))
    noise = estimated_noise(x, y, (a.repeats, b.repeats))
    wanted = needed_repeats_for_margin(margin, row.problems, noise, alpha=alpha)
    have = min(a.repeats, b.repeats)
    if wanted is None:
        return Need(row.task, None, _impossible(row.problems, margin))
    if wanted > MOST:
        return Need(
            row.task,
            None,
            f"{wanted:,} responses a problem are needed, and at most {MOST} are kept",
        )
    more = max(wanted - have, 1)
    greedy = not a_temperature(baseline, row.task)
    if greedy:
        return Need(row.task, wanted, "greedy responses repeat themselves: both runs sampled")
    return Need(row.task, more, f"{have} responses a problem so far, about {wanted} would tell")


def _impossible(problems: int, margin: float) -> str:
    return (
        f"{HOPELESS}: {problems:,} problems differ too much among themselves "
        f"for a margin of {typed(margin)} points; take more problems or a wider --margin"
    )


def a_temperature(run: RunOutcomes, task: str) -> float:
    """The temperature of a task; 0 is greedy."""
    value = run.fingerprint(task).get("temperature")
    return float(value) if isinstance(value, int | float) else 0.0
