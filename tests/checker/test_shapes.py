r"""Lists, ranges, equations, words, units and what surrounds them: (answer, reference)."""

import pytest

from cft_eval import equal

EQUAL = {
    "names before =": [
        ("5", "x=5"), ("f(x)=x+1", "x+1"), ("f(y)=y+1", "f(x)=x+1"), ("2y=4x+6", "y=2x+3"),
        ("x^2+y^2=1", "1-x^2-y^2=0"),
    ],
    "inequalities and intervals": [
        ("x>3", r"(3,\infty)"), (r"x\geq 3", r"[3,\infty)"), ("3<x", r"(3,\infty)"),
        (r"1<x\le 3", "(1,3]"), (r"x \in (1,3]", "(1,3]"),
        (r"(-\infty,1)\cup(2,\infty)", r"x<1 \text{ or } x>2"),
        (r"(2,\infty)\cup(-\infty,1)", r"(-\infty,1)\cup(2,\infty)"),
        (r"x\neq 2", r"(-\infty,2)\cup(2,\infty)"),
        (r"\mathbb{R}\setminus\{2\}", r"(-\infty,2)\cup(2,\infty)"), ("]1,3[", "(1,3)"),
        (r"\{x \mid 1<x<3\}", "(1,3)"), (r"\{x: x>3\}", r"(3,\infty)"),
        (r"(-\infty,\infty)", r"\mathbb{R}"), ("all real numbers", r"(-\infty,\infty)"),
        (r"(1,2)\cup[2,3)", "(1,3)"), ("[1,3]", r"1 \le x \le 3"), (r"(1,+\infty)", r"(1,\infty)"),
        ("-3<x<3", "|x|<3"), ("|x|<3", "(-3,3)"),
    ],
    "lists and sets": [
        ("2,1", "1,2"), ("1 and 2", "1,2"), ("1 or 2", "2,1"), ("1, 2, 3", "3,2,1"),
        (r"\{1,1,2\}", r"\{1,2\}"), ("x=1 or x=2", "1,2"), ("x=1, x=2", "x=2,1"),
        ("x_1=1, x_2=2", "1,2"), ("1; 2", "1,2"), (r"\pm 2", "2,-2"), (r"x=\pm2", "-2,2"),
        (r"1\pm\sqrt2", r"1+\sqrt2,1-\sqrt2"), (r"\emptyset", r"\{\}"),
        ("no solution", r"\emptyset"),
    ],
    "tuples": [
        ("(1, 2)", "(1,2)"), (r"\left(1,2\right)", "(1,2)"), (r"(\frac12, 3)", "(0.5,3)"),
        ("x=1,y=2", "(1,2)"), ("(x,y)=(1,2)", "(1,2)"), (r"\{(1,2),(3,4)\}", "(1,2),(3,4)"),
        (r"\langle 1,2\rangle", "(1,2)"),
    ],
    "matrices": [
        (
            r"\left(\begin{array}{cc}1&2\\3&4\end{array}\right)",
            r"\begin{pmatrix}1&2\\3&4\end{pmatrix}",
        ),
        ("(1,2)", r"\begin{pmatrix}1\\2\end{pmatrix}"),
        (r"\frac12\begin{pmatrix}2\\4\end{pmatrix}", r"\begin{pmatrix}1\\2\end{pmatrix}"),
        (r"\begin{pmatrix}1/2 \\ 2 \end{pmatrix}", r"\begin{pmatrix}0.5\\2\end{pmatrix}"),
        (r"\begin{smallmatrix}1\\2\end{smallmatrix}", r"\begin{pmatrix}1\\2\end{pmatrix}"),
    ],
    "ratios": [
        ("2:4", "1:2"), ("1 to 2", "1:2"), ("3:4:5", "6:8:10"), ("12:24", "1:2"), ("30:25", "6:5"),
        ("11:21", "V_1:V_2=11:21"), ("0:1:-1", "0:-2:2"), ("100:50", "2:1"), ("2", "2:1"),
    ],
    "units": [
        ("5", r"5\text{ cm}"), ("50 mm", r"5 \text{ cm}"), (r"5 \text{ cm}^2", "5"),
        (r"5\,\mathrm{m/s}", "5"), (r"5\text{ meters}", r"5\text{ m}"), ("5 hours", "5"),
        ("300 minutes", r"5 \text{ hours}"), ("5 apples", "5"), (r"5\text{ square units}", "5"),
        ("5 inches", r"5\text{ in}"),
    ],
    "choices": [
        ("(C)", r"\text{(C)}"), ("C", r"\text{(C)}"), (r"\textbf{(C)}", "C"), (r"\mathrm{C}", "C"),
        ("A,B", r"\text{A,B}"), ("B, A", r"\text{A,B}"), ("Option C", "C"),
    ],
    "words": [
        (r"\text{even}", "even"), ("Even", r"\text{even}"), ("Monday", r"\text{Monday}"),
        ("monday", r"\text{Monday}"), (r"\text{Saturday}", "Saturday."), ("yes", r"\text{Yes}"),
        ("True", r"\text{true}"), ("the ellipse", r"\text{ellipse}"), ("an ellipse", "ellipse"),
        ("red", r"\text{red}"), (r"\text{Red}", "red"), ("Alice", r"\text{Alice}"),
        (r"\text{June 20}", "June 20th"), ("Sunday", r"\text{Sunday}"), (r"\text{Navin}", "Navin"),
        ("neither", r"\text{neither}"), (r"\text{Yes}", "Yes."), (r"\text{none}", r"\emptyset"),
    ],
    "times and dates": [
        ("4:30 p.m.", r"\text{4:30 p.m.}"), ("4:30 PM", r"\text{4:30 p.m.}"),
        ("16:30", r"4:30 \text{ p.m.}"), ("4:30", r"\text{4:30 p.m.}"), ("May 5", "5 May"),
        ("04:30", "4:30"), ("12:00", "12:00"), (r"\text{9:05}", "9:05"),
    ],
    "constants of integration": [
        ("C_1e^{t}+C_2e^{-t}", "c_1 e^{t} + c_2 e^{-t}"),
        ("Ae^{t}+Be^{-t}", "c_1 e^{t} + c_2 e^{-t}"), ("y=Ce^{-x}", "y(x)=ce^{-x}"),
        (r"\frac{x^3}{3}+C", r"\frac{1}{3}x^3+c"), ("x^2+K", "x^2+C"), ("x^2+k", "x^2+C"),
        (r"\sqrt{x^2+c}", r"\sqrt{x^2+C}"), (r"\frac{1}{1+Ae^{-x}}", r"\frac{1}{1+Ce^{-x}}"),
        ("y=Cx", "y=cx"), ("Ax+B", "c_1x+c_2"), (r"A2^n+B(-1)^n", r"c_1 2^n+c_2(-1)^n"),
        ("y=Ae^x", "y(x)=ce^x"), ("x^2-C", "x^2-c"),
    ],
    "steps and impulses": [
        (r"\delta(t)+2u(t)", r"2u(t)+\delta(t)"), ("H(t)", "u(t)"),
    ],
    "infinity and nothing": [
        (r"\infty", r"+\infty"), ("undefined", r"\text{undefined}"),
    ],
    "hedges": [
        ("approximately 9", "9"), ("about 9", "9"),
    ],
    "sets described": [
        (r"x \in \{1,2\}", "1,2"), (r"x\in\{1\}", "1"),
        (r"\{x \in \mathbb{R} \mid x > 3\}", r"(3,\infty)"), (r"\{x | x>3\}", r"(3,\infty)"),
        (r"x > 3 \text{ and } x < 5", "(3,5)"), ("3 < x and x < 5", "(3,5)"),
        (r"x<-2 \text{ or } x>2", "|x|>2"),
    ],
    "unions": [
        (r"[1,2]\cup\{3\}", r"\{3\}\cup[1,2]"), (r"(-\infty,-1)\cup(-1,\infty)", r"x\ne-1"),
        (r"(0,1)\cup[1,2)", "(0,2)"), (r"[0,1]\cup[1,2]", "[0,2]"),
    ],
    "intervals": [
        (r"\left[\frac{1}{2}, \infty\right)", r"[0.5,\infty)"), (r"1\leq x", r"[1,\infty)"),
        (r"x\not=2", r"x\neq 2"),
    ],
    "plus and minus": [
        (
            r"\frac{-b\pm\sqrt{b^2-4ac}}{2a}",
            r"\frac{-b+\sqrt{b^2-4ac}}{2a},\frac{-b-\sqrt{b^2-4ac}}{2a}",
        ),
    ],
    "several answers": [
        ("3, -2", r"x=-2 \text{ or } x=3"), ("x=-2,3", "-2,3"),
        (r"(x,y)=(1,2) \text{ and } (3,4)", "(1,2),(3,4)"), ("(1,2);(3,4)", "(1,2),(3,4)"),
        (r"(1,2) \text{ or } (3,4)", "(1,2),(3,4)"),
    ],
    "named answers": [
        ("a=1, b=2", "1,2"), ("a=1,b=2,c=3", "(1,2,3)"), (r"m=3 \text{ and } n=4", "3,4"),
    ],
    "equations": [
        ("2x+3y=6", r"y=2-\frac23x"), (r"y=-\frac{2}{3}x+2", "2x+3y-6=0"), ("4x+6y=12", "2x+3y=6"),
        ("x=2y", "y=x/2"), ("(x-1)^2+(y+2)^2=9", "x^2+y^2-2x+4y-4=0"),
        (r"\frac{x^2}{4}+\frac{y^2}{9}=1", "9x^2+4y^2=36"), ("x=3", "3=x"),
        ("P(x)=x^2", "p(x)=x^2"), ("f^{-1}(x)=x+1", "x+1"), ("f(2)=5", "5"), ("x+1=y", "y=x+1"),
    ],
    "quantities": [
        ("3/4 cup", r"\frac34"), ("1 1/2 hours", "1.5"), (r"1\frac12\text{ hours}", "1.5"),
        ("90 minutes", r"1.5\text{ hours}"), (r"3.0\times10^8 m/s", "3e8"),
        (r"9.8 \mathrm{~m} / \mathrm{s}^2", "9.8"), ("9.8 m/s^2", "9.8"),
        (r"9.8\,\text{m}\,\text{s}^{-2}", "9.8"), (r"100 \text{ km/h}", "100"),
        ("36 km/h", r"10 \text{ m/s}"), ("5 kJ", r"5000 \text{ J}"), (r"25^\circ C", "25"),
        (r"5 \Omega", "5"), (r"5 \mu m", "5"), (r"5\,\mu\text{m}", "5"), (r"2 \text{ eV}", "2"),
        ("0.5 M", "0.5"), ("5 kg m/s", "5"), ("5 N", "5"), (r"5\ \mathrm{erg\ s^{-1}}", "5"),
        (r"10^{-3}\text{ g/cm}^3", "0.001"), (r"2\pi\text{ rad/s}", r"2\pi"),
        (r"12\,\mathrm{K}", "12"), ("5 solar masses", "5"), (r"500 \text{ students}", "500"),
        (r"5 \% ", "0.05"), ("5 percent", "0.05"),
    ],
    "choices with their value": [
        (r"\text{(A) }5", "5"), (r"\textbf{(B)}\ 12", "12"), ("(B) 12", "12"),
        (r"\textbf{(B)}\ 12", "B"), ("(B)", r"\text{(B)}"), (r"\boxed{B}", r"\text{(B)}"),
        ("B.", r"\text{(B)}"), (r"\textbf{B}", "B"), ("A, B, C", r"\text{A,B,C}"),
        ("A and B", r"\text{A, B}"),
    ],
    "vectors": [
        (r"\begin{bmatrix}1\\-1\end{bmatrix}", r"\begin{pmatrix}1\\-1\end{pmatrix}"),
        (
            r"\begin{pmatrix} 1/2 & 0 \\ 0 & 1/2\end{pmatrix}",
            r"\frac12\begin{pmatrix} 1 & 0 \\ 0 & 1\end{pmatrix}",
        ),
        (r"\langle 1,-1\rangle", r"\begin{pmatrix}1\\-1\end{pmatrix}"),
    ],
    "parameters": [
        (r"k\pi, k\in\mathbb{Z}", r"k\pi"), (r"2k\pi \ (k \in \mathbb{Z})", r"2k\pi"),
    ],
    "names": [
        ("a_n = 2n+1", "2n+1"), ("a_n=2^n", "a_{n}=2^{n}"), ("T_n", "T_{n}"), ("x_1", "x_{1}"),
        (r"\alpha+\beta", r"\beta+\alpha"), (r"v_{\text{max}}", "v_{max}"),
        (r"v_{\max}", "v_{max}"), (r"m_{\max}=n^2", "n^2"), (r"\theta=30^\circ", "30"),
        (r"\angle ABC=30^\circ", r"30^\circ"), (r"\angle ABC = 30", r"30^\circ"), ("AB=5", "5"),
        ("S_{ABC}=5", "5"),
    ],
    "general solutions": [
        ("A e^{-kt}", "C e^{-kt}"), ("y = Ce^x - 1", "Ce^{x}-1"),
        (r"y(t)=c_1\cos t+c_2\sin t", r"C_1\sin t+C_2\cos t"), (r"\ln|x|+C", r"\ln(|x|)+C"),
        ("-e^{-x}+C", "C-e^{-x}"), ("x(t) = e^{-t}", "e^{-t}"),
    ],
    "what surrounds an answer": [
        ("5 = x", "5"), ("x=5.", "5"), ("x = 5, -3", "-3,5"), (r"x = \boxed{5}", "5"),
        ("The answer is 5", "5"), ("answer: 5", "5"), ("Answer: 5", "5"), ("=5", "5"),
        (": 5", "5"), (r"\therefore 5", "5"), (r"\Rightarrow 5", "5"), (r"5 \text{ (exact)}", "5"),
        ("5 units", "5"), (r"5\text{ sq. units}", "5"), ("n = 5", "5"), ("N=5", "n=5"),
    ],
    "hedges and parts": [
        ("12 and 13", "13, 12"), (r"\{12\}", "12"),
    ],
    "matrices and ratios": [
        (r"\begin{pmatrix}1\\2\\3\end{pmatrix}", "(1,2,3)"),
    ],
    "words and choices": [
        ("A", r"\text{(A)}"), ("a", "(A)"), ("a, c", "A, C"),
    ],
    "inequalities": [
        (r"-x \ge -8", r"x \le 8"), ("2x>6", "x>3"), ("x-3>0", r"(3,\infty)"), ("x<5", "5>x"),
        ("2x+2y<4", "x+y<2"), ("y>2x+1", "2x-y+1<0"), (r"-2<2x\le 6", "(-1,3]"),
        ("x^2+y^2<4", "4>x^2+y^2"), (r"x \geq 5 \text{ and } x \leq 7", "[5,7]"),
        (r"5\le x \text{ and } x<7", "[5,7)"),
        (r"x \in (-\infty,2)\cup(3,\infty)", r"x<2 \text{ or } x>3"),
        (r"x \in [2,3)", r"2\le x<3"), (r"0 < a \leq 1", "(0,1]"), ("a>0", r"(0,\infty)"),
        (r"k\ge -2", r"[-2,\infty)"), (r"m \in (-\infty, 2)", "m<2"),
        (r"t \neq 0", r"(-\infty,0)\cup(0,\infty)"),
        (r"\mathbb{R} \setminus \{2,3\}", r"(-\infty,2)\cup(2,3)\cup(3,\infty)"),
        (r"\{x\in\mathbb{R}: x\ne 2\}", r"x\ne 2"),
        (r"[-1,1] \setminus \{0\}", r"[-1,0)\cup(0,1]"),
        (r"(-\infty,-1]\cup[1,\infty)", r"|x|\ge1"),
    ],
    "statements of a value": [
        ("58 = 12 + 46", "58"), ("12+46=58", "58"), ("|AB|=5", "5"), (r"\text{Area}=5", "5"),
        (r"\text{area} = 5 \text{ cm}^2", "5"), (r"\text{Perimeter is }5", "5"),
        (r"P(A)=\frac12", "1/2"), (r"\Pr[X=2]=\frac12", "1/2"), ("E[X]=5", "5"),
        (r"\sin x = \frac12", r"\frac12"), (r"\tan\theta=2", "2"), ("a_5=7", "7"),
        ("a_{10}=7", "7"), ("f(3)=7", "7"), ("f(g(3))=7", "7"), ("N=7, M=8", "7,8"),
        (r"\max = 7", "7"), (r"x_{\max}=7", "7"), ("d(A,B)=7", "7"), ("[ABC]=7", "7"),
        (r"(f\circ g)(2)=7", "7"), ("f'(x)=2x", "2x"), ("y'=2x", "2x"),
        (r"\frac{dy}{dx}=2x", "2x"), (r"\dot{x}=2", "2"), (r"\lim_{x\to0}=7", "7"),
        (r"\lim_{x\to 0} f(x)=7", "7"), (r"S=\{1,2\}", "1,2"), (r"A\cup B=\{1,2\}", r"\{1,2\}"),
        (r"\vec{v}=(1,2)", "(1,2)"), (r"\overrightarrow{AB}=(1,2)", "(1,2)"),
        (r"\mathbf{v}=\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}1\\2\end{pmatrix}"),
        ("z=3+4i", "3+4i"), ("p=1/3", "1/3"),
    ],
    "sets and signs": [
        (r"\frac{1}{3},\frac{2}{3}", "2/3,1/3"), ("1/3,2/3", r"\frac13,\frac23"),
        (r"\left\{\frac{1}{3},\frac{2}{3}\right\}", "2/3,1/3"),
        (r"\{(1,2),(2,1)\}", "(2,1),(1,2)"), ("a, b, c", "c,b,a"),
        (r"1,\sqrt2,-\sqrt2", r"\pm\sqrt2,1"), (r"-1\pm i", "-1+i,-1-i"),
        (r"\frac{1\pm\sqrt5}{2}", r"\frac{1+\sqrt5}{2},\frac{1-\sqrt5}{2}"),
        (r"\pm\frac12", r"\frac12,-\frac12"), (r"\pm1,\pm2", "1,-1,2,-2"), (r"\{\pm1\}", "1,-1"),
        (r"0,\pm3", "-3,0,3"), (r"(\pm1,2)", "(1,2),(-1,2)"), (r"x=\pm1", r"\pm1"),
        (r"(1,\pm 2)", "(1,2),(1,-2)"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "reference"), [row for group in EQUAL.values() for row in group]
)
def test_equal(answer: str, reference: str) -> None:
    verdict = equal(answer, reference)
    assert verdict.correct, verdict
