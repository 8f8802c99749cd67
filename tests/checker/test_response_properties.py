r"""Responses made around an answer: dressings that state it, and damages after which it is not.

``@`` stands for the answer and ``~`` for another one. `benchmarks/rewrites.py` puts the same tables
around the real references.
"""

# ruff: noqa: RUF001  # signs of other scripts that look like Latin ones
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cft_eval import check, equal
from cft_eval.checker.extract.extract import extract, located

DRESSINGS = {
    "a box": r"So the value is $\boxed{@}$.",
    "a display": "Thus\n\n\\[\n\\boxed{@}\n\\]",
    "a box after another": r"First I got \boxed{~}. No: it is \boxed{@}.",
    "a box that a sentence repeats": "\\boxed{@}\n\nSo the answer is $@$.",
    "a bullet": "- $\\boxed{@}$",
    "a bold box": r"**$\boxed{@}$**",
    "an equation": r"We get $x = \boxed{@}$ in the end.",
    "the answer is": "The answer is $@$.",
    "the final answer is": "The final answer is: $@$. I hope it is correct.",
    "a label": "**Answer:** $@$",
    "a heading": "### Final Answer\n\n$@$",
    "a display after a heading": "## Answer\n\n$$@$$",
    "a tag": "<think>Is it ~? No.</think>\n<answer>\n$@$\n</answer>",
    "an open tag": "So we add.</think> <answer>$@$",
    "a box of GLM": "Is it ~? No.\n<|begin_of_box|>$@$<|end_of_box|>",
    "JSON": '{"answer": "$@$"}',
    "a retraction before": r"\boxed{~}. Wait, that is wrong. So the answer is $@$.",
    "a denial before": r"It is not \boxed{~}. The answer is $@$.",
    "Chinese": "因此，答案是 $@$。",
    "Spanish": "Por lo tanto, la respuesta es $@$.",
    "German": "Also: Die Antwort lautet $@$.",
    "a courtesy after": "The answer is $@$.\n\nI hope this helps! Let me know if you have more.",
    "a tombstone after": r"Hence the answer is $@$. $\blacksquare$",
    "a check after": "$\\boxed{@}$\n\nCheck: that is what we wanted. ✓",
    "an end token": r"The value is $\boxed{@}$.<|im_end|>",
    "a next turn": "The answer is $@$.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n~?",
    "a next problem": "The answer is $@$.\n\nProblem 2: Another one.\nThe answer is $~$.",
    "thinking before": r"<think>\boxed{~}? Let me see.</think>It is \boxed{@}.",
    "thinking of Mistral": r"[THINK]\boxed{~}?[/THINK]It is \boxed{@}.",
    "channels": (
        r"<|channel|>analysis<|message|>\boxed{~}?<|end|><|start|>assistant<|channel|>final"
        r"<|message|>It is \boxed{@}.<|return|>"
    ),
}
"""Responses that give the answer."""

DAMAGES = {
    "a minus before the box": r"So the value is $-\boxed{@}$.",
    "a root over the box": r"So the value is $\sqrt{\boxed{@}}$.",
    "a fraction below": r"So the value is $\frac{\boxed{@}}{11}$.",
    "a factor after the box": r"So the value is $\boxed{@}\pi$.",
    "a term after the box": r"So the value is $\boxed{@} + 2i$.",
    "an exponent after the box": r"So the value is $\boxed{@}^{7}$.",
    "a power of ten": r"So the value is \boxed{@} \times 10^5.",
    "a box struck out": r"$\boxed{@}$ is wrong.",
    "a box taken back": r"\boxed{@}. Wait, that is wrong. The answer is $~$.",
    "a phrase taken back": "The answer is $@$. Wait, actually it's $~$.",
    "a correction": "Final answer: $@$\n\nCorrection: the final answer is $~$.",
    "a later box": r"\boxed{@}. Hmm, no: \boxed{~}.",
    "a later statement": "\\boxed{@}\n\nThe final answer is $~$.",
    "a denied box": r"The answer is not \boxed{@}.",
    "two boxes": r"\boxed{@} or \boxed{~}",
    "two boxes side by side": r"\boxed{~} \boxed{@}",
    "a guess at two": "The answer is either $@$ or $~$.",
    "cases": r"\boxed{~} if $n$ is even; \boxed{@} if $n$ is odd.",
    "many boxes": r"\boxed{1001} \boxed{1002} \boxed{1003} \boxed{@}",
    "a thought without end": r"<think>It is \boxed{@}. But let me check",
    "a thought of Mistral without end": r"[THINK]It is \boxed{@}. But",
    "an analysis without end": r"<|channel|>analysis<|message|>It is \boxed{@}.",
    "a next turn": r"The answer is $~$.<|im_end|><|im_start|>user \boxed{@}",
    "a next problem": "The answer is $~$.\n\nProblem 2: Another one.\nThe answer is $@$.",
    "two tags": "<answer>$~$</answer> or <answer>$@$</answer>",
    "a common mistake": r"A common mistake is to answer \boxed{@}.",
    "a tempting guess": r"One might think that it is \boxed{@}, but it is not.",
    "a wish": r"It would be \boxed{@} if the coin were fair.",
    "a doubt": "I doubt that the answer is $@$.",
    "not the right one": r"\boxed{@} is not the right answer.",
    "an inequality": r"Hence $x < \boxed{@}$.",
    "a bound": "So the answer is at least $@$.",
    "a question": "Is the answer $@$?",
    "a supposition": "Suppose the answer is $@$.",
}
"""Responses that do not."""

