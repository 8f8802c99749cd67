"""What the page of one run, and of one sample, prints."""

import shlex
from collections.abc import Iterable
from urllib.parse import urlencode

from cft_eval.leaderboard import svg
from cft_eval.leaderboard.contexts import (
    Cell,
    Link,
    RunContext,
    SampleContext,
    SampleRow,
    TaskRow,
)
from cft_eval.leaderboard.frames import interval, title
from cft_eval.leaderboard.records import RunRecord, SamplePage, SampleRecord, TaskRecord
from cft_eval.leaderboard.tex import formula, typeset
from cft_eval.leaderboard.text import (
    DASH,
    OUTCOME_NAMES,
    POLICY_NAMES,
    about,
    count,
    percent,
    points,
    short,
    span,
    visible,
)
from cft_eval.results import Policy, Run

CLAIM_TOLERANCE = 5e-4
"""A claim that rounds to the same tenth of a percent agrees."""

SHOWN = 60_000
"""Characters of a response on its page; the API has all of it."""

BRIEF, LONG = 200, 2_000
"""Characters of an answer or a reason in a list, and on its own page."""

FILTERS = {"": "all", "not_correct": "not correct", **OUTCOME_NAMES}
"""Outcome filters of the samples list."""


def run_context(
    record: RunRecord, page: SamplePage, *, task: str, policy: Policy, outcome: str
) -> RunContext:
    """The page of ``record``, with the samples of ``task`` that ``page`` holds."""
    address = _Address(f"/runs/{record.id}", task, policy, outcome)
    gaps = [gap for found in record.tasks for gap in _gaps(found).values()]
    gap = max(gaps, key=abs, default=0.0)
    return RunContext(
        record=record,
        about=about(record.run.model),
        policies=list(POLICY_NAMES.values()),
        tasks=[_task(found, address) for found in record.tasks],
        facts=_facts(record),
        command=command(record.run),
        disputed=points(gap) if abs(gap) > CLAIM_TOLERANCE else "",
        partial=any(found.items < found.expected for found in record.tasks),
        task_links=[
            Link(found.task, address.url(task=found.task), found.task == task)
            for found in record.tasks
        ],
        outcome_links=[
            Link(name, address.url(outcome=key), key == outcome) for key, name in FILTERS.items()
        ],
        samples=[_sample(sample, record.id, policy) for sample in page.samples],
        total=page.total,
        next_url="" if page.next is None else address.url(start=page.next),
        first_url=address.url(),
    )


def sample_context(record: RunRecord, sample: SampleRecord, *, last: int) -> SampleContext:
    """The page of one sample; ``last`` is the highest place of its task."""
    before, answer, after = _split(sample)
    cut = max(0, len(sample.response) - SHOWN)
    return SampleContext(
        run_id=record.id,
        model=record.run.model.name,
        run_url=f"/runs/{record.id}?{urlencode({'task': sample.task})}#samples",
        sample=sample,
        title=title(sample.benchmark),
        problem=typeset(short(sample.problem, SHOWN)),
        reference=formula(short(sample.reference, SHOWN)),
        before=visible(before),
        answer=visible(answer),
        after=visible(after),
        cut=cut,
        verdicts=[
            (
                POLICY_NAMES[verdict.policy],
                verdict.outcome,
                OUTCOME_NAMES[verdict.outcome],
                short(verdict.answer or DASH, LONG),
                short(verdict.reason, LONG),
            )
            for verdict in sample.verdicts
        ],
        previous_url=_sample_url(record.id, sample.task, sample.place - 1) if sample.place else "",
        next_url=(
            _sample_url(record.id, sample.task, sample.place + 1) if sample.place < last else ""
        ),
    )


def command(run: Run) -> str:
    """The lm-eval command that runs this evaluation again, ready for a shell."""
    model = run.model
    parts = {"pretrained": model.name, "revision": model.revision, "dtype": model.dtype}
    arguments = ",".join(f"{name}={value}" for name, value in parts.items() if value)
    words = ["lm_eval", "run", "--model", run.engine, "--model_args", arguments]
    words += ["--tasks", ",".join(sorted(run.tasks))]
    if run.chat_template_sha:
        words.append("--apply_chat_template")
    words += ["--log_samples", "--output_path", "out"]
    return shlex.join(words)


class _Address:
    """Links to this page with another task or filter."""

    def __init__(self, path: str, task: str, policy: Policy, outcome: str) -> None:
        self._path = path
        self._parts = {"task": task, "policy": policy, "outcome": outcome}

    def url(self, **changes: str | int) -> str:
        parts = {**self._parts, **changes}
        kept = {name: value for name, value in parts.items() if value not in ("", "strict")}
        return f"{self._path}?{urlencode(kept)}#samples"


