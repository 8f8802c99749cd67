"""The page that asks which runs to compare."""

from cft_eval.leaderboard import pages
from cft_eval.leaderboard.data.frames import Scores
from cft_eval.leaderboard.pages.compare.picker import PAGE_RUNS, Pickable, pick_context
from cft_eval.leaderboard.pages.compare.request import ComparisonRequest
from tests.leaderboard.data.test_frames import record
from tests.leaderboard.data.test_table import whole

RUNS = Pickable(
    Scores(
        [
            *whole("a", 0.5, model="lab/alpha", method="cft", base_model="Base-7B"),
            *whole("b", 0.6, model="lab/beta", method="sft", base_model="Base-7B"),
            *whole("c", 0.7, model="<b>other</b>", method="rl"),
        ]
    )
)


def test_every_word_of_a_search_is_looked_for_in_all_that_a_run_says() -> None:
    assert set(RUNS.found("")) == {"a", "b", "c"}
    assert set(RUNS.found("base-7b")) == {"a", "b"}
    assert RUNS.found("BASE cft") == ["a"]
    assert RUNS.found("alpha sft") == []


def test_a_run_says_its_method_and_its_score() -> None:
    choice = RUNS.choice("a", ticked=True)
    assert choice is not None
    assert (choice.method, choice.score, choice.ticked) == ("CFT", "50.0", True)
    assert choice.sets == "6 test sets"
    assert RUNS.choice("gone", ticked=False) is None


def test_runs_of_one_model_are_told_apart_by_their_few_sets() -> None:
    few = Pickable(Scores([record("a", "hmmt25", 0.2), record("a", "aime25", 0.4)]))
    choice = few.choice("a", ticked=False)
    assert choice is not None
    assert (choice.score, choice.sets) == ("30.0", "AIME 2025, HMMT February 2025")


def test_what_is_ticked_stays_when_the_search_hides_it() -> None:
    wanted = ComparisonRequest(("a",), "qwen")
    context = pick_context(RUNS, wanted, "", q="other")
    assert [choice.id for choice in context.runs] == ["c"]
    assert [choice.id for choice in context.chosen] == ["a"]
    told = pages.page(context)
    assert "<b>other</b>" not in told
    assert 'value="a"' in told


def test_more_runs_than_a_page_are_turned_with_search_and_ticks() -> None:
    many = Pickable(
        Scores([row for n in range(PAGE_RUNS + 1) for row in whole(f"r{n}", 0.5, model=f"m{n}")])
    )
    context = pick_context(many, ComparisonRequest(("r3",), "strict"), "", q="m")
    assert context.total == PAGE_RUNS + 1
    assert [link.url for link in context.pages] == [
        "/compare?pick=1&q=m&page=1&run=r3",
        "/compare?pick=1&q=m&page=2&run=r3",
    ]
