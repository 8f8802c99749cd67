"""Benchmarks as a board names and groups them: titles, suites, and since when each is public."""

from enum import StrEnum

from cft_eval.testsets import BENCHMARKS, SUITE
from cft_eval.testsets.known import OWN


class Suite(StrEnum):
    """Benchmarks that are shown side by side."""

    SUITE = "suite"  # the six of the paper
    CONTEST = "contest"  # contests that are newer than the six
    STEM = "stem"
    CRITIQUE = "critique"  # judging and correcting solutions
    MINI = "mini"  # our own problems in their style, for trying things out
    OTHER = "other"


def suite_of(benchmark: str) -> Suite:
    """Which benchmarks ``benchmark`` is shown with.

    >>> suite_of("aime24"), suite_of("mini_aime24")
    (<Suite.SUITE: 'suite'>, <Suite.MINI: 'mini'>)
    """
    if benchmark in SUITE:
        return Suite.SUITE
    words = benchmark.split("_")
    if words[0] in ("critique", "correction") and benchmark in BENCHMARKS:
        return Suite.CRITIQUE
    return _SUITES.get(benchmark, Suite.MINI if "mini" in words else Suite.OTHER)


_SUITES = {
    **dict.fromkeys(("aime25", "hmmt25"), Suite.CONTEST),
    **dict.fromkeys(("theoremqa", "gpqa_diamond", "mmlu_pro"), Suite.STEM),
}


def title(benchmark: str) -> str:
    """The name of a benchmark for people.

    >>> title("minerva_math"), title("mini_gsm8k"), title("own"), title("my_set")
    ('Minerva-Math', 'GSM8K, mini', 'Own problems', 'my set')
    """
    if benchmark == OWN:
        return "Own problems"
    known = BENCHMARKS.get(benchmark)
    return known.title if known else benchmark.replace("_", " ")


_SHORT = {
    "minerva_math": "Minerva",
    "olympiadbench": "Olympiad",
    "aime24": "AIME 24",
    "amc23": "AMC 23",
    "gpqa_diamond": "GPQA",
}


def short_title(benchmark: str) -> str:
    """The name of a benchmark where there is room for eight letters.

    >>> short_title("minerva_math"), short_title("math")
    ('Minerva', 'MATH')
    """
    return _SHORT.get(benchmark, title(benchmark))


_ORDER = {name: index for index, name in enumerate(BENCHMARKS)}


def benchmark_order(benchmark: str) -> tuple[int, str]:
    """The key by which benchmarks are sorted everywhere; unknown ones come last, by name.

    >>> sorted(["my_set", "gsm8k", "math"], key=benchmark_order)
    ['math', 'gsm8k', 'my_set']
    """
    return _ORDER.get(benchmark, len(_ORDER)), benchmark


def public_since(benchmark: str) -> str:
    """The day from which its problems could be read, where it is late enough to matter; or empty.

    >>> public_since("aime25"), public_since("math")
    ('2025-02-06', '')
    """
    known = BENCHMARKS.get(benchmark)
    return known.published if known else ""
