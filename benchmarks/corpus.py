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
from pathlib import Path

from bars import Bar, tell

from cft_eval.corpus import plan, regrade
from cft_eval.corpus.engines import local, ray


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--practice", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ray", action="store_true", help="the same on a Ray of this machine")
    args = parser.parse_args()
    rows = responses(args.practice)
    print("| engine | responses | MB | seconds | µs a response | peak MB of this process |")
    print("|---|---:|---:|---:|---:|---:|")
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for size in args.sizes:
            file = Path(folder, f"{size}.jsonl")
            with file.open("w", encoding="utf-8") as lines:
                lines.writelines(corpus(rows, size))
            for name in ("local", *(["ray"] if args.ray else [])):
                engine = local(args.workers) if name == "local" else ray(None, args.workers)
                started = time.perf_counter()
                summary = regrade(plan([str(file)]), f"{folder}/{name}-{size}", engine)
                seconds = time.perf_counter() - started
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                slowest = max(slowest, 1e6 * seconds / summary.rows)
                print(
                    f"| {name} | {summary.rows:,} | {file.stat().st_size / 1e6:,.0f} "
                    f"| {seconds:,.1f} | {1e6 * seconds / summary.rows:,.0f} | {peak:,.0f} |",
                    flush=True,
                )
    tell(Bar("a corpus, the dearest size", slowest, "µs a response", 1000, "at most"))


if __name__ == "__main__":
    main()
