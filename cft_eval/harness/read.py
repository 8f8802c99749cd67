"""Read what lm-eval wrote of our tasks: a folder comes in, a `Run` and its `Sample`s go out.

Only what is named here is kept. lm-eval's file also holds the host's paths, its hardware, the
environment and every model argument, tokens included; none of that leaves this package. Knows
lm-eval's files, not lm-eval: nothing of it is imported.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from cft_eval._version import __version__
from cft_eval.harness.arguments import changing, noted
from cft_eval.harness.files import (
    BadOutput,
    NoTasksOfOurs,
    OutputError,
    find_output,
    read_results,
    read_samples,
)
from cft_eval.harness.log_schema import LENGTHS, UNKNOWN, LoggedSample, ResultsRecord, common
from cft_eval.results import Model, Run, Sample, Settings, TaskScore
from cft_eval.results.io import field_of
from cft_eval.testsets import BENCHMARKS, known_items

__all__ = ["BadOutput", "EvaluationLog", "OutputError", "read_output"]

SOURCE = "cft_eval"
"""`dataset_path` in the YAML of our tasks: how a task in lm-eval's file is known as ours."""

MAX_NOTE = 100
"""Characters of a note."""

NAMED_BY = ("peft", "delta", "pretrained", "model", "path", "engine")
"""Model arguments that name the model, in the order in which lm-eval asks them."""


@dataclass(frozen=True, slots=True)
class EvaluationLog:
    """One run of lm-eval, as far as it is ours."""

    run: Run
    samples: list[Sample]
    """Sorted by task, index and repeat."""

    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Groups that were asked for, and their tasks; where lm-eval's file says it."""


def read_output(path: Path) -> EvaluationLog:
    """Read the newest results at ``path``, with the samples behind them.

    ``path`` is what `--output_path` was given, a model's folder inside it, or one results file.
    Tasks that are not ours are left out. Raises an `OutputError` that says what is missing, or
    which file, line and field is wrong.
    """
    output = find_output(path)
    results = read_results(output.results)
    ours = [task for task in results.configs if results.configs[task].dataset_path == SOURCE]
    if not ours:
        raise NoTasksOfOurs(output.results, list(results.configs))
    scores: dict[str, TaskScore] = {}
    samples: list[Sample] = []
    for task in sorted(ours):
        records = read_samples(output.samples(task), task)
        samples += _samples(task, records)
        scores[task] = _score(task, ours, results, records, output.results)
    try:
        run = _run(results, scores)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadOutput(output.results, field_of(first["loc"]), first["msg"]) from None
    return EvaluationLog(run, samples, _groups(results, scores))


def _groups(results: ResultsRecord, scores: Mapping[str, TaskScore]) -> dict[str, tuple[str, ...]]:
    """Only whole groups of ours: a mean that lacks a task is another number."""
    return {
        group: tuple(sorted(tasks))
        for group, tasks in results.group_subtasks.items()
        if tasks and scores.keys() >= set(tasks)
    }


def _samples(task: str, records: Sequence[LoggedSample]) -> list[Sample]:
    return [
        Sample(
            task=task,
            benchmark=record.doc.benchmark,
            item=record.doc.item,
            index=record.doc.index,
            repeat=repeat,
            problem=record.doc.problem,
            reference=record.doc.reference,
            response=response,
            outcome=verdict.outcome,
            answer=verdict.answer,
            how=verdict.how,
            reason=verdict.reason,
            correct=dict(verdict.correct),
            finish=verdict.finish,
            tokens=verdict.tokens,
            prompt_hash=record.prompt_hash,
            level=record.doc.level or None,
            subject=record.doc.subject or None,
        )
        for record in records
        for repeat, (response, verdict) in enumerate(
            zip(record.responses, record.doc.verdicts, strict=True)
        )
    ]


def _score(
    task: str,
    scored: Sequence[str],
    results: ResultsRecord,
    records: Sequence[LoggedSample],
    file: Path,
) -> TaskScore:
    effective = results.n_samples[task].effective if task in results.n_samples else len(records)
    if effective != len(records):
        what = f"{effective}, and the log has {len(records)}{_first_missing(records, effective)}"
        raise BadOutput(file, f"n-samples.{task}.effective", what)
    return TaskScore(
        benchmark=records[0].doc.benchmark,
        items=len(records),
        repeats=len(records[0].responses),
        expected_items=results.n_samples[task].original
        if task in results.n_samples
        else len(records),
        scores=_metrics(task, results.results.get(task, {}), file),
        settings=_settings(task, scored, results, records),
    )


def _first_missing(records: Sequence[LoggedSample], expected: int) -> str:
    """The first item that a log of the first ``expected`` items lacks, by number and hash."""
    present = {record.doc.index for record in records}
    number = next((i for i in range(expected) if i not in present), None)
    if number is None:
        return ""
    benchmark = records[0].doc.benchmark
    known = known_items(benchmark) if benchmark in BENCHMARKS else ()
    name = f" ({known[number]})" if number < len(known) else ""
    return f": item {number}{name} of {benchmark} is the first that is missing"


