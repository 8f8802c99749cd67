"""One run in the forms that others read: the hub's evaluation results, Every Eval Ever's instances.

A run and its samples come in. What these forms have no field for stands in their notes; what is not
known is left out, never guessed.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator

from cft_eval.leaderboard.data.frames import interval
from cft_eval.leaderboard.data.suites import title
from cft_eval.records.runs import RunRecord, SampleRecord, TaskRecord
from cft_eval.render.text import count, percent, protocol, visible
from cft_eval.results import Policy
from cft_eval.testsets import BENCHMARKS

INSTANCE_SCHEMA = "0.3.0"
"""Of Every Eval Ever (github.com/evaleval/every_eval_ever)."""


def eval_results(record: RunRecord, policy: Policy, address: str) -> bytes:
    """A file for ``.eval_results/`` of the model's repository on the hub: a score a benchmark that
    the hub has and the run answered whole, in percent. Empty but for a comment where there is none.

    Strings are JSON's, which YAML reads, so that no name of others is taken for structure.
    """
    lines = [
        "# For .eval_results/ in the model's repository. A task_id is that of the data set's "
        "eval.yaml: look there.",
    ]
    for task in sorted(record.tasks, key=lambda each: each.task):
        known = BENCHMARKS.get(task.benchmark)
        if known is None or known.hub is None or task.items < task.expected:
            continue
        configs = known.hub.configs
        lines += [
            "- dataset:",
            f"    id: {_text(known.hub.id)}",
            f"    task_id: {_text(configs[0] if len(configs) == 1 else 'default')}",
            f"  value: {percent(task.accuracy[policy], 2)}",
            f"  date: {_text(f'{record.run.created:%Y-%m-%d}')}",
            "  source:",
            f"    url: {_text(f'{address}/runs/{record.id}')}",
            '    name: "cft-eval: every response, graded again"',
            f"  notes: {_text(_note(record, task, policy))}",
        ]
    if len(lines) == 1:
        lines.append("[]")
    return ("\n".join(lines) + "\n").encode()


def _note(record: RunRecord, task: TaskRecord, policy: Policy) -> str:
    low, high = interval(task.accuracy[policy], task.items, task.item_variance.get(policy))
    settings = record.run.tasks[task.task].settings
    how = protocol(
        shots=settings.n_shot,
        temperature=settings.temperature,
        tokens=settings.max_gen_toks,
        repeats=task.repeats,
    )
    parts = (
        f"95 % interval {percent(low)} to {percent(high)}",
        f"{count(task.items)} problems",
        how,
        f"{policy} grading, checker {record.checker}",
    )
    return visible("; ".join(part for part in parts if part))


def _text(text: str) -> str:
    return json.dumps(text)


def instances(
    record: RunRecord, samples: Iterable[SampleRecord], policy: Policy
) -> Iterator[bytes]:
    """A line a response, as Every Eval Ever's schema of instances has it."""
    for sample in samples:
        yield (
            json.dumps(_instance(record, sample, policy), ensure_ascii=False).encode(
                errors="replace"
            )
            + b"\n"
        )


def _instance(record: RunRecord, sample: SampleRecord, policy: Policy) -> dict[str, object]:
    verdict = sample.under(policy)
    right = verdict.outcome == "correct"
    about = {
        "policy": policy,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "checker": record.checker,
        "repeat": str(sample.repeat),
        "item": sample.item,
        "finish": sample.finish,
        "level": sample.level,
        "subject": sample.subject,
    }
    return {
        "schema_version": INSTANCE_SCHEMA,
        "evaluation_id": f"cft-eval/{record.id}",
        "model_id": record.run.model.name,
        "evaluation_name": title(sample.benchmark),
        "sample_id": f"{sample.benchmark}/{sample.index}",
        "sample_hash": _hash(sample.problem + sample.reference),
        "interaction_type": "single_turn",
        "input": {"raw": sample.problem, "reference": [sample.reference]},
        "output": {"raw": [sample.response]},
        "messages": None,
        "answer_attribution": [
            {
                "turn_idx": 0,
                "source": "output.raw",
                "extracted_value": verdict.answer,
                "extraction_method": verdict.how or "cft-eval",
                "is_terminal": True,
            }
        ]
        if verdict.answer is not None
        else [],
        "evaluation": {"score": float(right), "is_correct": right, "num_turns": 1},
        "metadata": {name: value for name, value in about.items() if value},
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
