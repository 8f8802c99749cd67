"""Which score a badge shows."""

from datetime import UTC, datetime

import pytest

from cft_eval.leaderboard.pages.run.badges import Badge, as_svg, badge
from cft_eval.records.runs import RunRecord, TaskRecord
from cft_eval.results import Policy
from cft_eval.testsets import SUITE
from tests.runs import run


def task(benchmark: str, accuracy: float, *, items: int = 100, expected: int = 100) -> TaskRecord:
    shares: dict[Policy, float] = {"strict": accuracy}
    return TaskRecord(
        f"cft_{benchmark}",
        benchmark,
        items,
        1,
        expected,
        shares,
        {},
        {},
        0,
    )


def record(*tasks: TaskRecord) -> RunRecord:
    made = run({"cft_math": [1, 0]}, model="lab/model")
    return RunRecord("0" * 16, made, datetime(2026, 1, 1, tzinfo=UTC), "1", tasks)


WHOLE = [task(name, share) for name, share in zip(SUITE, (0.8, 0.2, 0.9, 0.4, 0, 0.7), strict=True)]


def test_a_whole_suite_shows_its_mean() -> None:
    assert badge(record(*WHOLE)) == Badge("model · mean of 6 math sets", "50.0 % (46.8–53.0)")
    assert badge(record(*WHOLE), "cft_gsm8k") == Badge("model · GSM8K", "90.0 % (82.5–94.8)")


def test_a_part_of_the_suite_shows_a_task_and_how_much_of_it() -> None:
    part = [*WHOLE[:-1], task("amc23", 0.5, items=8, expected=40)]
    assert badge(record(*part)) == Badge("model · MATH", "80.0 % (71.0–86.8)")
    last = badge(record(*part), "cft_amc23")
    assert last is not None
    assert last.label == "model · AMC 2023, 8 of 40 problems"
    assert badge(record(*part), "cft_aime25") is None


@pytest.mark.parametrize("label", ["<script>", 'a"b', "數學模型"])
def test_a_label_is_text_in_its_place(label: str) -> None:
    picture = as_svg(Badge(label, "50 %")).decode()
    assert "<script" not in picture
    wide = as_svg(Badge(label + "xxxxx", "50 %")).decode()
    assert len(wide) > len(picture)
