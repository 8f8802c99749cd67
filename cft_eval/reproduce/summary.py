"""The result of a reproduction: the table beside the paper's, intervals, and what choosing added.

    base + arms' runs + paper's scores ──> lines of Markdown

The paper's scores are citations; what differs in protocol stands below them.
"""

from collections.abc import Mapping, Sequence

from cft_eval.figures import percent, points
from cft_eval.lab.report import table
from cft_eval.reproduce.paper import BASE, ArmRuns, ReproductionPlan
from cft_eval.results import RunOutcomes

PROTOCOL = (
    "Grading is strict (the paper's grader accepts more); the paper's is the policy `cft_paper`.",
    "Checkpoints are chosen on problems outside every test set; the paper chose on MATH-500, which "
    "is a tenth of its MATH.",
    "Arms have equal tokens of targets; the paper's have equal rows.",
    "Every arm has several seeds; the paper's numbers are of one run each.",
    "The paper's base row mixes few-shot and zero-shot numbers; ours is zero-shot.",
)

Paper = Mapping[str, Mapping[str, float]]
"""Reported percents by arm and benchmark."""


def report(
    plan: ReproductionPlan,
    base: RunOutcomes,
    arms: Mapping[str, ArmRuns],
    *,
    tokens: Mapping[str, int],
    cited: Paper,
) -> list[str]:
    runs: dict[str, Sequence[RunOutcomes]] = {BASE: [base]}
    runs |= {arm: results.last for arm, results in arms.items()}
    tasks = list(base.tasks)
    lines = [f"# Reproduction of the CFT paper from {plan.base}", "", f"Plan {plan.digest}", ""]
    lines += _scores(runs, tasks, base, cited)
    lines += ["", "## Differences, last checkpoints", ""]
    for task in tasks:
        lines += [f"- {task}: {each.words()}" for each in table(runs, task=task).differences]
    lines += ["", "## Chosen checkpoints beside the last", ""]
    for arm, results in arms.items():
        lines += _choosing(arm, results, tasks)
    equal = ", ".join(f"{arm} {count:,}" for arm, count in tokens.items())
    lines += ["", "## Protocol", "", f"- Tokens of targets: {equal}; {plan.seeds} seeds an arm."]
    return [*lines, *(f"- {line}" for line in PROTOCOL)]


def _scores(
    runs: Mapping[str, Sequence[RunOutcomes]],
    tasks: Sequence[str],
    base: RunOutcomes,
    cited: Paper,
) -> list[str]:
    """One row an arm: ours with its interval, and the paper's where it reports one."""
    lines = ["| arm | " + " | ".join(tasks) + " |", "|---" * (len(tasks) + 1) + "|"]
    results = {task: table(runs, task=task) for task in tasks}
    for index, arm in enumerate(runs):
        cells = []
        for task in tasks:
            score = results[task].scores[index]
            low, high = map(percent, score.interval)
            theirs = cited.get(arm, {}).get(base.tasks[task].benchmark)
            paper = "" if theirs is None else f"; paper {theirs:.1f}"
            cells.append(f"{percent(score.mean)} ({low} to {high}{paper})")
        lines.append(f"| {arm} | " + " | ".join(cells) + " |")
    return lines


def _choosing(arm: str, results: ArmRuns, tasks: Sequence[str]) -> list[str]:
    """How much better the chosen checkpoint looked where it was chosen, and how much it is."""
    seemed = _mean(results.chosen_selection) - _mean(results.last_selection)
    chosen, last = (
        _mean([_mean([_score(run, task) for task in tasks]) for run in each])
        for each in (results.chosen, results.last)
    )
    steps = ", ".join(map(str, results.chosen_steps))
    return [
        f"- {arm}: step {steps} chosen of {results.last_steps[0]}; on the problems that chose "
        f"{points(seemed)} points over the last, on the test sets {points(chosen - last)}: "
        f"{points(seemed - (chosen - last))} of it are selection optimism"
    ]


def _score(run: RunOutcomes, task: str) -> float:
    outcomes = run.tasks[task]
    return sum(outcomes.counts) / (len(outcomes.counts) * outcomes.repeats)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
