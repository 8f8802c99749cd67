"""The hashes of the items as they were published: what a loaded or uploaded item is proved by.

    benchmark ── hashes/NAME.txt, one hash a line, in the order of the test set

Test sets that ship with this package, or are computed by it, need no file.
"""

from functools import cache
from importlib.resources import files

from cft_eval.checker.types.rules import Rules
from cft_eval.checker.types.rules import UnknownBenchmark as UnknownBenchmark
from cft_eval.testsets.benchmarks import BENCHMARKS, Benchmark
from cft_eval.testsets.sources import shipped_hashes

_SPECIAL = {
    "8f5376d8abf4ac40": Rules(ordered=True),
    "1d5271e303c89d99": Rules(ordered=True),
    "b8b87459eaeaf619": Rules(ordered=True),
    "8d59639c8b9a64ea": Rules(ordered=True),
    "0875448ae87f7a89": Rules(tolerance="1e-1"),
    "01014aa70cd300cd": Rules(tolerance="1e-1"),
}
"""Items with grading rules of their own, all of OlympiadBench or its mini version."""


CRITIQUE_OWN = "critique_own"
"""The benchmark of solutions that a user has (`cft-eval critique bench`), to be judged."""

OWN = "own"
"""The benchmark of a user's own problems (`cft_eval.testsets.own`): nothing else is known of it."""


def grading_of(name: str) -> str:
    """The name that the checker knows a benchmark's rules by; raises `UnknownBenchmark`."""
    return name if name in (OWN, CRITIQUE_OWN) else find(name).grading


def find(name: str) -> Benchmark:
    """The benchmark of that name; raises `UnknownBenchmark`."""
    if name not in BENCHMARKS:
        raise UnknownBenchmark(name, BENCHMARKS)
    return BENCHMARKS[name]


NONE = Rules()
"""The rules of an item that has none of its own."""


@cache
def known_items(name: str) -> tuple[str, ...]:
    """The content hash of every item, in the order of the test set."""
    benchmark = find(name)
    if not benchmark.shipped:
        table = files("cft_eval.testsets") / "hashes" / f"{benchmark.items_of or name}.txt"
        return tuple(table.read_text(encoding="ascii").split())
    return shipped_hashes(benchmark)


@cache
def wordings(name: str) -> tuple[tuple[str, ...], ...]:
    """The hashes of every wording that circulates, the published one first."""
    others = range(2, len(find(name).other_wordings) + 2)
    tables = (files("cft_eval.testsets") / "hashes" / f"{name}.{number}.txt" for number in others)
    return (
        known_items(name),
        *(tuple(table.read_text(encoding="ascii").split()) for table in tables),
    )


def rules_of(item: str) -> Rules:
    """The grading rules of the item with that hash, for whoever has no copy of the test set."""
    return _SPECIAL.get(item, NONE)
