r"""Text that was copied out of JSON: every backslash is doubled, and spans are the response's."""

import pytest

from cft_eval import check
from cft_eval.checker.extract.doubled import undoubled

RESPONSES = [
    (r"So the sum is $\\frac{5}{8}$.", r"\frac58", r"\\frac{5}{8}"),
    (r"The final answer is \\(\\frac{5}{8}\\).", r"\frac58", r"\\frac{5}{8}"),
    (r"Answer: \\sqrt{7}", r"\sqrt7", r"\\sqrt{7}"),
    (r"Hence \\[x = \\boxed{\\frac{5}{8}}\\]", r"\frac58", r"\\frac{5}{8}"),
    (
        r"It is $\\begin{pmatrix}5&6\\\\7&8\\end{pmatrix}$.",
        r"\begin{pmatrix}5&6\\7&8\end{pmatrix}",
        r"\\begin{pmatrix}5&6\\\\7&8\\end{pmatrix}",
    ),
]


@pytest.mark.parametrize(("response", "reference", "stated"), RESPONSES)
def test_it_is_read_as_it_was_before(response: str, reference: str, stated: str) -> None:
    verdict = check(response, reference)
    assert verdict.correct, verdict.reason
    assert verdict.span is not None
    assert response[slice(*verdict.span)] == stated


@pytest.mark.parametrize(
    "response",
    [
        r"$\begin{pmatrix}5&6\\7&8\end{pmatrix}$",
        r"$a = 5 \\ \frac58$",
        r"two \\ lines",
        "no backslash",
        r"\\frac{5}{8} and \frac{5}{8}",
    ],
)
def test_a_backslash_alone_says_that_two_are_meant(response: str) -> None:
    assert undoubled(response) is None
