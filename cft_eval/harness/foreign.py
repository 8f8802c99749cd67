"""Read lm-eval's own math tasks: hendrycks_math, minerva_math, gsm8k, aime24 and their relatives.

    results_*.json + samples_hendrycks_math_algebra_*.jsonl … ── ForeignTask "hendrycks_math"

The seven subjects of MATH become one task. lm-eval's `minerva_math` is MATH under another prompt,
not the Minerva-Math of this project.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cft_eval.errors import CftError
from cft_eval.harness.arguments import changing
from cft_eval.harness.files import Output, find_any_output, read_results
from cft_eval.harness.imports import (
    BadImport,
    ForeignTask,
    Imported,
    ImportedRow,
    NothingToImport,
    Protocol,
    import_tasks,
    json_objects,
)
from cft_eval.harness.log_schema import GenerationRecord, ResultsRecord, common
from cft_eval.harness.read import model_name
from cft_eval.results import RUN_FILE

_SUBJECT = (
    r"_(?:algebra|counting_and_prob(?:ability)?|geometry|intermediate_algebra|num(?:ber)?_theory"
    r"|prealgebra|precalc(?:ulus)?)"
)
_TASKS = [
    (re.compile(r"((?:hendrycks|minerva)_math)_?500"), "math500"),
    (re.compile(rf"((?:hendrycks|minerva)_math){_SUBJECT}"), "math"),
    # Of MATH the hardest level alone: part of it, as with --limit.
    (re.compile(rf"(leaderboard_math){_SUBJECT}_hard"), "math"),
    (re.compile(r"(gsm8k(?!_platinum)(?:_\w+)?)"), "gsm8k"),
    (re.compile(r"(aime24)"), "aime24"),
    (re.compile(r"(aime25)"), "aime25"),
]
"""Names of lm-eval's tasks: the first group is what we call the task."""

_NAMESAKES = {
    re.compile(r"gsm8k_platinum(?:_\w+)?"): "GSM8K-Platinum, whose labels are others",
    re.compile(r"aime(?!2[45])\w*"): "another contest's problems",
    re.compile(r"mgsm_\w+"): "GSM8K in other languages",
}
"""Tasks that one may take for ours by their name, and what they are."""


class OursAlready(CftError):
    """A run of our tasks, or one that was imported."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path}: a run of cft_eval already; `cft-eval compare`, `gate` and `push` take it as "
            "it is"
        )


def import_lm_eval(path: Path, *, model: str | None = None, skip: bool = False) -> Imported:
    """The newest results at ``path`` with the samples of the tasks that are known here.

    Raises `OursAlready` where there is nothing to import.
    """
    if (path / RUN_FILE).is_file():
        raise OursAlready(path)
    output = find_any_output(path)
    results = read_results(output.results)
    others: list[str] = []
    parts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for task in results.configs:
        for pattern, benchmark in _TASKS:
            if named := pattern.fullmatch(task):
                whole = f"{named[1]}500" if benchmark == "math500" else named[1]
                parts[whole, benchmark].append(task)
                break
        else:
            others.append(task)
    if not parts and any(task.startswith("cft_") for task in results.configs):
        raise OursAlready(path)
    if not parts:
        listed = ", ".join(sorted(results.configs)[:5]) or "none"
        raise NothingToImport(
            f"{output.results}: no known task (found: {listed}); known: hendrycks_math, "
            "minerva_math, leaderboard_math, their math500, gsm8k and its prompts, aime24, aime25"
        )
    return import_tasks(
        [
            _task(name, benchmark, listed, output, results)
            for (name, benchmark), listed in parts.items()
        ],
        model=model or model_name(results),
        engine=results.config.model.rpartition("/")[2],
        created=datetime.fromtimestamp(results.date, UTC),
        skip=skip,
        seed=results.config.torch_seed,
        arguments=changing(results.config.model_args),
        left_out=[f"{task}: {_what(task)}" for task in sorted(others)],
    )


def _what(task: str) -> str:
    named = (what for pattern, what in _NAMESAKES.items() if pattern.fullmatch(task))
    return next(named, "no benchmark of ours")


def _task(
    name: str, benchmark: str, parts: list[str], output: Output, results: ResultsRecord
) -> ForeignTask:
    both = [pair for part in sorted(parts) for pair in _rows(output.samples(part))]
    if not both:
        raise NothingToImport(f"{output.results}: {name} has no samples")
    rows = [row for row, _ in both]
    sent = common([generation for _, generation in both])
    shots = {results.n_shot.get(part) for part in parts}
    versions = sorted({str(results.versions.get(part, "unknown")) for part in parts})
    return ForeignTask(
        name=name,
        benchmark=benchmark,
        rows=tuple(rows),
        protocol=Protocol(
            prompt=f"lm-eval {name}",
            n_shot=shots.pop() if len(shots) == 1 else None,
            max_gen_toks=sent.max_gen_toks,
            temperature=sent.temperature,
            top_p=sent.top_p,
            until=tuple(sent.until),
            generation=sent.others,
            version=", ".join(versions),
        ),
    )


def _rows(file: Path) -> Iterator[tuple[ImportedRow, GenerationRecord]]:
    seen: set[object] = set()
    for where, record in json_objects(file):
        try:
            doc, responses = record["doc"], record["resps"][0]
            sent = GenerationRecord.model_validate(_sent(record["arguments"]))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise BadImport(where, f"not a sample of lm-eval: {error!r}") from None
        # One line a filter; the responses are the same in all of them.
        if record.get("doc_id") in seen:
            continue
        seen.add(record.get("doc_id"))
        if not isinstance(responses, list) or not all(isinstance(r, str) for r in responses):
            raise BadImport(where, "resps: expected texts; is it a generation task?")
        prompt = record.get("prompt_hash")
        problem, reference = _problem(doc, where), _reference(doc)
        yield ImportedRow(where, problem, reference, tuple(responses), prompt), sent


def _sent(arguments: Any) -> Any:
    """The generation arguments: by name, or before lm-eval 0.4.3 as the second of a list."""
    if isinstance(arguments, list):
        return arguments[0][1]
    return arguments["gen_args_0"]["arg_1"]


def _problem(doc: Mapping[str, Any], where: str) -> str:
    for field in ("problem", "question", "Problem"):
        if isinstance(doc.get(field), str):
            return str(doc[field])
    raise BadImport(where, "doc: no problem, question or Problem in it")


def _reference(doc: Mapping[str, Any]) -> str | None:
    reference = doc.get("Answer", doc.get("answer"))
    return (
        str(reference).rpartition("####")[2].strip() if isinstance(reference, str | int) else None
    )
