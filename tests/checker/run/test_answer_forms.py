"""Verdicts, steps and letters: read by rules of their own, in both directions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cft_eval.checker import POLICIES, Outcome, check, equal

VERDICTS = [
    ("The sum is off. Conclusion: wrong [END]", "wrong"),
    ("All steps hold. Conclusion: right [END]", "right"),
    ("**Conclusion:** The solution is **correct**.", "right"),
    # The last one counts, and a box is the critic's own answer.
    ("Conclusion: right? No. Conclusion: wrong", "wrong"),
    ("\\boxed{12} is what I find. Conclusion: right", "right"),
    ("<think>Conclusion: right</think>The root is lost. Conclusion: wrong", "wrong"),
    ("It looks right to me.", None),
    ("Conclusion: right/wrong [END]", None),
    ("<think>Conclusion: right", None),
    ("", None),
]


@pytest.mark.parametrize(("critique", "said"), VERDICTS)
def test_a_verdict(critique: str, said: str | None) -> None:
    for label, truth in (("-1", "right"), ("0", "wrong"), ("12", "wrong")):
        verdict = check(critique, label, benchmark="critique_math")
        assert verdict.answer == said
        expected = Outcome.CORRECT if said == truth else Outcome.WRONG
        assert verdict.outcome is (Outcome.NO_ANSWER if said is None else expected)


STEPS = [
    ("The error is in \\boxed{2}.", "2"),
    ("\\boxed{1}, no: \\boxed{ 3 }", "3"),
    ("None: \\boxed{-1}", "-1"),
    # As ProcessBench reads it: what the last box holds, or nothing.
    ("\\boxed{2} and \\boxed{none}", None),
    ("paragraph 2", None),
    ("<think>\\boxed{1}</think>It is \\boxed{4}", "4"),
]


@pytest.mark.parametrize(("critique", "said"), STEPS)
def test_a_step(critique: str, said: str | None) -> None:
    for label in ("-1", "2", "3", "4"):
        verdict = check(critique, label, benchmark="cft_critique_gsm8k_steps")
        assert (verdict.answer, verdict.correct) == (said, said == label)


LETTERS = [
    ("\\boxed{C}", "C"),
    ("\\boxed{\\text{(C)}}", "C"),
    ("$\\boxed{\\mathrm{C}}$", "C"),
    ("The answer is (C).", "C"),
    ("the answer is C", "C"),
    ("**Answer: C**", "C"),
    ("Answer: **C**", "C"),
    ("C", "C"),
    ("(C)", "C"),
    ("\\boxed{C. 3 m/s}", "C"),
    ("The answer is a ketone, option (C).", "C"),
    ("\\boxed{C}, as a result", "C"),
    # The last, not the first.
    ("Option A? The answer is (B). No, the answer is (C).", "C"),
    ("A ketone reacts first.", None),
    ("I think that A and B are alike.", None),
    ("The answer is a number.", None),
    ("The answer is I think C, so: answer: C", "C"),
    ("The final answer is: $\\boxed{C}$", "C"),
    # Mathematics in a box is no letter; what is said of the answer counts.
    ("so \\boxed{\\langle H\\rangle \\ll \\Delta E}.\n\n**Answer: C**", "C"),
    ("Muscle tissue (A) divides less; shoot tips (B) more. The answer is (C).", "C"),
    ("**The correct option is C**", "C"),
    ("Answer: \\text{C}", "C"),
    ("", None),
]


@pytest.mark.parametrize(("response", "said"), LETTERS)
def test_a_letter(response: str, said: str | None) -> None:
    for reference in "ABCD":
        verdict = check(response, reference, benchmark="mmlu_pro")
        assert (verdict.answer, verdict.correct) == (said, said == reference)


def test_one_letter_is_not_another() -> None:
    """A, C and K are constants of integration elsewhere: there one stands for another."""
    for left in "ABCDEFGHIJ":
        for right in "ABCDEFGHIJ":
            same = equal(left, right, benchmark="gpqa_diamond").correct
            assert same is (left == right)


@pytest.mark.parametrize("benchmark", ["critique_math", "critique_math_steps", "gpqa_diamond"])
def test_a_reference_of_another_form(benchmark: str) -> None:
    verdict = check("\\boxed{C} Conclusion: right", "x^2", benchmark=benchmark)
    assert verdict.outcome is Outcome.BAD_REFERENCE


@given(st.text(max_size=200), st.sampled_from(["critique_math", "critique_math_steps", "mmlu_pro"]))
def test_no_text_raises_and_policies_agree(text: str, benchmark: str) -> None:
    reference = "A" if benchmark == "mmlu_pro" else "-1"
    verdicts = {check(text, reference, benchmark=benchmark, policy=p).outcome for p in POLICIES}
    assert len(verdicts) == 1


PARTS = st.sampled_from(
    ["\\boxed{", "}", "(A)", "answer is ", "Conclusion: ", "right", " wrong", "-1"]
)


@given(st.lists(PARTS, max_size=12).map("".join))
def test_pieces_in_any_order_raise_nothing(text: str) -> None:
    for benchmark in ("critique_math", "critique_math_steps", "mmlu_pro"):
        check(text, "A" if benchmark == "mmlu_pro" else "-1", benchmark=benchmark)
