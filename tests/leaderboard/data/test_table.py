"""Filters, orders and notes of a board, on frames of scores."""

from typing import Any

import pytest
from markupsafe import escape

from cft_eval.leaderboard import pages
from cft_eval.leaderboard.data.frames import Scores
from cft_eval.leaderboard.data.suites import Suite
from cft_eval.leaderboard.data.view import View
from cft_eval.leaderboard.pages.board.builder import Every, board_context
from cft_eval.records.runs import ScoreRecord
from cft_eval.render.text import size
from cft_eval.testsets import SUITE
from tests.leaderboard.data.test_frames import record


def whole(run: str, accuracy: float, n: int = 1000, **changes: Any) -> list[ScoreRecord]:
    return [record(run, b, accuracy, items=n, expected=n, **changes) for b in SUITE]


def every(strict: list[ScoreRecord], paper: list[ScoreRecord] | None = None) -> Every:
    found = {"strict": strict, "qwen": strict, "cft_paper": paper or strict}
    return Every({policy: Scores(records) for policy, records in found.items()})  # type: ignore[misc]


BOARD = every(
    [
        *whole("lab/A-7B", 0.7, base_model="lab/Base-7B", method="CFT", tags=("new",)),
        *whole("lab/b-1.5B", 0.5, method="cft", training_data="Web", protocol="4-shot"),
        *whole("c", 0.9, parameters=70_000_000_000, method="base"),
    ]
)

FILTERS = [
    ({"q": "LAB/"}, ["lab/A-7B", "lab/b-1.5B"]),
    ({"base": ("lab/Base-7B",)}, ["lab/A-7B"]),
    ({"method": ("cft",)}, ["lab/A-7B", "lab/b-1.5B"]),
    ({"method": ("CFT",)}, ["lab/A-7B", "lab/b-1.5B"]),
    # Several values of one filter: a row has one of them.
    ({"method": ("CFT", "base")}, ["c", "lab/A-7B", "lab/b-1.5B"]),
    ({"size": ("40B and more", "under 3B")}, ["c", "lab/b-1.5B"]),
    ({"tag": ("new", "no such")}, ["lab/A-7B"]),
    # Of several filters a row has all.
    ({"method": ("CFT", "base"), "data": ("Web",)}, ["lab/b-1.5B"]),
    ({"data": ("Web",)}, ["lab/b-1.5B"]),
    ({"size": ("40B and more",)}, ["c"]),
    ({"size": ("under 3B",)}, ["lab/b-1.5B"]),
    ({"protocol": ("4-shot",)}, ["lab/b-1.5B"]),
    ({"tag": ("new",)}, ["lab/A-7B"]),
    ({"tag": ("no such",)}, []),
    ({"sort": "model", "order": "asc"}, ["c", "lab/A-7B", "lab/b-1.5B"]),
    ({"sort": "gsm8k", "order": "asc"}, ["lab/b-1.5B", "lab/A-7B", "c"]),
    ({"sort": "date"}, ["c", "lab/A-7B", "lab/b-1.5B"]),
    ({"sort": ""}, ["c", "lab/A-7B", "lab/b-1.5B"]),
]


@pytest.mark.parametrize(("asked", "models"), FILTERS, ids=str)
def test_rows_are_filtered_and_ordered(asked: dict[str, Any], models: list[str]) -> None:
    assert [row.model for row in board_context(BOARD, View(**asked)).rows] == models


def test_filters_offer_each_word_once() -> None:
    choices = {choice.name: list(choice.options) for choice in board_context(BOARD, View()).choices}
    assert choices["method"] == ["AceMath", "base", "CFT", "Instruct", "RL", "SFT"]
    assert choices["size"] == ["3B to 10B", "40B and more", "under 3B"]
    assert choices["tag"] == ["new"]


SIZES = [
    ((None, "Qwen2.5-Math-7B"), "3B to 10B"),
    ((None, "mine", "deepseek-math-7b"), "3B to 10B"),
    ((None, "x32B"), ""),  # part of a word
    ((None, "Qwen2.5-0.5B"), "under 3B"),
    ((500_000_000, "looks-like-70B"), "under 3B"),
]


@pytest.mark.parametrize(("names", "expected"), SIZES)
def test_a_size_is_known_or_read_off_the_name(names: tuple[Any, ...], expected: str) -> None:
    assert size(*names) == expected


