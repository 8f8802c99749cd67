"""What goes along in links: the policy and the board's filters, and nothing that others wrote."""

import pytest

from cft_eval.leaderboard.data.view import View, known_query
from cft_eval.leaderboard.pages.common.trail import Trail, carried

PAPER = Trail("cft_paper", "method=cft&method=sft&sort=gsm8k")
BOARD = "board=method%3Dcft%26method%3Dsft%26sort%3Dgsm8k"

LINKS = [
    ("/claims", f"/claims?policy=cft_paper&amp;{BOARD}"),
    ("/items/math#answers", f"/items/math?policy=cft_paper&amp;{BOARD}#answers"),
    ("/runs/1?task=cft_math", f"/runs/1?task=cft_math&amp;policy=cft_paper&amp;{BOARD}"),
    # What names a policy keeps it.
    ("/runs/1?policy=qwen", f"/runs/1?policy=qwen&amp;{BOARD}"),
    # The way back leads to the same board.
    ("/", "/?method=cft&amp;method=sft&amp;sort=gsm8k&amp;policy=cft_paper"),
    # The board's own links say all themselves; files and the API take neither.
    ("/?method=rl", "/?method=rl"),
    ("/board.csv?method=rl", "/board.csv?method=rl"),
    ("/feed.atom", "/feed.atom"),
    ("/static/style.css?v=1", "/static/style.css?v=1"),
    ("/api/v1/runs", "/api/v1/runs"),
    ("/comparisons/abc", "/comparisons/abc"),
    ("https://arxiv.org/abs/1", "https://arxiv.org/abs/1"),
]


@pytest.mark.parametrize(("before", "after"), LINKS)
def test_links_carry_policy_and_board(before: str, after: str) -> None:
    assert carried(f'<a href="{before}">x</a>', PAPER) == f'<a href="{after}">x</a>'


def test_nothing_is_added_where_nothing_was_chosen() -> None:
    page = '<a href="/claims">x</a><form data-carry>'
    assert carried(page, Trail()) == page


def test_a_switch_of_policies_can_lead_back_to_strict() -> None:
    told = carried('<a data-own href="/claims">strict</a>', PAPER)
    assert told == f'<a data-own href="/claims?{BOARD}">strict</a>'


def test_on_the_board_its_name_leads_to_all_runs() -> None:
    assert carried('<a href="/">', Trail("strict", "method=cft", home=True)) == '<a href="/">'


def test_forms_carry_both() -> None:
    told = carried('<form action="/compare" data-carry>', Trail("qwen", 'q="<x>'))
    assert 'name="policy" value="qwen"' in told
    assert '"<x>' not in told


HOSTILE = ['"><script>alert(1)</script>', "sort=%22%3E%3Cscript%3E", "evil=1&q=\"'<b>", "&" * 500]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_carried_is_known_and_harmless(text: str) -> None:
    query = known_query(text)
    told = carried('<a href="/claims">x</a><a href="/">y</a>', Trail("strict", query))
    assert "<script" not in told
    assert told.count('"') == 4
    assert "evil" not in told


def test_a_view_comes_back_from_its_query() -> None:
    view = View(method=("cft", "sft"), sort="gsm8k", q="a b&c", picked=("1", "2"))
    assert known_query(view.query) == view.query
