"""Every pair of the checker's tables, decided without sympy: the outcome and the reason shown.

    python -m tests.checker.decisions          write tests/checker/decisions.jsonl anew

The tables say what is equal. This file also says how that was decided: that it takes no sympy, and
in which words a user reads it. Whoever changes it reads its difference, as for a frozen baseline.
"""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path

from cft_eval.checker.compare.answers import judge
from cft_eval.checker.types.rules import Rules

FOLDER = Path(__file__).parent
FILE = FOLDER / "decisions.jsonl"

OF_RESPONSES = ("response", "extract", "hostile", "spans", "/run/", "decisions")
"""Tests whose tables hold no pairs of answers."""

Row = tuple[str, str, str, str]
"""Answer, reference, outcome ("open" where only sympy could tell), reason."""


def pairs() -> list[tuple[str, str]]:
    """The pairs of all tables, sorted, each once."""
    found: set[tuple[str, str]] = set()
    for file in sorted(FOLDER.rglob("test_*.py")):
        if any(part in f"/{file.relative_to(FOLDER)}" for part in OF_RESPONSES):
            continue
        name = ".".join(["tests", "checker", *file.relative_to(FOLDER).with_suffix("").parts])
        for constant, value in vars(importlib.import_module(name)).items():
            if constant.isupper():
                found.update(_pairs_in(value))
    return sorted(found)


def _pairs_in(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, tuple) and 2 <= len(value) <= 3 and all(map(_is_text, value)):
        yield value[0], value[1]
    elif isinstance(value, dict):
        yield from _pairs_in(list(value.values()))
    elif isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        for inner in value:
            yield from _pairs_in(inner)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def decide(answer: str, reference: str) -> Row:
    judgement = judge(answer, reference, Rules())
    outcome = "open" if judgement.undecided else str(judgement.outcome)
    return answer, reference, outcome, judgement.reason


def frozen() -> list[Row]:
    rows = (json.loads(line) for line in FILE.read_text("utf-8").splitlines())
    return [(answer, reference, outcome, reason) for answer, reference, outcome, reason in rows]


if __name__ == "__main__":
    FILE.write_text(
        "".join(json.dumps(decide(*pair), ensure_ascii=False) + "\n" for pair in pairs()), "utf-8"
    )
