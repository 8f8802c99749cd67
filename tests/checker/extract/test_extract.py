r"""Which answer a response gives, and by which rule."""

import pytest

from cft_eval.checker.extract.extract import extract
from tests.growth import assert_linear

ONE = [
    # boxes
    (r"So it is $\boxed{42}$.", "42", "boxed"),
    (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}", "boxed"),
    (r"\fbox{7}", "7", "boxed"),
    (r"Thus $\boxed 5$.", "5", "boxed"),
    (r"$\boxed{\{1,2\}}$", r"\{1,2\}", "boxed"),
    (r"\boxed{\text{no solution}}", r"\text{no solution}", "boxed"),
    (r"the rope is \(\boxed{28}\) meters long.", "28", "boxed"),
    (r"\boxed{\boxed{5}}", "5", "boxed"),
    (r"First \boxed{3}. No: \boxed{5}", "5", "boxed"),
    (r"$a=\boxed{3}$ and so the area is \boxed{9}", "9", "boxed"),
    (r"\boxed{12} The answer is: 12", "12", "boxed"),
    # An echo of the prompt is no answer.
    (r"put it in \boxed{}. I get \boxed{4}. Was it in \boxed{}?", "4", "boxed"),
    (r"Fill in \(\boxed{\phantom{2}}\). The answer is 4.", "4", "answer_is"),
    (r"\boxed{5} [END]", "5", "boxed"),
    (r"\boxed{5}<|im_end|><|im_start|>user \boxed{6}", "5", "boxed"),
    ("<think>maybe \\boxed{1}</think>It is \\boxed{2}.", "2", "boxed"),
    # cut off
    (r"so $x = \boxed{12", "12", "boxed_unclosed"),
    (r"so \boxed{\frac{1}{2", r"\frac{1}{2}", "boxed_unclosed"),
    (r"so $\boxed{7$ and that is all.", "7", "boxed_unclosed"),
    (r"it is \boxed{3}. Again, \boxed{", "3", "boxed"),
    # hedges: all of them, so that none is right
    (r"It is either \boxed{3} or \boxed{5}.", "3 or 5", "hedge"),
    (r"\boxed{3}, \boxed{5}", "3 or 5", "hedge"),
    (r"\boxed{3} or maybe \boxed{5}", "3 or 5", "hedge"),
    (r"\boxed{1} try \boxed{2} try \boxed{3} try \boxed{4}", "1 or 2 or 3 or 4", "hedge"),
    (r"\boxed{5} or \boxed{5}", "5", "boxed"),
    # markers
    ("3 + 4 = <<3+4=7>>7\n#### 1,007", "1,007", "hash"),
    ("#### Step 1\nwe add.\nThe answer is 7", "7", "answer_is"),
    ("The final answer is $\\frac12$. I hope it is correct.", r"\frac12", "answer_is"),
    ("The answer is: **12**.", "12", "answer_is"),
    ("**Answer:** 12 apples", "12 apples", "answer_is"),
    ("Final Answer: The final answer is $x=3$", "x=3", "answer_is"),
    ("the answer is 3 + 4 = 7.", "7", "answer_is"),
    ("The answer is 5, because he ate two.", "5", "answer_is"),
    ("The answer is that he sold 72 clips.", "72", "answer_is"),
    ("The answer is $1.50.", "$1.50", "answer_is"),
    ("The answer is 4:30 p.m.", "4:30 p.m.", "answer_is"),
    ("The answer is\n\n$$\n5\n$$", "5", "answer_is"),
    ("600-480 = <<600-480=120>>120\nA: 120", "120", "answer_is"),
    ("所以答案是5。", "5", "answer_is"),
    ("答案\uff1a$\\frac12$", r"\frac12", "answer_is"),
    ("We find\n\n**73**", "73", "bold"),
    ('{"reasoning": "so \\\\boxed{9}", "answer": "0"}', "0", "json"),
    ('{"answer": "\\\\frac{1}{2}"}', r"\frac{1}{2}", "json"),
    ('```json\n{"answer": 32\n}\n```', "32", "json"),
    # no marker
    ("1/2", "1/2", "bare"),
    ("$x = 5$", "x = 5", "bare"),
    ("12 and 13", "12 and 13", "bare"),
    ("We add them.\nThe sum = 3 + 4 = 7.", "7", "last_sentence"),
    (r"Hence the area is $A = 3\sqrt{5}$.", r"A = 3\sqrt{5}", "last_sentence"),
    ("So she has 18 apples left.", "18", "last_sentence"),
    ("She ate 3 of 21. So she has 18 left.", "18", "last_sentence"),
]


