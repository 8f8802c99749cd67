"""The benchmarks as code: where they come from, how they read, and how their items are proved.

Knows no model and no lm-eval. `load` asks a local folder or the Hugging Face hub; everything
else works from what ships with this package, so a server needs no copy of any test set.
"""

from cft_eval.testsets.benchmarks import BENCHMARKS, SUITE, Benchmark, Source
from cft_eval.testsets.content import item_hash
from cft_eval.testsets.errata import Erratum, all_errata, errata_of
from cft_eval.testsets.known import UnknownBenchmark, find, known_items, rules_of
from cft_eval.testsets.load import Drift, Item, NoData, corrections, namesake_of

__all__ = [
    "BENCHMARKS",
    "SUITE",
    "Benchmark",
    "Drift",
    "Erratum",
    "Item",
    "NoData",
    "Source",
    "UnknownBenchmark",
    "all_errata",
    "corrections",
    "errata_of",
    "find",
    "item_hash",
    "known_items",
    "namesake_of",
    "rules_of",
]
