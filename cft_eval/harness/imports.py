"""Others' outputs as runs of ours: matched to items by content, graded again, all else unknown.

    rows ── matching ──> items ── grades ──> Run + Samples

What an output says of how it was made is kept; what it does not say stays unknown. Its own verdicts
are not read. Knows no layout of any harness: `qwen` and `foreign` do.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cft_eval._version import __version__
from cft_eval.checker import CHECKER_VERSION, POLICIES, Outcome, Verdict
from cft_eval.checker.run.bulk import check_policies
from cft_eval.errors import CftError
from cft_eval.harness.endings import encodable
from cft_eval.harness.files import read_lines
from cft_eval.harness.matching import NoSuchProblem, of_rows
from cft_eval.harness.rows import STRICT, row
from cft_eval.results import ACCURACY, Model, Policy, Run, Sample, Settings, TaskScore
from cft_eval.results.io import field_of
from cft_eval.testsets import Item, find, item_hash, namesake_of
from cft_eval.testsets.load import load


class NothingToImport(CftError):
    """No output of a known benchmark where one was expected."""


class BadImport(CftError):
    """An output that is not what its harness writes."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """One problem as another harness logged it."""

    where: str
    """File and line, for errors."""

    problem: str
    reference: str | None
    responses: tuple[str, ...]
    prompt_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Protocol:
    """How a task was run, as far as it is said."""

    prompt: str
    """Names the prompt: its type, or a hash over the prompts; "unknown" where nothing is said."""

    n_shot: int | None = None
    max_gen_toks: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    until: tuple[str, ...] = ()
    generation: tuple[str, ...] = ()
    """Every other generation argument, as ``top_k=20``."""

    version: str = "unknown"


@dataclass(frozen=True, slots=True)
class ForeignTask:
    name: str
    benchmark: str
    rows: tuple[ImportedRow, ...]
    protocol: Protocol


@dataclass(frozen=True, slots=True)
class Imported:
    run: Run
    samples: list[Sample]
    lost: list[str]
    """Rows that are about no item, and were left out because that was asked for."""

    left_out: tuple[str, ...] = ()
    """Tasks of the output that are about no benchmark of ours, each with what is known of it."""


def json_objects(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects in a file of JSON lines, or in one list, each with its place for errors.

    Blank lines are none, and half a character (a lone surrogate) becomes U+FFFD. Raises
    `BadImport`.
    """
    with file.open("rb") as stream:
        if stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
            stream.seek(0)
            listed = _json(stream.read(), str(file))
            rows = enumerate(listed if isinstance(listed, list) else [listed], start=1)
            yield from (
                (f"{file}, entry {n}", _object(row, f"{file}, entry {n}")) for n, row in rows
            )
            return
    for number, line in enumerate(read_lines(file), start=1):
        where = f"{file}, line {number}"
        if line.strip():
            yield where, _object(_json(line, where), where)


