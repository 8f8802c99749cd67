import doctest

import pytest

from cft_eval.leaderboard.data import frames
from cft_eval.leaderboard.data.suites import Suite
from cft_eval.leaderboard.data.view import View
from cft_eval.render import svg, text


@pytest.mark.parametrize("module", [text, frames])
def test_the_examples_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


VISIBLE = [
    ("plain\n\ttext é 数 😀", "plain\n\ttext é 数 😀"),
    ("a\r\nb", "a\nb"),
    ("\x00", "⟨U+0000⟩"),
    ("a\u202eb", "a⟨U+202E⟩b"),
    ("\x1b[31m", "⟨U+001B⟩[31m"),
    ("zero\u200bwidth", "zero⟨U+200B⟩width"),
    # Persian and the scripts of India are spelled with joiners; Latin letters hide them.
    ("می\u200cشود", "می\u200cشود"),
    ("क्\u200dष", "क्\u200dष"),
    ("pay\u200cpal", "pay⟨U+200C⟩pal"),
    ("می\u200c", "می⟨U+200C⟩"),
]


@pytest.mark.parametrize(("raw", "shown"), VISIBLE)
def test_what_would_hide_is_shown(raw: str, shown: str) -> None:
    assert text.visible(raw) == shown


RANKS = [((0, 0), "–"), ((1, 1), "1"), ((2, 5), "2–5")]


@pytest.mark.parametrize(("bounds", "shown"), RANKS)
def test_a_tie_is_shown_as_a_tie(bounds: tuple[int, int], shown: str) -> None:
    assert text.ranks(*bounds) == shown


def test_an_address_holds_what_is_not_the_default() -> None:
    view = View(q="a b&c", policy="qwen", page=3)
    assert View().url() == "/"
    assert view.url() == "/?policy=qwen&q=a+b%26c"
    assert view.url(page=4) == "/?policy=qwen&q=a+b%26c&page=4"
    assert view.url(q="", policy="strict", suite=Suite.MINI) == "/?suite=mini"


def test_a_mark_says_in_words_what_it_draws() -> None:
    drawn = svg.interval(0.4, 0.5, 0.6)
    assert 'aria-label="50.0 %, 95 % interval 40.0 to 60.0"' in drawn
    assert '<path class="range" d="M40 10H60"/><path class="dot" d="M50 10h0"/>' in drawn


def test_parts_fill_the_bar() -> None:
    drawn = svg.shares({"correct": 3, "no_answer": 1})
    assert 'aria-label="3 correct, 1 no answer"' in drawn
    assert 'd="M0 10h75"/><path class="part no_answer" d="M75 10h25"/>' in drawn
