r"""Values by shape: lists, intervals, matrices, ratios, cases, equations, families, names."""

import pytest

from cft_eval.checker import Outcome, equal
from tests.checker.pairs import assert_different, assert_equal, each

EQUAL = [
    (r"10\%,20\%", "0.1,0.2"), (r"10\%,20\%", "20,10"), (r"0\%,20\%", "0,0.2"),
    (r"50\%,\frac13", r"0.5,\frac13"), (r"f(x)\in[0,1]", "[0,1]"), (r"x\in[2,5]", r"2\le x\le5"),
    ("2021-03-04", "March 4, 2021"),
    # lists and tuples
    ("1, 2, 3", "3, 1, 2"), (r"\{1,1,2\}", r"\{1,2\}"), ("3, -5", "(3, -5)"),
    ("x=1, y=2", "(1, 2)"), ("x=2, y=5", "x=2 and y=5"), (r"\{5\}", "5"), ("5, 6", r"\{6, 5\}"),
    ("(1, 2), (3, 4)", "(3, 4), (1, 2)"), (r"1,3,\ldots,2n-1", r"1,3,5,\ldots,2n-1"),
    # intervals
    (r"[1,2)\cup(2,3]", r"(2,3]\cup[1,2)"), (r"(-\infty, 3)", "x<3"), ("[2, 5]", r"2\le x\le5"),
    (r"(1,2)\cup[2,3)", "(1,3)"), (r"x\in[0,1]", "[0,1]"), (r"1\le y<4", "[1,4)"),
    # matrices and vectors
    (r"\begin{pmatrix}1\\2\\3\end{pmatrix}", "(1,2,3)"), (r"\begin{pmatrix}1&2\end{pmatrix}",
    "(1,2)"),
    (r"2\mathbf{i}-\mathbf{j}+3\mathbf{k}", "(2,-1,3)"), (r"\{\{1,2\},\{3,4\}\}",
    r"\begin{pmatrix}1&2\\3&4\end{pmatrix}"),
    (r"\begin{bmatrix}\frac12&0\\0&1\end{bmatrix}", r"\begin{pmatrix}0.5&0\\0&1\end{pmatrix}"),
    (r"4\mathbf{i}", "(4,0)"), (r"\mathbf{i}+x\mathbf{j}", "(1,x)"),
    # ratios
    ("2:4:6", "1:2:3"), ("3:1", "3"), (r"\frac12:\frac13", "3:2"), ("0:4", "0:4"), ("0:2:4",
    "0:1:2"),
    # equations
    ("y=2x+3", "2x-y+3=0"), ("2y=4x+6", "y=2x+3"), ("f(x)=x^2", "x^2"), ("f(t)=t^2", "f(x)=x^2"),
    ("y=x^2", "f(x)=x^2"), ("y(x)=5", "y=5"), ("s(t)=4t^2", "s=4t^2"), ("g(x)=6", "y=6"), ("xy=6",
    "6"), (r"3=x", "x=3"), ("x+1=4", "x=3"), ("ax=ab", "x=b"),
    ("x^2+y^2=4", "4-x^2-y^2=0"), ("|x-3|=2", "2=|x-3|"), ("-3x+6y=9", "x-2y=-3"),
    (r"f^{-1}(x)=\frac{x}{2}", r"\frac{x}{2}"), ("|AB|=7", "7"), ("AB=7", "7"), ("Y=3", "y=3"),
    (r"\frac{x}{3}+\frac{y}{4}=1", "4x+3y=12"), ("x=2+1=3", "3"), ("2+3=5", "5"),
    # inequalities
    ("2x<6", "x<3"), ("-x>-3", "x<3"), ("3>x", "x<3"), ("1<x<2", "2>x>1"), (r"x\ge2", r"2\le x"),
    (r"-2x\le-8", r"x\ge4"), ("x>y", "y<x"), (r"a\ne3", r"a\neq3"),
    # families
    (r"\pi k", r"n\pi"), (r"\frac{\pi}{2}+2\pi n,\ -\frac{\pi}{2}+2\pi n", r"\frac\pi2+\pi k"),
    (r"180^\circ k", r"\pi n"), (r"x=\frac{\pi}{3}+2\pi k", r"\frac{\pi}{3}-2\pi k"),
    (r"\frac\pi4+\frac{\pi k}{2}", r"\frac\pi4+\pi n,\ \frac{3\pi}{4}+\pi n"),
    # cases
    (r"\begin{cases}1&x>0\\0&x\le0\end{cases}", r"\begin{cases}0&x\le0\\1&x>0\end{cases}"),
    (r"\begin{cases}x&x\ge0\\-x&\text{otherwise}\end{cases}",
    r"\begin{cases}-x&\text{otherwise}\\x&x\ge0\end{cases}"),
    # classes, percents, degrees, bases, clocks
    (r"7\pmod{12}", r"19\pmod{12}"), (r"4\pmod 6", "4"), (r"25\%", r"\frac14"), (r"25\%", "25"),
    (r"60^\circ", r"\frac{\pi}{3}"), (r"60^\circ", "60"), ("1011_2", r"1011_{\text{two}}"),
    ("4:30 pm", "16:30"),
    ("4:30 pm", "4:30"), ("17_{10}", "17"),
    # constants of integration
    ("x^2+K", "x^2+C"),
    (r"\sqrt{x+K}", r"\sqrt{x+C}"), (r"\frac{1}{x+C_1}", r"\frac{1}{x+C}"),
    # quantities
    ("5 km", "5000 m"), ("1 hour", "60 minutes"), (r"36 \text{ km/h}", r"10 \text{ m/s}"), ("5 m",
    "5"),
    (r"2 \text{ m}^2", r"20000 \text{ cm}^2"), ("0 °C", "32 °F"), ("50 cents", r"\$0.50"),
    ("3 apples", "3"), (r"\pi \text{ rad}", r"180^\circ"),
    # the same, said twice
    ("1/4 (or 0.25)", "1/4"), (r"0.5 \text{ (or } \frac12)", "0.5"), ("2 or 3", "2, 3"),
    (r"\{t\mid t>3\}", r"\{x\mid x>3\}"), ("i^i", r"e^{-\pi/2}"),
    # exact values
    (r"\delta(2t)", r"\frac12\delta(t)"), ("u(2t)", "u(t)"), (r"\tan15^\circ", r"2-\sqrt3"),
    (r"\sec 60^\circ", "2"), (r"\csc 30^\circ", "2"), (r"\cot 75^\circ", r"2-\sqrt3"),
    (r"\arctan\frac12+\arctan\frac13", r"\frac\pi4"), (r"\max(2,x)", r"\max(x,2)"),
    (r"\cos\frac{2\pi}{5}", r"\frac{\sqrt5-1}{4}"), (r"2\arctan\frac13", r"\arctan\frac34"),
    (r"\sqrt[3]{2+\sqrt5}+\sqrt[3]{2-\sqrt5}", "1"), (r"\sqrt{3+2\sqrt2}", r"1+\sqrt2"),
    (r"\ln 2+2\ln 3", r"\ln 18"), (r"\ln(2+\sqrt3)+\ln(2-\sqrt3)", "0"),
    (r"\sqrt{4012009}", "2003"), (r"\lfloor\frac{n}{2}\rfloor+\lceil\frac{n}{2}\rceil", "n"),
    (r"(-1)^{2n}", "1"), (r"\frac{(-1)^n+(-1)^{n+1}}{2}", "0"),
    # words
    ("no solution", r"\emptyset"), ("all real numbers", r"(-\infty,\infty)"), ("infinity",
    r"\infty"),
    ("twelve", "12"), ("equilateral triangles", "equilateral triangle"), ("does not exist", "DNE"),
    # printed digits and logarithms
    ("0.333333333333333", r"\frac13"), ("3.14159265358979", r"\pi"), ("0.0666666666666667",
    r"\frac1{15}"),
    (r"\frac{\log 3}{\log 2}", r"\frac{\ln 3}{\ln 2}"),
]  # fmt: skip

