"""Where an answer stands: marked in the response itself, and nowhere else."""

import pytest

from cft_eval.checker.extract.extract import located

MARKED = [
    # the response with its answer between ⟦ and ⟧, the reference
    (r"The answer is $\boxed{⟦27⟧}$. Check: we also tried $n = 127$ and got 427 cases.", "27"),
    (r"\boxed{⟦a⟧} was a nice task", "a"),
    (r"With $n=23$ we get $\boxed{⟦3⟧}$ and not $n=23$", "3"),
    (r"So $\boxed{⟦2⟧}$, since $x^2$ is even", "2"),
    (r"\boxed{⟦36⟧} or \boxed{⟦99⟧}", "36"),
    (r"The roots are \boxed{⟦3⟧} and \boxed{⟦5⟧}.", "3,5"),
    (r"\boxed{⟦\frac{1}{2}⟧}", r"\frac12"),
    (r"\boxed{ ⟦7⟧ }", "7"),
    (r"\boxed ⟦5⟧", "5"),
    ("<think>It is 4, the answer is 4.</think> The answer is ⟦5⟧.", "5"),
    ("The answer is ⟦a⟧.", "a"),
    ("The answer is 3 + 4 = ⟦7⟧.", "7"),
    ("The answer is ⟦$\\frac{3}{4}$⟧ of it.\nAll of it.", "3/4"),
    ("We get 18 at first.\n#### ⟦18⟧", "18"),
    ('{"reason": "18 it is", "answer": "⟦18⟧"}', "18"),
    ("⟦18⟧", "18"),
    ("There are 12 dozens. So in the end she has ⟦144⟧ eggs.", "144"),
    ("  \n The answer is ⟦8⟧<|im_end|> The answer is 8", "8"),
    ("<think>8</think> 8? <answer> ⟦8⟧ </answer>", "8"),
    (r"8? <answer>It is 7 + 1, so \boxed{⟦8⟧}.</answer> And 8.", "8"),
    ("I do not know.", "8"),
]


@pytest.mark.parametrize(("marked", "reference"), MARKED)
def test_the_answer_is_marked_where_it_stands(marked: str, reference: str) -> None:
    response = marked.replace("⟦", "").replace("⟧", "")
    shown = response
    for start, end in reversed(located(response, reference).spans):
        shown = f"{shown[:start]}⟦{shown[start:end]}⟧{shown[end:]}"
    assert shown.replace("$⟧", "⟧$").replace("⟦$", "$⟦") == marked.replace("$⟧", "⟧$").replace(
        "⟦$", "$⟦"
    )
