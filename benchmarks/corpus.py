"""Cost of grading a corpus again, against its size, on both engines.

    python benchmarks/corpus.py [--practice DIR] [--sizes 10000 100000 1000000] [--ray]

The corpus repeats the responses of ``DIR/responses.jsonl`` (or made-up ones), each with a number of
its own in it, so that no verdict is found among earlier ones. Seconds a response should not grow.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from bars import Bar, tell

from cft_eval.corpus.engines import local, ray
from cft_eval.corpus.plan import plan
from cft_eval.corpus.regrade import regrade


def responses(practice: Path | None) -> list[dict[str, str]]:
    if practice is None:
        return [
            {"reference": f"{n}/7", "response": f"Step by step: \\boxed{{\\frac{{{n}}}{{7}}}}"}
            for n in range(1000)
        ]
    lines = (practice / "responses.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        {key: row[key] for key in ("reference", "response", "benchmark")}
        for row in map(json.loads, lines)
    ]


def corpus(rows: list[dict[str, str]], size: int) -> Iterator[str]:
    for number in range(size):
        row = rows[number % len(rows)]
        yield json.dumps({**row, "response": f"Try {number}.\n{row['response']}"}) + "\n"


class Cost(NamedTuple):
    rows: int
    seconds: float
    peak: float
    """MB of the process that started the engine."""


def cost(name: str, file: str, out: str, workers: int) -> Cost:
    """Grade a corpus; in a process of its own, whose peak of memory no other corpus raised."""
    engine = local(workers) if name == "local" else ray(None, workers)
    started = time.perf_counter()
    summary = regrade(plan([file]), out, engine)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(summary.rows, seconds, peak)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--practice", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ray", action="store_true", help="the same on a Ray of this machine")
    args = parser.parse_args()
    rows = responses(args.practice)
    print("| engine | responses | MB | seconds | µs a response | peak MB |")
    print("|---|---:|---:|---:|---:|---:|")
    dearest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for size in args.sizes:
            file = Path(folder, f"{size}.jsonl")
            with file.open("w", encoding="utf-8") as lines:
                lines.writelines(corpus(rows, size))
            for name in ("local", *(["ray"] if args.ray else [])):
                asked = (name, str(file), f"{folder}/{name}-{size}", args.workers)
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                    found = alone.submit(cost, *asked).result()
                each = 1e6 * found.seconds / found.rows
                if name == "local":  # Ray's start is seconds, whatever the size
                    dearest = max(dearest, each)
                print(
                    f"| {name} | {found.rows:,} | {file.stat().st_size / 1e6:,.0f} "
                    f"| {found.seconds:,.1f} | {each:,.0f} | {found.peak:,.0f} |",
                    flush=True,
                )
    tell(Bar("a corpus, the dearest size", dearest, "µs a response", 1000, "at most"))


if __name__ == "__main__":
    main()
