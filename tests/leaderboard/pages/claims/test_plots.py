"""The plots beside the claims: which run stands for what."""

from datetime import UTC, datetime
from typing import Any

from cft_eval.leaderboard.data.claims import candidates, stand_of
from cft_eval.leaderboard.data.finals import final_runs
from cft_eval.leaderboard.data.frames import Scores
from cft_eval.leaderboard.data.suites import Suite
from cft_eval.leaderboard.pages.claims.plots import by_examples, charts
from tests.leaderboard.data.test_claims import ARMS
from tests.leaderboard.data.test_frames import whole

OF_BASE: dict[str, Any] = {"base_model": "lab/Qwen2.5-Math-7B", "training_examples": 50_000}
FIRST, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def test_the_heat_map_names_the_run_of_each_row_and_its_rule() -> None:
    records = [
        *whole("lucky", 0.9, method="CFT", training_data="a", **OF_BASE, evaluated=FIRST),
        *whole("final", 0.6, method="cft", training_data="b", **OF_BASE, evaluated=LATER),
        *whole("best", 0.8, method="sft", step=10, **OF_BASE),
        *whole("last", 0.7, method="sft", step=98, **OF_BASE),
    ]
    _, _, chart = charts(Scores(records).board(Suite.SUITE), {})
    assert [row[:3] for row in chart.rows] == [
        ("SFT", "last, step 98", "70.0"),
        ("CFT", "final", "60.0"),
    ]
    assert "never its best" in chart.caption
    assert 'SFT<tspan class="run" dx="7">last, step 98</tspan>' in chart.drawing


def test_the_heat_map_has_the_arms_of_the_claims_and_of_other_methods_one_run() -> None:
    data = {"training_data": "WebInstruct", **OF_BASE}
    records = [
        *whole("arm", 0.5, method="cft", **data, evaluated=FIRST),
        *whole("other data", 0.9, method="cft", training_data="own", **OF_BASE, evaluated=LATER),
        *whole("plain", 0.3, method="base", **OF_BASE),
        *whole("other base", 0.9, method="dpo", base_model="lab/Other"),
    ]
    rows = Scores(records).board(Suite.SUITE)
    found = {arm: stand_of(arm, candidates(rows)) for arm in ARMS}
    _, _, chart = charts(rows, {arm: stand for arm, stand in found.items() if stand.run})
    assert [row[:3] for row in chart.rows] == [
        ("base", "plain", "30.0"),
        ("CFT, 50K", "arm", "50.0"),
    ]


def test_points_lead_to_their_runs_and_to_the_papers() -> None:
    records = [
        *whole("weak", 0.1, method="rl", **OF_BASE),
        *whole("good", 0.5, method="cft", **OF_BASE),
    ]
    chart, *_ = charts(Scores(records).board(Suite.SUITE), {})
    assert [row[0] for row in chart.rows[:2]] == ["good", "weak"]
    for address in ("/runs/good", "/runs/weak", "https://arxiv.org/abs/2501.17703v4"):
        assert f'<a href="{address}" class="spot">' in chart.drawing
    assert "<title>good: 50.0 (" in chart.drawing


def test_of_very_many_runs_the_latest_are_drawn_and_the_caption_says_so() -> None:
    days = {name: datetime(2026, 1, day, tzinfo=UTC) for day, name in enumerate("abc", start=1)}
    records = [
        each
        for name, day in days.items()
        for each in whole(name, 0.5, method="cft", evaluated=day, training_data=name, **OF_BASE)
    ]
    chart = by_examples(Scores(records).board(Suite.SUITE).reset_index(), most=2)
    assert {row[0] for row in chart.rows[:2]} == {"b", "c"}
    assert "Shown: the 2 latest of 3 runs." in chart.caption


def test_checkpoints_make_way_for_the_model_they_led_to() -> None:
    records = [
        *whole("step-10", 0.9, method="cft", step=10, **OF_BASE),
        *whole("final", 0.6, method="cft", **OF_BASE),
        *whole("other-10", 0.5, method="sft", step=10, **OF_BASE),
        *whole("other-20", 0.4, method="sft", step=20, **OF_BASE),
    ]
    found = final_runs(Scores(records).board(Suite.SUITE))
    assert set(found.index) == {"final", "other-20"}
