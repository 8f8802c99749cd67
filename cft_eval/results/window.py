"""Several runs of one model as one with that many more repeats: a window of runs.

Nothing is read here and nothing compared, but whether the runs were made alike.
"""

import hashlib
from collections.abc import Sequence

from cft_eval.results.outcomes import (
    CHECKPOINT,
    DIGITS,
    LINE,
    Fingerprint,
    InvalidData,
    RunOutcomes,
    TaskOutcomes,
)
from cft_eval.results.sizes import pooled, pooled_spread


def pool(runs: Sequence[RunOutcomes], *, any_model: bool = False) -> RunOutcomes:
    """Several runs of one model as one run with that many more repeats: a window of runs.

    Raises `InvalidData` where they are of different models (unless ``any_model``), were not made
    alike or have other tasks; the name and date are those of the last. A run whose responses
    another one of the window gave already, letter for letter, adds nothing: it counts once.
    """
    last = runs[-1]
    models = list(dict.fromkeys(run.model for run in runs))
    if len(models) > 1 and not any_model:
        raise InvalidData(
            f"a window holds runs of one model, and these are of {' and '.join(models[:3])}: give "
            "one of them, or --allow-diff model if they are one model under several names"
        )
    for run in runs:
        for task in sorted({*last.tasks, *run.tasks}):
            ours, theirs = (
                each.fingerprint(task) if task in each.tasks else None for each in (last, run)
            )
            if ours != theirs:
                raise InvalidData(
                    f"{task}: {run.model} of {run.created:%Y-%m-%d} and {last.model} of "
                    f"{last.created:%Y-%m-%d} were made differently, so they are not a window"
                    f"{_unlike(ours, theirs)}"
                )
    runs = list({_responses(run): run for run in runs}.values())
    tasks = {task: pool_tasks([run.tasks[task] for run in runs]) for task in last.tasks}
    window = last.model_copy(update={"tasks": tasks, "notes": _noted([run.notes for run in runs])})
    if len(runs) > 1:
        window._runs = tuple(map(_named, runs))
    return window


def _named(run: RunOutcomes) -> str:
    """By model, checkpoint and time; of a hash the beginning."""
    which = "".join(f", {name} {fact[:12]}" for name, fact in run.checkpoint.items())
    return f"{run.model} of {run.created:%Y-%m-%d %H:%M}{which}"


def several_checkpoints(runs: Sequence[RunOutcomes]) -> tuple[str, ...]:
    """In what the runs are known to be of different checkpoints; what one doesn't tell is none."""
    return tuple(
        name
        for name in CHECKPOINT
        if len({run.checkpoint[name] for run in runs if name in run.checkpoint}) > 1
    )


def within(run: RunOutcomes, window: Sequence[RunOutcomes]) -> bool:
    """Whether ``window`` holds ``run`` itself: the same responses, letter for letter."""
    return any(_responses(run) == _responses(each) for each in window)


def _unlike(ours: Fingerprint | None, theirs: Fingerprint | None) -> str:
    """Which settings differ, by name."""
    if ours is None or theirs is None:
        return " (one did not run it)"
    names = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
    return f" ({', '.join(names)})"


def _noted(notes: Sequence[dict[str, str]]) -> dict[str, str]:
    """What all runs of a window note; a fact in which they differ with each value."""
    names = dict.fromkeys(name for each in notes for name in each)
    return {
        name: ", ".join(dict.fromkeys(each[name] for each in notes if name in each))
        for name in names
    }


def _responses(run: RunOutcomes) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, task.responses) for name, task in run.tasks.items()))


def pool_tasks(tasks: Sequence[TaskOutcomes]) -> TaskOutcomes:
    """Several runs of one task, made alike, as one with that many more repeats."""
    if len(tasks) == 1:
        return tasks[0]
    each = [task.repeats for task in tasks]
    repeats = sum(each)
    if repeats >= len(DIGITS):
        raise InvalidData(f"{repeats} repeats in the window; at most {len(DIGITS) - 1}")
    sizes = sorted({len(task.counts) for task in tasks})
    if len(sizes) > 1:
        raise InvalidData(
            f"{tasks[0].benchmark}: {sizes[0]} problems in one run of the window, {sizes[1]} in "
            "another"
        )
    counts = [sum(column) for column in zip(*(task.counts for task in tasks), strict=True)]
    right = "".join(DIGITS[count] for count in counts)
    cut = [task.truncated for task in tasks if task.truncated is not None]

    def mean(shares: Sequence[float]) -> float:
        # A run with more repeats counts for as much more.
        weighed = sum(share * t.repeats for share, t in zip(shares, tasks, strict=True))
        return round(weighed / repeats, 6)

    digest = hashlib.sha256("".join(task.responses for task in tasks).encode()).hexdigest()
    return TaskOutcomes(
        benchmark=tasks[0].benchmark,
        repeats=repeats,
        answered=mean([task.answered for task in tasks]),
        truncated=mean(cut) if len(cut) == len(tasks) else None,
        empty=mean([task.empty for task in tasks]),
        responses=digest[:16],
        characters=pooled_spread([task.characters for task in tasks], each),
        tokens=pooled_spread([task.tokens for task in tasks], each),
        settings=tasks[0].settings,
        right=tuple(right[start : start + LINE] for start in range(0, len(right), LINE)),
    ).sized(pooled([task.sizes for task in tasks], each))
