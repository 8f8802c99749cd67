"""Labels that are known to be wrong, each with its reason. Applied only when asked."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Erratum:
    """One wrong reference and the right one."""

    benchmark: str
    index: int
    """Place of the item in its test set."""

    published: str
    reference: str
    reason: str


@cache
def all_errata() -> tuple[Erratum, ...]:
    """Every known erratum, by benchmark and place."""
    table = files("cft_eval.testsets") / "errata.jsonl"
    lines = table.read_text(encoding="utf-8").splitlines()
    return tuple(Erratum(**json.loads(line)) for line in lines)


def errata_of(benchmark: str) -> tuple[Erratum, ...]:
    """The errata of one benchmark; its subsets and mini versions have their own, or none."""
    return tuple(erratum for erratum in all_errata() if erratum.benchmark == benchmark)