def _gaps(task: TaskRecord) -> dict[Policy, float]:
    """Claimed less recomputed, by policy, where something was claimed."""
    return {
        policy: claim - task.accuracy[policy]
        for policy, claim in task.claimed.items()
        if claim is not None
    }


def _task(task: TaskRecord, address: _Address) -> TaskRow:
    low, high = interval(task.accuracy["strict"], task.items)
    partial = task.items < task.expected
    counted = f"{count(task.items)} of {count(task.expected)}" if partial else count(task.items)
    repeats = f" × {task.repeats}" if task.repeats > 1 else ""
    return TaskRow(
        task=task.task,
        title=title(task.benchmark),
        url=address.url(task=task.task, outcome=""),
        counted=counted + repeats,
        partial=partial,
        scores=[_score(task, policy) for policy in task.accuracy],
        bar=svg.interval(low, task.accuracy["strict"], high),
        outcomes=svg.shares(task.outcomes),
        counts={OUTCOME_NAMES[name]: number for name, number in task.outcomes.items()},
        truncated=task.truncated,
    )


def _score(task: TaskRecord, policy: Policy) -> Cell:
    accuracy, claim = task.accuracy[policy], task.claimed[policy]
    low, high = interval(accuracy, task.items)
    if claim is None:
        note = "no claim"
    elif abs(claim - accuracy) <= CLAIM_TOLERANCE:
        note = "as claimed"
    else:
        note = f"claimed {percent(claim)} ({points(claim - accuracy)})"
    return Cell(POLICY_NAMES[policy], percent(accuracy), span(low, high), note=note)


def _facts(record: RunRecord) -> list[tuple[str, str]]:
    run, model = record.run, record.run.model
    settings = {score.settings for score in run.tasks.values()}
    facts = {
        "Model": model.name,
        "Revision": model.revision,
        "Weights": model.sha,
        "Base model": model.base_model,
        "Method": model.method,
        "Training data": model.training_data,
        "Training examples": model.training_examples and count(model.training_examples),
        "Step": model.step,
        "Parameters": model.parameters and count(model.parameters),
        "Number format": model.dtype,
        "Engine": run.engine,
        "Evaluated": f"{run.created:%Y-%m-%d %H:%M} UTC",
        "Took": run.seconds and f"{run.seconds:,.0f} s",
        "lm-eval": run.lm_eval_version,
        "Graded there with": run.checker_version,
        "Graded here with": f"{record.checker}, {record.graded:%Y-%m-%d %H:%M} UTC",
        "Chat template": run.chat_template_sha and run.chat_template_sha[:16],
        "System prompt": run.system_instruction_sha and run.system_instruction_sha[:16],
        "Seeds": ", ".join(f"{name} {seed}" for name, seed in run.seeds.items()),
        "Few-shot examples": _several(
            "unknown" if s.n_shot is None else str(s.n_shot) for s in settings
        ),
        "New tokens": _several(str(s.max_gen_toks) for s in settings if s.max_gen_toks),
        "Temperature": _several(
            f"{s.temperature:g}" for s in settings if s.temperature is not None
        ),
        "Tags": " ".join(f"#{tag}" for tag in model.tags),
    }
    return [(name, str(value)) for name, value in facts.items() if value not in (None, "")]


def _several(values: Iterable[str]) -> str:
    return ", ".join(sorted(set(values)))


def _sample(sample: SampleRecord, run_id: str, policy: Policy) -> SampleRow:
    verdict = next(verdict for verdict in sample.verdicts if verdict.policy == policy)
    return SampleRow(
        place=sample.place,
        url=_sample_url(run_id, sample.task, sample.place),
        index=sample.index,
        repeat=sample.repeat,
        outcome=verdict.outcome,
        outcome_name=OUTCOME_NAMES[verdict.outcome],
        answer=short(verdict.answer or DASH, BRIEF),
        reference=formula(short(sample.reference, BRIEF)),
        reason=short(verdict.reason, BRIEF),
    )


def _sample_url(run_id: str, task: str, place: int) -> str:
    return f"/runs/{run_id}/samples/{place}?{urlencode({'task': task})}"


def _split(sample: SampleRecord) -> tuple[str, str, str]:
    """The response around the answer that was found in it; its end where it is long."""
    response, answer = sample.response, sample.strict.answer or ""
    # The end holds the answer; what is cut is cut from the beginning.
    shown = response[-SHOWN:]
    at = shown.rfind(answer) if answer else -1
    if at < 0:
        return shown, "", ""
    return shown[:at], answer, shown[at + len(answer) :]
