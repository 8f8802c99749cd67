"""TheoremQA's answers by type; every row in both directions where that makes sense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cft_eval.checker import Outcome, check

RIGHT = [
    ("True", "True"),
    ("yes", "True"),
    ("\\text{True}", "True"),
    ("No.", "False"),
    ("(b)", "(b)"),
    ("b", "(b)"),
    ("\\text{(B)}", "(b)"),
    ("11760", "11760"),
    ("11{,}760", "11760"),
    ("\\frac{6}{2}", "3"),
    # To the digits of the reference, and at least to 1 %.
    ("3.14", "3.1415"),
    ("\\frac{1}{3}", "0.333"),
    ("\\frac{\\pi}{4}", "0.78539815"),
    ("x = 0.96", "0.955"),
    ("344", "345.0"),
    ("0", "0.0"),
    ("4, 2", "[4, 2]"),
    ("(4,2)", "[4, 2]"),
    ("\\{4, 2\\}", "[4, 2]"),
    ("[1/3, 0.25]", "[0.333, 0.25]"),
]
WRONG = [
    ("False", "True"),
    ("(c)", "(b)"),
    ("11761", "11760"),
    # Upstream's 4 % would take these two.
    ("1.03", "1.0"),
    ("0.345", "0.333"),
    ("0.001", "0.0"),
    # The order is that of coordinates, and no part may be missing.
    ("2, 4", "[4, 2]"),
    ("4", "[4, 2]"),
    ("4, 2, 1", "[4, 2]"),
    ("-1.047", "1.047"),
]
UNREADABLE = [("not true", "True"), ("maybe", "False"), ("the second one", "(b)"), ("four", "True")]


@pytest.mark.parametrize(("answer", "reference"), RIGHT)
def test_right(answer: str, reference: str) -> None:
    assert check(f"So $\\boxed{{{answer}}}$.", reference, benchmark="theoremqa").correct


@pytest.mark.parametrize(("answer", "reference"), WRONG)
def test_wrong(answer: str, reference: str) -> None:
    verdict = check(f"So $\\boxed{{{answer}}}$.", reference, benchmark="cft_theoremqa")
    assert verdict.outcome is Outcome.WRONG


@pytest.mark.parametrize(("answer", "reference"), UNREADABLE)
def test_neither(answer: str, reference: str) -> None:
    verdict = check(f"\\boxed{{{answer}}}", reference, benchmark="theoremqa")
    assert verdict.outcome in (Outcome.UNREADABLE, Outcome.WRONG, Outcome.NO_ANSWER)
    assert not verdict.correct


def test_what_is_no_answer_and_no_reference() -> None:
    assert check("", "3", benchmark="theoremqa").outcome is Outcome.NO_ANSWER
    assert check("\\boxed{3}", "x + 1", benchmark="theoremqa").outcome is Outcome.BAD_REFERENCE


@given(st.floats(min_value=0.01, max_value=1e6), st.sampled_from([1.05, 0.95, 1.1, -1.0]))
def test_no_float_is_wider_than_four_percent(value: float, factor: float) -> None:
    reference = f"{value:.4g}"
    if "." in reference and "e" not in reference and float(reference) >= 0.01:
        said = f"\\boxed{{{float(reference) * factor:.12f}}}"
        assert not check(said, reference, benchmark="theoremqa").correct


@given(st.text(max_size=80), st.sampled_from(["True", "(a)", "7", "0.5", "[1, 2]"]))
def test_no_text_raises(text: str, reference: str) -> None:
    check(text, reference, benchmark="theoremqa")
    check(f"\\boxed{{{text}}}", reference, benchmark="theoremqa")
