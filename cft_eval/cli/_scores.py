"""The table at the end of `cft-eval run`: scores with their intervals, never bare points."""

from typing import TYPE_CHECKING

from cft_eval.figures import percent
from cft_eval.plain import plain
from cft_eval.render.critiques import critique_lines
from cft_eval.render.overview import score_interval
from cft_eval.stats import Interval, combined

if TYPE_CHECKING:
    from cft_eval.harness.read import EvaluationLog

COLUMNS = {
    "acc_qwen": "qwen",
    "acc_cft_paper": "cft_paper",
    "acc_errata": "errata",
    "pass_at_k": "pass@k",
    "maj_at_k": "maj@k",
    "answered": "answered",
    "boxed": "boxed",
    "truncated": "truncated",
}
"""Metric to the head of its column; one that no task has is left out."""

ALWAYS = ("acc_qwen", "acc_cft_paper", "answered", "truncated")
SMALL = 100
"""Problems below which one greedy run cannot tell models apart: ±10 points at 50 %."""


def table(evaluation: "EvaluationLog") -> str:
    """One row a task, and a mean for each group that was asked for.

    Tasks that are no group have none: a benchmark asked in two ways, or one beside the suite,
    would make another number of the same name.
    """
    tasks = evaluation.run.tasks
    shown = [
        metric
        for metric in COLUMNS
        if metric in ALWAYS or any(metric in score.scores for score in tasks.values())
    ]
    rows = [("task", "problems", "acc", "95% interval", *(COLUMNS[metric] for metric in shown))]
    intervals = {task: _interval(evaluation, task) for task in tasks}
    for task, score in tasks.items():
        problems = _problems(score.items, score.expected_items, score.repeats)
        cells = [_share(score.scores.get(metric)) for metric in shown]
        rows.append((task, problems, _share(score.scores["acc"]), _span(intervals[task]), *cells))
    rows += [_mean(evaluation, group, intervals, shown) for group in evaluation.groups]
    rows = [(plain(name), *cells) for name, *cells in rows]
    small = [task for task, score in tasks.items() if score.items < SMALL]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    if small:
        lines.append(f"too few problems to tell two models apart: {', '.join(map(plain, small))}")
    lines += critique_lines(evaluation.run, evaluation.samples)
    lines += _fresh(evaluation)
    return "\n".join(line.rstrip() for line in lines)


def _fresh(evaluation: "EvaluationLog") -> list[str]:
    """When the problems of contests could first be read: no gain from having learnt them before."""
    from cft_eval.testsets import BENCHMARKS

    names = dict.fromkeys(score.benchmark for score in evaluation.run.tasks.values())
    known = [BENCHMARKS[name] for name in names if name in BENCHMARKS]
    dated = [f"{each.title} {each.published}" for each in known if each.published]
    return [f"public since: {', '.join(dated)}"] if dated else []


def _mean(
    evaluation: "EvaluationLog", group: str, intervals: dict[str, Interval], shown: list[str]
) -> tuple[str, ...]:
    """The unweighted mean over the tasks of a group, as papers print it."""
    tasks = evaluation.groups[group]
    scores = [evaluation.run.tasks[task] for task in tasks]

    def mean(metric: str) -> float | None:
        shares = [score.scores.get(metric) for score in scores]
        known = [share for share in shares if share is not None]
        return sum(known) / len(known) if len(known) == len(shares) else None

    accs = [score.scores["acc"] for score in scores]
    return (
        f"{group}, mean of {len(scores)}",
        str(sum(score.items for score in scores)),
        _share(mean("acc")),
        _span(combined(accs, [intervals[task] for task in tasks])),
        *(_share(mean(metric)) for metric in shown),
    )


def _share(score: float | None) -> str:
    return "unknown" if score is None else f"{percent(score)}%"


def _span(interval: Interval) -> str:
    return f"{percent(interval.low)}% to {percent(interval.high)}%"


def _problems(items: int, expected: int, repeats: int) -> str:
    shown = str(items) if items == expected else f"{items} of {expected}"
    return shown if repeats == 1 else f"{shown}, {repeats} each"


def _interval(evaluation: "EvaluationLog", task: str) -> Interval:
    return score_interval([sample for sample in evaluation.samples if sample.task == task])
