r"""The forms of answers, by kind: what is equal, and what only looks so. (answer, reference)"""

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
        ("2:4", "1:2"), ("1 to 2", "1:2"), ("3:4:5", "6:8:10"),
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
    ],
    "constants of integration": [
        ("C_1e^{t}+C_2e^{-t}", "c_1 e^{t} + c_2 e^{-t}"),
        ("Ae^{t}+Be^{-t}", "c_1 e^{t} + c_2 e^{-t}"), ("y=Ce^{-x}", "y(x)=ce^{-x}"),
        (r"\frac{x^3}{3}+C", r"\frac{1}{3}x^3+c"),
    ],
    "steps and impulses": [
        (r"\delta(t)+2u(t)", r"2u(t)+\delta(t)"), ("H(t)", "u(t)"),
    ],
    "infinity and nothing": [
        (r"\infty", r"+\infty"), ("undefined", r"\text{undefined}"),
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
    "hedges": [
        ("approximately 9", "9"), ("about 9", "9"),
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
        ("C e^{-kt}", "A e^{-kt}"), ("y = Ce^x - 1", "Ce^{x}-1"),
        (r"y(t)=c_1\cos t+c_2\sin t", r"C_1\sin t+C_2\cos t"), (r"\ln|x|+C", r"\ln(|x|)+C"),
        ("-e^{-x}+C", "C-e^{-x}"), ("x(t) = e^{-t}", "e^{-t}"),
    ],
    "what surrounds an answer": [
        ("5 = x", "5"), ("x=5.", "5"), ("x = 5, -3", "-3,5"), (r"x = \boxed{5}", "5"),
        ("The answer is 5", "5"), ("answer: 5", "5"), ("Answer: 5", "5"), ("=5", "5"),
        (": 5", "5"), (r"\therefore 5", "5"), (r"\Rightarrow 5", "5"), (r"5 \text{ (exact)}", "5"),
        ("5 units", "5"), (r"5\text{ sq. units}", "5"), ("n = 5", "5"), ("N=5", "n=5"),
    ],
}  # fmt: skip
DIFFERENT = {
    "thousands": [
        ("10.000", "10000"), ("12,34", "1234"), ("{,}", "1"),
    ],
    "money": [
        ("€7.50", r"\$7.50"),
    ],
    "degrees": [
        (r"\frac{\pi}{2}", "90"),
    ],
    "scientific notation": [
        ("4.5e33", r"4.5\times10^{32}"),
    ],
    "numerals in a base": [
        ("2516", "2516_8"), ("1358", "2516_8"), ("2516_9", "2516_8"),
    ],
    "surds": [
        (r"\sqrt{2}+\sqrt{3}", r"\sqrt{10}"),
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
        (r"\text{C}", r"\text{D}"),
    ],
    "words": [
        ("Tuesday", "Monday"), ("False", r"\text{True}"), ("blue", "red"), ("0", r"\text{none}"),
    ],
    "times and dates": [
        ("4:30 am", r"\text{4:30 p.m.}"), ("4:3", "4:30"),
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
    "general solutions": [
        (r"c_1\cos t+c_2\sin t", r"c_1\cos 2t+c_2\sin 2t"), ("x^3+C", "x^2+C"),
        ("2e^{-t}", "e^{-t}"), ("y=2", "x=2"),
    ],
}  # fmt: skip


def rows(table: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str]]:
    return [row for group in table.values() for row in group]


@pytest.mark.parametrize(("answer", "reference"), rows(EQUAL))
def test_equal(answer: str, reference: str) -> None:
    verdict = equal(answer, reference)
    assert verdict.correct, verdict


@pytest.mark.parametrize(("answer", "reference"), rows(DIFFERENT))
def test_different(answer: str, reference: str) -> None:
    for one, other in ((answer, reference), (reference, answer)):
        verdict = equal(one, other)
        assert not verdict.correct, verdict