DIFFERENT = [
    (r"20\%,30\%", "20,0.3"), (r"20\%, 40\%", "0.2, 40"), (r"(10\%,20\%)", "(10,0.2)"),
    (r"|x|\in[2,5]", r"x\in[2,5]"), (r"x^2\in[4,9]", r"x\in[4,9]"), (r"y\in[2,5]", r"x\in[2,5]"),
    ("2020-01-05", "2020-05-01"),
    (r"\tan16^\circ", r"2-\sqrt3"), (r"\arctan\frac12+\arctan\frac13", r"\frac\pi3"),
    (r"\cos\frac{2\pi}{7}", r"\frac{\sqrt5-1}{4}"), (r"-\infty", r"\infty"), (r"\infty", "5"),
    (r"\ln 2+2\ln 3", r"\ln 17"), (r"\sqrt{3+2\sqrt2}", r"1+\sqrt3"), (r"\min(2,x)", r"\max(2,x)"),
    (r"\lfloor\frac{n}{2}\rfloor", r"\lceil\frac{n}{2}\rceil"), (r"\delta(2t)", r"\delta(t)"),
    (r"\lfloor\frac{n+1}{2}\rfloor", r"\lfloor\frac{n}{2}\rfloor"), ("(-1)^n", "1"),
    ("t>3", "x>3"), (r"\{t\mid t>3\}", r"\{x\mid x>4\}"),
    ("5 (or 6)", "5"), ("1/4 (or 0.3)", "1/4"),
    ("0,125", "125"), ("0,125,000", "125000"),
    ("1, 2, 3", "1, 2, 4"), ("1, 2", "1, 2, 3"), ("1, 1, 2", "1, 2, 2"), ("(2, 5)", "(5, 2)"),
    ("5", "5, 6"), (r"\{1,\{2\}\}", r"\{1,2\}"), ("x=1, y=2", "x=2, y=1"), ("(1,2,3)", "(1,2)"),
    (r"1,3,\ldots,2n-1", r"1,3,\ldots,2n+1"), (r"2,4,\ldots,2n", r"2,5,\ldots,2n"),
    ("[1,2]", "(1,2)"), ("(1,2]", "[1,2)"), ("x<3", r"x\le3"), (r"[1,2)\cup(3,4]", "[1,2)"),
    (r"\begin{pmatrix}1&2\end{pmatrix}", r"\begin{pmatrix}1\\2\end{pmatrix}"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix}1&3\\2&4\end{pmatrix}"),
    (r"2\mathbf{i}-\mathbf{j}", "(2,1)"), (r"\mathbf{i}+\mathbf{k}", "(1,1)"),
    ("1:2", "2:1"), ("0:4", "0:5:1"), ("1:2:3", "1:2:4"), ("0:1", "1:0"), ("12:30", "6:15"),
    ("4:30 pm", "4:30 am"),
    ("y=2x+3", "y=2x-3"), ("x=3", "y=3"), ("xy=0", "x=0"), ("ax=6", "a=6"), ("kx=3", "k=3"),
    ("nm=6", "n=6"), ("y=xt", "y=x"), ("x^2=x", "x=1"), ("x=x", "x=1"),
    ("x-y=0", "x+y=0"), ("g(x)=x", "f(x)=x+1"), ("2x<6", "x>3"), ("x<y", "x>y"), (r"x\ne3", "x=3"),
    (r"\pi k", r"2\pi k"), (r"\frac\pi2+\pi k", r"\pi k"), (r"\frac\pi3+2\pi k",
    r"\frac\pi3+2\pi k, \pi k"),
    (r"\begin{cases}1&x>0\\0&x\le0\end{cases}", r"\begin{cases}1&x<0\\0&x\ge0\end{cases}"),
    (r"\begin{cases}1&x>0\\0&x\le0\end{cases}", "1"),
    (r"7\pmod{12}", r"7\pmod{11}"), (r"7\pmod{12}", r"8\pmod{12}"), (r"7\pmod 6", "7"), (r"0.5\%",
    "0.5"),
    (r"30\%", "0.03"), (r"30^\circ", r"30\%"), ("1011_2", "1011_3"), ("1011_2", "1111_2"),
    ("17_{8}", "17"),
    ("x^2+y", "x^2+C"), ("C", "K"), ("P(A)", "P(B)"), ("mc^2", "mk^2"), ("x^C", "x^K"), ("2Cx+C",
    "2Kx+K"),
    ("5 km", "5 m"), ("5 m", "5 s"), (r"3 \text{ m}^2", "3 m"), ("50 cents", r"\$5"), ("20 °C",
    "20 °F"),
    ("no solution", "0"), ("twelve", "11"), ("isosceles", "equilateral"), ("all real numbers",
    r"[0,\infty)"),
    ("0.3333", r"\frac13"), ("3.14159265358970", r"\pi"), ("0.333333333333433", r"\frac13"),
]  # fmt: skip


ONE_WAY = [
    ("(2, 5)", "2, 5"), ("A e^{-3t}", "C e^{-3t}"), ("A e^x+B", "c_1e^x+c_2"), ("ct", "Kt"),
    (r"\log 5", r"\ln 5"),
]  # fmt: skip
"""An answer may say more than was asked for, or less; a reference means what it says."""


@each(EQUAL)
def test_equal(answer: str, reference: str) -> None:
    assert_equal(answer, reference)


@each(ONE_WAY)
def test_an_answer_may_and_a_reference_may_not(answer: str, reference: str) -> None:
    assert equal(answer, reference).correct
    assert not equal(reference, answer).correct


@pytest.mark.parametrize("reference", ["12=13", r"100\approx101", "x=3=4"])
def test_a_reference_that_calls_different_numbers_equal_is_bad(reference: str) -> None:
    for answer in ("3", "4", "12", "13", "100", "101"):
        verdict = equal(answer, reference)
        assert verdict.outcome is Outcome.BAD_REFERENCE, verdict


@each(DIFFERENT)
def test_different(answer: str, reference: str) -> None:
    assert_different(answer, reference)
