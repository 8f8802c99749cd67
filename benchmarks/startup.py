"""What `import cft_eval` costs, beside the imports of what others would have one load.

    python benchmarks/startup.py [--peer-python VENV/bin/python]

Each import runs in processes of its own; the time is the median over RUNS of what Python itself
measures around the import (a process that imports nothing costs the same in all of them).
"""

import argparse
import statistics
import subprocess
import sys

from bars import Bar, tell

RUNS = 9
HEAVY = ("numpy", "sympy", "pydantic", "torch", "lm_eval", "fastapi", "transformers", "pandas")
CODE = (
    "import sys, time; t = time.perf_counter(); import {name}; "
    "print(time.perf_counter() - t, *[m for m in {heavy} if m in sys.modules])"
)


def imported(python: str, name: str) -> tuple[float, list[str]]:
    """Median milliseconds, and the heavy packages that came along."""
    seconds, along = [], []
    for _ in range(RUNS):
        code = CODE.format(name=name, heavy=HEAVY)
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
        first, *along = done.stdout.split()
        seconds.append(float(first))
    return 1000 * statistics.median(seconds), along


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer-python", help="Python with Math-Verify")
    args = parser.parse_args()
    rows = [(sys.executable, "cft_eval"), (sys.executable, "sympy"), (sys.executable, "lm_eval")]
    if args.peer_python:
        rows.append((args.peer_python, "math_verify"))
    print("| import | ms | heavy packages that come along |\n|---|---:|---|")
    found = {}
    for python, name in rows:
        found[name], along = imported(python, name)
        print(f"| {name} | {found[name]:.0f} | {', '.join(along) or 'none'} |")
    peer = "math_verify" if "math_verify" in found else "sympy"
    tell(
        Bar(
            "import cft_eval",
            found["cft_eval"],
            "ms",
            60,
            "at most",
            f"{peer}: {found[peer]:.0f} ms, {found[peer] / found['cft_eval']:.0f} times as long",
        )
    )


if __name__ == "__main__":
    main()
