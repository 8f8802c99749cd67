"""Two recipes, several training runs of each: did the recipe get worse, whatever the seed?

    runs of A ┐                               ┌─> rows: each task, all problems, the mean over tasks
              ├── scores of runs, by problem ─┤
    runs of B ┘                               └─> whose the noise is: problems, seeds, sampling

The same rows, decisions and report as of two runs (`gate.decide`); only the tests are others
(`stats.seeds`). Runs of one side differ in their seed alone, and in nothing of how they were run.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import combinations

import numpy as np

from cft_eval.figures import p_is, percent
from cft_eval.gate.calibrate import standardised
from cft_eval.gate.decide import (
    GateDecision,
    Report,
    Row,
    decision_of,
    overall,
)
from cft_eval.gate.fingerprint import Mismatch, mismatches, notes
from cft_eval.gate.pairs import POOLED, SUITE, paired_tasks, pooled
from cft_eval.gate.setups import broken_setup, collapse_level
from cft_eval.gate.terms import NONE, Terms
from cft_eval.gate.text import noise_shares
from cft_eval.results import (
    InvalidData,
    RunOutcomes,
    aligned,
    pool_tasks,
    several_checkpoints,
    within,
)
from cft_eval.stats import (
    Block,
    Floats,
    SeedsChange,
    dispersion,
    gains_and_losses,
    holm,
    seeds_change,
)

MIXED = 0.01
"""One-sided p below which the runs of a window are too unlike to be repeats of one checkpoint."""

Runs = Sequence[RunOutcomes]


def decide_arms(
    baselines: Runs,
    candidates: Runs,
    *,
    margin: float = 0.01,
    alpha: float = 0.05,
    allow: Collection[str] = (),
    terms: Terms = NONE,
) -> Report:
    """Decide whether the recipe of ``candidates`` is worse than that of ``baselines``.

    Raises `InvalidData` where a side has a run twice, or where neither has a second one.
    """
    first = baselines[0]
    baselines, candidates = ([aligned(first, run) for run in s] for s in (baselines, candidates))
    differences = _mismatches(first, [*baselines[1:], *candidates], allow)
    blocking = [each for each in differences if not each.allowed]
    decision, reason = GateDecision.NOT_COMPARABLE, f"run differently: {[*blocking, ''][0]}"
    rows: list[Row] = []
    if not blocking:
        _several(baselines, candidates)
        terms.check(first.tasks)
        rows = _rows(baselines, candidates, margin, alpha, terms)
        decision, reason = overall(rows, margin, terms)
    return Report(
        decision=decision,
        reason=reason,
        baseline=_names(baselines),
        candidate=_names(candidates),
        margin=margin,
        alpha=alpha,
        rows=tuple(rows),
        mismatches=tuple(differences),
        ungated=tuple(task for task in candidates[0].tasks if task not in first.tasks),
        notes=tuple(dict.fromkeys(n for run in candidates for n in notes(first, run))),
        remarks=_remarks(rows, len(baselines), len(candidates)),
        fingerprint={task: first.fingerprint(task) for task in first.tasks},
    )


def mixed(runs: Runs) -> str | None:
    """A warning where the runs of a window are more unlike than their responses explain."""
    if len(runs) < 2:
        return None
    runs = [aligned(runs[0], run) for run in runs]
    tasks = [task for task in runs[0].tasks if all(task in run.tasks for run in runs)]
    squares = [standardised(pooled(paired_tasks(a, b, tasks))) for a, b in combinations(runs, 2)]
    seen = dispersion(np.array(squares), len(runs))
    names = len({run.model for run in runs})
    which = several_checkpoints(runs)
    if which:
        return (
            f"the window mixes checkpoints: its runs differ in {', '.join(which)}, so they are no "
            "repeats of one model; give those of one checkpoint, or `--seeds` for several of one "
            "recipe"
        )
    if seen.p >= MIXED and names == 1:
        return None
    why = (
        f"vary {seen.ratio:.1f} times as much as their responses explain ({p_is(seen.p)})"
        if seen.p < MIXED
        else f"go by {names} names"
    )
    return (
        f"the runs of the window {why}: if they are of several training seeds they are no repeats "
        "of one model, and the noise of the seeds is not counted; `--seeds` counts it"
    )


def own_window(baselines: Runs, candidates: Runs) -> str | None:
    """A warning where a candidate is one of the runs that it is held against."""
    for run in candidates:
        if len(baselines) > 1 and within(run, baselines):
            return (
                f"{run.model}, a candidate, gave the responses of one of the baseline's runs, "
                "letter for letter: held against a window that holds it, a drop looks smaller"
            )
    return None


def _mismatches(first: RunOutcomes, others: Runs, allow: Collection[str]) -> list[Mismatch]:
    seen = [each for run in others for each in mismatches(first, run, allow=allow)]
    return list(dict.fromkeys(seen))


def _several(baselines: Runs, candidates: Runs) -> None:
    if len(baselines) < 2 and len(candidates) < 2:
        raise InvalidData(
            "one run on each side says nothing about seeds: give several on at least one side "
            "(--baseline again, --more)"
        )
    for task, outcomes in baselines[0].tasks.items():
        if len(outcomes.counts) < 2:
            raise InvalidData(f"{task}: one problem shows no noise; give more")
    for side in (baselines, candidates):
        for task in side[0].tasks:
            if len({run.tasks[task].repeats for run in side}) > 1:
                raise InvalidData(
                    f"{task}: the runs of one side have different numbers of responses per problem"
                )
        said = Counter(tuple(t.responses for t in run.tasks.values()) for run in side)
        if max(said.values()) > 1:
            raise InvalidData(
                "two runs of one side gave the same responses, letter for letter: they are one run"
            )


def _names(runs: Runs) -> str:
    names = list(dict.fromkeys(run.model for run in runs))
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"{shown} ({len(runs)} runs)" if len(runs) > 1 else shown


def _means(runs: Runs, task: str) -> Floats:
    """Item means, shape (runs, problems)."""
    return np.array([np.array(r.tasks[task].counts) / r.tasks[task].repeats for r in runs])


def _rows(
    baselines: Runs, candidates: Runs, margin: float, alpha: float, terms: Terms
) -> list[Row]:
    tasks = list(baselines[0].tasks)
    blocks = {
        task: Block(
            _means(baselines, task),
            _means(candidates, task),
            1.0,
            (baselines[0].tasks[task].repeats, candidates[0].tasks[task].repeats),
        )
        for task in tasks
    }
    groups = {task: [block] for task, block in blocks.items()}
    if len(tasks) > 1:
        problems = sum(block.a.shape[1] for block in blocks.values())
        groups[POOLED] = [b._replace(weight=b.a.shape[1] / problems) for b in blocks.values()]
        groups[SUITE] = [b._replace(weight=1 / len(tasks)) for b in blocks.values()]
    changes = {name: seeds_change(group) for name, group in groups.items()}
    adjusted = holm([change.drop() for change in changes.values()])
    level = collapse_level(alpha, len(tasks))
    rows = []
    for (name, change), p in zip(changes.items(), adjusted, strict=True):
        own = terms.margins.get(name, margin)
        decision, reason = _decided(change, p, own, alpha)
        broken = None
        if name in blocks:
            before, after = (
                pool_tasks([run.tasks[name] for run in side]) for side in (baselines, candidates)
            )
            broken = broken_setup(before, after, level)
        if broken:
            decision, reason = GateDecision.REGRESSION, broken
        rows.append(_row(name, groups[name], change, p, alpha, (decision, reason)))
    return rows


def _decided(
    change: SeedsChange, p: float, margin: float, alpha: float
) -> tuple[GateDecision, str]:
    lower = change.lower(alpha)
    decision, reason = decision_of(change.delta, lower, p, margin, alpha, same_text=False)
    if decision is not GateDecision.INCONCLUSIVE:
        return decision, reason
    shares = change.shares._asdict()
    most = max(shares, key=lambda name: shares[name])
    remedy = {
        "seeds": "more training runs of each side",
        "problems": "more problems",
        "sampling": "more responses to each problem, or more runs",
    }[most]
    return decision, (
        f"{reason}; {percent(shares[most], places=0)}% of the noise is of {most}: {remedy}, or a "
        "wider --margin"
    )


def _row(
    name: str,
    group: Sequence[Block],
    change: SeedsChange,
    p: float,
    alpha: float,
    decided: tuple[GateDecision, str],
) -> Row:
    a, b = (np.concatenate([m.mean(axis=0) for m in side]) for side in _sides(group))
    before = sum(block.weight * float(block.a.mean()) for block in group)
    gains, losses = gains_and_losses(a, b)
    return Row(
        task=name,
        decision=decided[0],
        reason=decided[1],
        problems=int(a.size),
        baseline=before,
        candidate=before + change.delta,
        interval=change.interval(alpha),
        gains=gains,
        losses=losses,
        p=p,
        repeats=(min(b.repeats[0] for b in group), min(b.repeats[1] for b in group)),
        shares={
            **change.shares._asdict(),
            "seed_baseline": change.tau[0],
            "seed_candidate": change.tau[1],
            "df": change.df,
        },
    )


def _sides(group: Sequence[Block]) -> tuple[list[Floats], list[Floats]]:
    return [block.a for block in group], [block.b for block in group]


def _remarks(rows: Sequence[Row], baselines: int, candidates: int) -> tuple[str, ...]:
    """Whose the noise is, of the row that the verdict hangs on; `--explain` has the others."""
    if not rows:
        return ()
    row = rows[0] if len(rows) == 1 else rows[-2]
    head = f"{baselines} training runs against {candidates}; the seed is a random effect"
    if 1 in (baselines, candidates):
        head += ", and a single run's is taken to vary as those of the other side do"
    if any(1 in row.repeats for row in rows):
        head += (
            "; with one response a problem what a seed does to single problems counts as sampling"
        )
    return (head, f"{row.task}: {noise_shares(row.shares or {})}")
