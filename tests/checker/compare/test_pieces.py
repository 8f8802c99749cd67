"""The parts of values, one by one: long decimals, roundings, names, rows, progressions."""

from fractions import Fraction

import pytest

from cft_eval.checker.compare import pieces, renaming
from cft_eval.checker.compare.answers import value_in
from cft_eval.checker.read.parse import readings
from cft_eval.checker.types.values import (
    NODES,
    Brackets,
    Node,
    Relation,
    Several,
    Symbol,
    Value,
)


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


LONG = {
    "0.333333333333": True, "0.33333333333": False, "1.23456789012": True, "1.2345678901": False,
    "123456789.012": True, "0.000123456789012": True, "123456789012": False, "0.5": False,
}  # fmt: skip


@pytest.mark.parametrize("text", LONG)
def test_a_long_decimal_has_twelve_digits(text: str) -> None:
    assert pieces.is_long_decimal(Fraction(text)) is LONG[text]


def test_what_is_no_decimal_is_not_long() -> None:
    assert not pieces.is_long_decimal(None)
    assert not pieces.is_long_decimal(Fraction(1, 3))


AGREEING = [
    ("0.333333333333", "1/3", True), ("0.333333333334", "1/3", False),
    ("0.6666666666666666", "2/3", True), ("0.666666666666666", "2/3", True),
    ("0.666666666666664", "2/3", False), ("0.0833333333333333", "1/12", True),
    ("66.6666666666666", "200/3", True), ("66.6666666666667", "200/3", True),
    ("66.6666666666640", "200/3", False), ("0.00333333333333333", "1/300", True),
    ("0.00333333333333331", "1/300", False), ("1.00000000000001", "1", True),
    ("1.00000000000003", "1", False), ("9.99999999999999", "10", True), ("0.125000000000",
    "1/8", True),
]  # fmt: skip


@pytest.mark.parametrize(("value", "exact", "agrees"), AGREEING)
def test_printed_digits_agree_within_two_units_of_the_fifteenth(
    value: str, exact: str, agrees: bool
) -> None:
    assert pieces.agrees_in_full(Fraction(value), Fraction(exact)) is agrees


DECIMALS = {"1/8": 3, "1/5": 1, "3": 0, "1/3": None, "7/40": 3, "1/100": 2, "1/6": None, "1/32": 5}


@pytest.mark.parametrize("value", DECIMALS)
def test_digits_behind_the_point(value: str) -> None:
    assert renaming.decimals(Fraction(value)) == DECIMALS[value]


ONE = {
    r"\frac13 = 0.333": True, r"\frac13 = 0.34": False, r"x = \sqrt2 \approx 1.41": True,
    r"x = \sqrt2 \approx 1.42": False, "3 = 3 = 3": True, "3 = 4": False, r"\pi \approx 3": True,
    r"\pi = 3": False, r"\frac23 = 0.66": True, r"\frac23 = 0.6": False, r"\frac23 = 0.7": True,
    r"x = 2.5 \approx 2.44": False, r"\frac{1}{7} = 0.14 = 0.143": False,
    r"60^\circ = \frac\pi3": True,
}  # fmt: skip


@pytest.mark.parametrize("text", ONE)
def test_a_chain_has_one_number_and_at_most_one_rounding(text: str) -> None:
    assert renaming.contradicts(relation(text)) is not ONE[text]
    sides = renaming.one_number(relation(text))
    assert bool(sides) is ONE[text]


NAMED = {"x = 5": "5", "f(x) = x^2": "x^2", "5 = x": "5", "2 + 3 = 5": "5", "x + y = 5": None,
         "a = b = 7": "7", "x^2 = 4": None}  # fmt: skip


@pytest.mark.parametrize("text", NAMED)
def test_what_an_equation_says_of_its_letter(text: str) -> None:
    said, wanted = renaming.named(relation(text)), NAMED[text]
    assert said == (None if wanted is None else read(wanted))


def test_an_answer_may_say_what_was_asked_for_and_its_value() -> None:
    assert renaming.stated(relation("|r-s| = 16")) == node("16")
    assert renaming.stated(relation("x + y = 0")) is None
    assert renaming.stated(relation("x + y = z")) is None
    assert renaming.stated(relation("x + y < 3")) is None


PROGRESSIONS = [
    (r"1,2,\ldots,n", r"1,2,3,\ldots,n", True), (r"1,3,\ldots,n", r"1,2,\ldots,n", False),
    (r"2,4,6,\ldots", r"2,4,\ldots", True),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "same"), PROGRESSIONS)
