"""Filters, orders and notes of a board, on frames of scores."""

from typing import Any

import pytest

from cft_eval.leaderboard.board import Every, context
from cft_eval.leaderboard.frames import SUITE, Scores, Suite
from cft_eval.leaderboard.pages import board_page
from cft_eval.leaderboard.records import ScoreRecord
from cft_eval.leaderboard.text import size
from cft_eval.leaderboard.view import View
from tests.leaderboard.test_frames import record


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
    ({"base": "lab/Base-7B"}, ["lab/A-7B"]),
    ({"method": "cft"}, ["lab/A-7B", "lab/b-1.5B"]),
    ({"method": "CFT"}, ["lab/A-7B", "lab/b-1.5B"]),
    ({"data": "Web"}, ["lab/b-1.5B"]),
    ({"size": "40B and more"}, ["c"]),
    ({"size": "under 3B"}, ["lab/b-1.5B"]),
    ({"protocol": "4-shot"}, ["lab/b-1.5B"]),
    ({"tag": "new"}, ["lab/A-7B"]),
    ({"tag": "no such"}, []),
    ({"sort": "model", "order": "asc"}, ["c", "lab/A-7B", "lab/b-1.5B"]),
    ({"sort": "gsm8k", "order": "asc"}, ["lab/b-1.5B", "lab/A-7B", "c"]),
    ({"sort": "date"}, ["c", "lab/A-7B", "lab/b-1.5B"]),
    ({"sort": ""}, ["c", "lab/A-7B", "lab/b-1.5B"]),
]


@pytest.mark.parametrize(("asked", "models"), FILTERS, ids=str)
def test_rows_are_filtered_and_ordered(asked: dict[str, Any], models: list[str]) -> None:
    assert [row.model for row in context(BOARD, View(**asked)).rows] == models


def test_filters_offer_each_word_once() -> None:
    choices = {choice.name: list(choice.options) for choice in context(BOARD, View()).choices}
    assert choices["method"] == ["base", "CFT"]
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
    page = context(close, View())
    assert {column.note for column in page.columns if column.key in SUITE} == {"tells none apart"}
    assert next(column.note for column in page.columns if column.key == "mean") == "2 may lead"
    assert not any(row.apart for row in page.rows)
    assert {column.note for column in context(BOARD, View()).columns} == {""}
    assert [row.apart for row in context(BOARD, View()).rows] == [False, True, True]
    # In another order a line between rows would say nothing.
    assert not any(row.apart for row in context(BOARD, View(sort="model")).rows)


def test_what_the_papers_grader_is_worth() -> None:
    strict = whole("a", 0.5)
    paper = [
        record("a", b, 0.6 if b == "minerva_math" else 0.5, items=1000, expected=1000)
        for b in SUITE
    ]
    both = every(strict, paper)
    told = "The paper's grader is worth +1.7 points on these runs, most on Minerva-Math: +10.0."
    assert context(both, View()).worth == told
    [row] = context(both, View(policy="cft_paper")).rows
    assert [cell.worth for cell in row.cells] == ["", "+10.0", "", "", "", ""]
    assert row.mean.worth == "+1.7"
    [row] = context(both, View()).rows
    assert {cell.worth for cell in row.cells} == {""}


def test_reported_rows_say_where_they_mix_protocols_and_cannot_be() -> None:
    rows = {row.model: row for row in context(BOARD, View()).reported}
    base = rows["Qwen2.5-Math-7B"]
    mixed = [cell.label for cell in base.cells if cell.mixed]
    assert mixed == ["MATH", "GSM8K"]
    assert not any(cell.mixed for cell in rows["Qwen2.5-Math-7B-WebInstruct-SFT"].cells)
    assert [cell.odd for cell in base.cells] == [""] * 6
    asked = View(sort="gsm8k", order="asc")
    shown = [row.cells[2].text for row in context(BOARD, asked).reported]
    known = [float(text) for text in shown if text != "–"]
    assert known == sorted(known)


def test_the_mini_suite_has_its_own_columns_and_no_citations() -> None:
    names = ("mini_math", "mini_gsm8k")
    mini = every([record("a", name, 0.5, items=8, expected=8) for name in names])
    for view in (View(), View(suite=Suite.MINI)):
        found = context(mini, view)
        assert [column.label for column in found.columns[2:-1]] == ["MATH mini", "GSM8K mini"]
        assert [*found.reported, *found.reported_columns, *found.reported_plot] == []
        page = board_page(found)
        assert "Minerva-Math" not in page
        assert "arxiv.org" not in page
    assert "arxiv.org" in board_page(context(mini, View(suite=Suite.SUITE)))
