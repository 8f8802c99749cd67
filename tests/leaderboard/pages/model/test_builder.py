"""The page of one model: its runs, its training, its repeats."""

from datetime import UTC, datetime
from typing import Any

from cft_eval.leaderboard import pages
from cft_eval.leaderboard.data.suites import Suite
from cft_eval.leaderboard.data.table import Table
from cft_eval.leaderboard.pages.model.builder import model_context
from cft_eval.records.runs import RunRecord, ScoreRecord
from cft_eval.results import Model
from tests.leaderboard.data.test_table import every, steps, whole
from tests.runs import run

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def record(**model: object) -> RunRecord:
    made = run({"cft_math": [1, 0]})
    named = made.model_copy(update={"model": Model.model_validate({"name": "t-98", **model})})
    return RunRecord("new", named, NOW, "1", ())


def table(scores: list[ScoreRecord]) -> Table:
    return every(scores).boards(Suite.SUITE).tables["strict"]


def test_checkpoints_of_the_training_stand_with_the_model() -> None:
    scores = [*steps(20, 60, 98), *whole("other", 0.7), *whole("none", 0.6, method="cft")]
    page = model_context("t-98", [record()], table(scores), "qwen")
    assert [(each.name, each.step) for each in page.runs] == [
        ("t-20", "20"), ("t-60", "60"), ("", "98"), ("", "–"),
    ]  # fmt: skip
    assert page.runs[0].url == "/runs/t-20?policy=qwen"
    assert page.curve.drawing
    assert page.best.startswith("The best of 3 checkpoints is step 60 with 60.0, +9.0 points from")
    assert "run=t-20&run=t-60&run=t-98" in page.compare_url
    assert page.hub == ""
    assert pages.page(page)


def test_repeats_of_one_model_have_their_spread() -> None:
    same = [
        each
        for name, share in (("a", 0.5), ("b", 0.6))
        for each in whole(name, share, model="lab/x")
    ]
    page = model_context("lab/x", [record(name="lab/x", sha="0" * 40)], table(same), "strict")
    assert [(row.runs, row.mean, row.ends, row.deviation) for row in page.spreads] == [
        (2, "55.0", "50.0–60.0", "7.1")
    ]
    assert page.best == ""
    assert page.hub == "https://huggingface.co/lab/x"
    assert not page.curve.drawing


def test_a_name_is_no_address() -> None:
    evil = "javascript:alert(1)//x/y"
    records = [record(name=evil, sha="0" * 40)]
    page = model_context(evil, records, table(whole(evil, 0.5)), "strict")
    assert page.hub == ""
    assert 'href="javascript' not in pages.page(page)


def test_other_seeds_of_a_recipe_stand_beside_the_model_and_do_not_mix_into_its_curve() -> None:
    recipe: dict[str, Any] = {"base_model": "B", "method": "cft", "training_data": "Web"}
    scores = [
        *steps(20, 98),
        *(row for step in (20, 98) for row in whole(f"s-{step}", 0.4, step=step, **recipe)),
        *whole("u", 0.6, **recipe),
        *whole("other base", 0.7, **{**recipe, "base_model": "C"}),
    ]
    page = model_context("t-98", [record()], table(scores), "strict")
    assert [(each.name, each.step) for each in page.runs] == [
        ("t-20", "20"), ("", "98"), ("s-98", "98"), ("u", "–"), ("", "–"),
    ]  # fmt: skip
    assert [row[0] for row in page.curve.rows] == ["20", "98"]
    assert [row[1] for row in page.curve.rows] == ["50.2", "51.0"]
    assert [(row.what, row.runs, row.ends) for row in page.spreads] == [
        ("Training runs with this recipe (final run of each)", 3, "40.0–60.0")
    ]
