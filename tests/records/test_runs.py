"""What records work out of what they hold."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cft_eval.records.runs import NEAR, Publication, RunRecord, SampleRecord, VerdictRecord


def sample(**changes: Any) -> SampleRecord:
    fields: dict[str, Any] = dict.fromkeys(SampleRecord.__slots__, "")
    return SampleRecord(**{**fields, "verdicts": (), "marks": (), **changes})


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ((), None),
        (((3, 5),), (3, 5)),
        (((3, 5), (10, 12)), (3, 12)),
        (((0, 5), (NEAR + 1, NEAR + 2)), (NEAR + 1, NEAR + 2)),
        (((0, 5), (NEAR - 2, NEAR)), (0, NEAR)),
    ],
)
def test_an_answer_in_several_spans_is_marked_whole_where_they_are_near(
    marks: tuple[tuple[int, int], ...], expected: tuple[int, int] | None
) -> None:
    assert sample(marks=marks).mark == expected


def test_the_verdict_of_a_policy() -> None:
    verdicts = (
        VerdictRecord("strict", "wrong", "5", "boxed", "the answer is 5, the reference 6"),
        VerdictRecord("qwen", "correct", "5", "boxed", ""),
    )
    assert sample(verdicts=verdicts).under("qwen").outcome == "correct"
    with pytest.raises(StopIteration):
        sample(verdicts=verdicts).under("cft_paper")


def test_a_publication_is_as_new_as_its_last_grading() -> None:
    first, second = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    fields: dict[str, Any] = dict.fromkeys(RunRecord.__slots__)
    graded = RunRecord(**{**fields, "graded": second})
    assert Publication(graded, first).updated == second
    assert Publication(RunRecord(**{**fields, "graded": first}), second).updated == second