def _json(text: bytes, where: str) -> object:
    try:
        return _whole(json.loads(text.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise BadImport(where, f"not UTF-8 at byte {error.start}") from None
    except (ValueError, RecursionError) as error:
        raise BadImport(where, f"not JSON: {error}") from None


def _whole(value: Any) -> Any:
    """``value`` with whole characters alone: half of one can be written to no file."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {encodable(key): _whole(each) for key, each in value.items()}
    return value


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadImport(where, "expected a JSON object")
    return value


def import_tasks(
    tasks: Sequence[ForeignTask],
    *,
    model: str,
    engine: str,
    created: datetime,
    skip: bool = False,
    seed: int | None = None,
    arguments: tuple[str, ...] = (),
    left_out: Sequence[str] = (),
) -> Imported:
    """A run of ours from others' rows.

    Raises `NoSuchProblem` where a row is about no item of its benchmark, unless ``skip``.
    """
    scores: dict[str, TaskScore] = {}
    samples: list[Sample] = []
    lost: list[str] = []
    for task in tasks:
        items = load(task.benchmark)
        matched, missing = of_rows(items, ((r.problem, r.reference, r.where) for r in task.rows))
        if missing and not skip:
            hashes = [item_hash(row.problem, row.reference or "") for row in task.rows]
            namesake = namesake_of(find(task.benchmark), hashes)
            perhaps = f": {namesake}" if namesake else ""
            raise NoSuchProblem(
                f"{missing[0]} is not a problem of {task.benchmark} ({len(missing)} of "
                f"{len(task.rows)} rows are not{perhaps}); --skip leaves them out"
            )
        lost += missing
        matched_rows = [
            (item, each) for item, each in zip(matched, task.rows, strict=True) if item is not None
        ]
        if not matched_rows:
            raise NoSuchProblem(f"{task.name}: none of its rows is a problem of {task.benchmark}")
        matched_rows.sort(key=lambda pair: pair[0].index)
        graded = _samples(task, matched_rows)
        samples += graded
        scores[task.name] = _score(task, matched_rows, graded, expected=len(items))
    try:
        run = Run(
            model=Model(name=model),
            created=created,
            engine=engine,
            cft_eval_version=__version__,
            checker_version=CHECKER_VERSION,
            arguments=arguments,
            seeds={} if seed is None else {"engine": seed},
            tasks=scores,
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadImport(field_of(first["loc"]), f"{first['msg']}; see --model-name") from None
    return Imported(run, samples, lost, tuple(left_out))


def _samples(task: ForeignTask, matched_rows: Sequence[tuple[Item, ImportedRow]]) -> list[Sample]:
    first = len(matched_rows[0][1].responses)
    for _, each in matched_rows:
        if len(each.responses) != first:
            raise BadImport(
                each.where, f"{len(each.responses)} responses, and other problems have {first}"
            )
    flat = [
        (item, each, repeat, response)
        for item, each in matched_rows
        for repeat, response in enumerate(each.responses)
    ]
    verdicts = check_policies([row(r, i.reference, task.benchmark, i.rules) for i, _, _, r in flat])
    return [
        _sample(task, item, each, repeat, response, graded)
        for (item, each, repeat, response), graded in zip(flat, verdicts, strict=True)
    ]


def _sample(
    task: ForeignTask,
    item: Item,
    each: ImportedRow,
    repeat: int,
    response: str,
    graded: dict[Policy, Verdict],
) -> Sample:
    verdict = graded[STRICT]
    return Sample(
        task=task.name,
        benchmark=task.benchmark,
        item=item.item,
        index=item.index,
        repeat=repeat,
        problem=item.problem,
        reference=item.reference,
        response=response,
        outcome=verdict.outcome,
        answer=verdict.answer,
        how=verdict.how,
        reason=verdict.reason,
        correct={policy: graded[policy].correct for policy in POLICIES},
        prompt_hash=each.prompt_hash,
        level=item.level,
        subject=item.subject,
    )


def _score(
    task: ForeignTask,
    matched_rows: Sequence[tuple[Item, ImportedRow]],
    graded: Sequence[Sample],
    *,
    expected: int,
) -> TaskScore:
    said = task.protocol
    shares = {ACCURACY[policy]: _share([s.correct[policy] for s in graded]) for policy in POLICIES}
    shares["answered"] = _share([s.outcome is not Outcome.NO_ANSWER for s in graded])
    prompts = "".join(each.prompt_hash or "" for _, each in matched_rows) or said.prompt
    return TaskScore(
        benchmark=task.benchmark,
        items=len(matched_rows),
        repeats=len(graded) // len(matched_rows),
        expected_items=expected,
        scores=shares,
        settings=Settings(
            task_version=said.version,
            n_shot=said.n_shot,
            max_gen_toks=said.max_gen_toks,
            temperature=said.temperature,
            top_p=said.top_p,
            until=said.until,
            generation=said.generation,
            prompts=_sha(prompts),
            items=_sha("".join(sorted(item.item for item, _ in matched_rows))),
        ),
    )


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
