"""What accuracy costs: what is not known is left out and counted, never 0."""

from cft_eval.leaderboard import pages
from cft_eval.leaderboard.data.suites import Suite
from cft_eval.leaderboard.data.view import View
from cft_eval.leaderboard.pages.cost.builder import MOST, by_size, by_tokens, cost_context, priced
from cft_eval.testsets import SUITE
from tests.leaderboard.data.test_table import every, whole

BOARD = every(
    [
        *whole("lab/cheap-1.5B", 0.5),
        *whole("lab/dear-7B", 0.8, method="cft"),
        *whole("lab/dear-and-bad-7B", 0.4, method="sft"),
        *whole("unknown", 0.9),
    ]
)
ROWS = priced(BOARD.boards(Suite.SUITE).table(View()))


def counted(price: float) -> dict[str, float]:
    return {f"cft_{name}": price for name in SUITE}


TOKENS = {
    "lab/cheap-1.5B": counted(100),
    "lab/dear-7B": counted(400),
    # A mean of five sets would be that of others.
    "unknown": {f"cft_{name}": 50.0 for name in SUITE[1:]},
}


def test_runs_that_did_not_count_are_left_out_and_said() -> None:
    chart = by_tokens(ROWS, TOKENS)
    assert [row[:3] for row in chart.rows] == [
        ("cheap-1.5B", "100", "50.0"),
        ("dear-7B", "400", "80.0"),
    ]
    assert "2 runs that do not record it are left out." in chart.caption
    assert 'href="/runs/lab/dear-7B"' in chart.drawing


def test_the_best_runs_that_counted_are_shown_however_many_better_ones_did_not() -> None:
    board = every(
        [
            *(run for number in range(MOST + 1) for run in whole(f"uncounted-{number}", 0.9)),
            *whole("counted", 0.5),
        ]
    )
    rows = priced(board.boards(Suite.SUITE).table(View()))
    chart = by_tokens(rows, {"counted": counted(100)})
    assert [row[0] for row in chart.rows] == ["counted"]


def test_sizes_are_known_or_read_off_the_name() -> None:
    chart = by_size(ROWS)
    assert [(row[0], row[1]) for row in chart.rows] == [
        ("cheap-1.5B", "1.5"),
        ("dear-7B", "7"),
        ("dear-and-bad-7B", "7"),
    ]
    assert chart.drawing.count('class="front"') == 1


def test_a_board_that_knows_nothing_says_so() -> None:
    page = cost_context([], {}, "qwen")
    assert all(not chart.drawing for chart in page.charts)
    told = pages.page(page)
    assert "recorded its tokens" in told
    assert pages.page(cost_context(ROWS, TOKENS, "strict"))
