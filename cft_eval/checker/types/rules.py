"""What a benchmark, or one item of it, lets count as equal beyond strict mathematics.

The checker knows no dataset: a caller that knows an item passes its `Rules`; a caller that knows
only the benchmark's name gets that benchmark's defaults.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """The grading rules of one item."""

    tolerance: str | None = None
    """Largest absolute error that counts as equal, as the benchmark writes it (``1e-1``)."""

    ordered: bool = False
    """A list of answers is named values in an order, not a set (four OlympiadBench items)."""

    measured: bool = False
    """A number in the reference is a measured quantity, given at the precision it is written in:
    an answer is right that agrees with it to that precision (`measured.close`)."""

    positive: bool = False
    """Letters are physical quantities, and positive: √(ab) is √a·√b."""

    loose: bool = False
    """As the policies `qwen` and `cft_paper` compare, whose verdicts stay as they were published:
    the letters of constants are one wherever they stand, and a time of day is a ratio."""


_BY_BENCHMARK = {"minerva_math": Rules(measured=True, positive=True)}


def rules_for(benchmark: str | None) -> Rules:
    """The defaults of a benchmark, by its name or its task's; of none, strict mathematics."""
    name = (benchmark or "").removeprefix("cft_").removeprefix("mini_").removeprefix("mini_")
    return _BY_BENCHMARK.get(name, Rules())