@pytest.mark.parametrize(("response", "answer", "how"), ONE)
def test_the_answer_to_one_value(response: str, answer: str, how: str) -> None:
    assert extract(response)[:2] == (answer, how)


SEVERAL = [
    (r"$x=\boxed{3}$ and $x=\boxed{5}$", "3, 5", "boxes"),
    (r"\boxed{3}, \boxed{4} and \boxed{5}", "3, 4, 5", "boxes"),
    (r"$x=\boxed{3}$ or $x=\boxed{5}$", "3, 5", "boxes"),
    (r"the least is \boxed{3} and the greatest \boxed{9}.", "3, 9", "boxes"),
    (r"perhaps \boxed{3} or \boxed{5}", "3 or 5", "hedge"),
    (r"First \boxed{3}. No: \boxed{5, 6}", "5, 6", "boxed"),
]


@pytest.mark.parametrize(("response", "answer", "how"), SEVERAL)
def test_boxes_that_together_are_a_list(response: str, answer: str, how: str) -> None:
    assert extract(response, several=True)[:2] == (answer, how)


NONE = [
    ("", "empty"),
    ("[END]", "empty"),
    (r"<think>it is \boxed{3}", "thinking"),
    (r"\boxed{1}</think><think>\boxed{2}", "thinking"),
    # Which of the two is the answer is not said.
    ("He has 3 apples and 5 pears.", "none"),
    # Cut off by the token limit in the middle of a calculation.
    ("We compute the product step by step. " * 20 + "Then 3 * 5 +", "none"),
    ("We do not know.", "none"),
]


@pytest.mark.parametrize(("response", "why"), NONE)
def test_no_answer(response: str, why: str) -> None:
    assert extract(response)[:2] == (None, why)


HOSTILE = [
    "\\boxed{", "{", "\\boxed{1}", "$", "answer is ", "*", ". ", '"answer": ', "\\[", "= ", "9",
    "</think>", "[END]", "####", '"answer": "\\', "1,", "\n", "\ud800", "\\(", "答案是", "<think>",
    "<answer>", "</answer>", "<answer>1</answer>", "</think><answer>1",
    "Wait, that is wrong. ", "The answer is 5. No, that is wrong. ", "\\boxed{1}+", "(since ",
    "<<1+1=2>>", "<", "选", "[THINK]", "7 + ", "**5** or ", "\\frac{", "(a) \\boxed{1} ", "□",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("several", [False, True])
def test_anything_is_searched_in_linear_time(piece: str, several: bool) -> None:
    text = piece * (100_000 // len(piece))
    assert_linear(lambda text: extract(text, several=several), text)
    assert_linear(lambda text: extract(text + r" so \boxed{1}", several=several), text)


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        (r"\boxed{13} is wrong, so \boxed{12}", "12"),
        (r"That is wrong, so $\boxed{12}$.", "12"),
        (r"It is not 13 but \boxed{12}", "12"),
        (r"It is not 13, but rather \boxed{12}.", "12"),
        (r"That is wrong, so it is not \boxed{13}", None),
        (r"It is not so, but not \boxed{13} either", None),
        (r"It is not \boxed{13}", None),
    ],
)
def test_a_denial_ends_where_the_answer_is_put_in_its_place(
    response: str, answer: str | None
) -> None:
    assert extract(response).answer == answer


@pytest.mark.parametrize(
    ("response", "answer", "how"),
    [
        ("x = 3 or x = 5, so the sum is 8.", "8", "last_sentence"),
        ("The correct option is (B).", "(B)", "answer_is"),
        (r"So $x^2=9$, and thus $x=\pm 3$.", r"x=\pm 3", "last_sentence"),
        ("It might be 3, or perhaps it is 5.", None, "none"),
        ("The answer is 5, not 7.", "5", "answer_is"),
        (r"The answer is $\frac{7 !}{2 ! \cdot 3 !}$.", r"\frac{7 !}{2 ! \cdot 3 !}", "answer_is"),
        (r"The answer is \(7 ! - 3 !\), as asked.", "7 ! - 3 !", "answer_is"),
        ("Thus the number is $5! = 120$.", "120", "last_sentence"),
        ("$\\boxed{6}$\nHuman: one more \\boxed{9}", "6", "boxed"),
        ("It is \\boxed{6}.\n\n### Problem 2: what is 1+1? \\boxed{2}", "6", "boxed"),
        ("Problem: what is 1+1?\nSolution: \\boxed{2}", "2", "boxed"),
    ],
)
def test_where_a_response_ends(response: str, answer: str | None, how: str) -> None:
    assert extract(response)[:2] == (answer, how)
