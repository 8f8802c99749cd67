"""The page of one model: its runs, its training, its repeats."""

from datetime import UTC, datetime

from cft_eval.leaderboard import pages
from cft_eval.leaderboard.data.frames import Scores
from cft_eval.leaderboard.pages.model.builder import model_context
from cft_eval.records.runs import RunRecord
from cft_eval.results import Model
from tests.leaderboard.data.test_table import steps, whole
from tests.runs import run

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def record(**model: object) -> RunRecord:
    made = run({"cft_math": [1, 0]})
    named = made.model_copy(update={"model": Model.model_validate({"name": "t-98", **model})})
    return RunRecord("new", named, NOW, "1", ())


def test_checkpoints_of_the_training_stand_with_the_model() -> None:
    scores = Scores([*steps(20, 60, 98), *whole("other", 0.7), *whole("none", 0.6, method="cft")])
    page = model_context("t-98", [record()], scores, "qwen")
    assert [(each.name, each.step) for each in page.runs] == [
        ("t-20", "20"), ("t-60", "60"), ("", "98"), ("", "–"),
    ]  # fmt: skip
    assert page.runs[0].url == "/runs/t-20?policy=qwen"
    assert page.curve.drawing
    assert page.best.startswith("The best of 3 checkpoints is step 60 with 60.0, +9.0 points to")
    assert "run=t-20&run=t-60&run=t-98" in page.compare_url
    assert page.hub == ""
    assert pages.page(page)


def test_repeats_of_one_model_have_their_spread() -> None:
    same = [
        each
        for name, share in (("a", 0.5), ("b", 0.6))
        for each in whole(name, share, model="lab/x")
    ]
    page = model_context("lab/x", [record(name="lab/x", sha="0" * 40)], Scores(same), "strict")
    assert [(row.runs, row.mean, row.ends, row.deviation) for row in page.spreads] == [
        (2, "55.0", "50.0–60.0", "7.1")
    ]
    assert page.best == ""
    assert page.hub == "https://huggingface.co/lab/x"
    assert not page.curve.drawing


def test_a_name_is_no_address() -> None:
    evil = "javascript:alert(1)//x/y"
    records = [record(name=evil, sha="0" * 40)]
    page = model_context(evil, records, Scores(whole(evil, 0.5)), "strict")
    assert page.hub == ""
    assert 'href="javascript' not in pages.page(page)
