"""What the page of one run prints."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cft_eval.leaderboard.data.frames import CLAIM_TOLERANCE, interval, standing
from cft_eval.leaderboard.data.suites import benchmark_order, public_since, title
from cft_eval.leaderboard.pages.common.context import Cell, Link
from cft_eval.leaderboard.pages.model.address import model_url
from cft_eval.leaderboard.pages.run import badges
from cft_eval.leaderboard.pages.run.address import Address
from cft_eval.leaderboard.pages.run.context import RunContext, RunSummary, RunTaskRow
from cft_eval.leaderboard.pages.run.repeats import repeat_rows
from cft_eval.leaderboard.pages.run.reproduce import command, command_note, prompts_note
from cft_eval.leaderboard.pages.run.slices import slices
from cft_eval.records.runs import RunRecord, SamplePage, SampleVectors, TaskRecord
from cft_eval.render import svg
from cft_eval.render.text import (
    DASH,
    OUTCOME_NAMES,
    POLICY_NAMES,
    about,
    count,
    method_name,
    percent,
    points,
    ranks,
    short,
    span,
    visible,
)
from cft_eval.results import Policy, Run

FILTERS = {
    "": "all",
    "wrong": "wrong",
    "unanswered": "unanswered",
    "not_correct": "not correct",
    "flipped": "graders disagree",
    "disagree": "other models disagree",
    "unreadable": "unreadable",
    "too_slow": "too slow",
    "correct": "correct",
}
"""Which responses the list shows."""


class Beside(NamedTuple):
    """What the board knows of a run besides its own record."""

    standing: Mapping[str, Any] | None
    """Its row under the policy; None where no board of the suite has it."""

    ranks: tuple[int, int]
    ranked: int
    """Runs of its protocol that have a rank."""

    contested: Mapping[str, int]
    """Task to the responses that not every policy calls the same."""

    tokens: Mapping[str, float]
    """Task to the mean tokens of a response, where they were counted."""

    answers: Sequence[str | None] = ()
    """Of the task shown, where its problems were asked several times."""


ALONE = Beside(None, (0, 0), 0, {}, {})


def run_context(
    record: RunRecord,
    page: SamplePage,
    vectors: SampleVectors,
    beside: Beside = ALONE,
    *,
    task: str,
    policy: Policy,
    outcome: str,
    address: str,
) -> RunContext:
    """The page of ``record``, with the samples of ``task`` that ``page`` holds; ``address`` is the
    board's own, which a badge elsewhere has to name."""
    links = Address(f"/runs/{record.id}", task, policy, outcome)
    several = {row.task for row in record.tasks if row.repeats > 1}
    sets = Counter(each.benchmark for each in record.tasks)
    gaps = [gap for row in record.tasks for gap in _gaps(row).values()]
    gap = max(gaps, key=abs, default=0.0)
    return RunContext(
        record=record,
        overview=_overview(record, beside, links),
        model_url=model_url(record.run.model.name),
        claims=_claims(record),
        repeats=repeat_rows(vectors, beside.answers) if beside.answers else [],
        model=visible(record.run.model.name),
        method=short(method_name(record.run.model.method or ""), 20),
        about=about(record.run.model),
        policies=list(POLICY_NAMES.values()),
        policy=POLICY_NAMES[policy],
        policy_links=[
            Link(name, links.page(policy=key), key == policy) for key, name in POLICY_NAMES.items()
        ],
        tasks=[
            _task(each, links, beside, doubled=sets[each.benchmark] > 1)
            for each in in_order(record.tasks)
        ],
        facts=_facts(record),
        settings=_settings(record.run),
        command=command(record.run),
        command_note=f"{command_note(record.run)} {prompts_note(record.run)}".strip(),
        disputed=points(gap) if abs(gap) > CLAIM_TOLERANCE else "",
        partial=any(row.items < row.expected for row in record.tasks),
        task_links=[
            Link(
                _title(row, doubled=sets[row.benchmark] > 1),
                links.url(task=row.task),
                row.task == task,
            )
            for row in in_order(record.tasks)
        ],
        outcome_links=[
            Link(name, links.url(outcome=key), key == outcome) for key, name in FILTERS.items()
        ],
        slices=slices(vectors),
        sliced=title(next(row.benchmark for row in record.tasks if row.task == task)),
        samples=page.samples,
        address=links,
        repeated=several,
        total=count(page.total),
        next_url="" if page.next is None else links.url(start=page.next),
        first_url=links.url(),
        compare_url=links.compare(record.id),
        badge_url=f"/runs/{record.id}/badge.svg",
        badge=badges.described(record),
        badge_markdown=badges.markdown(record.id, address),
    )


