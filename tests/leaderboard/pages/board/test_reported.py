"""What papers report: sorted and filtered as measured rows are, with the means of the claims."""

from typing import Any

import pytest

from cft_eval.leaderboard import pages
from cft_eval.leaderboard.data.claims import CLAIMS, reported_scores
from cft_eval.leaderboard.data.reported import reported
from cft_eval.leaderboard.data.view import CHOSEN, View
from cft_eval.leaderboard.pages.board.builder import board_context
from cft_eval.leaderboard.pages.board.context import ReportedRow
from cft_eval.leaderboard.pages.board.reported import (
    reported_columns,
    reported_marks,
    reported_table,
)
from cft_eval.testsets import SUITE
from tests.leaderboard.data.test_table import every, whole

CFT = every(whole("a", 0.5, method="cft", base_model="Qwen/Qwen2.5-Math-7B"))


def rows(**asked: Any) -> tuple[ReportedRow, ...]:
    several = {name: (value,) for name, value in asked.items() if name in CHOSEN}
    return reported_table(View(**{**asked, **several}))


def test_a_model_whose_scores_stand_in_two_tables_has_the_mean_of_the_claims() -> None:
    claim = next(claim for claim in CLAIMS if claim.key == "50k")
    for pairing in claim.pairings:
        scores = reported_scores(pairing.control, reported())
        mean = f"{sum(scores.values()) / len(scores):.1f}"
        mine = [row for row in rows() if row.model in pairing.control.reported]
        assert [(row.mean, row.mean_note) for row in mine] == [(mean, "two tables")] * 2
        assert [
            mark.text for mark in reported_marks(View(), 20) if mark.label == mine[0].model
        ] == [mean]


def test_a_mean_of_fewer_sets_says_so_and_stands_last() -> None:
    for order in ("asc", "desc"):
        last = [(row.model, row.mean_note) for row in rows(sort="mean", order=order)[-2:]]
        assert {name for name, _ in last} == {"SimpleRL", "SimpleRL-Zero"}
        assert {note for _, note in last} == {"of 4 sets"}
    assert not any("SimpleRL" in mark.label for mark in reported_marks(View(), 99))


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort", ["mean", "model", "date", *SUITE])
def test_every_column_sorts(sort: str, order: str) -> None:
    found = rows(sort=sort, order=order)
    places = {name: place for place, name in enumerate(SUITE)}
    shown: dict[str, list[Any]] = {
        "mean": [float(row.mean) for row in found if "sets" not in row.mean_note],
        "model": [row.model.casefold() for row in found],
        "date": [row.source for row in found],
    }
    for name, place in places.items():
        texts = [row.cells[place].text for row in found]
        shown[name] = [float(text) for text in texts if text != "–"]
    values = shown[sort]
    assert values == sorted(values, reverse=order == "desc")
    assert len(values) >= 27


def test_every_column_has_a_link_and_says_whether_it_sorts() -> None:
    for sort in ("mean", "model", "date", "aime24"):
        found = {column.key: column.sorted for column in reported_columns(View(sort=sort))}
        assert list(found) == ["model", "mean", *SUITE, "date"]
        assert {key for key, told in found.items() if told != "none"} == {sort}
    page = pages.page(board_context(CFT, View(sort="aime24")))
    assert page.count('aria-sort="descending"') == 2


def test_filters_offer_what_papers_report_and_no_word_twice() -> None:
    for board in (CFT, every([])):
        page = board_context(board, View())
        offered = {choice.name: list(choice.options) for choice in page.choices}
        assert [word.casefold() for word in offered["method"]] == [
            "acemath", "base", "cft", "instruct", "rl", "sft"
        ]  # fmt: skip
        assert len([base for base in offered["base"] if "Math-7B" in base]) == 2
        assert "MetaMath-SFT" in offered["data"]
        assert 'role="search"' in pages.page(page)


FILTERS = [
    ({"method": "acemath"}, 2),
    ({"protocol": "zero-shot, greedy, 2,048 tokens"}, 31),
    ({"protocol": "4-shot"}, 0),
    ({"data": "MetaMath-SFT"}, 1),
    ({"size": "3B to 10B"}, 31),
    ({"base": "deepseek-ai/deepseek-math-7b"}, 5),
    ({"q": "simplerl"}, 2),
    ({"tag": "any"}, 0),
    ({"q": "no such model", "base": "x", "method": "y", "data": "z", "size": "w"}, 0),
]


@pytest.mark.parametrize(("asked", "count"), FILTERS, ids=str)
def test_cited_rows_are_filtered(asked: dict[str, Any], count: int) -> None:
    assert len(rows(**asked)) == count
