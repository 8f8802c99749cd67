"""What the page about the board says of the three graders."""

from typing import Any

from cft_eval.checker import POLICIES, check
from cft_eval.leaderboard import pages
from cft_eval.leaderboard.pages.about.context import EXAMPLES, about_context
from cft_eval.testsets import SUITE

VERDICTS = [
    {policy: check(answer, reference, policy=policy).correct for policy in POLICIES}
    for reference, answer, _ in EXAMPLES
]
"""As the checker of this version gives them."""


def about(**changes: Any) -> Any:
    return about_context(VERDICTS, **{"version": "1", "checker": "2", **changes})


def test_the_examples_show_what_their_reasons_say() -> None:
    by_reference = {
        reference: [said[policy] for policy in ("strict", "qwen", "cft_paper")]
        for (reference, _, _), said in zip(EXAMPLES, VERDICTS, strict=True)
    }
    assert by_reference == {
        "5.34": [False, False, True],
        "50": [False, True, True],
        r"\frac{1}{2}": [True, True, True],
        r"\frac{1}{3}": [False, False, False],
    }


def test_every_set_and_every_grader_is_named() -> None:
    context = about()
    assert [name for name, *_ in context.sets] == list(SUITE)
    assert len(context.policies) == len(POLICIES)
    told = pages.page(context)
    assert [name for name, _ in context.policies if f"<b>{name}</b>: " not in told] == []


def test_links_are_addresses_and_nothing_else() -> None:
    links = [("Code", "https://example.org/code"), ("Evil", "javascript:alert(1)")]
    assert about(links=links).links == [("Code", "https://example.org/code")]
