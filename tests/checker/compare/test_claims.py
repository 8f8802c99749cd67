r"""Chains, sets of numbers, nesting, names, percents and long decimals: (answer, reference)."""

from cft_eval import Outcome, equal
from tests.checker.pairs import assert_different, assert_equal, each

EQUAL = [
    (r"\frac17 = 0.143", "1/7"),
    (r"\sqrt3 \approx 1.73", r"\sqrt3"),
    (r"x = \sqrt{65} \approx 8", r"\sqrt{65}"),
    (r"\frac{\pi}{3} = 60^\circ", r"\frac{\pi}{3}"),
    (r"\{x\in\mathbb{Z}: x\ge6\}", r"\{x\in\mathbb{Z}: x>5\}"),
    (r"\{n\in\mathbb{N}: n<3\}", r"\{1,2\}"),
    (r"\{x\in\mathbb{R}: x>5\}", r"(5,\infty)"),
    ("3, 8", "a=3, b=8"),
    ("b=8, a=3", "a=3, b=8"),
    ("8, 3", "x=3, x=8"),
    ("(-2,3]\\cap[3,5)", "3"),
    (r"20\%", "20"),
    (r"20\%", "0.2"),
    (r"16\frac23\%", r"\frac16"),
    (r"16\frac23\%", r"16\frac23"),
    ("0.142857142857143", r"\frac17"),
    ("1.7320508075688772", r"\sqrt3"),
    (r"5.291005291005\times10^{-3}", r"\frac{1}{189}"),
    ("|PQ|=4", "4"),
]
DIFFERENT = [
    (r"\{x\in\mathbb{Z}: x>5\}", r"(5,\infty)"),
    (r"\{x\in\mathbb{Q}\mid x\ge2\}", r"[2,\infty)"),
    (r"\{3,\{8\}\}", r"\{3,8\}"),
    (r"\{\emptyset\}", r"\emptyset"),
    ("8, 3", "a=3, b=8"),
    (r"0.25\%", "0.25"),
    (r"\frac14\%", r"\frac14"),
    ("0.143", r"\frac17"),
    ("2.000000000001", "2"),
]
TICKETS = [
    ("300 = 301 = 302", "300"),
    ("300=314", "314"),
    (r"200\approx201", "201"),
    ("500, 7", "7,500"),
    ("1.5 = 2.5", "2.5"),
    (r"\frac13 = 0.34", "1/3"),
]


@each(EQUAL)
def test_equal(answer: str, reference: str) -> None:
    assert_equal(answer, reference)


@each(DIFFERENT)
def test_different(answer: str, reference: str) -> None:
    assert_different(answer, reference)


@each(TICKETS)
def test_two_chances_earn_nothing(answer: str, reference: str) -> None:
    assert not equal(answer, reference).correct


RELATIONS = [
    (r"LC\ddot q+q(t)=0", r"q''=-\frac{q}{LC}"),
    (r"\frac{dN}{dt}=rN(t)", r"\dot N=rN"),
    ("ib=a", r"b=\frac{a}{i}"),
    ("80-2P=Q", "Q=80-2P"),
    (r"x^2\ge9", r"x^4\ge81"),
    (r"(x-2)(x-5)\le0", "[2,5]"),
    (r"\frac\pi6+k\pi", r"\frac\pi6+n\pi"),
    (r"\pm\frac\pi4+2k\pi", r"\frac\pi4+2n\pi, \frac{7\pi}4+2n\pi"),
    (r"60^\circ+360^\circ k", r"\frac\pi3+2\pi n"),
    (r"x\ne 3, 8", r"x\ne3 \text{ and } x\ne 8"),
    ("a=1,b=3;a=2,b=5", "(1,3),(2,5)"),
    (r"2,4,6,\ldots,2n", r"2, 4, \dots, 2n"),
    (r"2 < g(x) < 5", "(2,5)"),
    (r"\log 7", r"\ln 7"),
    (r"\frac ab=\frac23 \Rightarrow a+b=5", "5"),
]
OTHER_RELATIONS = [
    ("x(x-3)=0", "x-3=0"),
    (r"\frac\pi6+2k\pi", r"\frac\pi6+k\pi"),
    ("2n+1", "2k+1"),
    (r"\ln 7", r"\log 7"),
    (r"x^2\ge9", r"x\ge3"),
    ("3 apples, 5 pears", "5 apples, 3 pears"),
]


@each(RELATIONS)
def test_the_same_statement(answer: str, reference: str) -> None:
    assert equal(answer, reference).correct


@each(OTHER_RELATIONS)
def test_another_statement(answer: str, reference: str) -> None:
    assert equal(answer, reference).outcome is Outcome.WRONG
