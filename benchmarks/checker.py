"""The checker and Math-Verify side by side, in one run, from strings to verdicts.

    python benchmarks/checker.py --practice DIR --peer-python VENV/bin/python

``VENV`` is an environment with ``math-verify[antlr4_13_2]``. Rows are the practice responses and
pairs in ``DIR`` (``responses.jsonl``, ``pairs.jsonl``) and the shipped mini suite's references.
Each grader runs in a process of its own, in turns of CHUNK rows, so that what else the machine
does slows both alike. The peer is killed when one row takes longer than KILL seconds, and goes on
with the next. Each side is warmed up with WARM rows that do not count. Times are CPU time.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from bars import Bar, tell

KILL = 20.0
WARM = 20
CHUNK = 500

PEER = r"""
import json, sys, time
from math_verify import parse, verify
for line in sys.stdin:
    row = json.loads(line)
    started = time.process_time()
    gold = parse("$" + row["reference"] + "$")
    answer = parse(row["response"])
    correct = bool(verify(gold, answer))
    print(json.dumps([correct, time.process_time() - started]), flush=True)
"""


class Timed(NamedTuple):
    correct: bool | None
    """None where the row was never decided."""

    seconds: float


def rows_of(practice: Path | None) -> list[dict[str, Any]]:
    """Responses and references; a bare answer stands in a sentence with a box. ``equal`` is what
    a person who read the pair says of it, with a ``note``."""
    from cft_eval.testsets import BENCHMARKS
    from cft_eval.testsets.load import load

    rows = []
    for name, benchmark in BENCHMARKS.items():
        if name.startswith("mini_"):
            rows += [_row(item.reference, item.reference, benchmark.grading) for item in load(name)]
    if practice is not None:
        for row in map(json.loads, (practice / "pairs.jsonl").open()):
            # Labels that graders agreed on would measure who is like those graders.
            read = bool(row.get("note")) and isinstance(row.get("equal"), bool)
            told = {"equal": row["equal"]} if read else {}
            rows.append(_row(row["answer"], row["reference"], row["benchmark"]) | told)
        for row in map(json.loads, (practice / "responses.jsonl").open()):
            rows.append({key: row[key] for key in ("response", "reference", "benchmark")})
    return rows


def _row(answer: str, reference: str, benchmark: str) -> dict[str, Any]:
    return {"response": as_response(answer), "reference": reference, "benchmark": benchmark}


def as_response(answer: str) -> str:
    """A bare answer as a response states it."""
    return rf"The answer is \(\boxed{{{answer}}}\)."


def in_turns(sides: Sequence[Iterator[Timed]]) -> list[list[Timed]]:
    """What each side yields, CHUNK rows of one after CHUNK rows of the other."""
    columns: list[list[Timed]] = [[] for _ in sides]
    going = True
    while going:
        going = False
        for side, column in zip(sides, columns, strict=True):
            chunk = list(islice(side, CHUNK))
            column += chunk
            going = going or bool(chunk)
    return columns


def ours(rows: Sequence[dict[str, Any]]) -> Iterator[Timed]:
    from cft_eval import check

    def one(row: dict[str, Any]) -> Timed:
        started = time.process_time()
        verdict = check(row["response"], row["reference"], benchmark=row["benchmark"])
        return Timed(verdict.correct, time.process_time() - started)

    for row in rows[:WARM]:
        one(row)
    yield from map(one, rows)


def peers(rows: Sequence[dict[str, Any]], python: str) -> Iterator[Timed]:
    done = 0
    while done < len(rows):
        for timed in _peer_run(rows[:WARM], rows[done:], python):
            done += 1
            yield timed
        if done < len(rows):
            done += 1
            print(f"row {done}: killed after {KILL:.0f} s", file=sys.stderr)
            yield Timed(None, KILL)


def _peer_run(
    warm: Sequence[dict[str, Any]], rows: Sequence[dict[str, Any]], python: str
) -> Iterator[Timed]:
    """Rows until the end, or until one takes too long."""
    process = subprocess.Popen(
        [python, "-c", PEER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        for number, row in enumerate([*warm, *rows]):
            watch = threading.Timer(KILL + 30 * (number == 0), process.kill)
            watch.start()
            try:
                process.stdin.write(json.dumps(row) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
            except BrokenPipeError:
                line = ""
            watch.cancel()
            if not line:
                break
            if number >= len(warm):
                yield Timed(*json.loads(line))
        process.kill()


def summary(name: str, timed: Iterable[Timed]) -> str:
    milliseconds = sorted(1000 * row.seconds for row in timed)

    def at(share: float) -> float:
        return milliseconds[min(len(milliseconds) - 1, int(share * len(milliseconds)))]

    return (
        f"| {name} | {at(0.5):.3f} | {at(0.95):.2f} | {at(0.99):.2f} | {milliseconds[-1]:.0f} | "
        f"{sum(milliseconds) / 1000:.2f} |"
    )


def p99(timed: Sequence[Timed]) -> float:
    return sorted(1000 * row.seconds for row in timed)[int(0.99 * len(timed))]


def accuracy(
    rows: Sequence[dict[str, Any]], mine: Sequence[Timed], theirs: Sequence[Timed]
) -> None:
    """Verdicts on the pairs of which somebody said whether they are equal."""
    known = [place for place, row in enumerate(rows) if "equal" in row]
    if not known:
        return
    agree, wrongly = (
        [
            sum(timed[place].correct is rows[place]["equal"] for place in known)
            for timed in (mine, theirs)
        ],
        [
            sum(bool(timed[place].correct) and not rows[place]["equal"] for place in known)
            for timed in (mine, theirs)
        ],
    )
    of = f"of {len(known):,}"
    row = "real answers that a person read, judged as that person did"
    tell(Bar(row, agree[0], of, agree[1], "at least", f"Math-Verify: {agree[1]} {of}"))
    row = "the same, accepted wrongly"
    tell(Bar(row, wrongly[0], of, wrongly[1], "at most", f"Math-Verify: {wrongly[1]} {of}"))


def whole_suite() -> None:
    """A response to each problem of the six benchmarks, through the pool, once under strict."""
    from cft_eval import check_many
    from cft_eval.errors import CftError
    from cft_eval.testsets import BENCHMARKS, SUITE
    from cft_eval.testsets.load import load

    try:
        items = [item for name in SUITE for item in load(name)]
    except CftError as error:
        print(f"\nthe whole suite was not graded: {error}")
        return
    rows = [
        {
            "response": f"After some steps the answer is \\boxed{{{item.reference}}}."
            if number % 4
            else "It must be \\boxed{\\frac{17}{3}}.",
            "reference": item.reference,
            "benchmark": BENCHMARKS[item.benchmark].grading,
        }
        for number, item in enumerate(items)
    ]
    started = time.perf_counter()
    check_many(rows, workers=2)
    seconds = time.perf_counter() - started
    tell(Bar(f"{len(rows):,} problems of the suite, 2 workers", seconds, "s", 5, "at most"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--practice", type=Path, help="folder with pairs and responses")
    parser.add_argument("--peer-python", help="Python with Math-Verify; without it, ours alone")
    parser.add_argument("--show", type=int, default=0, help="print so many disagreements")
    args = parser.parse_args()
    rows = rows_of(args.practice)
    sides = [ours(rows), *([peers(rows, args.peer_python)] if args.peer_python else [])]
    mine, *others = in_turns(sides)
    print(f"{len(rows):,} rows\n\n| checker | median ms | p95 | p99 | worst | all, s |")
    print("|---|---:|---:|---:|---:|---:|")
    print(summary("cft_eval", mine))
    tell(Bar("checker, p99", p99(mine), "ms", 20, "at most"))
    whole_suite()
    if not others:
        return
    [theirs] = others
    print(summary("Math-Verify", theirs))
    medians = [sorted(t.seconds for t in timed)[len(timed) // 2] for timed in (theirs, mine)]
    ratio = medians[0] / medians[1]
    print(f"\nmedian ratio: {ratio:.0f}")
    tell(Bar("checker, median speed", ratio, "times the peer's", 20, "at least", "Math-Verify"))
    accuracy(rows, mine, theirs)
    unlike = [
        (row, a, b) for row, a, b in zip(rows, mine, theirs, strict=True) if a.correct != b.correct
    ]
    only_ours = sum(bool(a.correct) for _, a, _ in unlike)
    print(f"verdicts differ on {len(unlike)} rows: only ours accepts {only_ours}")
    for row, a, b in unlike[: args.show]:
        said = f"ours {a.correct}, peer {b.correct}"
        print(f"  {said}: {row['reference'][:50]!r} <- {row['response'][-60:]!r}")


if __name__ == "__main__":
    main()