def _metrics(task: str, row: Mapping[str, object], file: Path) -> dict[str, float]:
    """Metric to mean: ``acc,none`` is ``acc``; standard errors are computed anew where needed.

    Only shares: lengths are told by the samples, and what is unknown is left out.
    """
    scores: dict[str, float] = {}
    for key, value in row.items():
        metric, comma, _ = key.partition(",")
        if not comma or metric.endswith("_stderr") or metric in LENGTHS or value == UNKNOWN:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise BadOutput(
                file, f"results.{task}.{key}", f"{value!r} is not a share between 0 and 1"
            )
        scores[metric] = float(value)
    return scores


def _settings(
    task: str, scored: Sequence[str], results: ResultsRecord, records: Sequence[LoggedSample]
) -> Settings:
    """``scored``: all tasks of the run, which may have been graded by more than one checker."""
    # What was sent with each request, not the YAML: --gen_kwargs may have changed it.
    sent = common([record.generation for record in records])
    checkers = {results.configs[each].checker for each in scored}
    checker = results.configs[task].checker if len(checkers) > 1 else None
    prompts = "".join(record.prompt_hash for record in records)
    items = "".join(sorted(record.doc.item for record in records))
    return Settings(
        task_version=str(results.versions.get(task, "")),
        n_shot=results.n_shot.get(task, 0),
        max_gen_toks=sent.max_gen_toks,
        temperature=sent.temperature,
        top_p=sent.top_p,
        until=tuple(sent.until),
        generation=sent.others,
        prompts=hashlib.sha256(prompts.encode()).hexdigest(),
        items=hashlib.sha256(items.encode()).hexdigest(),
        checker_version=checker,
    )


def _run(results: ResultsRecord, scores: dict[str, TaskScore]) -> Run:
    config = results.config
    return Run(
        model=Model(
            name=model_name(results),
            # lm-eval says "main" of a folder too, which has no revisions.
            revision=(config.model_revision or None) if _on_hub(results) else None,
            sha=config.model_sha or None,
            dtype=_dtype(results),
            parameters=config.model_num_parameters,
        ),
        created=datetime.fromtimestamp(results.date, UTC),
        engine=config.model.rpartition("/")[2],
        chat_template_sha=results.chat_template_sha,
        system_instruction_sha=results.system_instruction_sha,
        lm_eval_version=results.lm_eval_version,
        cft_eval_version=__version__,
        checker_version=next(iter(results.configs[task].checker for task in scores)),
        arguments=changing(config.model_args),
        notes=_notes(results, scores),
        seeds={
            "python": config.random_seed,
            "numpy": config.numpy_seed,
            "torch": config.torch_seed,
            "fewshot": config.fewshot_seed,
        },
        seconds=results.seconds,
        tasks=scores,
    )


def _dtype(results: ResultsRecord) -> str | None:
    """What lm-eval saw of the model's weights, or else was dtype_given to load them as."""
    dtype_given = results.config.model_args.get("dtype")
    dtype = results.config.model_dtype or (
        None if dtype_given in (None, "", "auto") else dtype_given
    )
    return str(dtype).removeprefix("torch.") if dtype else None


def _notes(results: ResultsRecord, tasks: Iterable[str]) -> dict[str, str]:
    """Versions and batch size, which move a response by rounding alone; as far as they are told."""
    config, facts = results.config, noted(results.config.model_args)
    batch = config.model_args.get("batch_size") if config.batch_size is None else config.batch_size
    if batch is not None:
        facts["batch_size"] = str(batch)[:MAX_NOTE]
    if results.transformers_version:
        facts["transformers"] = results.transformers_version
    for task in tasks:
        facts |= results.configs[task].versions
    return {name: _line(fact) for name, fact in facts.items() if fact}


def _line(fact: str) -> str:
    return "".join(filter(str.isprintable, fact))[:MAX_NOTE]


def model_name(results: ResultsRecord) -> str:
    """The hub's name, or the last folder of a local path: the rest of it is the host's affair."""
    name = _named(results)
    if name is None or _on_hub(results):
        return name or results.config.model
    return name.replace("\\", "/").rpartition("/")[2] or results.config.model


def _named(results: ResultsRecord) -> str | None:
    """What lm-eval was told to load; None where its model type needs no name."""
    arguments = results.config.model_args
    named = next((str(arguments[key]) for key in NAMED_BY if arguments.get(key)), None)
    return None if named is None else named.rstrip("/\\")


def _on_hub(results: ResultsRecord) -> bool:
    """Whether the name is a hub's: `owner/model`, or one word; any other separator makes a path."""
    name = _named(results)
    if not name:
        return name is None
    parts = name.count("/") <= 1 and name[0] not in "./~\\" and "\\" not in name
    return parts and not Path(name).exists()
