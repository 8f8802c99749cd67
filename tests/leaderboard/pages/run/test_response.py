import html
import re

import pytest
from markupsafe import Markup

from cft_eval.leaderboard.pages.run.response import SHOWN, UNFOLDED, brief, shown


def last(text: str, answer: str) -> tuple[int, int]:
    """The last place of ``answer``."""
    at = text.rindex(answer)
    return at, at + len(answer)


def test_the_answer_is_marked_where_it_stands() -> None:
    text = "4 or 5? It is 5, not 4"
    parts = shown(text, last(text, "5"), drawn=False)
    assert parts.end == "4 or 5? It is <mark>5</mark>, not 4"
    assert parts.marked


def test_a_formula_is_drawn_and_marked_as_a_whole() -> None:
    text = r"So $x = \frac{1}{2}$."
    parts = shown(text, last(text, r"\frac{1}{2}"), drawn=True)
    assert parts.end.startswith('So <mark><math display="inline">')
    assert parts.end.endswith("</math></mark>.")


def test_a_long_response_is_folded_before_its_answer() -> None:
    text = "begin " + "x\n\n" * 5000 + r"so \boxed{7} it is " + "y" * 100
    parts = shown(text, last(text, "7"), drawn=False)
    whole = len(str(parts.start)) + len(str(parts.folded)) + len(parts.end)
    assert parts.folded_characters > 10_000
    assert "<mark>7</mark>" in parts.end
    assert whole == len(text) + len("<mark></mark>")


def test_an_answer_at_the_beginning_of_a_long_response_is_not_folded_away() -> None:
    parts = shown("42 " + "z" * UNFOLDED, (0, 2), drawn=False)
    assert parts.end.startswith("<mark>42</mark>")
    assert parts.folded == ""


def test_of_a_huge_response_the_end_is_shown() -> None:
    text = "a" * 1_000_000 + " 9"
    parts = shown(text, last(text, "9"), drawn=True)
    assert parts.cut == 1_000_002 - SHOWN
    assert parts.end.endswith("<mark>9</mark>")


PLACES = {"beginning": 10, "head's end": 14_990, "middle": 100_000, "tail": 190_000}


@pytest.mark.parametrize("at", PLACES.values(), ids=PLACES)
def test_a_huge_response_is_shown_where_its_answer_is(at: int) -> None:
    text = "begin " + "a" * (at - 6) + "<<42>>" + "b" * (199_990 - at) + " end"
    parts = shown(text, last(text, "<<42>>"), drawn=False)
    page = f"{parts.start}{parts.folded}{parts.end}"
    assert page.startswith("begin aaaa" if at > 20 else "begin")
    assert page.endswith("bbb end")
    assert page.count("<mark>&lt;&lt;42&gt;&gt;</mark>") == 1
    assert parts.cut == len(text) - len(
        re.sub(r"\n\n\[… [\d,]+ characters.*?…\]\n\n", "", _text(page))
    )
    assert 60_000 <= len(_text(page)) <= 66_000


def _text(page: str) -> str:
    return html.unescape(re.sub("</?mark>", "", page))


def test_nothing_of_a_response_is_markup() -> None:
    evil = "<script>alert(1)</script>\u202e$<b>$ \\boxed{<i>}"
    for drawn in (True, False):
        parts = shown(evil, last(evil, "<i>"), drawn=drawn)
        assert "<script>" not in parts.end
        assert "<i>" not in parts.end
        assert "⟨U+202E⟩" in parts.end
    assert isinstance(brief(evil, last(evil, "<i>")), Markup)
    assert "<mark><math" in brief(evil, last(evil, "<i>"))
    plain = evil.replace("\\boxed{<i>}", "<i>")
    assert "<mark>&lt;i&gt;</mark>" in brief(plain, last(plain, "<i>"))


def test_the_end_of_a_response_begins_with_a_line_and_is_drawn() -> None:
    text = "a" * 500 + r"\[ x = 1 \]" + "\n\nSo **it** is $5$." + "b" * 430
    found = brief(text, last(text, "5"))
    assert found.startswith("… So <strong>it</strong> is <mark><math")


def test_where_no_answer_was_found_nothing_is_marked() -> None:
    assert not shown("no idea", None, drawn=True).marked


def test_a_brief_response_has_its_mark_where_it_stands() -> None:
    text = "x" * 600 + " so 7, and 7 of 70"
    assert brief(text, (604, 605)).endswith(" so <mark>7</mark>, and 7 of 70")
    assert "<mark>" not in brief("7" + "x" * 600, (0, 1))
