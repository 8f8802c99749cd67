"""The page of one benchmark, its grid, and the list of its problems, from plain records."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cft_eval.leaderboard import pages
from cft_eval.leaderboard.pages.benchmark.builder import benchmark_context, seen
from cft_eval.leaderboard.pages.benchmark.grid import grid_context
from cft_eval.leaderboard.pages.items.builder import Surprises, items_context
from cft_eval.leaderboard.pages.items.context import ItemsRequest, Surprise
from cft_eval.records.runs import BenchmarkRecord, GridRun, ProblemText
from tests.leaderboard.data.test_table import every, whole

EVIL = "<script>alert(1)</script>"
TEXTS = (
    ProblemText("Add $1 + 1$", "2", "Level 1", "Algebra"),
    ProblemText("A circle of radius 3", "9\\pi", "Level 5", "Geometry"),
    None,
    ProblemText(EVIL, EVIL, EVIL, None),
)
RECORD = BenchmarkRecord(TEXTS, np.array([4, 4, 0, 4]), np.array([4, 1, 0, 0]), runs=4)


def listed(**asked: Any) -> list[int]:
    ordered = [Surprise(at, 2, 1, 0, "") for at in range(4)]
    page = items_context(
        "math", ["math"], Surprises([], ordered), [], every=RECORD, asked=ItemsRequest(**asked)
    )
    return [row.surprise.position for row in page.rows]


SEARCHES = [
    ({}, [0, 1, 2, 3]),
    ({"q": "CIRCLE"}, [1]),
    ({"q": "geometry"}, [1]),  # a subject
    ({"q": "#3"}, [3]),
    ({"q": "nothing of the kind"}, []),
    ({"level": "Level 1"}, [0]),
    ({"subject": "Geometry", "q": "add"}, []),
    ({"order": "hard"}, [2, 3, 1, 0]),
    ({"order": "easy"}, [0, 1, 2, 3]),
    ({"order": "number", "page": 2}, []),
]


@pytest.mark.parametrize(("asked", "positions"), SEARCHES, ids=str)
def test_problems_are_searched_and_ordered(asked: dict[str, Any], positions: list[int]) -> None:
    assert listed(**asked) == positions


RUN = GridRun(
    run="1", model=f"lab/{EVIL}", step=3, task="cft_math", accuracy=0.5,
    numbers=np.array([0, 2, -1, 4]), outcomes=["correct", "wrong", "", "no_answer"],
    right=np.array([1.0, 0.5, np.nan, 0.0]),
)  # fmt: skip


def test_a_cell_is_a_verdict_and_leads_to_its_response() -> None:
    grid = grid_context("math", [RUN], RECORD, policy="qwen", order="number")
    assert [row.position for row in grid.rows] == [0, 1, 3]  # nobody answered 2
    cells = [row.cells[0] for row in grid.rows]
    assert [cell.kind for cell in cells] == ["correct", "some", "no_answer"]
    assert cells[1].sign == "50"
    assert cells[2].url == "/runs/1/samples/4?task=cft_math&policy=qwen"
    told = pages.page(grid)
    assert EVIL not in told
    assert pages.page(grid_context("math", [], RECORD, policy="strict"))


def test_the_hardest_come_first_and_pages_have_them_all() -> None:
    hard = grid_context("math", [RUN], RECORD, policy="strict")
    assert [row.position for row in hard.rows] == [3, 1, 0]
    easy = grid_context("math", [RUN], RECORD, policy="strict", order="easy", chosen=["1"])
    assert [row.position for row in easy.rows] == [0, 1, 3]
    assert easy.orders[0].url == "/benchmarks/math/grid?run=1"


def test_a_benchmark_says_who_is_best_and_what_it_can_tell() -> None:
    board = every([*whole("best", 0.9), *whole("worse", 0.5, tags=("cutoff:2023-01",))])
    page = benchmark_context("aime24", ["aime24"], board, RECORD, [], "strict")
    assert [row.model for row in page.ranking] == ["best", "worse"]
    assert [row.seen for row in page.ranking] == ["", "newer than its cut-off of 2023-01"]
    assert ("Problems", "30") in page.facts
    [never, always, *_] = page.ceiling
    assert never[1:] == ("66.7 %", "1 of 3 problems are solved by no run here")
    assert always[1] == "1"
    assert page.board_url == "/?suite=suite&sort=aime24"
    told = pages.page(page)
    assert EVIL not in told
    other = benchmark_context("my_own", ["my_own"], board, RECORD, [], "strict")
    assert other.ranking == []
    assert pages.page(replace(other, difficulty=()))


CUTOFFS = [
    (("cutoff:2024-09",), "aime25", "newer than its cut-off of 2024-09"),
    (("cut-off=2025-03-01",), "aime25", "public before its cut-off of 2025-03-01"),
    (("cutoff:2024-09",), "math", "public before its cut-off of 2024-09"),
    (("cutoff:soon",), "aime25", ""),  # no date, so nothing is said
    ((), "aime25", ""),
    (("cutoff:2024-09",), "my_own", ""),
]


@pytest.mark.parametrize(("tags", "benchmark", "said"), CUTOFFS)
def test_a_stated_cut_off_is_compared_with_the_day_of_a_benchmark(
    tags: tuple[str, ...], benchmark: str, said: str
) -> None:
    assert seen(tags, benchmark) == said
