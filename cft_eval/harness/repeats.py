"""Scores of one problem from several responses to it. Pure functions, no lm-eval.

Means over problems, and standard errors clustered by problem, are then lm-eval's own.
"""

from collections.abc import Callable, Sequence
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


def majority(
    answers: Sequence[str], correct: Sequence[bool], same: Callable[[str, str], bool]
) -> float:
    """maj@k: whether the answer with the most votes is right; a tie counts its share.

    Votes are grouped by ``same``, equality as the checker sees it, so that ``1/2`` and ``0.5``
    vote together. Responses without an answer (an empty text) do not vote.

    >>> majority(["2", "2.0", "3"], [True, True, False], lambda a, b: float(a) == float(b))
    1.0
    """
    groups: list[list[int]] = []
    for place, answer in enumerate(answers):
        if not answer:
            continue
        group = next((g for g in groups if _alike(answers[g[0]], answer, same)), None)
        if group is None:
            groups.append([place])
        else:
            group.append(place)
    if not groups:
        return 0.0
    most = max(map(len, groups))
    winners = [group for group in groups if len(group) == most]
    return sum(_right(group, correct) for group in winners) / len(winners)


def _alike(left: str, right: str, same: Callable[[str, str], bool]) -> bool:
    return left == right or same(left, right)


def _right(group: Sequence[int], correct: Sequence[bool]) -> bool:
    # Equal answers have equal verdicts but for those the checker could not decide in time.
    return 2 * sum(correct[place] for place in group) > len(group)
