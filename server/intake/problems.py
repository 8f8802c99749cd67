"""The problems that a board takes responses to: by default every benchmark that is known here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cft_eval.testsets import BENCHMARKS, Erratum, errata_of, known_items
from cft_eval.testsets.known import wordings


def _wordings(benchmark: str) -> tuple[tuple[str, ...], ...]:
    return wordings(benchmark) if benchmark in BENCHMARKS else ()


@dataclass(frozen=True, slots=True)
class ProblemSets:
    """What a board knows of its benchmarks, each by name; raises `CftError` for an unknown one."""

    items: Callable[[str], tuple[str, ...]] = known_items
    """The content hash of every problem, in the order of the set."""

    wordings: Callable[[str], tuple[tuple[str, ...], ...]] = _wordings
    """The same in every wording that circulates; an item is the same problem in all of them."""

    errata: Callable[[str], Sequence[Erratum]] = errata_of
    """Corrected labels: what a run graded by them is told."""


PUBLISHED = ProblemSets()
"""The benchmarks as they were published."""
