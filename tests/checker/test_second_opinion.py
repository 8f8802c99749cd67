r"""Pairs written by someone who had not seen the checker: what a careful reader would say.

Each row is (answer, reference) or (answer, reference, benchmark); all are bare answers.
"""

import pytest

from cft_eval import Outcome, check, equal

EQUAL = [
    # integers and thousands
    ("033", "33"), ("33.0", "33"), ("+7", "7"), ("-0", "0"), ("1,000", "1000"),
    (r"10{,}000", "10000"), (r"3,\!250", "3250"), (r"10\,000", "10000"), ("10 000", "10000"),
    ("1,234,567", "1234567"), ("$42$", "42"), (r"\(42\)", "42"), ("42.", "42"),
    (r"\mathbf{42}", "42"), (r"\textbf{42}", "42"), ("**42**", "42"), ("{42}", "42"),
    ("−5", "-5"), ("- 5", "-5"), ("27.0", "27"), ("1e3", "1000"),
    # fractions
    ("1/2", r"\frac{1}{2}"), (r"\frac12", r"\dfrac{1}{2}"), (r"\tfrac{1}{2}", "0.5"),
    ("½", r"\frac{1}{2}"), ("2/4", r"\frac{1}{2}"), (r"\dfrac{1}2", "1/2"), (r"\frac1{2}", "1/2"),
    ("-1/2", r"-\frac{1}{2}"), (r"\frac{-1}{2}", r"-\frac12"), (r"-\frac{1}{2}", r"\frac{1}{-2}"),
    (".5", "0.5"), ("0.50", r"\frac{1}{2}"), (r"1\frac{1}{2}", r"\frac{3}{2}"),
    (r"8\frac47", r"\frac{60}{7}"), ("-1./3", r"-\frac13"), ("-3./2", "-1.5"),
    (r"{1}/{2}", "1/2"), (r"\frac{270}7", "270/7"), (r"\frac{1}{1-\frac12}", "2"),
    # decimals and scientific
    ("1e-5", "0.00001"), (r"4.5\times10^{33}", "4.5e33"), (r"4.5 \cdot 10^{33}", "4.5e33"),
    ("4.5 x 10^33", "4.5e33"), (r"1.0\times 10^{-3}", "0.001"), ("2.5E+4", "25000"),
    # percent, money, degrees
    (r"15\%", "15%"), (r"15\%", "15"), (r"\$7.50", "7.50"), ("$7.50", r"\$7.50"),
    ("18 dollars", "18"), (r"90^\circ", "90"), (r"90^{\circ}", "90"), ("90°", "90"),
    ("90 degrees", r"90^\circ"), (r"\$18", "18"), ("€5", "5"),
    # closed forms
    (r"\sqrt{8}", r"2\sqrt{2}"), (r"\sqrt2", r"\sqrt{2}"), ("√2", r"\sqrt{2}"),
    (r"\frac{1}{\sqrt{2}}", r"\frac{\sqrt{2}}{2}"), (r"\sqrt[3]{8}", "2"), ("2^{10}", "1024"),
    ("2**10", "1024"), (r"\pi/2", r"\frac{\pi}{2}"), ("π/2", r"\frac{\pi}{2}"), ("5!", "120"),
    (r"\binom{5}{2}", "10"), (r"\log_2 8", "3"), (r"\ln e", "1"), (r"\sin\frac{\pi}{6}", "1/2"),
    (r"e^{2\ln 3}", "9"), (r"\frac{\sqrt{5}-1}{2}", r"\frac{2}{1+\sqrt5}"),
    (r"2021 \cdot 505 \cdot 337", r"337\cdot505\cdot2021"), (r"\sqrt{3+2\sqrt2}", r"1+\sqrt2"),
    (r"\frac{\ln 8}{\ln 2}", "3"), (r"\cos 60^\circ", "1/2"), (r"9\pi", r"\pi 9"),
    # complex
    ("1+2i", "2i+1"), (r"\frac{1}{2}i", "i/2"), (r"e^{i\pi}", "-1"), ("3-4i", "-4i+3"),
    (r"2e^{i\pi/3}", r"1+\sqrt{3}i"),
    # expressions
    ("(x+1)^2", "x^2+2x+1"), ("x(x-1)", "x^2-x"), (r"\frac{x^2-1}{x-1}", "x+1"),
    ("2xy", "2yx"), ("a^2 - b^2", "(a-b)(a+b)"), ("n(n+1)/2", r"\frac{n^2+n}{2}"),
    (r"\sin^2 x + \cos^2 x", "1"), ("x^{2}y", "yx^2"), ("3(x-2)", "3x-6"),
    (r"e^{x+y}", "e^x e^y"), (r"2^{n+1}", r"2\cdot 2^n"), (r"\frac{2}{3}x", "2x/3"),
    # prefixes and equations
    ("x=5", "5"), ("x = 5", "5"), ("f(x)=2x", "2x"), ("f(x) = 2 x", "f(x)=2x"), ("y=2x+3", "2x+3"),
    ("y=2x+3", "2x-y+3=0"), ("2x-y+3=0", "y=2x+3"), ("2x+4y=6", "x+2y=3"), ("k=1", "1"),
    ("x^2+y^2=4", "4=y^2+x^2"), ("x-y=0", "y-x=0"),
    # inequalities and intervals
    ("(2,3]", r"(2,3]"), ("2<x\\le3", "(2,3]"), (r"x\in(2,3]", "(2,3]"), ("x>2", r"(2,\infty)"),
    (r"x\geq 2", r"[2,\infty)"), (r"(-\infty,2)\cup(3,\infty)", r"(3,\infty)\cup(-\infty,2)"),
    (r"x<2 \text{ or } x>3", r"(-\infty,2)\cup(3,\infty)"), (r"(2, \infty)", r"(2,+\infty)"),
    (r"\left(0,4\right]", "(0,4]"), (r"2 \leq x \leq 3", "[2,3]"), ("3>=x>=2", "[2,3]"),
    # tuples, points, vectors, matrices
    ("(1,2)", r"\left( 1, \ 2\right)"), ("(1/2, 3)", r"\left(\frac12,3\right)"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{bmatrix}1\\2\end{bmatrix}"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "[[1,2],[3,4]]"),
    (r"\begin{pmatrix} 1/2 \\ 0 \end{pmatrix}", r"\begin{pmatrix} \frac{1}{2} \\ 0 \end{pmatrix}"),
    # lists and sets
    ("1,2", "2,1"), ("2, 1", "1,2"), (r"1 \text{ and } 5", "5,1"), ("1 or 5", "1,5"),
    (r"\{1,2\}", "1,2"), (r"\{2,1\}", r"\{1,2\}"), ("x=1,x=2", "1,2"),
    (r"x=1 \text{ or } x=2", "1,2"),
    (r"\pm 3", "3,-3"), (r"1\pm\sqrt5", r"1+\sqrt5,1-\sqrt5"), (r"x=\pm2", r"\pm 2"),
    (r"\{1\pm\sqrt{5},-2\}", r"-2,1+\sqrt5,1-\sqrt5"), ("(1,2),(3,4)", "(3,4),(1,2)"),
    ("x=2, y=3", "(2,3)"), ("1/2 or 0.5", "0.5"), (r"\frac12 = 0.5", "1/2"),
    # bases
    ("2516_8", "2516_{8}"), (r"1011_{2}", "1011_2"), (r"2516_{\text{eight}}", "2516_8"),
    # units
    ("5 cm", "5"), (r"5\text{ cm}", "5"), (r"5\mbox{ cm}^2", "5"), (r"12\text{ inches}", "12"),
    (r"5\,\mathrm{cm}", r"5 \text{ cm}"), (r"30\text{ mph}", "30"),
    # choices and text
    (r"\text{(C)}", "C"), ("(C)", r"\text{C}"), ("C", "(C)"), (r"\textbf{(E)}", r"\text{E}"),
    (r"\text{Evelyn}", "Evelyn"), ("even", r"\text{even}"), (r"\text{ parabola }", "parabola"),
    (r"4:30 \text{ p.m.}", r"\text{4:30 p.m.}"), ("1:1", "1:1"), ("A,C,F", r"\text{A,C,F}"),
    # Minerva
    (r"\exp{a*t}", "e^{at}"), (r"e^{at}", r"\exp(a t)"), ("m_p", "m_{p}"), ("E_1", "E_{1}"),
    (r"\arcsin(10/13)", "np.arcsin(10/13)"), ("X_d=125-1.25P", "X_{d}=125-1.25 P"),
    # OlympiadBench
    (r"$\frac{2016}{2017^{2}}$", r"\frac{2016}{2017^2}"), (r"m=n^2-n-1", r"n^{2}-n-1"),
    (r"\lfloor n/2 \rfloor", r"\left\lfloor\frac{n}{2}\right\rfloor"),
]  # fmt: skip

DIFFERENT = [
    ("5", "-5"), ("98721", "98730"), ("10000", "10001"), ("0.333", r"\frac13"), ("3.14", r"\pi"),
    ("1.414", r"\sqrt2"), ("1/2018", r"\frac{2016}{2017^2}"), ("50", "0.5"), ("0.5", "50"),
    ("1/2004!", "1/2006!"), ("1000", "1001"), ("7.4e-12", "2.3e-12"), ("0.03", "0.01"),
    ("[1,2]", "(1,2)"), ("(1,2]", "[1,2)"), ("(2,3]", "(2,3)"), ("(1,2)", "(2,1)"),
    ("10 or 9", "10"), (r"10 \text{ or } 9", "9"), ("1,2,3", "1,2"), ("1", "1,2"), ("1,1", "1,2"),
    ("4343", "4343_6"), ("2516_8", "2516_9"), ("4343_6", "4343_7"), ("x^2+1", "x^2-1"),
    ("x+y", "x-y"), ("x", "y"), ("2x+4y=6", "x+2y=4"), ("y=2x+3", "y=2x-3"), ("x>2", "x<2"),
    (r"x\ge2", "x>2"), ("3i", "-3i"), ("1+2i", "2+i"), (r"\sqrt{x^2}", "x"),
    (r"\ln(x^2)", r"2\ln x"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}2\\1\end{pmatrix}"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix}1&3\\2&4\end{pmatrix}"),
    (r"\text{(A)}", r"\text{(B)}"), ("even", "odd"), (r"\text{4:30 p.m.}", r"\text{4:30 a.m.}"),
    ("45%", "46%"), (r"10\%", r"90\%"), ("1:2", "2:1"), (r"8\frac47", "32/7"), (r"\pm3", "3"),
    ("3", r"\pm 3"), ("5 cm", "5 m"), (r"5\text{ hours}", r"5\text{ minutes}"), ("E_1", "E_2"),
    (r"(-\infty,2)", r"(-\infty,2]"), (r"(-\infty,2)\cup(3,\infty)", r"(-\infty,2)\cap(3,\infty)"),
    ("a=5", "b=5"), ("x=1,y=2", "x=7,y=2"), ("y=x+1", "z=x+1"), (r"2^{n}", r"2^{n+1}"), ("", "5"),
    ("(1, 100)", "1100"), ("(1,100)", "[1,100]"), (r"\{1,100\}", "1100"), ("(0, 100]", "(0, 100)"),
    ("x=3, y=2", "(2,3)"), ("y=2, x=3", "(2,3)"), ("2,3", "(2,3]"),
    ("0", "2x-y+3=0"), ("11x 9 6y + 5z + 86 = 0", "11x+6y+5z+86=0"), ("25,0", "25,000"),
    ("n!", "(n+1)!"), (r"\binom{5}{2}", r"\binom{5}{1}"), (r"\log_2 9", "3"), ("e", "2.718281828"),
    ("I do not know", "5"), ("x", "5"), ("12 and 13", "12"), ("0.9999999", "1"), ("1e-9", "0"),
    (r"3\cdot10^{8}", r"7\cdot10^{8}"), ("(1,2,3)", "(1,2)"), ("1 < x < 2", "1 < x < 3"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "reference"), EQUAL)
