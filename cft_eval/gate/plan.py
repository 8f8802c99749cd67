"""What a comparison of two runs can decide, and what that costs, before anything is run.

The question is always the gate's own: if nothing changed, how many problems and how many responses
to each rule out a drop of the margin, with 80 % power? Noise comes from earlier runs where there
are any, and is assumed, and said, where there are none.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from cft_eval.figures import percent, typed
from cft_eval.gate.text import table
from cft_eval.plain import plain
from cft_eval.results import RunOutcomes
from cft_eval.results.outcomes import MOST_REPEATS as MOST
from cft_eval.stats import (
    Noise,
    estimated_noise,
    margin_detectable,
    margin_power,
    needed_problems_for_margin,
)
from cft_eval.stats.distributions import normal_cdf

IMPOSSIBLE = "no number of repeats can show this"

SHOWN = 5
"""Mixes that are listed."""

POWER = 0.8
"""Chance of a decision that the planned numbers promise when nothing changed."""


class Expected(NamedTuple):
    """One task as it is expected to be."""

    problems: int
    noise: Noise
    tokens: float
    """Of one response."""


class Task(NamedTuple):
    """What one task can decide by itself."""

    task: str
    problems: int
    rules_out: float
    """The smallest margin (0..1) that one response a problem rules out."""

    repeats: int | None
    """Responses a problem that rule out the margin; None where no number of them can."""

    tokens: float
    """Of both runs with that many repeats."""

    needed: int
    """Problems that would rule it out with one response to each."""


class Mix(NamedTuple):
    """Tasks taken together that rule out the margin."""

    tasks: tuple[str, ...]
    problems: int
    repeats: int
    tokens: float


class RepeatPlan(NamedTuple):
    margin: float
    alpha: float
    rows: tuple[Task, ...]
    mixes: tuple[Mix, ...]
    """Cheapest first; of one set of tasks only the fewest repeats."""


def assumed(
    sizes: Mapping[str, int], *, discordance: float, between: float, tokens: float
) -> dict[str, Expected]:
    """Tasks of which nothing is known: two runs differ on a share ``discordance`` of the problems,
    and ``between`` of that variance is the problems' own, which repeats do not average away."""
    noise = Noise(discordance * between, *[discordance * (1 - between) / 2] * 2)
    return {task: Expected(n, noise, tokens) for task, n in sizes.items()}


def measured(
    a: RunOutcomes, b: RunOutcomes, *, between: float, tokens: Mapping[str, float]
) -> dict[str, Expected]:
    """Tasks of which two earlier runs are known; ``between`` as in `assumed`, where neither asked
    any problem twice."""
    expected = {}
    for task, outcomes in a.tasks.items():
        if task in b.tasks:
            sides = outcomes, b.tasks[task]
            x, y = (np.array(s.counts, dtype=np.float64) / s.repeats for s in sides)
            noise = estimated_noise(x, y, (sides[0].repeats, sides[1].repeats), between=between)
            expected[task] = Expected(x.size, noise, tokens[task])
    return expected


def plan(tasks: Mapping[str, Expected], *, margin: float, alpha: float) -> RepeatPlan:
    """What each task can decide, and the cheapest mixes of tasks and repeats that can."""
    rows = tuple(_task(name, [task], margin, alpha) for name, task in tasks.items())
    # All subsets of six tasks are 63; of many more, only each and all.
    sizes = range(1, len(tasks) + 1) if len(tasks) <= 10 else (1, len(tasks))
    mixes = [
        mix
        for size in sizes
        for names in combinations(tasks, size)
        if (mix := _mix(names, [tasks[name] for name in names], margin, alpha))
    ]
    mixes.sort(key=lambda mix: (mix.tokens, -mix.problems))
    mixes = [mix for index, mix in enumerate(mixes) if not _idle(mix, mixes[:index])]
    everything = [_task("all problems together", list(tasks.values()), margin, alpha)]
    return RepeatPlan(
        margin, alpha, (*rows, *everything) if len(rows) > 1 else rows, tuple(mixes[:SHOWN])
    )


def _task(name: str, tasks: Sequence[Expected], margin: float, alpha: float) -> Task:
    n, noise = _pooled(tasks)
    repeats = _repeats(tasks, margin, alpha)
    return Task(
        name,
        n,
        margin_detectable(n, noise.variance(1), alpha=alpha),
        repeats,
        _tokens(tasks, repeats or 0),
        needed_problems_for_margin(margin, noise.variance(1), alpha=alpha),
    )