def test_a_progression_is_its_start_its_step_and_its_end(one: str, other: str, same: bool) -> None:
    first, second = (pieces.progression(pieces.entries(read(text))) for text in (one, other))
    assert first is not None
    assert (first == second) is same


@pytest.mark.parametrize(
    "text", [r"1,2,4,\ldots,n", "1,2,3", r"\ldots,1,2", r"x,2,\ldots,n", r"1,\ldots,n"]
)
def test_what_is_no_progression(text: str) -> None:
    assert pieces.progression(pieces.entries(read(text))) is None


NATURAL = [
    (r"\log 2", r"\ln 2", True), (r"\ln 2", r"\log 2", False), (r"\log x", "x", False),
    ("x", r"\log x", True), (r"\log 2+\ln 3", r"\ln 6", True), (r"\log 2", r"\log 2", False),
    (r"x^{\log 2}", r"x^{\ln 2}", True), (r"\ln 3", r"\log 2+\ln 2", False),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "reference", "may"), NATURAL)
def test_where_log_may_be_natural(answer: str, reference: str, may: bool) -> None:
    assert pieces.may_be_natural(node(answer), node(reference)) is may


def test_rows_of_matrices_however_they_are_written() -> None:
    matrix = pieces.rows(read(r"\begin{pmatrix}1&2\\3&4\end{pmatrix}"))
    assert matrix == pieces.rows(read(r"\{\{1,2\},\{3,4\}\}")) == pieces.rows(read("[[1,2],[3,4]]"))
    assert pieces.rows(read("(1,2)")) == ((node("1"), node("2")),)
    assert pieces.rows(read("[[1,2],[3]]")) is None
    assert pieces.rows(read("1,2")) is None
    vector = pieces.rows(read(r"2\mathbf{i}-\mathbf{k}"))
    assert vector is not None
    assert len(vector[0]) == 3
    assert pieces.rows(read(r"x+y")) is None
    assert pieces.rows(read(r"\mathbf{i}+2\mathbf{i}")) is None


def test_lists_and_tuples() -> None:
    pair, listed = read("(3, -5)"), read("3, -5")
    assert isinstance(pair, Brackets)
    assert isinstance(listed, Several)
    assert pieces.is_list_in_brackets(pair, listed)
    assert pieces.is_tuple_without_brackets(listed, pair)
    interval = read("(2, 5)")
    assert not pieces.is_tuple_without_brackets(read("2, 5"), interval)
    assert not pieces.is_list_in_brackets(read("[3, -5]"), listed)
    assert not pieces.is_list_in_brackets(pair, read(r"\{3, -5\}"))
    assert not pieces.is_list_in_brackets(read("(3, -5, 1)"), listed)
    assert pieces.are_named(pieces.entries(read("a=1, b=2")))
    assert not pieces.are_named(pieces.entries(read("a=1, a=2")))
    assert not pieces.are_named(pieces.entries(read("a=1, 2")))


FACTORS = [
    ("2x+2", "x+1", "2"), ("-x", "x", "-1"), ("x+1", "x+2", None), ("x", "y", None), ("x-x",
    "x", None),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "share"), FACTORS)
def test_the_constant_between_two_polynomials(one: str, other: str, share: str | None) -> None:
    wanted = None if share is None else Fraction(share)
    assert pieces.common_factor(node(one), node(other)) == wanted


PARAMETERS = [
    ("ax-ab", "x-b", True), ("xy-x", "y-1", False), ("mx'-mg", "x'-g", True), ("ax-ab",
    "x+b", False),
    ("fx'", "x'", True), ("x'x", "x'", False), ("x-x", "x", False),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "same"), PARAMETERS)
def test_equations_that_differ_by_a_parameter(one: str, other: str, same: bool) -> None:
    assert pieces.differ_by_parameter(node(one), node(other)) is same


def test_the_float_of_a_text() -> None:
    assert value_in("1/2") == 0.5
    assert value_in(r"\sqrt{4}") == 2
    assert value_in("5 m") == 5
    assert value_in("x") is None
    assert value_in("10^{299}") == pytest.approx(1e299)
    assert value_in("10^{301}") is None
    assert value_in("{{") is None
    assert Symbol("x") in pieces.distinct([Symbol("x"), Symbol("x")])