def test_equal(answer: str, reference: str) -> None:
    verdict = equal(answer, reference)
    assert verdict.outcome is Outcome.CORRECT, verdict


@pytest.mark.parametrize(("answer", "reference"), EQUAL)
def test_equal_the_other_way(answer: str, reference: str) -> None:
    verdict = equal(reference, answer)
    assert verdict.outcome is Outcome.CORRECT, verdict


@pytest.mark.parametrize(("answer", "reference"), DIFFERENT)
def test_different(answer: str, reference: str) -> None:
    for verdict in (equal(answer, reference), equal(reference, answer)):
        assert verdict.outcome is not Outcome.CORRECT, verdict


RESPONSES = [
    (r"\boxed{|r-s| = 16}", "16", True),
    (r"\boxed{E(2020, 1993) = 76}", "76", True),
    (r"\boxed{x + y = 5}", "x + y = 6", False),
    (r"First \boxed{3}. No: \boxed{5}.", "5", True),
    (r"First \boxed{5}. No: \boxed{3}.", "5", False),
    (r"So the answer is \boxed{\frac{1}{2}", "1/2", True),
    ("The answer is 42.", "42", True),
    ("#### 42", "42", True),
    ("Answer: 42", "42", True),
    ("So she pays **$18**.", "18", True),
    (r"It is either \boxed{3} or \boxed{5}.", "5", False),
    (r"\boxed{1}\boxed{2}\boxed{3}\boxed{4}\boxed{5}\boxed{6}", "6", False),
    (r"The solutions are \boxed{1} and \boxed{2}.", "1,2", True),
    (r"\boxed{42} [END]", "42", True),
    (r"\boxed{5} cm", "5", True),
    (r"<think>maybe \boxed{7}</think> It is \boxed{8}.", "8", True),
    (r"<think>maybe \boxed{8}</think> I cannot say.", "8", False),
    ("I have no idea.", "5", False),
    ("", "5", False),
    (r"\fbox{12}", "12", True),
    (r"$\boxed 5$", "5", True),
    ('{"answer": "12"}', "12", True),
    ("答案是 12。", "12", True),
]


@pytest.mark.parametrize(("response", "reference", "correct"), RESPONSES)
def test_responses(response: str, reference: str, correct: bool) -> None:
    verdict = check(response, reference)
    assert verdict.correct is correct, verdict


PLAIN = [
    "5",
    "-5",
    "05",
    "5.0",
    "5.50",
    "11/2",
    r"\frac{11}{2}",
    r"\dfrac{22}{4}",
    "$5$",
    "-0",
    "0",
]


@pytest.mark.parametrize("answer", PLAIN)
@pytest.mark.parametrize("reference", PLAIN)
def test_the_short_way_for_plain_numbers_says_what_the_long_way_says(
    answer: str, reference: str
) -> None:
    # A space inside the braces is not plain, and means nothing.
    long_way = equal(answer + r"\,", reference)
    assert equal(answer, reference).outcome == long_way.outcome