def _mix(
    names: tuple[str, ...], tasks: Sequence[Expected], margin: float, alpha: float
) -> Mix | None:
    repeats = _repeats(tasks, margin, alpha)
    if repeats is None:
        return None
    return Mix(names, sum(task.problems for task in tasks), repeats, _tokens(tasks, repeats))


def _repeats(tasks: Sequence[Expected], margin: float, alpha: float) -> int | None:
    """The fewest repeats with which the gate says OK in `POWER` of runs that changed nothing."""
    if _chance(tasks, MOST, margin, alpha) < POWER:
        return None
    low, high = 0, MOST
    while high - low > 1:
        middle = (low + high) // 2
        enough = _chance(tasks, middle, margin, alpha) >= POWER
        low, high = (low, middle) if enough else (middle, high)
    return high


def _chance(tasks: Sequence[Expected], repeats: int, margin: float, alpha: float) -> float:
    """Chance of OK: the margin is ruled out on all problems together, and the mean over tasks did
    not fall by it (at least, by Bonferroni; both hang on the same responses)."""
    n, noise = _pooled(tasks)
    ruled_out = margin_power(margin, n, noise.variance(repeats), alpha=alpha)
    if len(tasks) == 1:
        return ruled_out
    mean = math.sqrt(sum(t.noise.variance(repeats) / t.problems for t in tasks)) / len(tasks)
    return ruled_out - (normal_cdf(-margin / mean) if mean else 0.0)


def _idle(mix: Mix, cheaper: Sequence[Mix]) -> bool:
    """Whether it only adds tasks to one that decides already, and saves no repeats by it."""
    return any(
        set(other.tasks) < set(mix.tasks) and other.repeats <= mix.repeats for other in cheaper
    )


def _pooled(tasks: Sequence[Expected]) -> tuple[int, Noise]:
    """All problems together: each noise is the mean over problems."""
    n = sum(task.problems for task in tasks)
    parts = (
        sum(task.problems * part for task, part in zip(tasks, column, strict=True)) / n
        for column in zip(*(task.noise for task in tasks), strict=True)
    )
    return n, Noise(*parts)


def _tokens(tasks: Sequence[Expected], repeats: int) -> float:
    """Both runs answer, so twice."""
    return 2 * repeats * sum(task.problems * task.tokens for task in tasks)


HEADER = ("task", "problems", "one response rules out", "repeats", "tokens", "or problems")
MIXES = ("cheapest mixes", "problems", "repeats", "tokens")


def as_text(plan: RepeatPlan, *, basis: str) -> str:
    """A row a task, then the cheapest mixes; ``basis`` says where the noise comes from."""
    rows = [
        (
            plain(row.task),
            f"{row.problems:,}",
            percent(row.rules_out),
            "none" if row.repeats is None else f"{row.repeats:,}",
            "-" if row.repeats is None else _short(row.tokens),
            f"{row.needed:,}",
        )
        for row in plan.rows
    ]
    lines = [
        f"to rule out a drop of {typed(plan.margin)} points when nothing changed "
        f"(alpha {plan.alpha:g}, power 80 %)",
        "",
        table(HEADER, rows),
    ]
    hopeless = [plain(row.task) for row in plan.rows if row.repeats is None]
    if hopeless:
        lines += ["", f"{', '.join(hopeless)}: {IMPOSSIBLE}; it takes more problems"]
    if plan.mixes:
        mixes = [
            (" + ".join(map(plain, mix.tasks)), f"{mix.problems:,}", f"{mix.repeats:,}",
             _short(mix.tokens))
            for mix in plan.mixes
        ]  # fmt: skip
        lines += ["", table(MIXES, mixes)]
    else:
        lines += ["", f"no mix of these tasks decides it: {IMPOSSIBLE}; widen --margin"]
    notes = [f"points; tokens of both runs; {plain(basis)}"]
    if len(plan.rows) > 1:
        notes.append(
            "the gate also requires that the mean over tasks did not fall by the margin; small "
            "tasks make that mean noisy, and the repeats of several tasks allow for it"
        )
    return "\n".join([*lines, "", *notes])


def _short(tokens: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if tokens >= size:
            return f"{tokens / size:.3g}{letter}"
    return f"{tokens:.0f}"