numbers = st.integers(13, 9999).filter(lambda number: number not in (1001, 1002, 1003))
answers = st.one_of(
    numbers.map(str),
    # No whole numbers among the fractions: the root of 13/13 is 1 as well.
    st.tuples(numbers, st.sampled_from((7, 11, 13)))
    .filter(lambda pair: pair[0] % pair[1] != 0)
    .map(lambda pair: rf"\frac{{{pair[0]}}}{{{pair[1]}}}"),
    numbers.map(lambda number: rf"{number}\sqrt{{2}}"),
    numbers.map(lambda number: rf"x^2+{number}"),
)


def made(template: str, *, answer: str, other: str) -> str:
    """The response of a template; neither text holds a sign of it."""
    return template.replace("@", answer).replace("~", other)


@pytest.mark.parametrize("name", DRESSINGS)
@settings(deadline=None, max_examples=25)
@given(answer=answers, other=answers)
def test_an_answer_is_read_in_every_dressing(name: str, answer: str, other: str) -> None:
    assume(not equal(answer, other).correct)
    response = made(DRESSINGS[name], answer=answer, other=other)
    verdict = check(response, answer)
    assert verdict.correct, verdict
    assert not check(response, other).correct
    # What is marked in the response is the answer, and nothing beside it.
    assert verdict.span is not None
    start, end = verdict.span
    marked = response[start:end]
    assert answer in marked
    assert len(marked) <= len(answer) + len("x = $$")


@pytest.mark.parametrize("name", DAMAGES)
@settings(deadline=None, max_examples=25)
@given(answer=answers, other=answers)
def test_an_answer_is_lost_in_every_damage(name: str, answer: str, other: str) -> None:
    assume(not equal(answer, other).correct)
    verdict = check(made(DAMAGES[name], answer=answer, other=other), answer)
    assert not verdict.correct, verdict


PIECES = [
    r"\boxed{", "}", "{", "$", "$$", r"\(", r"\)", r"\[", r"\]", "5", "-7", " or ", "\n", "**",
    ". ", "The answer is ", "Answer: ", "#### ", "<think>", "</think>", "<answer>", "</answer>",
    "<|im_end|>", "Wait, that is wrong. ", "not ", "if ", r"\sqrt{", "^", r"\frac{", "答案是",
    "A", "(B)", "Problem: ", '{"answer": "', '"}', " is ", "x = ", ", ", "?", r"\begin{align}",
    r"\end{align}", "&", r"\\", "```",
]  # fmt: skip


@settings(deadline=None, max_examples=600)
@given(
    response=st.lists(st.sampled_from(PIECES), max_size=16).map("".join),
    reference=st.sampled_from(["5", "-7", "5,-7", "B"]),
)
def test_spans_lie_in_the_response_and_hold_the_answer(response: str, reference: str) -> None:
    extraction = located(response, reference)
    for span in extraction.spans:
        assert 0 <= span.start <= span.end <= len(response)
    if extraction.answer is None:
        assert extraction.spans == ()
    elif len(extraction.spans) == 1 and extraction.answer in response:
        [span] = extraction.spans
        marked = response[span.start : span.end]
        # A letter may stand beside its box, and what touches a box is put together.
        assert extraction.answer in marked or "boxed" in extraction.how
    # What the reference is decides on lists and letters alone.
    assert reference in ("5,-7", "B") or extraction == extract(response)
