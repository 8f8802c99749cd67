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
    also: tuple[str, ...] = ()
    """Other answers that are as right: where one of several may be given."""

    @property
    def right(self) -> tuple[str, ...]:
        """All answers that count."""
        return (self.reference, *self.also)


@cache
def all_errata() -> tuple[Erratum, ...]:
    """Every known erratum, by benchmark and index."""
    table = files("cft_eval.testsets") / "errata.jsonl"
    lines = table.read_text(encoding="utf-8").splitlines()
    rows = (json.loads(line) for line in lines)
    return tuple(Erratum(**{**row, "also": tuple(row.get("also", ()))}) for row in rows)


def errata_of(benchmark: str) -> tuple[Erratum, ...]:
    """The errata of one benchmark; its subsets and mini versions have their own, or none."""
    return tuple(erratum for erratum in all_errata() if erratum.benchmark == benchmark)
