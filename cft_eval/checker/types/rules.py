"""What a benchmark, or one item of it, lets count as equal beyond strict mathematics.

The checker knows no test set, only the names of benchmarks: a caller that knows an item passes its
`Rules`; a caller that knows only the name gets that benchmark's defaults.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from cft_eval.errors import CftError


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

    form: str = ""
    """What an answer is where it is no mathematics: ``verdict``, ``step``, ``letter``, or
    by its type ``theoremqa`` (`cft_eval.checker.run.forms`)."""

    loose: bool = False
    """As the policies `qwen` and `cft_paper` compare, whose verdicts stay as they were published:
    the letters of constants are one wherever they stand, and a time of day is a ratio."""


STRICT = Rules()
MEASURED = Rules(measured=True, positive=True)
PROCESSBENCH = ("gsm8k", "math", "olympiadbench", "omnimath")
"""The parts of ProcessBench: solutions whose first wrong step is known."""

BENCHMARK_RULES = {
    **dict.fromkeys(("math", "math500", "gsm8k", "olympiadbench", "arithmetic", "own"), STRICT),
    **dict.fromkeys(("aime24", "amc23", "aime25", "hmmt25"), STRICT),
    "theoremqa": Rules(form="theoremqa"),
    **dict.fromkeys(("gpqa_diamond", "mmlu_pro"), Rules(form="letter")),
    **dict.fromkeys((f"critique_{name}" for name in (*PROCESSBENCH, "own")), Rules(form="verdict")),
    **dict.fromkeys((f"critique_{name}_steps" for name in PROCESSBENCH), Rules(form="step")),
    **dict.fromkeys(("correction_gsm8k", "correction_math", "correction_olympiadbench"), STRICT),
    **dict.fromkeys(("minerva_math", "correction_minerva_math"), MEASURED),
}
"""Every benchmark by its name: what it lets count as equal. One row here makes a name known."""

PREFIXES = ("cft_", "mini_")
SUFFIXES = ("_long", "_errata", "_sampled", "_fewshot", "_direct")
"""Of our tasks' names, whose problems and rules are their benchmark's."""


class UnknownBenchmark(CftError):
    """A name that is no benchmark."""

    def __init__(self, name: str, known: Iterable[str] = BENCHMARK_RULES) -> None:
        super().__init__(f"{name}: no such benchmark; known: {', '.join(known)}")


@cache
def benchmark_name(name: str) -> str:
    """The benchmark that a name or a task of ours means; raises `UnknownBenchmark`.

    >>> benchmark_name("cft_mini_minerva_math_long")
    'minerva_math'
    """
    plain = name
    for prefix in PREFIXES:
        plain = plain.removeprefix(prefix)
    for suffix in SUFFIXES:
        plain = plain.removesuffix(suffix)
    if plain not in BENCHMARK_RULES:
        raise UnknownBenchmark(name)
    return plain


def rules_for(benchmark: str | None) -> Rules:
    """The defaults of a benchmark, by its name or its task's; of none, strict mathematics."""
    return STRICT if benchmark is None else BENCHMARK_RULES[benchmark_name(benchmark)]