def test_columns_say_what_they_cannot_tell() -> None:
    close = every([*whole("a", 0.50, 30), *whole("b", 0.53, 30)])
    page = board_context(close, View())
    notes = {column.note for column in page.columns if column.key in SUITE}
    assert notes == {"no two of these runs can be told apart"}
    mean = next(column.note for column in page.columns if column.key == "mean")
    assert mean == "the top 2 runs are too close to call"
    assert not any(row.apart for row in page.rows)
    assert {column.note for column in board_context(BOARD, View()).columns} == {""}
    alike = every([row for run in "abc" for row in whole(run, 0.9 - 0.2 * "abc".index(run))])
    assert [row.apart for row in board_context(alike, View()).rows] == [False, True, True]
    # In another order a line between rows would say nothing.
    assert not any(row.apart for row in board_context(alike, View(sort="model")).rows)


GREEDY, LONG = "zero-shot, greedy, 2,048 tokens", "zero-shot, T 0.6, 32,768 tokens"
MIXED = every(
    [
        *whole("long", 0.9, protocol=LONG),
        *whole("full-b", 0.7, protocol=GREEDY),
        *whole("full-a", 0.5, protocol=GREEDY),
    ]
)


def test_runs_of_several_protocols_are_ranked_apart_and_the_page_says_so() -> None:
    page = board_context(MIXED, View())
    assert [(row.model, row.rank, row.protocol) for row in page.rows] == [
        ("long", "1", LONG),
        # The usual protocol is said once, below the table.
        ("full-b", "1", ""),
        ("full-a", "2", ""),
    ]
    assert page.shared.startswith(GREEDY)
    assert not any(row.apart for row in page.rows)
    assert [(link.label, link.note) for link in page.protocols] == [(GREEDY, "2"), (LONG, "1")]
    assert [mark.label for mark in page.measured_plot] == [
        f"long · {LONG}",
        "full-b",
        "full-a",
    ]
    told = pages.page(page)
    assert "<b>2 protocols</b>" in told
    assert "thick line" not in told
    assert f'<a href="{escape(page.protocols[0].url)}">{GREEDY}</a>' in told


def test_one_protocol_by_itself_has_its_lines_and_no_warning() -> None:
    page = board_context(MIXED, View(protocol=(GREEDY,)))
    assert [(row.rank, row.apart) for row in page.rows] == [("1", False), ("2", True)]
    assert page.protocols == ()
    assert {mark.label for mark in page.measured_plot} == {"full-a", "full-b"}
    assert "protocols</b>" not in pages.page(page)


def test_unknown_protocols_alone_are_not_alike() -> None:
    page = board_context(
        every([*whole("a", 0.9, protocol=""), *whole("b", 0.5, protocol="")]), View()
    )
    assert [(link.label, link.note) for link in page.protocols] == [("protocol not known", "2")]
    assert [row.rank for row in page.rows] == ["–", "–"]


def test_what_is_not_known_of_a_protocol_is_said_and_no_link() -> None:
    page = board_context(every([*whole("a", 0.9, protocol=""), *whole("b", 0.5)]), View())
    assert page.rows[0].protocol == "protocol not known"
    assert [link.url for link in page.protocols] == ["", "/?protocol=zero-shot%2C+greedy"]


FEW = every(
    [
        *[record("partial", b, 1.0, items=10, expected=1000) for b in SUITE],
        *whole("low", 0.5),
        *whole("high", 0.7),
        record("one set", "math", 0.6),
    ]
)
ORDERS = [
    ({}, ["high", "low", "partial", "one set"]),
    ({"order": "asc"}, ["low", "high", "partial", "one set"]),
    ({"sort": "math"}, ["high", "one set", "low", "partial"]),
    ({"sort": "math", "order": "asc"}, ["low", "one set", "high", "partial"]),
    ({"sort": "model", "order": "asc"}, ["high", "low", "one set", "partial"]),
]


@pytest.mark.parametrize(("asked", "models"), ORDERS, ids=str)
def test_a_few_problems_stand_behind_all_in_every_order_of_scores(
    asked: dict[str, Any], models: list[str]
) -> None:
    page = board_context(FEW, View(**asked))
    assert [row.model for row in page.rows] == models
    assert "partial" not in {mark.label for mark in page.measured_plot}


def test_a_row_says_which_of_two_tasks_of_a_benchmark_it_shows() -> None:
    two = every([*whole("a", 0.5), record("a", "aime24", 1.0, task="cft_aime24_long")])
    [row] = board_context(two, View()).rows
    assert row.tasks == "AIME 2024: cft_aime24 is shown, not cft_aime24_long"
    assert [cell.note for cell in row.cells] == ["", "", "", "", "1 of 2 tasks", ""]
    assert row.tasks in pages.page(board_context(two, View()))


