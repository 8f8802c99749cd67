"""A task with several responses per problem: pass@k, and the majority's answers."""

from collections import Counter
from collections.abc import Sequence
from math import comb
from typing import NamedTuple

import numpy as np

from cft_eval.records.runs import SampleVectors
from cft_eval.render.text import percent


class RepeatRow(NamedTuple):
    k: int
    passed: str
    """pass@k: the chance that one of k responses is right, over draws from those that there are."""

    majority: str
    """maj@k, of all responses: a dash for fewer, since it needs those that were drawn."""


def repeat_rows(vectors: SampleVectors, answers: Sequence[str | None]) -> list[RepeatRow]:
    """One row for each power of two up to all responses; none where each problem was asked once.

    A majority counts right answers as one, however they are written, and wrong ones by their text;
    of equals each counts by its share.
    """
    _, owners = np.unique(vectors.positions, return_inverse=True)
    counts = np.bincount(owners)
    n = int(counts.min()) if counts.size else 0
    if n < 2 or int(counts.max()) != n:
        return []
    right = np.bincount(owners, weights=vectors.right).astype(int).tolist()
    ks = sorted({*(1 << power for power in range(n.bit_length()) if 1 << power <= n), n})
    return [
        RepeatRow(k, percent(_passed(right, n, k)), percent(_majority(vectors, answers, owners))
                  if k == n else "–")
        for k in ks
    ]  # fmt: skip


def _passed(right: Sequence[int], n: int, k: int) -> float:
    """The unbiased estimate (Chen et al. 2021)."""
    return sum(1 - comb(n - c, k) / comb(n, k) for c in right) / len(right)


def _majority(vectors: SampleVectors, answers: Sequence[str | None], owners: np.ndarray) -> float:
    votes: dict[int, Counter[str | None]] = {}
    for owner, right, answer in zip(owners.tolist(), vectors.right.tolist(), answers, strict=True):
        if right:
            votes.setdefault(owner, Counter())[None] += 1
        elif answer:
            votes.setdefault(owner, Counter())[answer] += 1
    scores = []
    for counted in votes.values():
        most = max(counted.values())
        first = [answer for answer, number in counted.items() if number == most]
        scores.append((None in first) / len(first))
    return sum(scores) / (int(owners.max()) + 1)
