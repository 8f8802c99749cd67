r"""What only looks equal, by kind: (answer, reference), refused in both directions."""

import pytest

from cft_eval import equal

DIFFERENT = {
    "thousands": [
        ("10.000", "10000"), ("12,34", "1234"), ("{,}", "1"),
    ],
    "money": [
        ("€7.50", r"\$7.50"),
    ],
    "degrees": [
        (r"\frac{\pi}{2}", "90"), ("1.047", r"60^\circ"),
    ],
    "scientific notation": [
        ("4.5e33", r"4.5\times10^{32}"),
    ],
    "numerals in a base": [
        ("2516", "2516_8"), ("1358", "2516_8"), ("2516_9", "2516_8"),
    ],
    "surds": [
        (r"\sqrt{2}+\sqrt{3}", r"\sqrt{10}"), ("√13", "3"), ("√13", "13"), ("√13", "√113"),
        ("√(x+1)", r"\sqrt{x}+1"), ("∛27", "14"),
    ],
    "complex numbers": [
        ("3-4i", "3+4i"),
    ],
    "expressions": [
        ("x", r"\sqrt{x^2}"),
    ],
    "names before =": [
        ("x = 5", "y = 5"), ("x+y=3", "x+y=4"), ("x^2+y^2=4", "x^2+y^2=2"),
    ],
    "inequalities and intervals": [
        ("1<x<3", "[1,3]"),
    ],
    "lists and sets": [
        ("1,2", "1,2,3"), ("1,1,2", "1,2"), ("2", r"\pm2"),
    ],
    "tuples": [
        ("(1,2)", "[1,2]"),
    ],
    "units": [
        ("5 cm", r"5 \text{ m}"), ("5 cm^2", r"5 \text{ cm}"),
    ],
    "choices": [
        (r"\text{C}", r"\text{D}"), ("A", "C"), ("(C)", r"\text{(A)}"), ("K", "A"), ("A,B", "B,C"),
        (r"\textbf{(A)}", "c"), ("(A,B)", "(A,C)"), (r"\{A,C\}", r"\{A,K\}"),
    ],
    "letters that are no constants of integration": [
        ("P(A)", "P(C)"), ("n+A", "n+K"), ("n+C", "n+K"), ("mc^2", "mk^2"), ("aB", "Ab"),
        (r"\{A_1,A_2,A_3\}", r"\{A_1,A_2,A_4\}"), ("AB", "CB"), ("x^C", "x^K"),
        ("ct", "kt"), ("(Cx)^2", "(Kx)^2"),
        (r"\frac{t}{RC}", r"\frac{t}{RK}"), (r"\sin Cx", r"\sin Kx"), (r"\ln C", r"\ln K"),
        # Once: another letter in one of two places is another expression.
        ("Cx+C", "Cx+K"), ("(x+C,y+C)", "(x+K,y+C)"), (r"\{x+C,1\}", r"\{x+K,1\}"),
    ],
    "words": [
        ("Tuesday", "Monday"), ("False", r"\text{True}"), ("blue", "red"), ("0", r"\text{none}"),
    ],
    "times and dates": [
        ("4:30 am", r"\text{4:30 p.m.}"), ("4:3", "4:30"),
        ("12:00", "1:00"), ("6:00", "8:00"), ("12:30", "6:15"), ("4:60", "2:30"), ("0:30", "0:15"),
        ("1:05", "2:10"), ("16:30", "4:30"), (r"\text{1:00}", "12:00"),
    ],
    "constants of integration": [
        ("C_1e^{2t}+C_2e^{-t}", "c_1 e^{t} + c_2 e^{-t}"), (r"\frac{x^3}{3}", r"\frac{x^3}{3}+C"),
    ],
    "infinity and nothing": [
        (r"-\infty", r"\infty"),
    ],
    "plain numbers": [
        (r"\frac{22}{7}", r"\pi"), ("1.0000001", "1"),
    ],
    "large numbers": [
        (r"\frac{1}{2004!}", r"\frac{1}{2006!}"), ("10^{100}", "10^{101}"),
        ("2^{1000}-1", "2^{1000}"),
    ],
    "mixed numbers": [
        ("x^2+C", "x^2"), (r"8\frac47", r"\frac{32}{7}"),
    ],
    "hedges": [
        ("10 or 9", "9"), ("9", "10 or 9"), ("9 (or 10)", "9"), ("9!", "9"),
        (r"9\text{ or }10", "9"), ("-5", "5"),
    ],
    "unions": [
        (r"(0,1) \cup (1,2)", "(0,2)"),
    ],
    "intervals": [
        ("[1,2]", "1,2"),
    ],
    "equations": [
        ("2x+3y=7", "2x+3y=6"), ("y = x^2", "x = y^2"), ("x=3", "y=3"),
    ],
    "quantities": [
        (r"25^\circ\text{C}", r"25^\circ\text{F}"),
    ],
    "choices with their value": [
        ("D", r"\text{(B)}"),
    ],
    "vectors": [
        (r"\begin{pmatrix}1\\-1\end{pmatrix}", r"\begin{pmatrix}1\\1\end{pmatrix}"),
    ],
    "digits that go on, and exact beside rounded": [
        ("0.1666", "1/6"), ("1.4142", r"\sqrt2"), ("12.566", r"4\pi"),
    ],
    "plain text mathematics": [
        ("5-", "5"),
    ],
    "money of one sign": [
        ("5 yen", "5 yuan"), ("9 yuan", "9 dollars"),
    ],
    "chains in which neither side is rounded": [
        (r"\frac12=0.51", r"\frac12"),
    ],
    "scores of something": [
        ("4 score", "4"),
    ],
    "functions of unknown name": [
        ("P(A)+P(B)", "P(A+B)"), ("h(x)+h(y)", "h(x+y)"), (r"\psi(a)+\psi(b)", r"\psi(a+b)"),
    ],
    "products of vectors": [
        (r"\nabla\cdot F", r"\nabla\times F"), (r"\nabla F", r"\nabla\cdot F"),
        (r"\vec a\times\vec b", r"\vec b\times\vec a"),
        (r"q\mathbf{v}\times\mathbf{B}", r"q\vec B\times\vec v"),
        (r"\vec{r}_1\times\vec p", r"\vec p\times\vec r_1"),
    ],
    "letters for whole numbers": [
        (r"2n-1, n\in\mathbb{N}", r"2k+1, k\in\mathbb{N}"), ("2n+1", "2k+1"),
        (r"4n+1, n\in\mathbb{Z}", r"2k+1, k\in\mathbb{Z}"),
        (r"(2n,3n), n\in\mathbb{Z}", r"(2k,k), k\in\mathbb{Z}"),
    ],
    "where it holds": [
        ("x^2, x>0", "x^2, x>1"), ("2x, y>0", "2x"), ("x^2, x>0; -x, x<0", "x^2"),
    ],
    "sets in sets": [
        (r"\{\{7\}\}", "7"), (r"\{\{7\}\}", r"\{7\}"),
    ],
    "two inequalities": [
        ("x<2, x>5", "(2,5)"), ("x>2, y<5", "(2,5)"), ("x>2, x<5", r"(-\infty,5)"),
    ],
    "general solutions": [
        (r"c_1\cos t+c_2\sin t", r"c_1\cos 2t+c_2\sin 2t"), ("x^3+C", "x^2+C"),
        ("2e^{-t}", "e^{-t}"), ("y=2", "x=2"),
    ],
    "near numbers and other shapes": [
        ("10", "9"), ("3", "3.0001"), ("1/3", "0.3333"), ("0.3333333333", "1/3"),
        (r"\frac{2}{3}", "0.667"), ("12.5", "12.50001"), ("100", "1"), ("1", "100"), ("5", "0.05"),
        (r"\{1,2\}", "(1,2)"), (r"\{1,2\}", "[1,2]"), ("(2,1)", "(1,2)"), ("1232", "1232_5"),
        ("A", "B"), ("2x", "2y"), ("a-b", "b-a"), ("x^2", "x^3"), ("x_1", "x_2"),
        (r"\sin x", r"\cos x"), (r"\sin 2x", r"2\sin x"), (r"\log_2 3", r"\log_3 2"),
        ("e^{x}", "e^{-x}"), (r"\sqrt{x+1}", r"\sqrt{x}+1"), (r"\frac{1}{x+1}", r"\frac1x+1"),
        ("2^{n}", "2n"), ("n^2", "2^n"), ("n!", "n"), (r"\frac{5}{2}", r"\binom52"),
    ],
    "signs and units": [
        (r"-\frac12", r"\frac12"), ("--5", "-5"), ("5 cm", r"5 \text{ kg}"),
        (r"5 \text{ cm}", r"5\text{ cm}^2"), (r"5 \text{ m/s}", r"5\text{ km/h}"),
        ("1", r"60\text{ minutes}"),
    ],
    "hedges and parts": [
        ("12 or 13", "12"), ("12, 13", "12"), ("12", "12,13"), ("12,13,14", "12,13"),
        ("either 12 or 13", "12"), ("12 (or 13)", "12"), ("12/13", "12"), ("12 to 13", "12"),
        ("12-13", "12"), (r"12\pm1", "12"), ("12+", "12"), (">12", "12"), (r"\ge 12", "12"),
        ("x>12", "12"), (r"\approx12.4", "12"), ("12.4", "12"), ("12...", "12"), ("1 2", "12"),
        ("1,2", "12"), ("1.2", "12"), ("12 13", "1213"),
    ],
    "relations and ranges": [
        ("y=2x+1", "y=2x-1"), ("y=2x", "x=2y"), ("x^2+y^2=25", "x^2+y^2=5"), ("x=1", "x=-1"),
        ("x=1 or x=2", "x=1"), ("x=1, y=2", "x=2, y=1"), ("(x,y)=(1,2)", "(x,y)=(2,1)"),
        ("x<3", "x>3"), (r"x\le3", "x<3"), ("x<3", "x<4"), ("1<x<3", "1<x<4"), (r"x\ne3", "x=3"),
        (r"\mathbb{R}", r"\emptyset"), (r"\mathbb{R}", r"\mathbb{R}\setminus\{0\}"),
        (r"(0,\infty)", r"[0,\infty)"), (r"(-\infty,0)", r"(0,\infty)"),
    ],
    "matrices and ratios": [
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix}1&2\\3&5\end{pmatrix}"),
        ("0:5", "0:7"), ("5:0", "7:0"), ("0:0", "1:2"), ("0:1:2", "0:5:7"),
        ("1:2:3", "1:2:4"), (r"\frac12", "2:1"),
    ],
    "words and choices": [
        ("True", "False"), ("Yes", "No"), ("odd", "even"), ("Monday", "Sunday"),
        ("increasing", "decreasing"), ("(A)", "(B)"),
    ],
    "complex and real": [
        ("3+4i", "3-4i"), ("i", "-i"), ("i", "1"), ("2i", "2"), ("|z|", "z"),
        (r"\ln x^2", r"2\ln x"), (r"\arcsin(\sin x)", "x"),
    ],
    "huge numbers": [
        ("9^{9^9}", "9^{9^{8}}"), ("2^{1000000}", "2^{1000001}"), ("1e400", "1e401"),
        ("1e5", "1e555½"), ("1e5000½", "3"),
        ("2^{2017}-1", "2^{2017}+1"), (r"\frac{3^{100}-1}{2}", r"\frac{3^{100}+1}{2}"),
        (r"\binom{100}{50}", r"\binom{100}{49}"), ("2^{100}", "2^{-100}"), (r"\cos 1", "0.5403"),
        (r"\frac{\pi^2}{6}", "1.6449"), (r"\sum_{n=1}^\infty 1/n^2", r"\frac{\pi^2}{8}"),
    ],
    "inequalities": [
        ("y>2x+1", "2x-y+1>0"),
    ],
    "algebra and functions": [
        ("(x-3)(x+2)", "(x+3)(x-2)"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "reference"), [row for group in DIFFERENT.values() for row in group]
)
def test_different(answer: str, reference: str) -> None:
    for one, other in ((answer, reference), (reference, answer)):
        verdict = equal(one, other)
        assert not verdict.correct, verdict