def in_order(tasks: Sequence[TaskRecord]) -> list[TaskRecord]:
    """Tasks in the order that benchmarks have everywhere."""
    return sorted(tasks, key=lambda task: (benchmark_order(task.benchmark), task.task))


def _overview(record: RunRecord, beside: Beside, links: Address) -> RunSummary:
    row = beside.standing
    mean = standing(row, "mean") if row is not None else None
    whole = mean is not None and mean.accuracy == mean.accuracy and not mean.partial
    band = ""
    if mean is not None and whole and mean.least is not None and mean.most is not None:
        ends = percent(mean.least), percent(mean.most)
        band = f"{ends[0]} to {ends[1]}" if ends[0] != ends[1] else ""
    contested = sum(beside.contested.values())
    responses = sum(task.items * task.repeats for task in record.tasks)
    known = [beside.tokens[task.task] for task in record.tasks if task.task in beside.tokens]
    return RunSummary(
        mean=percent(mean.accuracy) if mean is not None and whole else "",
        interval=span(mean.low, mean.high) if mean is not None and whole else "",
        rank=ranks(*beside.ranks) if beside.ranks[0] else "",
        ranked=count(beside.ranked),
        band=band,
        contested=f"{count(contested)} of {count(responses)}" if beside.contested else "",
        contested_url=links.url(outcome="flipped"),
        tokens=count(round(sum(known) / len(known))) if len(known) == len(record.tasks) else "",
    )


def _claims(record: RunRecord) -> str:
    """What the upload claimed, where a row does not say it: once for the whole run."""
    claimed = [
        claim for task in record.tasks for claim in task.claimed.values() if claim is not None
    ]
    gaps = [gap for task in record.tasks for gap in _gaps(task).values()]
    if not claimed:
        return "The upload claimed no score."
    if all(abs(gap) <= CLAIM_TOLERANCE for gap in gaps):
        return "The scores claimed by the upload match its responses."
    return "Where the upload claimed a different score, the claim stands below the recomputed one."


def _gaps(task: TaskRecord) -> dict[Policy, float]:
    """Claimed less recomputed, by policy, where something was claimed."""
    return {
        policy: claim - task.accuracy[policy]
        for policy, claim in task.claimed.items()
        if claim is not None
    }


def _task(task: TaskRecord, address: Address, beside: Beside, *, doubled: bool) -> RunTaskRow:
    """A task's row; by the task's own name where another one is of the same benchmark."""
    accuracy = task.accuracy[address.policy]
    low, high = interval(accuracy, task.items, task.item_variance.get(address.policy))
    partial = task.items < task.expected
    counted = f"{count(task.items)} of {count(task.expected)}" if partial else count(task.items)
    repeats = f" × {task.repeats}" if task.repeats > 1 else ""
    if task.repeats > 1 and task.item_variance.get(address.policy) is None:
        repeats += " (interval as for one response: graded before spreads were stored)"
    return RunTaskRow(
        task=task.task,
        benchmark=task.benchmark,
        title=_title(task, doubled=doubled),
        public_since=public_since(task.benchmark),
        url=address.url(task=task.task, outcome=""),
        counted=counted + repeats,
        partial=partial,
        scores=[_score(task, policy) for policy in task.accuracy],
        bar=svg.interval(low, accuracy, high),
        outcomes=svg.shares(task.outcomes),
        counts={OUTCOME_NAMES[name]: count(number) for name, number in task.outcomes.items()},
        contested=count(beside.contested[task.task]) if task.task in beside.contested else DASH,
        tokens=count(round(beside.tokens[task.task])) if task.task in beside.tokens else DASH,
        troubles=_troubles(task),
    )


