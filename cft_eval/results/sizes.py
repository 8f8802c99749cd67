"""How long a task's responses are, and which were cut: problem by problem, and in short.

responses ── measured ──> Sizes (by problem, in memory) ── SizeSpread (in the frozen file)
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cft_eval.results.schema import Sample


class SizeSpread(NamedTuple):
    """Mean, standard deviation and largest of the problems' means."""

    mean: float
    sd: float
    longest: float


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of each problem, in the order of its hash, over its responses."""

    cut: tuple[int, ...] | None
    """Responses that ran into the token limit; None where the engine does not tell."""

    characters: tuple[float, ...]
    """Mean characters of a response."""

    tokens: tuple[float, ...] | None
    """Mean generated tokens; None where the engine does not tell."""


def measured(by_item: Mapping[str, Mapping[int, Sample]]) -> Sizes:
    """``by_item``: problem to the responses by repeat."""
    answers = [list(by_item[item].values()) for item in sorted(by_item)]
    every = [sample for listed in answers for sample in listed]
    return Sizes(
        cut=None
        if any(sample.finish == "unknown" for sample in every)
        else tuple(sum(sample.finish == "length" for sample in listed) for listed in answers),
        characters=tuple(_mean([len(sample.response) for sample in listed]) for listed in answers),
        tokens=None
        if any(sample.tokens is None for sample in every)
        else tuple(_mean([sample.tokens or 0 for sample in listed]) for listed in answers),
    )


def spread(values: Sequence[float] | None) -> SizeSpread | None:
    if values is None:
        return None
    mean = math.fsum(values) / len(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / max(1, len(values) - 1)
    return SizeSpread(round(mean, 3), round(math.sqrt(variance), 3), round(max(values), 3))


def pooled(sizes: Sequence[Sizes | None], repeats: Sequence[int]) -> Sizes | None:
    """Several runs of one task as one; a run with more repeats counts for as much more."""
    if any(each is None for each in sizes):
        return None
    known = [each for each in sizes if each is not None]
    cuts = [each.cut for each in known]
    tokens = [each.tokens for each in known]
    return Sizes(
        cut=tuple(map(sum, zip(*(c for c in cuts if c is not None), strict=True)))
        if None not in cuts
        else None,
        characters=_weighed([each.characters for each in known], repeats),
        tokens=_weighed([t for t in tokens if t is not None], repeats)
        if None not in tokens
        else None,
    )


def pooled_spread(
    spreads: Sequence[SizeSpread | None], repeats: Sequence[int]
) -> SizeSpread | None:
    """Without the problems at hand: the widest spread stands for all."""
    if any(each is None for each in spreads):
        return None
    known = [each for each in spreads if each is not None]
    (mean,) = _weighed([(each.mean,) for each in known], repeats)
    sd, longest = max(each.sd for each in known), max(each.longest for each in known)
    return SizeSpread(round(mean, 3), sd, longest)


def _weighed(columns: Sequence[Sequence[float]], repeats: Sequence[int]) -> tuple[float, ...]:
    whole = sum(repeats)
    return tuple(
        math.fsum(value * k for value, k in zip(row, repeats, strict=True)) / whole
        for row in zip(*columns, strict=True)
    )


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values)
