"""A small corpus of our own: right, wrong, unanswered and unreadable rows in every form."""

import json
from pathlib import Path
from typing import Any

from tests.harness import made


def rows(count: int) -> list[dict[str, Any]]:
    """Every third response is right, every third wrong, every third has no answer."""
    texts = ("So it is \\boxed{%d}.", "So it is \\boxed{%d + 1}.", "I do not know about %d.")
    return [
        {
            "id": f"row {number}",
            "reference": str(number),
            "response": texts[number % 3] % number,
            "outcome": "correct" if number % 2 else "wrong",
        }
        for number in range(count)
    ]


def write(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def logged(count: int) -> list[dict[str, Any]]:
    return [made.line(index, ("\\boxed{4}", "\\boxed{5}")) for index in range(count)]
