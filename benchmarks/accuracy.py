"""Verdicts beside labels that others gave, and CPU time: the checker and Math-Verify.

    python benchmarks/accuracy.py --practice DIR [--peer-python VENV/bin/python] [--only NAME]

``DIR`` holds `pairs.jsonl`, `suites.jsonl`, `bug_reports.jsonl` and `model_responses.jsonl`: a
reference, an answer or a response, and whether they are equal. Debatable rows are left out. A label
is not the truth: read the rows on which it differs (``--show``).
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from checker import WARM, Timed, as_response, in_turns, peers

FILES = ("suites", "bug_reports", "model_responses", "pairs")


class Labelled(NamedTuple):
    file: str
    source: str
    reference: str
    text: str
    bare: bool
    """An answer alone, not a response."""

    benchmark: str | None
    equal: bool


class Judged(NamedTuple):
    right: int
    """Verdicts as labelled."""

    accepted: int
    """Labelled as different, and accepted."""


def labelled(folder: Path, names: Sequence[str]) -> Iterator[Labelled]:
    from cft_eval.checker.extract.extract import extract

    for name in names:
        for line in (folder / f"{name}.jsonl").open(encoding="utf-8"):
            row = json.loads(line)
            equal = row.get("equal", row.get("correct"))
            if row.get("debatable") or not isinstance(equal, bool):
                continue
            reference = row["reference"]
            if row.get("reference_is_a_response"):
                reference = extract(reference).answer or reference
            source = row.get("source") or row.get("kind") or row.get("benchmark") or ""
            text, bare = row.get("response", row.get("answer")), "response" not in row
            yield Labelled(name, source, reference, text, bare, row.get("benchmark"), equal)


def ours(rows: Sequence[Labelled]) -> Iterator[Timed]:
    from cft_eval import check, equal

    def one(row: Labelled) -> Timed:
        started = time.process_time()
        judge = equal if row.bare else check
        correct = judge(row.text, row.reference, benchmark=row.benchmark).correct
        return Timed(correct, time.process_time() - started)

    for row in rows[:WARM]:
        one(row)
    yield from map(one, rows)


def theirs(rows: Sequence[Labelled], python: str) -> Iterator[Timed]:
    asked: list[dict[str, Any]] = [
        {"response": as_response(row.text) if row.bare else row.text, "reference": row.reference}
        for row in rows
    ]
    timed: Iterator[Timed] = peers(asked, python)
    return timed


def judged(rows: Sequence[Labelled], timed: Sequence[Timed]) -> Judged:
    pairs = [(row, bool(one.correct)) for row, one in zip(rows, timed, strict=True)]
    return Judged(
        sum(verdict == row.equal for row, verdict in pairs),
        sum(verdict and not row.equal for row, verdict in pairs),
    )


def table(rows: Sequence[Labelled], columns: Sequence[Sequence[Timed]], *, by: str) -> None:
    groups: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        groups[getattr(row, by) or "(none)"].append(index)
    names = ("cft_eval", "Math-Verify")[: len(columns)]
    print(f"\n| {by} | rows |" + "".join(f" {n}: right | accepted wrongly |" for n in names))
    print("|---|---:|" + "---:|---:|" * len(names))
    for name, indices in sorted(groups.items(), key=lambda item: -len(item[1]))[:20]:
        some = [rows[index] for index in indices]
        cells = ""
        for column in columns:
            result = judged(some, [column[index] for index in indices])
            cells += f" {result.right / len(some):.1%} | {result.accepted} |"
        print(f"| {name} | {len(some):,} |{cells}", flush=True)


def speed(rows: Sequence[Labelled], columns: Sequence[Sequence[Timed]]) -> None:
    """CPU milliseconds a row, by file, and how many times Math-Verify's it is faster."""
    print("\n| file | grader | median ms | p99 | worst | all, s | times as fast: median | all |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for file in dict.fromkeys(row.file for row in rows):
        indices = [index for index, row in enumerate(rows) if row.file == file]
        times = [sorted(1000 * column[index].seconds for index in indices) for column in columns]
        for name, some in zip(("cft_eval", "Math-Verify"), times, strict=False):
            at = [some[int(share * (len(some) - 1))] for share in (0.5, 0.99, 1)]
            ratio = f"{times[-1][len(some) // 2] / at[0]:.0f} | {sum(times[-1]) / sum(some):.0f}"
            cells = f"{at[0]:.3f} | {at[1]:.2f} | {at[2]:.0f} | {sum(some) / 1000:.2f}"
            print(f"| {file} | {name} | {cells} | {ratio} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--practice", type=Path, required=True, metavar="DIR")
    parser.add_argument("--peer-python", metavar="PYTHON", help="one with Math-Verify")
    parser.add_argument("--only", choices=FILES, help="one file")
    parser.add_argument("--show", type=int, default=0, help="print so many rows that differ")
    args = parser.parse_args()
    rows = list(labelled(args.practice, [args.only] if args.only else FILES))
    sides = [ours(rows), *([theirs(rows, args.peer_python)] if args.peer_python else [])]
    columns = in_turns(sides)
    table(rows, columns, by="file")
    table(rows, columns, by="source")
    speed(rows, columns)
    unlike = [row for row, one in zip(rows, columns[0], strict=True) if one.correct != row.equal]
    for row in unlike[: args.show]:
        word = "equal" if row.equal else "different"
        print(f"labelled {word} ({row.file}): {row.reference[:60]!r} <- {row.text[-80:]!r}")


if __name__ == "__main__":
    main()
