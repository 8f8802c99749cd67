"""Broken set-ups: empty, cut or unanswered responses, which tests of scores don't explain.

    shares of both runs ── each tested ──> those that grew by more than chance explains

A share that grew by ten points is a regression of its own; less is a reason to look there first.
"""

from collections.abc import Iterator

from cft_eval.figures import percent
from cft_eval.results import TaskOutcomes
from cft_eval.stats import share_grew

COLLAPSE = 0.10
"""A share of unanswered, cut or empty responses that grew by this much may be a broken set-up."""

COLLAPSE_ALPHA = 0.02
"""The part of alpha that the tests for a broken set-up share, beside the tests of scores: all of
them together raise one false alarm in a thousand runs at alpha 0.05."""

COLLAPSE_TESTS = 3
"""Shares that are tested on each task."""


def collapse_level(alpha: float, tasks: int) -> float:
    """Of each test for a broken set-up, of which there are three a task."""
    return COLLAPSE_ALPHA * alpha / (COLLAPSE_TESTS * tasks)


def broken_setup(
    a: TaskOutcomes, b: TaskOutcomes, level: float, *, limited: bool = False
) -> str | None:
    """How a broken set-up shows in shares that no test of scores looks at, each at ``level``;
    not in cut responses that are ``limited`` by a limit of their own."""
    for what, before, after in grown_shares(a, b, level, limited=limited):
        if after - before >= COLLAPSE:
            return f"{what} grew from {percent(before)}% to {percent(after)}%"
    return None


def grown_shares(
    a: TaskOutcomes, b: TaskOutcomes, level: float, *, limited: bool = False
) -> Iterator[tuple[str, float, float]]:
    """Shares that grew by more than chance explains, each tested at ``level``."""
    # Repeats of a problem say the same again: as many are counted as there are problems.
    sizes = len(a.counts), len(b.counts)
    shares = [
        ("responses without an answer", 1 - a.answered, 1 - b.answered),
        ("empty responses", a.empty, b.empty),
    ]
    if not limited and a.truncated is not None and b.truncated is not None:
        shares.append(("responses cut by the token limit", a.truncated, b.truncated))
    for what, before, after in shares:
        if after > before and share_grew(before, after, *sizes) < level:
            yield what, before, after
