"""One look: the pages and the comparison report have the same colours for the same things."""

import re
from pathlib import Path

from cft_eval.leaderboard.pages import static
from cft_eval.render.report import STYLE

SAME = {"page", "panel", "ink", "soft", "line", "grid", "good", "bad", "none"}
NAMED = {"a": "reported", "b": "measured"}
"""What the report calls A and B has the colours of what is reported and what is measured."""


def colours(sheet: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (light-dark\([^)]*\))", sheet))


def test_the_board_and_the_report_share_their_colours() -> None:
    report = colours(Path(STYLE).read_text(encoding="utf-8"))
    board = colours(static("style.css").decode())
    for name in SAME:
        assert board[name] == report[name], name
    for theirs, ours in NAMED.items():
        assert board[ours] == report[theirs]
