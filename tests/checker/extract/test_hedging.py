"""Words that are looked for before a pattern is tried: one stands in each of its matches."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cft_eval.checker.extract import hedging, retractions

GUARDED = {
    "box denied": (hedging._BOX_DENIED, hedging._OF_DENIALS + hedging._OF_DENIALS_ABROAD),
    "box supposed": (hedging._SUPPOSED, hedging._OF_DENIALS + hedging._OF_DENIALS_ABROAD),
    "box denied abroad": (
        hedging._BOX_NEGATED_ABROAD,
        hedging._OF_DENIALS + hedging._OF_DENIALS_ABROAD,
    ),
    "denied": (hedging._DENIED, hedging._OF_DENIED_STATEMENTS),
    "supposed": (hedging._SUPPOSED, hedging._OF_DENIED_STATEMENTS),
    "no statement": (hedging._NO_STATEMENT, hedging._OF_NO_STATEMENT),
    "retracted": (retractions._RETRACTED, retractions._OF_RETRACTIONS),
    "struck": (retractions._STRUCK, retractions._OF_RETRACTIONS),
}


@pytest.mark.parametrize("guarded", GUARDED.values(), ids=GUARDED)
@given(data=st.data())
@settings(max_examples=50, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_match_holds_one_of_the_words_that_are_looked_for_first(
    guarded: tuple[re.Pattern[str], tuple[str, ...]], data: st.DataObject
) -> None:
    pattern, words = guarded
    match = pattern.search(data.draw(st.from_regex(pattern)))
    assert match
    text = re.sub(r"\s", " ", match[0]).lower()
    assert any(word in text for word in words), text