def test_links_keep_the_policy() -> None:
    page = board_context(MIXED, View())
    assert page.rows[0].url == page.measured_plot[0].url == "/runs/long"
    page = board_context(MIXED, View(policy="cft_paper"))
    assert page.rows[0].url == page.measured_plot[0].url == "/runs/long?policy=cft_paper"
    assert '<input type="hidden" name="policy" value="cft_paper">' in pages.page(page)


def test_what_the_papers_grader_is_worth() -> None:
    strict = whole("a", 0.5)
    paper = [
        record("a", b, 0.6 if b == "minerva_math" else 0.5, items=1000, expected=1000)
        for b in SUITE
    ]
    both = every(strict, paper)
    told = "The CFT paper's looser grader adds +1.7 points on average, most on Minerva-Math: +10.0."
    assert board_context(both, View()).worth == told
    [row] = board_context(both, View(policy="cft_paper")).rows
    assert [cell.worth for cell in row.cells] == ["", "+10.0", "", "", "", ""]
    assert row.mean.worth == "+1.7"
    [row] = board_context(both, View()).rows
    assert {cell.worth for cell in row.cells} == {""}


def test_reported_rows_say_where_they_mix_protocols_and_cannot_be() -> None:
    rows = {row.model: row for row in board_context(BOARD, View()).reported}
    base = rows["Qwen2.5-Math-7B"]
    mixed = [cell.label for cell in base.cells if cell.mixed]
    assert mixed == ["MATH", "GSM8K"]
    assert not any(cell.mixed for cell in rows["Qwen2.5-Math-7B-WebInstruct-SFT"].cells)
    assert [cell.odd for cell in base.cells] == [""] * 6
    asked = View(sort="gsm8k", order="asc")
    shown = [row.cells[2].text for row in board_context(BOARD, asked).reported]
    known = [float(text) for text in shown if text != "–"]
    assert known == sorted(known)


def test_the_mini_suite_has_its_own_columns_and_no_citations() -> None:
    names = ("mini_math", "mini_gsm8k")
    mini = every([record("a", name, 0.5, items=8, expected=8) for name in names])
    for view in (View(), View(suite=Suite.MINI)):
        found = board_context(mini, view)
        assert [column.label for column in found.columns[2:-1]] == ["MATH, mini", "GSM8K, mini"]
        assert [*found.reported, *found.reported_columns, *found.reported_plot] == []
        page = pages.page(found)
        assert "Minerva-Math" not in page
        assert "arxiv.org" not in page
    assert "arxiv.org" in pages.page(board_context(mini, View(suite=Suite.SUITE)))


def steps(*numbers: int, **changes: Any) -> list[ScoreRecord]:
    """Checkpoints of one training, the middle one the best."""
    listed = []
    for step in numbers:
        accuracy = 0.6 if step == 60 else 0.5 + step / 10_000
        alike = {"base_model": "B", "method": "cft", "training_data": "Web", **changes}
        listed += whole(f"t-{step}", accuracy, step=step, **alike)
    return listed


def test_checkpoints_of_a_training_share_the_row_of_the_last_one() -> None:
    board = every([*steps(20, 60, 98), *whole("other", 0.55)])
    page = board_context(board, View())
    assert [row.model for row in page.rows] == ["other", "t-98"]
    assert page.rows[1].family == "3 checkpoints, best 60.0 at step 60"
    assert page.rows[0].family == ""
    assert page.rows[0].best is None
    assert page.rows[1].best is not None
    assert (page.rows[1].best.text, page.rows[1].best.range) == ("60.0", "step 60")
    assert pages.page(page).count("Best checkpoint") == 3  # the head, and a cell a row
    assert page.unfolded is not None
    assert page.unfolded.label == "Show 2 earlier checkpoints too"
    unfolded = board_context(board, View(checkpoints="all"))
    assert [row.model for row in unfolded.rows] == ["t-60", "other", "t-98", "t-20"]
    # What is ranked are the rows shown.
    assert [row.rank for row in page.rows] == ["1", "2"] or page.rows[0].rank == "1–2"


def test_another_training_of_the_recipe_keeps_its_row() -> None:
    recipe: dict[str, Any] = {"base_model": "B", "method": "cft", "training_data": "Web"}
    other_seed = [
        row for step in (20, 98) for row in whole(f"s/step-{step}", 0.4, step=step, **recipe)
    ]
    board = every([*steps(20, 60, 98), *other_seed, *whole("u", 0.3, **recipe)])
    page = board_context(board, View())
    assert [(row.model, row.family) for row in page.rows] == [
        ("t-98", "3 checkpoints, best 60.0 at step 60"),
        ("s/step-98", "2 checkpoints, best 40.0 at step 20"),
        ("u", ""),
    ]


