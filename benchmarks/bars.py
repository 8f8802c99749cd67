"""A bar that a benchmark is held to: one line of output, which `benchmarks/all.py` collects.

Scripts import it as `bars`, since Python puts a script's own folder first.
"""

import json
from dataclasses import asdict, dataclass
from typing import Literal

MARK = "bar: "


@dataclass(frozen=True)
class Bar:
    """One row of the table of bars."""

    row: str
    """What is measured."""

    measured: float
    unit: str
    limit: float
    """What is to be reached."""

    kind: Literal["at most", "at least"]
    peer: str = ""
    """What it was measured against in the same run; empty where nothing does the same."""

    @property
    def reached(self) -> bool:
        if self.kind == "at most":
            return self.measured <= self.limit
        return self.measured >= self.limit


def tell(bar: Bar) -> None:
    """Print the bar for people and for the collector."""
    print(f"\n{MARK}{json.dumps(asdict(bar))}", flush=True)


def told(text: str) -> list[Bar]:
    """The bars in a script's output."""
    lines = (line for line in text.splitlines() if line.startswith(MARK))
    return [Bar(**json.loads(line.removeprefix(MARK))) for line in lines]