def _troubles(task: TaskRecord) -> list[tuple[str, str]]:
    """What stood in the way of an answer, whether it happened or not."""
    responses = max(sum(task.outcomes.values()), 1)
    numbers = {
        "cut off by the token limit": task.truncated,
        "unanswered": task.outcomes.get("no_answer", 0),
        "unreadable": task.outcomes.get("unreadable", 0),
        "too slow to decide": task.outcomes.get("too_slow", 0),
    }
    return [
        (name, f"{count(number)} ({percent(number / responses)} %)")
        for name, number in numbers.items()
    ]


def _title(task: TaskRecord, *, doubled: bool) -> str:
    """The benchmark's name; the task's own where a run has several of one benchmark."""
    return task.task if doubled else title(task.benchmark)


def _score(task: TaskRecord, policy: Policy) -> Cell:
    accuracy, claim = task.accuracy[policy], task.claimed[policy]
    low, high = interval(accuracy, task.items, task.item_variance.get(policy))
    note = ""
    if claim is not None and abs(claim - accuracy) > CLAIM_TOLERANCE:
        note = f"claimed {percent(claim)} ({points(claim - accuracy)})"
    return Cell(POLICY_NAMES[policy], percent(accuracy), span(low, high), note=note)


def _facts(record: RunRecord) -> list[tuple[str, list[tuple[str, str]]]]:
    """Provenance in groups. What is not known is said, not left out: it cannot be reproduced."""
    run, model, signer = record.run, record.run.model, record.signed_by
    groups: dict[str, dict[str, object]] = {
        "Model": {
            "Name": model.name,
            "Revision": model.revision,
            "Weights": model.sha,
            "Parameters": model.parameters and count(model.parameters),
            "Number format": model.dtype,
        },
        "Training": {
            "Base model": model.base_model,
            "Method": model.method,
            "Training data": model.training_data,
            "Training examples": model.training_examples and count(model.training_examples),
            "Step": model.step,
            "Tags": " ".join(f"#{tag}" for tag in model.tags),
        },
        "Evaluation": {
            "Engine": run.engine,
            "lm-eval": run.lm_eval_version,
            "cft-eval": run.cft_eval_version,
            "Chat template": run.chat_template_sha and run.chat_template_sha[:16],
            "System prompt": run.system_instruction_sha and run.system_instruction_sha[:16],
            "Seeds": ", ".join(f"{name} {seed}" for name, seed in run.seeds.items()),
            "Signed by": f"{signer.name} (key {signer.key})" if signer else "nobody",
            "Evaluated": f"{run.created:%Y-%m-%d %H:%M} UTC",
            "Took": run.seconds and f"{run.seconds:,.0f} s",
        },
        "Grading": {
            "Uploader's checker": run.checker_version and f"checker {run.checker_version}",
            "This board's checker": f"checker {record.checker}",
            "Graded on": f"{record.graded:%Y-%m-%d %H:%M} UTC",
        },
    }
    return [
        (group, [(name, _known(value)) for name, value in facts.items()])
        for group, facts in groups.items()
    ]


def _known(value: object) -> str:
    return "not recorded" if value in (None, "") else visible(str(value))


def _settings(run: Run) -> list[tuple[str, list[str]]]:
    """How each task was run: one row a setting, one value a task."""
    names = sorted(run.tasks, key=lambda name: (benchmark_order(run.tasks[name].benchmark), name))
    settings = [run.tasks[task].settings for task in names]
    rows: dict[str, list[object]] = {
        "Task version": [each.task_version for each in settings],
        "Few-shot examples": [each.n_shot for each in settings],
        "Token limit": [each.max_gen_toks for each in settings],
        "Temperature": [each.temperature for each in settings],
        "Top p": [each.top_p for each in settings],
        "Stop strings": [" ".join(each.until) for each in settings],
        "Other generation options": [", ".join(each.generation) or DASH for each in settings],
        "Prompts": [each.prompts[:16] for each in settings],
        "Data": [each.items[:16] for each in settings],
    }
    return [(name, [short(_known(value), 120) for value in row]) for name, row in rows.items()]