NAMES = [
    ("Qwen/Qwen2.5-Math-7B", "Qwen", "Qwen2.5-Math-7B"),
    ("mine", "", "mine"),
    ("a <b/> c", "", "a <b/> c"),
    # A path is no publisher.
    ("/data/x", "", "/data/x"),
]


@pytest.mark.parametrize(("model", "owner", "name"), NAMES)
def test_a_row_says_the_name_first_and_its_publisher_after(
    model: str, owner: str, name: str
) -> None:
    [row] = board_context(every(whole("r", 0.5, model=model)), View()).rows
    assert (row.model, row.owner, row.name) == (model, owner, name)


NOT_FOLDED = [
    # Another protocol is another measurement.
    ("protocol", [*steps(20), *steps(98, protocol="4-shot")], ["t-98", "t-20"]),
    ("data", [*steps(20), *steps(98, training_data="Other")], ["t-98", "t-20"]),
    # Nothing known of a training: runs of one model belong together, others do not.
    ("unknown", [*whole("a", 0.5, step=1), *whole("b", 0.4, step=2)], ["a", "b"]),
    # A run of a part of the problems does not hide a whole one.
    (
        "partial",
        [*steps(60), *[record("t-98", b, 0.1, items=10, expected=1000, step=98, base_model="B",
                              method="cft", training_data="Web") for b in SUITE]],
        ["t-60", "t-98"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("_why", "records", "models"), NOT_FOLDED)
def test_what_is_no_checkpoint_of_the_same_training_keeps_its_row(
    _why: str, records: list[ScoreRecord], models: list[str]
) -> None:
    assert [row.model for row in board_context(every(records), View()).rows] == models


def test_ranks_follow_the_sorted_column() -> None:
    a = [record("a", b, 0.9 if b == "math" else 0.2, items=1000, expected=1000) for b in SUITE]
    board = every([*a, *whole("b", 0.5)])
    by_mean = {row.model: row.rank for row in board_context(board, View()).rows}
    assert by_mean == {"b": "1", "a": "2"}
    by_math = {row.model: row.rank for row in board_context(board, View(sort="math")).rows}
    assert by_math == {"a": "1", "b": "2"}


def test_a_rank_that_every_grader_gives_is_marked_and_the_band_is_said() -> None:
    strict = [*whole("a", 0.8), *whole("b", 0.5), *whole("c", 0.5)]
    paper = [*whole("a", 0.8), *whole("b", 0.5), *whole("c", 0.6)]
    rows = {row.model: row for row in board_context(every(strict, paper), View()).rows}
    assert [rows[name].steady for name in "abc"] == [True, False, False]
    assert [rows[name].band for name in "abc"] == ["", "", "50.0–60.0"]
    assert rows["c"].cells[0].band == "50.0–60.0"


def test_two_runs_of_one_name_can_be_told_apart() -> None:
    same = [*whole("run-1", 0.5, model="lab/x"), *whole("run-2", 0.4, model="lab/x")]
    twins = board_context(every([*same, *whole("y", 0.3)]), View()).rows
    assert [row.twin for row in twins] == ["run-1", "run-2", ""]


def test_the_number_of_a_suite_is_that_of_its_whole_runs() -> None:
    page = board_context(FEW, View())
    assert (page.suites[0].label, page.suites[0].note, page.runs, page.whole) == (
        "Six test sets", "2", 4, 2,
    )  # fmt: skip


def test_the_plot_follows_the_filters_in_both_its_parts() -> None:
    page = board_context(BOARD, View(method=("cft",)))
    assert {mark.label for mark in page.measured_plot} <= {"lab/A-7B",
                                                           "lab/b-1.5B · 4-shot"}  # fmt: skip
    labels = [mark.label for mark in page.reported_plot]
    assert labels
    assert all("CFT" in name for name in labels)


def test_ticks_go_along_with_every_change_of_the_view() -> None:
    view = View(picked=("a", "elsewhere"), method=("cft", "sft"), sort="math")
    page = board_context(BOARD, view)
    assert all("run=a&run=elsewhere" in column.url for column in page.columns)
    assert page.view.query == "sort=math&method=cft&method=sft&run=a&run=elsewhere"
    assert page.elsewhere == ["a", "elsewhere"] or page.elsewhere == ["elsewhere"]
