r"""One value in the writings of people, pages and programs: (answer, reference)."""

from cft_eval import equal
from tests.checker.pairs import assert_different, assert_equal, each

PLAIN_TEXT = [
    ("mgh", "m g h"),
    ("xyz", "z x y"),
    ("2 k T", "2kT"),
    ("phi/3", r"\frac{\phi}{3}"),
    ("3/4*rho*g*h", r"\frac34\rho g h"),
    ("omega^2", r"\omega^2"),
    ("Theta(n log n)", r"\Theta(n \log n)"),
    ("sec x", r"\frac{1}{\cos x}"),
    ("coth(x)", r"\coth x"),
    ("acosh(x)", r"\operatorname{arcosh} x"),
    ("log(w,2)", r"\log_2 w"),
    ("y^ln(x)", r"y^{\ln x}"),
    ("binomial(n,3)", r"\binom{n}{3}"),
    ("C(n,3)", r"\binom n3"),
    ("n choose 3", r"\binom{n}{3}"),
    ("Sqrt[5]", r"\sqrt5"),
    ("3*Pi*Cos[t]", r"3\pi\cos t"),
    ("cbrt(2)", r"\sqrt[3]{2}"),
    ("y =/= 3", r"y \ne 3"),
    ("a_1*x1", "a_1 x_1"),
]
MARKED = [
    ("<b>8</b>", "8"),
    ("x<sup>3</sup>", "x^3"),
    ('"8"', "8"),
    ('["3","8"]', "3,8"),
    ("\u20118", "-8"),
    ("8 \u2705", "8"),
    ("8 \U0001f389", "8"),
    ("9{:}45", "9:45"),
    (r"\\frac{5}{7}", "5/7"),
    (r"-3 \\le x \\le 4", "[-3,4]"),
    (r"\mleft(1+4\mright)", "5"),
    (r"\lgroup 1+4\rgroup", "5"),
    (r"\exponentialE^2", "e^2"),
    (r"\choose{9}{2}", "36"),
    (r"\frac{y}{\overline{y}_k}", r"\frac{y}{\bar y_k}"),
    ("41 pct", r"41\%"),
    ("41 percentage points", r"41\%"),
]
ASIDES = [
    (r"f(t)=t, \forall t\in\mathbb{R}", "f(t)=t"),
    (r"3^{n+1} \text{ for all } n\ge0", "3^{n+1}"),
    (r"3^{n+1} \quad (n \geq 0)", "3^{n+1}"),
    (r"\frac{29}{7} \text{ (about } 4.14)", r"\frac{29}{7}"),
    ("8 because the sides are equal", "8"),
    ("8 (since 3+5=8)", "8"),
    ("4 by 9", r"4\times 9"),
    (r"ax+b, \text{ where } a, b \text{ are arbitrary constants}", "ax+b"),
]
DIFFERENT = [
    ("open since 6", "open since 5"),
    (r"\overline{z}", "z"),
    ("y =/= 3", "y=3"),
    (r"\\frac{5}{7}", "7/5"),
    ("theta/2", r"\phi/2"),
]


@each(PLAIN_TEXT, MARKED, ASIDES)
def test_the_same_value(answer: str, reference: str) -> None:
    assert_equal(answer, reference)


@each(DIFFERENT)
def test_another_value(answer: str, reference: str) -> None:
    assert_different(answer, reference)


OTHER_LANGUAGES = [
    ("120分钟", r"2\text{ hours}"),
    ("4公里", "4000 m"),
    ("9平方厘米", "9"),
    ("72千米/小时", "20 m/s"),
    ("无解", "no solution"),
    ("x=4或x=6", "4,6"),
    (r"4 \text{ oder } 6", "4,6"),
    (r"4 \text{ y } 6", "4,6"),
    ("2 heures", "120 minutes"),
    ("seven percent", "0.07"),
    ("-20%", "-20"),
    ("9‰", "0.009"),
    ("75 cents", "$0.75"),
    ("4 tens", "40"),
    (r"1.25 \AA", "1.25"),
    ("log2(32)", "5"),
    ("(2,5) union [7,9)", r"(2,5)\cup[7,9)"),
    ("6C2", "15"),
    (r"x=7\text{ (double root)}", "7"),
    ("dy/dx=3x", r"\frac{dy}{dx}=3x"),
    ("f(2+x)", "f(x+2)"),
    ("f(t)=t+1", "f(x)=x+1"),
]

OTHER_LANGUAGES_DIFFERENT = [
    ("7厘米", "7米"),
    ("7千克", "7克"),
    ("7 heures", "7 minutes"),
    ("€7", "$7"),
    ("half a percent", "0.5"),
    ("7 tens", "7"),
    ("7 carats", "7 kg"),
    ("7 fathoms", "7 m"),
    (r"x=-3 \text{ (rejected)}", "-3"),
    (r"\frac{\partial u}{\partial x}", r"\frac{\partial u}{\partial y}"),
    (r"\frac{dz}{dx}", r"\frac{dz}{dt}"),
    (
        r"\frac{\partial w}{\partial t}=\frac{\partial^2 w}{\partial x^2}",
        r"\frac{\partial w}{\partial x}=\frac{\partial^2 w}{\partial t^2}",
    ),
    ("f(g(x))", "g(f(x))"),
    ("f(3x)", "3f(x)"),
    ("g(a)+g(b)", "g(a+b)"),
]


@each(OTHER_LANGUAGES)
def test_other_languages_name_the_same(answer: str, reference: str) -> None:
    assert_equal(answer, reference)


@each(OTHER_LANGUAGES_DIFFERENT)
def test_units_and_functions_count(answer: str, reference: str) -> None:
    for x, y in ((answer, reference), (reference, answer)):
        assert not equal(x, y).correct


COMPUTER_ALGEBRA = [
    ("Rational(5, 7)", "5/7"),
    ("Matrix([[1, 3], [2, 5]])", r"\begin{pmatrix}1&3\\2&5\end{pmatrix}"),
    ("{{1,3},{2,5}}", r"\begin{pmatrix}1&3\\2&5\end{pmatrix}"),
    ("[1, 3; 2, 5]", r"\begin{pmatrix}1&3\\2&5\end{pmatrix}"),
    ("x -> 7", "7"),
    ("Interval(2, 5)", "[2,5]"),
    ("Interval.Lopen(2, 5)", "(2,5]"),
    ("FiniteSet(2, 5)", r"\{2,5\}"),
    ("5 + 2*I", "5+2i"),
    ("I*3", "3i"),
    ("5 + 2j", "5+2i"),
    (r"\text{C}_2\text{H}_6", "C_2H_6"),
    ("all real numbers except 7", r"x\ne7"),
]


@each(COMPUTER_ALGEBRA)
def test_what_programs_print(answer: str, reference: str) -> None:
    assert_equal(answer, reference)
