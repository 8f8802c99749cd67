"""The problems that a board accepts responses to: all known benchmarks, and the host's own.

CFT_EVAL_OWN_PROBLEMS=mine.jsonl ── hashes ──> runs of `cft_own` over these problems are taken
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cft_eval.errors import CftError
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.testsets import BENCHMARKS, Erratum, errata_of, known_items
from cft_eval.testsets.known import OWN, wordings


def _wordings(benchmark: str) -> tuple[tuple[str, ...], ...]:
    return wordings(benchmark) if benchmark in BENCHMARKS else ()


class NoOwnProblems(CftError):
    """This board's host named no problems of its own."""


def _items(benchmark: str) -> tuple[str, ...]:
    if benchmark == OWN:
        raise NoOwnProblems(
            "this board accepts no problems of your own; its host lists them with "
            "CFT_EVAL_OWN_PROBLEMS"
        )
    return known_items(benchmark)


def _errata(benchmark: str) -> Sequence[Erratum]:
    return () if benchmark == OWN else errata_of(benchmark)


@dataclass(frozen=True, slots=True)
class ProblemSets:
    """What a board knows of its benchmarks, each by name; raises `CftError` for an unknown one."""

    items: Callable[[str], tuple[str, ...]] = _items
    """The content hash of every problem, in the order of the set."""

    wordings: Callable[[str], tuple[tuple[str, ...], ...]] = _wordings
    """The same in every wording that circulates; an item is the same problem in all of them."""

    errata: Callable[[str], Sequence[Erratum]] = _errata
    """Corrected labels: what a run graded by them is told."""

    def with_own(self, items: tuple[str, ...]) -> "ProblemSets":
        """These, and problems of the host's own."""
        others = self.items
        return replace(self, items=lambda name: items if name == OWN else others(name))

    def expected(self, benchmark: str, said: int) -> int:
        """Problems of the whole set: as it is registered here, whatever the uploader ``said``."""
        try:
            return len(self.items(benchmark))
        except CftError:
            return said


PUBLISHED = ProblemSets()
"""The benchmarks as they were published."""


def problem_sets(settings: ServerSettings, known: ProblemSets = PUBLISHED) -> ProblemSets:
    """What a board of these settings takes; raises `CftError` where its own cannot be read."""
    if settings.own_problems is None:
        return known
    from cft_eval.testsets.own import OwnSource, load_own

    own = load_own(OwnSource(settings.own_problems, settings.own_fields))
    return known.with_own(tuple(item.item for item in own))
