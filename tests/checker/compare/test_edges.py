"""The edges of the comparison: precision, names, constants, times, and what is said of them."""

from fractions import Fraction

import pytest

from cft_eval import Outcome, equal
from cft_eval.checker.compare import constants, measured, pieces, renaming, shared
from cft_eval.checker.compare.answers import judge
from cft_eval.checker.compare.comparison import ValueComparison
from cft_eval.checker.prove.prove import Truth
from cft_eval.checker.read.parse import readings
from cft_eval.checker.types.rules import Rules
from cft_eval.checker.types.values import NODES, Node, Number, Ratio, Relation, Symbol, Text, Value


def read(text: str) -> Value:
    return next(readings(text))


def node(text: str) -> Node:
    value = read(text)
    assert isinstance(value, NODES), value
    return value


def relation(text: str) -> Relation:
    value = read(text)
    assert isinstance(value, Relation), value
    return value


# --- precision ---------------------------------------------------------------------------------

CLOSE = [
    ("3.14", "3.14159", True),
    ("3.25", "3.14159", False),
    ("3.1415", "3.14", True),
    ("3.146", "3.14", False),
    ("100001.4", "100001", True),
    ("100001.6", "100001", False),  # half a unit, and not half of a percent
    ("100", "100001", False),
    ("3.02", "3.017", True),
]


@pytest.mark.parametrize(("answer", "reference", "close"), CLOSE)
def test_measured(answer: str, reference: str, close: bool) -> None:
    assert measured.close(answer, node(answer), reference) is close


def test_a_unit_of_the_last_digit() -> None:
    for text, value, unit in (
        ("3.14", Fraction(314, 100), Fraction(1, 100)),
        ("2.50e-3", Fraction(25, 10_000), Fraction(1, 100_000)),
        ("7", Fraction(7), Fraction(1)),
        ("7.", Fraction(7), Fraction(1)),
    ):
        written = measured._WRITTEN.match(text)
        assert written is not None
        assert measured._read(written) == (value, unit)


def test_a_measured_answer_may_be_named() -> None:
    rules = Rules(measured=True)
    assert judge("v = 3.02", "3.017", rules, deep=False).outcome is Outcome.CORRECT
    assert judge("v = 3.07", "3.017", rules, deep=False).outcome is Outcome.WRONG
    assert judge("1 = 3.017", "3.017", rules, deep=False).outcome is Outcome.WRONG


@pytest.mark.parametrize(
    ("value", "units", "agrees"),
    [
        ("0.012345678901234567", Fraction(3, 2), True),
        ("0.012345678901234567", Fraction(5, 2), False),
        ("0.12345678901234567", Fraction(3, 2), True),
        ("0.12345678901234567", Fraction(5, 2), False),
        ("1.2345678901234567", Fraction(3, 2), True),
        ("1.2345678901234567", Fraction(5, 2), False),
        ("123456.78901234567", Fraction(3, 2), True),
        ("123456.78901234567", Fraction(5, 2), False),
    ],
)
def test_long_decimals_agree_in_fifteen_digits(value: str, units: Fraction, agrees: bool) -> None:
    decimal = Fraction(value)
    whole, _, rest = value.partition(".")
    leading = len(whole) if whole != "0" else -(len(rest) - len(rest.lstrip("0")))
    exact = decimal + units * Fraction(10) ** (leading - 15)
    assert pieces.agrees_in_full(decimal, exact) is agrees


def test_rounding_goes_to_the_nearer_one() -> None:
    assert renaming._rounds(Fraction(67, 100), Fraction(6655, 10_000), True)
    assert not renaming._rounds(Fraction(67, 100), Fraction(6645, 10_000), True)
    assert renaming._rounds(Fraction(66, 100), Fraction(6699, 10_000), True)  # cut, not rounded


# --- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("t = 5", "5"),
        ("5 = t", "5"),
        ("2 + 3 = 5", "5"),
        ("a + b = c + d = 5", "5"),
        ("a + b = 5", None),
        ("a + b < 5", None),
    ],
)
def test_what_a_relation_says(text: str, said: str | None) -> None:
    assert renaming.named(relation(text)) == (None if said is None else node(said))


STANDS = [
    ("A", "C", "Ce^{x}", True),
    ("K", "C", "x+C", True),
    ("A", "C", "x+C", False),  # nobody calls what is added A
    ("B", "c_1", "x+c_1", True),
    ("A", "c", "ct", False),  # a speed, or a length
    ("C", "c", "ct", True),
    ("a", "A", "A", True),
    ("b", "A", "A", False),
    ("k", "K", "K", False),  # no choice goes so far
]


