"""A rewrite that is passed over could not have matched."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cft_eval.checker.read import asides
from cft_eval.checker.read.rewrites import COMPUTER_ALGEBRA, NOTATIONS, Rewrite, rewritten

TABLE = [rewrite for rewrite in (*NOTATIONS, *COMPUTER_ALGEBRA) if rewrite.needs]


@pytest.mark.parametrize("rewrite", TABLE, ids=lambda rewrite: rewrite.needs[0])
@given(data=st.data())
@settings(max_examples=4, suppress_health_check=list(HealthCheck))
def test_every_match_holds_one_of_the_pieces_that_it_needs(
    rewrite: Rewrite, data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(rewrite.pattern))
    for match in rewrite.pattern.finditer(text):
        assert any(piece in match[0] for piece in rewrite.needs), text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"\dfrac12", r"\frac12"),
        ("x**2", "x^2"),
        ("5 percentage points", "5%"),
        (r"\{1\}", r"\lbrace 1\rbrace "),
        ("THE 5", "5"),
        ("3rd", "3"),
    ],
)
def test_a_rewrite_that_can_match_is_made(text: str, plain: str) -> None:
    assert rewritten(text, NOTATIONS) == plain


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        (asides._ASIDE, asides._OF_ASIDES),
        (asides._ATTAINED, asides._OF_ATTAINED),
        (asides._QUALIFIER, (*asides._OF_QUALIFIERS, *asides._OF_SIGNS)),
    ],
    ids=["aside", "attained", "qualifier"],
)
@given(data=st.data())
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_what_is_said_beside_an_answer_holds_one_of_the_words_that_it_needs(
    pattern: re.Pattern[str], needs: tuple[str, ...], data: st.DataObject
) -> None:
    match = pattern.search(data.draw(st.from_regex(pattern)))
    assert match
    assert any(word in match[0] for word in needs), match[0]
