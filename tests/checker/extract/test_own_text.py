"""Where templates leave their tags and tokens: one search tells the texts that have none."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cft_eval.checker.extract import own_text, tags

PATTERNS = [
    own_text.LEADING,
    own_text.TURN_END,
    own_text.TURN_IN_BRACKETS,
    own_text.THOUGHT,
    own_text.ANY_THOUGHT,
    own_text.SOLUTION,
    own_text.FINAL_CHANNEL,
    tags.OPENING,
]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.pattern[:20])
@given(data=st.data())
@settings(max_examples=100, derandomize=True, suppress_health_check=list(HealthCheck))
def test_what_a_template_writes_begins_with_a_mark(
    pattern: re.Pattern[str], data: st.DataObject
) -> None:
    assert own_text.has_marks(data.draw(st.from_regex(pattern)))
