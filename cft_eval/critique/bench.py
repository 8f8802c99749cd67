"""A critique task from a run's own responses: a right and a wrong one of each problem.

    samples of a run ── by problem ──> right │ wrong ──> rows for `cft_critique_own`

So a model can be asked about its own solutions and about another's. The labels are the checker's;
what it could not decide, and what the token limit cut, is left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cft_eval.results import Sample
from cft_eval.testsets.rows import tagged


@dataclass(frozen=True, slots=True)
class BenchCount:
    """What became of the problems of a run."""

    pairs: int
    right: int
    """Problems of which there is a right response alone."""

    wrong: int
    left_out: int
    """Problems without a response that can be judged."""


def bench_rows(
    samples: Iterable[Sample], *, pairs_only: bool = False
) -> tuple[list[dict[str, str]], BenchCount]:
    """The rows, two to a problem where it has both kinds; ``pairs_only`` leaves out all others."""
    # A problem that two tasks ask is one.
    by_item: defaultdict[str, dict[str, Sample]] = defaultdict(dict)
    for sample in samples:
        kinds = by_item[sample.item]
        kind = _kind(sample)
        if kind and kind not in kinds:
            kinds[kind] = sample
    rows: list[dict[str, str]] = []
    counts = {"pairs": 0, "right": 0, "wrong": 0, "left_out": 0}
    for kinds in by_item.values():
        name = "pairs" if len(kinds) == 2 else next(iter(kinds), "left_out")
        counts[name] += 1
        if not pairs_only or name == "pairs":
            rows += _rows(kinds)
    return rows, BenchCount(**counts)


def _kind(sample: Sample) -> str | None:
    if sample.finish == "length" or not sample.response.strip():
        return None
    return {"correct": "right", "wrong": "wrong"}.get(sample.outcome.value)


def _rows(kinds: dict[str, Sample]) -> Iterator[dict[str, str]]:
    for label, sample in sorted(kinds.items()):
        steps = [step.strip() for step in sample.response.split("\n\n") if step.strip()]
        yield {
            "problem": f"{sample.problem}\n\n{tagged(steps)}",
            "reference": label,
            "subject": sample.benchmark,
            "level": sample.level or "",
        }
