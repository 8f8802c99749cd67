"""Another reader's values of LaTeX expressions: latex2sympy2-extended, in a process of its own.

    python -m tests.checker.oracle < texts.json > values.jsonl

Its grammar and sympy may take any time for a text: each has `SECONDS`, and who waits for the
process can kill it.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

SECONDS = 2

Worth = tuple[list[str], list[float]]
"""The letters, sorted, and real and imaginary part where each letter is `at` its place."""


def at(letter: str) -> float:
    """Where a letter stands: a positive number, the same for a small and a capital one, which the
    other reader takes for one."""
    return 1.1 + sum(map(ord, letter.lower())) * 0.37 % 1.7


def values(texts: Sequence[str], *, timeout: float = 600) -> list[Worth | None]:
    """What the other reader makes of each text; None where it is no expression to it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.checker.oracle"],
        input=json.dumps(list(texts)),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=True,
        cwd=ROOT,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [None if line is None else (line[0], line[1]) for line in lines]


def _value(text: str) -> Worth | None:
    import sympy
    from latex2sympy2_extended import latex2sympy

    expression: Any = latex2sympy(text)
    if not isinstance(expression, sympy.Expr):
        return None
    letters = {str(symbol).lower(): symbol for symbol in expression.free_symbols}
    places = {s: sympy.I if name == "i" else at(name) for name, s in letters.items()}
    number = complex(expression.evalf(15, places))
    return sorted(letters.keys() - {"i"}), [number.real, number.imag]


def _too_long(*_: object) -> None:
    raise TimeoutError


def main() -> None:
    signal.signal(signal.SIGALRM, _too_long)
    for text in json.load(sys.stdin):
        signal.alarm(SECONDS)
        try:
            worth = _value(text)
        except Exception:  # noqa: BLE001  # whatever the other reader does, it has no value
            worth = None
        finally:
            signal.alarm(0)
        sys.stdout.write(json.dumps(worth) + "\n")


if __name__ == "__main__":
    main()
