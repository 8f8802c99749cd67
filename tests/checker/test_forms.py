r"""Numbers and expressions in every writing that models use, by kind: (answer, reference)."""

import pytest

from cft_eval import equal

EQUAL = {
    "thousands": [
        ("10'000", "10000"), ("1 234 567", "1,234,567"), ("1{,}234{,}567.89", "1234567.89"),
        (r"1\,000\,000", "10^6"), ("1 000 000", "1000000"), ("10^6", "1000000"),
        ("1{,}000{,}000", "1000000"), (r"1\;000", "1000"), ("1~000", "1000"),
    ],
    "fractions": [
        (r"\frac12", "0.5"), (r"\frac{1}2", "1/2"), ("½", r"\frac12"), ("1½", "1.5"),
        ("3 ½", r"\frac72"), ("⅔", "2/3"), (r"\nicefrac{1}{2}", "0.5"), (r"\sfrac{1}{2}", "0.5"),
        (r"{1 \over 2}", "0.5"), (r"1 \over 2", "0.5"), (r"\cfrac{1}{2}", "0.5"), ("1÷2", "0.5"),
        (r"1 \div 2", "1/2"), ("−½", "-0.5"),
    ],
    "percent": [
        (r"50\%", r"\frac12"), ("50%", "50"), ("50", r"50\%"), ("0.5", r"50\%"), (r"5000\%", "50"),
        ("50 percent", r"50\%"), (r"50 \text{ percent}", "50"),
    ],
    "money": [
        (r"\$7.50", "7.5"), ("7.50 dollars", r"\$7.50"), ("USD 7.50", r"\$7.50"),
        ("750 cents", r"\$7.50"), ("7.5", r"\$7.50"), ("$7.50", "7.5"),
    ],
    "degrees": [
        ("90°", r"90^{\circ}"), ("90 degrees", "90"), (r"\frac{\pi}{2}", r"90^\circ"),
        ("90 deg", "90"), (r"\pi/2 \text{ radians}", r"\pi/2"), (r"\pi/2 rad", r"90^\circ"),
        (r"\frac{\pi}{3}", r"60^\circ"), ("60", r"60^\circ"), (r"\pi/3 \text{ rad}", r"60^\circ"),
        (r"45\degree", r"45^\circ"), ("180-x", r"(180-x)^\circ"),
    ],
    "scientific notation": [
        ("1.5e3", "1500"), (r"1.5\times10^3", "1500"), (r"1.5 \cdot 10^{3}", "1500"),
        ("1.5E+3", "1500"), ("1.5 x 10^3", "1500"), ("1.5*10^3", "1500"), ("1.5×10³", "1500"),
        (r"1.5\times 10^{-3}", "0.0015"), ("10^{-3}", "0.001"), (r"6.02\times10^{23}", "6.02e23"),
        (r"6.02 \times 10^23", "6.02e23"), ("6.02*10^23", "6.02e23"),
        ("6.02e+23", r"6.02\times10^{23}"), ("602000000000000000000000", "6.02e23"),
        ("10^{-5}", "1e-5"), ("4.5e33", r"4.5\times10^{33}"),
    ],
    "numerals in a base": [
        ("(2516)_8", "2516_8"), ("2516_{eight}", "2516_8"), ("2516_{10}", "2516"),
        (r"2516 \text{ (base 8)}", "2516_8"), ("2516 base 8", "2516_8"),
    ],
    "constants of integration": [
        ("x+D", "x+C"), (r"\ln|x|+D", r"\ln|x|+C"),
    ],
    "scores and signs of money": [
        ("4 score", "80"), ("¥6", "6 yen"), ("¥6", "6 yuan"),
    ],
    "options with their text": [
        (r"\text{B. } 12", "B"), (r"\text{B. } 12", "12"),
    ],
    "letters for whole numbers": [
        (r"2n-1, n\in\mathbb{Z}", r"2k+1, k\in\mathbb{Z}"),
        (r"4n+1, 4n+3, n\in\mathbb{Z}", r"2k+1, k\in\mathbb{Z}"),
        (r"2n+1, n\in\mathbb{N}", r"2k+1, k\in\mathbb{N}"),
        (r"(2n,3n), n\in\mathbb{Z}", r"(2k,3k), k\in\mathbb{Z}"),
        (r"n^2, n\in\mathbb{Z}", r"k^2 \text{ where } k \text{ is an integer}"),
        (r"\{2n+1: n\in\mathbb{Z}\}", r"x=2k-1, k\in\mathbb{Z}"),
    ],
    "where it holds": [
        ("x^2, x>0", "x^2"), (r"\frac1x, x\ne0", r"\frac1x"),
        ("x^2, x>0", r"x^2 \text{ for } x>0"),
    ],
    "two inequalities": [
        ("x>2, x<5", "(2,5)"), (r"x\le5, x>2", r"2<x\le5"),
        ("x<2, x>5", r"(-\infty,2)\cup(5,\infty)"),
    ],
    "functions of unknown name": [
        ("v(t)+a", "a+v(t)"), (r"\phi(m)\phi(n)", r"\phi(n)\phi(m)"), ("a(b)c", "abc"),
        ("a(x)(x+1)", "a(x^2+x)"), (r"\exp(x)\exp(y)", r"\exp(x+y)"),
        (r"\sin(x)\cos(x)", r"\frac12\sin(2x)"),
    ],
    "products of vectors": [
        (r"\nabla\times\mathbf{F}", r"\nabla\times\vec F"), (r"\vec a\times\vec b", r"a\times b"),
        (r"\vec a\cdot\vec b", r"\vec b\cdot\vec a"),
    ],
    "closed forms": [
        (r"2\sqrt{3}", r"\sqrt{12}"), ("2√3", r"\sqrt{12}"), ("12^{1/2}", r"2\sqrt3"),
        ("3^{1/3}", r"\sqrt[3]{3}"), (r"\ln e^2", "2"), (r"\log_{10}100", "2"),
        (r"\sin 30^\circ", "1/2"), (r"\cos\frac{\pi}{3}", "0.5"),
        (r"\tan^{-1}1", r"\frac{\pi}{4}"), (r"\arctan(1)", r"\pi/4"), (r"{5 \choose 2}", "10"),
        (r"\frac{1}{2}+\frac{1}{3}", r"\frac56"), (r"1-\frac{1}{e}", r"\frac{e-1}{e}"),
        ("e^{-1}", "1/e"), (r"\exp(-1)", "1/e"), (r"\log_3 9", "2"), (r"\log 100", "2"),
        (r"\ln 4", r"2\ln 2"), (r"\log_4 8", "3/2"), (r"\log_2(3)", r"\frac{\ln 3}{\ln 2}"),
        (r"\log_{2}{3}", r"\log_2 3"), (r"\lg 100", "2"), (r"\sqrt[4]{16}", "2"),
        (r"\sqrt{-4}", "2i"), (r"\sqrt[3]{-8}", "-2"), ("i^2", "-1"), ("(1+i)^2", "2i"),
        ("|3+4i|", "5"), (r"\frac{3+4i}{5}", r"\frac35+\frac45 i"), (r"e^{\pi i/2}", "i"),
        (r"\cos 72^\circ", r"\frac{\sqrt5-1}{4}"), (r"\sin 18^\circ", r"\frac{\sqrt5-1}{4}"),
        (r"\tan 15^\circ", r"2-\sqrt3"), (r"\arcsin\frac12", r"\frac\pi6"),
        (r"\arccos 0", r"90^\circ"), (r"\sec 60^\circ", "2"), (r"\cot 45^\circ", "1"),
    ],
    "surds": [
        (r"\frac{1}{\sqrt2}", r"\frac{\sqrt2}{2}"), (r"\frac{\sqrt6+\sqrt2}{4}", r"\cos 15^\circ"),
        (r"\sqrt{2}+\sqrt{3}", r"\sqrt{5+2\sqrt6}"),
    ],
    "complex numbers": [
        ("3+4i", "4i+3"), (r"5\text{cis}(\arctan(4/3))", "3+4i"), (r"2 e^{i\pi/3}", r"1+\sqrt3 i"),
        (r"2(\cos 60^\circ + i \sin 60^\circ)", r"1+i\sqrt{3}"), (r"\frac{1}{i}", "-i"),
        (r"2 \operatorname{cis} 60^\circ", r"1+i\sqrt3"),
    ],
    "expressions": [
        ("x(x+2)+1", "(x+1)^2"), ("(x-1)(x+1)", "x^2-1"), ("|x|", r"\sqrt{x^2}"),
        (r"\sin^2 x+\cos^2 x", "1"), (r"\tan x", r"\frac{\sin x}{\cos x}"),
        (r"2\sin x\cos x", r"\sin 2x"),
    ],
    "plain numbers": [
        ("33.", "33"), ("+33", "33"), ("-1./3", "-1/3"), (r"0.\overline{3}", r"\frac13"),
        (r"0.\dot{3}", r"\frac13"), (r"\approx 3.14", "3.14"),
    ],
    "large numbers": [
        ("2^{100}", "1267650600228229401496703205376"), ("2^{2^{2^{2}}}", "65536"),
    ],
    "functions of whole numbers": [
        (r"\lfloor 3.7\rfloor", "3"), (r"\lceil 3.2 \rceil", "4"), ("|{-5}|", "5"),
    ],
    "mixed numbers": [
        (r"8\frac{4}{7}", r"\frac{60}{7}"), ("8 4/7", "60/7"), (r"-8\frac47", "-60/7"),
        (r"2\frac12", "2.5"),
    ],
    "letters": [
        (r"\frac{n(n+1)}{2}", r"\binom{n+1}{2}"), ("2^{n+1}", r"2\cdot2^n"), ("4^n", "2^{2n}"),
        (r"\frac{a}{b}", "a/b"), ("ab", "a*b"), ("ab", "ba"), (r"a \cdot b", "ab"),
    ],
    "dress": [
        ("**73**", "73"), (r"\mathbf{73}", "73"), (r"\boldsymbol{73}", "73"), (r"\fbox{73}", "73"),
        (r"\boxed{73}", "73"), ("$$73$$", "73"), (r"\[73\]", "73"), ("`73`", "73"),
        (r"\text{73}", "73"), ('73\\\\', "73"), (r"73 \quad", "73"), ("{73}", "73"),
        (r"\color{red}{73}", "73"), (r"\textcolor{red}{73}", "73"), (r"\underline{73}", "73"),
    ],
    "numbers with words": [
        (r"\frac{3}{4} \text{ of the pizza}", r"\frac34"), (r"14 \text{ ways}", "14"),
        ("seven", "7"), ("twelve", "12"), (r"\text{two}", "2"),
    ],
    "powers and counts": [
        (r"\frac{n!}{(n-2)!}", "n(n-1)"), (r"\binom{n}{2}", r"\frac{n(n-1)}{2}"),
        (r"\binom n2", r"\frac{n(n-1)}{2}"), (r"2^n\cdot 2", "2^{n+1}"),
        (r"\frac{2^{n+1}-2}{2}", "2^n-1"), ("3^{n}-3^{n-1}", r"2\cdot3^{n-1}"),
        ("a^{m}a^{n}", "a^{m+n}"), ("(ab)^2", "a^2b^2"), ("x^{-1}", "1/x"),
        (r"\sqrt{12x}", r"2\sqrt{3x}"), (r"\frac{x}{\sqrt{x}}", r"\sqrt{x}"),
        (r"\left\lfloor \frac{n}{2}\right\rfloor", r"\lfloor n/2\rfloor"),
    ],
    "large numbers in words": [
        (r"1.2 \text{ million}", "1200000"), ("1.2 million", "1,200,000"),
        (r"\$1.2 million", "1200000"),
    ],
    "digits that go on, and exact beside rounded": [
        (r"0.1\overline{6}", "1/6"), (r"0.\overline{142857}", "1/7"), ("0.16666...", "1/6"),
        (r"\sqrt{2} \approx 1.414", r"\sqrt2"), (r"\frac{1}{3}\approx 0.333", "1/3"),
        (r"\pi \approx 3.14", r"\pi"), (r"2\sqrt{2} = 2.828", r"2\sqrt2"),
        (r"4\pi \approx 12.57", r"4\pi"),
    ],
    "plain text mathematics": [
        ("1/2 x", r"\frac{x}{2}"), ("1/(2x)", r"\frac{1}{2x}"), (r"2/3 \pi", r"\frac{2\pi}{3}"),
        ("sqrt(2)/2", r"\frac{\sqrt2}{2}"), ("sqrt2", r"\sqrt2"), ("2*sqrt(3)", r"2\sqrt3"),
        ("pi/4", r"\frac\pi4"), ("2pi", r"2\pi"), ("x**2", "x^2"), ("sin(x)**2", r"\sin^2 x"),
        ("exp(-x)", "e^{-x}"), ("x^{2}+1", "1+x^2"), ("-1 + x", "x-1"), ("+5", "5"), ("--5", "5"),
        ("(5)", "5"), ("[5]", "5"), (r"\{5\}", "5"), ("((5))", "5"), (r"5\,", "5"),
        (r"5\text{.}", "5"), ("5~", "5"), (r"\mathbf{5}", "5"), (r"\text{5}", "5"),
        (r"\text{ 5 }", "5"), ("5 ", "5"), (r"\displaystyle\frac12", "1/2"), (r"{\bf 5}", "5"),
        (r"\rm{5}", "5"), (r"\mathrm{5}", "5"), (r"\emph{5}", "5"),
    ],
    "near numbers and other shapes": [
        (r"5\%", "5"), ("0.05", r"5\%"), ("x^{12}", "x^12"),
    ],
    "signs and units": [
        (r"\frac{-1}{-2}", r"\frac12"), ("-(-5)", "5"), (r"5 \text{ cm}", r"50\text{ mm}"),
        (r"1\text{ hour}", r"60\text{ minutes}"),
    ],
    "complex and real": [
        ("(x^2)^{1/2}", "|x|"), (r"\frac{x^2}{x}", "x"), (r"e^{\ln x}", "x"), (r"\ln e^x", "x"),
        ("0", "0i"), ("0.0", "0"),
    ],
    "huge numbers": [
        ("9^{9^{9}}", "9^{9^{9}}"), ("10^{1000}", "10^{1000}"), ("100!", "100!"),
        ("100!", "101!/101"), (r"\frac{100!}{98!}", "9900"), ("2^{2017}", r"2\cdot 2^{2016}"),
        ("3^{1000}", "9^{500}"), (r"\binom{2020}{1010}", r"\binom{2020}{1010}"),
        (r"\frac{1}{2^{100}}", "2^{-100}"), (r"\sqrt{2}^{\sqrt{2}}", r"2^{\sqrt2/2}"),
        (r"\cos 1^\circ", r"\sin 89^\circ"), (r"\tan^2 x+1", r"\sec^2 x"),
    ],
    "powers and roots": [
        (r"2 \cdot 3^2", "18"), (r"2^3 \cdot 5", "40"), (r"2^3\times5", "40"),
        ("18", r"2\cdot3^2"), ("0.25", "2^{-2}"), ("10^{-2}", "0.01"), ("7^{7}", "823543"),
        (r"\sqrt{0.25}", "0.5"), (r"\sqrt{\frac{1}{4}}", r"\frac12"),
        (r"\frac{\sqrt{3}}{3}", r"\frac{1}{\sqrt3}"), (r"\frac{3\sqrt{3}}{\sqrt{3}}", "3"),
        (r"3\sqrt{2}+\sqrt{8}", r"5\sqrt2"), (r"\sqrt{2}\sqrt{3}", r"\sqrt6"),
        ("√13", r"\sqrt{13}"), ("2√113", r"2\sqrt{113}"),
        ("√(x+1)", r"\sqrt{x+1}"), ("3√(10)/2", r"\frac{3\sqrt{10}}{2}"), ("√ 13", r"\sqrt{13}"),
        ("√12.25", "3.5"), ("∛27", "3"), ("∛2", r"\sqrt[3]{2}"), ("∛(x+1)", r"\sqrt[3]{x+1}"),
        ("∜16", "2"), ("√13x", r"x\sqrt{13}"), ("√13²", "13"), ("√13/2", r"\frac{\sqrt{13}}{2}"),
        (r"\sqrt{2}\cdot\sqrt{8}", "4"), (r"(\sqrt2)^2", "2"), (r"\sqrt[3]{54}", r"3\sqrt[3]{2}"),
        ("2^{3/2}", r"2\sqrt2"), (r"8^{\frac{2}{3}}", "4"),
        (r"\frac{4}{2\sqrt{3}-2}", r"\sqrt3+1"), (r"\sqrt{7-4\sqrt3}", r"2-\sqrt3"),
        (r"\sqrt[3]{2+\sqrt5}+\sqrt[3]{2-\sqrt5}", "1"),
    ],
    "algebra and functions": [
        ("3x^{2}-2x", "x(3x-2)"), ("x^{2}-x-6", "(x-3)(x+2)"), ("-(x-3)(x+2)", "(3-x)(x+2)"),
        (r"\frac{x+1}{x-1}", r"1+\frac{2}{x-1}"), (r"\frac{1}{x}+\frac{1}{y}", r"\frac{x+y}{xy}"),
        (r"\frac{a^2-b^2}{a-b}", "a+b"), ("x^3-1", "(x-1)(x^2+x+1)"),
        ("(a+b)^3", "a^3+3a^2b+3ab^2+b^3"), (r"\frac{1}{1-x}", r"\frac{-1}{x-1}"),
        (r"e^{x}\cdot e^{y}", "e^{x+y}"), (r"\cos 2x", r"1-2\sin^2x"),
        (r"\sinh x", r"\frac{e^x-e^{-x}}{2}"), (r"\tan(x)", r"\sin x/\cos x"),
        (r"\sin(\pi/2 - x)", r"\cos x"), (r"\cos(-x)", r"\cos x"), (r"\sin(-x)", r"-\sin x"),
        (r"\sin(x+\pi)", r"-\sin x"),
        (r"A\cos(\omega t)+B\sin(\omega t)", r"B\sin(\omega t)+A\cos(\omega t)"),
        (r"\sqrt{A^2+B^2}", r"\sqrt{B^2+A^2}"), (r"\frac{1}{2}mv^2", r"\frac{mv^2}{2}"),
        ("G M m / r^2", r"\frac{GMm}{r^2}"), (r"\frac{GMm}{r^{2}}", "GMm r^{-2}"),
        (r"\frac{hc}{\lambda}", r"hc/\lambda"), ("E=mc^2", "mc^2"),
        ("V_0 e^{-t/RC}", r"V_{0} e^{-\frac{t}{RC}}"),
        ("V_0 e^{-t/(RC)}", r"V_{0} e^{-\frac{t}{RC}}"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "reference"), [row for group in EQUAL.values() for row in group]
)
def test_equal(answer: str, reference: str) -> None:
    verdict = equal(answer, reference)
    assert verdict.correct, verdict