@pytest.mark.parametrize(("name", "wanted", "reference", "stands"), STANDS)
def test_letters_of_constants(name: str, wanted: str, reference: str, stands: bool) -> None:
    assert constants.stands_for(name, wanted, node(reference), member=False) is stands
    if reference != wanted:
        assert not constants.stands_for(name, wanted, node(reference), member=True)


LOOSE = [
    ("a", "A", True),
    ("k", "K", True),
    ("C", "K", True),
    ("c", "A", True),
    ("C", "B", False),
    ("C_1", "B", True),
    ("B", "C_1", True),
    ("B", "D", False),
    ("C_1", "x", False),
    ("x", "X", False),
    ("b", "c", False),
]


@pytest.mark.parametrize(("x", "y", "same"), LOOSE)
def test_letters_under_loose_rules(x: str, y: str, same: bool) -> None:
    assert bool(constants.interchangeable(x, y)) is same


# --- equations, ratios, times ------------------------------------------------------------------


def compare(answer: str, reference: str) -> tuple[Truth, str]:
    result = ValueComparison(Rules(), False).values(read(answer), read(reference))
    return result.truth, result.reason


@pytest.mark.parametrize(
    ("answer", "reference", "reason"),
    [
        ("a^2-b=c", "c=a^2-b", "the same equation"),
        ("a^2-b=c", "c+b=a^2", "the same equation"),
        ("2a+2b=6c", "a+b=3c", "the same equation times 2"),
        ("a+b=a+b", "a+2b=c", "one of the equations is always true"),
        ("a+2b=c", "a+b=b+a", "one of the equations is always true"),
        ("a+2b=c", "a+b=c", "the equations are not multiples of each other"),
    ],
)
def test_equations_of_several_letters(answer: str, reference: str, reason: str) -> None:
    truth, said = compare(answer, reference)
    assert truth is (Truth.EQUAL if reason.startswith("the same") else Truth.DIFFERENT)
    assert said == reason


@pytest.mark.parametrize(
    ("answer", "reference", "right"),
    [
        ("2a+2b<6c", "a+b<3c", True),
        ("-2a-2b<-6c", "a+b>3c", True),
        ("-2a-2b<-6c", "a+b<3c", False),
        ("3c>a+b", "a+b<3c", True),
        (r"\frac42:\infty", r"2:\infty", True),
        (r"1:\infty", r"2:\infty", False),
        (r"1\%", "1", True),
        (r"1\%", "0.01", True),
        (r"0.99\%", "0.99", False),
    ],
)
def test_inequalities_ratios_and_percent(answer: str, reference: str, right: bool) -> None:
    assert equal(answer, reference).correct is right


@pytest.mark.parametrize(
    ("hour", "words", "same"),
    [
        (0, "12:30 am", True),
        (12, "12:30 am", True),  # as it is written
        (12, "12:30 pm", True),
        (24, "12:30 pm", False),
        (16, "4:30 pm", True),
        (4, "4:30 pm", True),
        (4, "4:30 am", True),
        (16, "4:30 am", False),
        (13, "12:30 am", False),
        (17, "4:30 pm", False),
    ],
)
def test_clocks_of_twelve_and_of_twenty_four_hours(hour: int, words: str, same: bool) -> None:
    clock = Ratio((Number(Fraction(hour)), Number(Fraction(30))), may_be_time=True)
    assert (shared.times(Text(words), clock).truth is Truth.EQUAL) is same


def test_which_letters_are_parameters() -> None:
    assert pieces.differ_by_parameter(node("ab-ac"), node("b-c"))
    assert not pieces.differ_by_parameter(node("xb-xc"), node("b-c"))  # x is a variable
    assert renaming.label(relation("f(x) = 3")) is not None
    assert renaming.label(Relation((Symbol("pi"), Symbol("x")), ("=",))) is None


@pytest.mark.parametrize(("answer", "reference"), [("", r"\,"), (r"\;", r"\,"), ("\\\\", "{}")])
def test_a_reference_of_nothing_but_spacing_is_no_reference(answer: str, reference: str) -> None:
    assert not equal(answer, reference).correct


@pytest.mark.parametrize("empty", [r"\emptyset", r"\{\}"])
def test_a_matrix_is_not_what_is_empty(empty: str) -> None:
    for answer, reference in ((r"\begin{pmatrix}1\end{pmatrix}", empty), (empty, "[[1],[2]]")):
        assert equal(answer, reference).outcome is Outcome.WRONG
