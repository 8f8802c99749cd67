"""How a table of pairs is held: equal both ways, different both ways, or not read at all."""

import pytest

from cft_eval import equal
from cft_eval.checker import Outcome

Pairs = list[tuple[str, str]]


def each(*tables: Pairs) -> pytest.MarkDecorator:
    """One test a pair of these tables."""
    return pytest.mark.parametrize(
        ("answer", "reference"), [pair for table in tables for pair in table]
    )


def assert_equal(answer: str, reference: str) -> None:
    for verdict in (equal(answer, reference), equal(reference, answer)):
        assert verdict.outcome is Outcome.CORRECT, verdict


def assert_different(answer: str, reference: str) -> None:
    for verdict in (equal(answer, reference), equal(reference, answer)):
        assert verdict.outcome is Outcome.WRONG, verdict


def assert_not_read(answer: str, reference: str) -> None:
    assert equal(answer, reference).outcome is Outcome.UNREADABLE
