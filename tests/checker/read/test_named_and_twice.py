r"""Γ, a value that is written twice, what a capital names, and references beyond the grammar."""

import pytest

from cft_eval import equal

EQUAL = [
    (r"\Gamma(6)", "120"),
    (r"\Gamma(\frac12)", r"\sqrt\pi"),
    (r"\Gamma\left(\frac72\right)", r"\frac{15\sqrt\pi}{8}"),
    (r"\Gamma(-\frac12)", r"-2\sqrt\pi"),
    (r"\Gamma(-\frac32)", r"\frac43\sqrt\pi"),
    (r"\Gamma(n+1)", "n!"),
    ("Gamma(4)", "6"),
    (r"\left(\frac12\right)!", r"\frac{\sqrt\pi}{2}"),
    (r"t\Gamma", r"\Gamma t"),  # a rate, and no function
    ("0.125 (1/8)", "1/8"),
    (r"\frac18 (0.125)", "0.125"),
    (r"\frac{1}{8} (0.125)", "1/8"),
    ("0.125(1/8)", "1/64"),  # without a space a product
    ("the point A", "A"),
    (r"\text{point } P", "P"),
    ("Team B", "B"),
    ("point A", "the point A"),
    ("a circle", "the circle"),
    ("P(A|B)", r"P(A\mid B)"),
    (r"\angle XYZ", r"\angle  XYZ"),
]
DIFFERENT = [
    (r"\Gamma(5)", "120"),
    (r"\Gamma(\frac32)", r"\sqrt\pi"),
    ("0.5 (1/8)", "1/8"),
    ("point A", "B"),
    ("point A", "point B"),
    ("point A", "point"),
    ("Plan A", "Plan"),
    ("neither A nor B", "neither A nor C"),
    ("a point", "A"),
    ("P(A|B)", "P(B|A)"),
    (r"\angle X", r"\angle Y"),
]


@pytest.mark.parametrize(("answer", "reference"), EQUAL)
def test_equal(answer: str, reference: str) -> None:
    verdict = equal(answer, reference)
    assert verdict.correct, verdict.reason


@pytest.mark.parametrize(("answer", "reference"), DIFFERENT)
def test_not_equal(answer: str, reference: str) -> None:
    assert not equal(answer, reference).correct
