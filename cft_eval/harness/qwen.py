"""Read the outputs of the Qwen2.5-Math harness, and of the CFT paper's, which derives from it.

    DIR/math/test_qwen25-math-cot_-1_seed0_t0.0_s0_e-1.jsonl ── ForeignTask "qwen_math"

One folder per benchmark; a file's name gives the prompt, seed and temperature; a row has
`question`, `code` (the responses) and the reference in fields that depend on the benchmark.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

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
from cft_eval.testsets import SUITE

FOLDERS = {**{name: name for name in SUITE}, "math500": "math500", "math-500": "math500"}
"""Names of the harness to ours; it has more benchmarks than we do."""

_FILE = re.compile(
    r"(?P<split>[^_]+)_(?P<prompt>.+)_(?P<number>-?\d+)_seed(?P<seed>\d+)_t(?P<t>[\d.]+)"
    r"_s(?P<start>\d+)_e(?P<end>-?\d+)(?:_.*)?\.jsonl"
)


def import_qwen(folder: Path, *, model: str | None = None, skip: bool = False) -> Imported:
    """The run in ``folder``; raises a `CftError` that names the file, the line and the reason.

    ``model``: its name; by default the folder's.
    """
    if not folder.is_dir():
        raise NothingToImport(f"{folder}: no such folder")
    listed_by_set: dict[str, list[tuple[Path, re.Match[str]]]] = defaultdict(list)
    others: set[str] = set()
    for path in sorted(folder.rglob("*.jsonl")):
        named = _FILE.fullmatch(path.name)
        if named and path.parent.name in FOLDERS:
            listed_by_set[FOLDERS[path.parent.name]].append((path, named))
        elif named:
            others.add(path.parent.name)
    if not listed_by_set:
        holds = f" (found: {', '.join(sorted(others))}, no benchmarks of ours)" if others else ""
        raise NothingToImport(
            f"{folder}: no outputs of the Qwen2.5-Math harness in it{holds}: expected files "
            "such as math/test_qwen25-math-cot_-1_seed0_t0.0_s0_e-1.jsonl"
        )
    tasks = [_task(benchmark, files) for benchmark, files in listed_by_set.items()]
    files = [path for listed in listed_by_set.values() for path, _ in listed]
    seeds = {int(named["seed"]) for listed in listed_by_set.values() for _, named in listed}
    return import_tasks(
        tasks,
        model=model or folder.resolve().name,
        engine="qwen2.5-math-harness",
        # The harness keeps no date; the files' own is the nearest thing.
        created=datetime.fromtimestamp(max(path.stat().st_mtime for path in files), UTC),
        skip=skip,
        seed=seeds.pop() if len(seeds) == 1 else None,
        left_out=[f"{name}: no benchmark of ours" for name in sorted(others)],
    )


def _task(benchmark: str, files: list[tuple[Path, re.Match[str]]]) -> ForeignTask:
    ways = {(named["prompt"], named["seed"], named["t"]) for _, named in files}
    if len(ways) > 1:
        first, second = (path for path, _ in files[:2])
        raise BadImport(str(second), f"another run than {first.name}; import them one by one")
    (prompt, _, temperature), *_ = ways
    return ForeignTask(
        name=f"qwen_{benchmark}",
        benchmark=benchmark,
        rows=tuple(row for path, _ in files for row in _rows(path)),
        protocol=Protocol(prompt=f"qwen2.5-math-harness {prompt}", temperature=float(temperature)),
    )


def _rows(path: Path) -> Iterator[ImportedRow]:
    for where, row in json_objects(path):
        problem, responses = row.get("question"), row.get("code")
        if not isinstance(problem, str):
            raise BadImport(where, f"question: expected text, got {problem!r}")
        if isinstance(responses, str):
            responses = [responses]
        texts = isinstance(responses, list) and all(isinstance(r, str) for r in responses)
        if not responses or not texts:
            raise BadImport(where, "code: expected the responses, a list of texts")
        yield ImportedRow(where, problem, _reference(row), tuple(responses))


def _reference(row: Mapping[str, object]) -> str | None:
    """The reference as the harness cleaned it; used only to find the item."""
    reference = row.get("gt")
    return str(reference) if isinstance(reference, str | int | float) else None
