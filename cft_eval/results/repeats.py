"""Scores of one problem from several responses to it. Pure functions, numbers in and out.

Means over problems, and errors clustered by problem, are for whoever has all of them.
"""

from collections import defaultdict
from collections.abc import Sequence
from math import comb


def average(correct: Sequence[bool]) -> float:
    """avg@k: the share of the responses that are right."""
    return sum(correct) / len(correct)


def pass_at(k: int, correct: Sequence[bool]) -> float:
    """pass@k: the chance that k of the n responses, drawn without replacement, hold a right one.

    The unbiased estimator of Chen et al. 2021 (arXiv 2107.03374), section 2.1.

    >>> pass_at(1, [True, False, False, False])
    0.25
    >>> pass_at(2, [True, False, False, False])
    0.5
    """
    wrong = len(correct) - sum(correct)
    if not 1 <= k <= len(correct):
        raise ValueError(f"pass@{k} of {len(correct)} responses")
    return 1 - comb(wrong, k) / comb(len(correct), k)


def majority(votes: Sequence[int | None], correct: Sequence[bool]) -> float:
    """maj@k: whether the answer with the most votes is right; a tie counts its share.

    >>> majority([0, 0, 1], [True, True, False])
    1.0
    """
    groups: defaultdict[int, list[bool]] = defaultdict(list)
    for vote, right in zip(votes, correct, strict=True):
        if vote is not None:
            groups[vote].append(right)
    if not groups:
        return 0.0
    most = max(map(len, groups.values()))
    winners = [group for group in groups.values() if len(group) == most]
    return sum(map(_right, winners)) / len(winners)


def _right(group: Sequence[bool]) -> bool:
    # Equal answers have equal verdicts but for those the checker could not decide in time.
    return 2 * sum(group) > len(group)
