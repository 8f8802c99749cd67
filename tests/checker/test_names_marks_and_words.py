r"""Names, marks, units and words that change an answer, or do not."""

import pytest

from cft_eval import equal
from tests.growth import assert_linear

EQUAL = [
    ("C(5,2)", "10"),
    ("3i-4", r"-4+3\mathrm{i}"), (r"\overline{3+4i}", "3-4i"), ("2|x|", "|2x|"), ("|x||y|", "|xy|"),
    (r"7 \bmod 4", "3"), (r"\min\{2,3\}", "2"), ("4.5 E33", "4.5e33"), (r"2516_{(8)}", "2516_8"),
    (r"60\text{ miles per hour}", r"60\text{ mph}"), ("5 square centimeters", r"5\text{ cm}^2"),
    ("(0,1) U (2,3)", r"(0,1)\cup(2,3)"), (r"\pmatrix{1\\2}", r"\begin{pmatrix}1\\2\end{pmatrix}"),
    (r"\begin{Bmatrix}1&2\end{Bmatrix}", r"\begin{pmatrix}1&2\end{pmatrix}"), ("A(1,2)", "(1,2)"),
    (r"2\hat{\imath}+3\hat{\jmath}", "(2,3)"), (r"1\colon 2", "1:2"), ("noon", "12:00 p.m."),
    ("y'=3y", r"\frac{dy}{dx}=3y"), (r"\dot{x}=3x", "x'=3x"), ("75¢", "75 cents"),
    ("4 233/2000", r"4\frac{233}{2000}"), (r"\tan 3x", r"\frac{3\tan x-\tan^3x}{1-3\tan^2x}"),
    (r"\sin(x+\pi/6)", r"\frac{\sqrt3}{2}\sin x+\frac12\cos x"), ("(C) 12", "(C) 12.0"),
    ("I(0)e^{-t/(RC)}", r"I(0) e^{-\frac{t}{R C}}"), ("y'+ry=rx", r"y^{\prime}+r y-r x=0"),
]  # fmt: skip
DIFFERENT = [
    (r"\overline{3i}", "3i"), (r"\overline{z}", "z"), (r"90\text{ rad}", r"90^\circ"),
    (r"\$5", r"5\%"), (r"5^\circ", r"5\%"), ("x>3", "y>3"), ("X", "x"), ("f(y)=2x", "f(x)=2x"),
    ("(A) 12", "(C) 12"), ("(C) 13", "(C) 12"), ("3=5", "5"), ("2+2=5", "5"), (r"3\to5", "5"),
    ("0", "I(0)"), ("0", r"I(0) e^{-\frac{t}{R C}}"), ("0", r"y^{\prime}+r y-r x(t)=0"),
    (r"5\text{ plus }3", "5"), (r"5\text{ times }3", "5"), ("5 squared", "5"), ("5 factorial", "5"),
    (r"5\text{ not}", "5"), (r"5\text{ is wrong}", "5"), (r"5\text{ below zero}", "5"),
    ("5 hundred", "5"), (r"5 \text{ (or 6)}", "5"), (r"5\text{ W}", r"5\text{ cm}"),
    (r"\left(\frac{1+\sqrt5}{2}\right)^{1500}", r"\left(\frac{1+\sqrt5}{2}\right)^{1500}+1"),
    (r"(1+\sqrt2)^{1000}", r"(1+\sqrt2)^{1000}+(1-\sqrt2)^{1000}"), (r"(1,\tanh 400)", "(1,1)"),
    # An A in the reference is a number that the question names; in an answer it may be a constant.
    ("C e^{-kt}", "A e^{-kt}"), ("x^2+A", "x^2+C"), ("c_1e^x+c_2", "A e^x+B"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "reference"), EQUAL)
def test_equal(answer: str, reference: str) -> None:
    verdict = equal(answer, reference)
    assert verdict.correct, verdict


@pytest.mark.parametrize(("answer", "reference"), DIFFERENT)
def test_different(answer: str, reference: str) -> None:
    verdict = equal(answer, reference)
    assert not verdict.correct, verdict


def test_braces_without_end_cost_nothing() -> None:
    def grade(braces: str) -> None:
        assert not equal(braces + "1" + "}" * len(braces), "1").correct

    assert_linear(grade, "{" * 2_400)
