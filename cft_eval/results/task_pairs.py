"""Which tasks of two runs ask the same problems, whatever the tasks are called.

A run of another harness, imported as `qwen_math`, pairs with your own `cft_math`: what counts is
the benchmark and the items' hash, not the name. How the tasks were run is not looked at here.
"""

from collections.abc import Mapping

from cft_eval.results.outcomes import RunOutcomes


def pairing(first: RunOutcomes, other: RunOutcomes) -> dict[str, str]:
    """Task of ``first`` to the task of ``other`` that it is paired with.

    The task of the same name; where there is none, that of the same benchmark with the same
    problems, else the only one of the same benchmark. Each task of ``other`` is paired once.
    """
    pairs = {task: task for task in first.tasks if task in other.tasks}
    for same_items in (True, False):
        for task in first.tasks:
            if task in pairs:
                continue
            free = [
                name
                for name in other.tasks
                if name not in pairs.values()
                and other.tasks[name].benchmark == first.tasks[task].benchmark
                and (not same_items or _items(other, name) == _items(first, task))
            ]
            if free and (same_items or len(free) == 1):
                pairs[task] = _nearest(first, other, task, free)
    return {task: pairs[task] for task in first.tasks if task in pairs}


def aligned(first: RunOutcomes, other: RunOutcomes) -> RunOutcomes:
    """``other`` with its tasks under the names that they have in ``first``."""
    names = {theirs: ours for ours, theirs in pairing(first, other).items()}
    if all(theirs == ours for theirs, ours in names.items()):
        return other
    tasks = {names.get(task, task): outcomes for task, outcomes in other.tasks.items()}
    return other.model_copy(update={"tasks": tasks})


def renamed(names: Mapping[str, str]) -> dict[str, str]:
    """Of a `pairing`, the tasks that the runs call by different names."""
    return {ours: theirs for ours, theirs in names.items() if ours != theirs}


def _items(run: RunOutcomes, task: str) -> object:
    return run.fingerprint(task).get("items")


def _nearest(first: RunOutcomes, other: RunOutcomes, task: str, free: list[str]) -> str:
    """Of several tasks over the same problems the one that was run most alike."""
    facts = first.fingerprint(task).items()

    def alike(name: str) -> int:
        theirs = other.fingerprint(name)
        return sum(theirs.get(field) == fact for field, fact in facts)

    return max(free, key=alike)
