"""The plots beside the claims: which run stands for what."""

from datetime import UTC, datetime
from typing import Any

from cft_eval.leaderboard.finals import final_runs
from cft_eval.leaderboard.frames import Scores, Suite
from cft_eval.leaderboard.plots import charts
from tests.leaderboard.test_frames import whole

OF_BASE: dict[str, Any] = {"base_model": "lab/Qwen2.5-Math-7B", "training_examples": 50_000}
FIRST, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def test_the_heat_map_shows_the_final_run_of_a_method_and_says_so() -> None:
    records = [
        *whole("lucky", 0.9, method="CFT", training_data="a", **OF_BASE, evaluated=FIRST),
        *whole("final", 0.6, method="cft", training_data="b", **OF_BASE, evaluated=LATER),
        *whole("best", 0.8, method="sft", step=10, **OF_BASE),
        *whole("last", 0.7, method="sft", step=98, **OF_BASE),
    ]
    _, _, chart = charts(Scores(records).board(Suite.SUITE))
    assert [row.cells[:3] for row in chart.rows] == [
        ("SFT", "last", "70.0"),
        ("CFT", "final", "60.0"),
    ]
    assert "never the best" in chart.caption


def test_checkpoints_make_way_for_the_model_they_led_to() -> None:
    records = [
        *whole("step-10", 0.9, method="cft", step=10, **OF_BASE),
        *whole("final", 0.6, method="cft", **OF_BASE),
        *whole("other-10", 0.5, method="sft", step=10, **OF_BASE),
        *whole("other-20", 0.4, method="sft", step=20, **OF_BASE),
    ]
    found = final_runs(Scores(records).board(Suite.SUITE))
    assert set(found.index) == {"final", "other-20"}
