"""One row a function: its spellings, exact values, digits and sympy name agree with each other."""

from collections import Counter
from fractions import Fraction

import mpmath
import pytest
import sympy

from cft_eval.checker import equal
from cft_eval.checker.prove.algebra import constant, rational
from cft_eval.checker.prove.digits import NoValue
from cft_eval.checker.prove.numeric import evaluate, value_of
from cft_eval.checker.prove.prove import to_sympy
from cft_eval.checker.prove.registry import BY_NAME, BY_SPELLING, ROWS, Function, form_of
from cft_eval.checker.read.parse import readings
from cft_eval.checker.types.values import Call, Node, Number, Symbol

each_row = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])

STAND_INS = {"step", "dirac"}
"""Their digits are those of smooth functions, on purpose: their own are 0 nearly everywhere."""

WHOLE = {"gcd", "lcm", "mod", "binomial", "factorial", "factorial2"}
"""Functions that are compared at whole numbers alone."""


def arguments_of(row: Function) -> list[tuple[Fraction, ...]]:
    """Points of all the numbers of arguments that the function takes."""
    parts = [Fraction(12), Fraction(5), Fraction(3)]
    if row.name not in WHOLE:
        parts = [Fraction(37, 100), Fraction(-13, 4), Fraction(3)]
    if row.name in ("mod", "binomial", "residue", "derivative"):
        return [(parts[0], parts[1]), (parts[0], parts[2])]
    if row.name == "root":
        return [(Fraction(-8), Fraction(3)), (Fraction(5), Fraction(2))]
    if row.name == "log":
        return [(parts[0],), (parts[0], Fraction(3))]
    return [tuple(parts), tuple(parts[:2])] if row.most is None else [(part,) for part in parts]


def call(name: str, arguments: tuple[Fraction, ...]) -> Call:
    return Call(name, tuple(map(Number, arguments)))


def read(text: str) -> object:
    return next(readings(text))


def number(node: Node) -> mpmath.mpc:
    with mpmath.workdps(30):
        return evaluate(node, {}, mpmath.mp)


def test_names_and_spellings_belong_to_one_row() -> None:
    for names in (
        [row.name for row in ROWS],
        [spelling for row in ROWS for spelling in row.spellings.split()],
        [letter for row in ROWS for letter in row.of_time.split()],
    ):
        assert [name for name, times in Counter(names).items() if times > 1] == []


@each_row
def test_a_row_is_well_formed(row: Function) -> None:
    assert not row.inverse or row.inverse in BY_NAME
    # Another writing of a tree has no values of its own: the tree has them.
    own = (row.exact, row.numeric, row.sympy)
    assert row.written_as is None or own == (None, None, None)


@pytest.mark.parametrize("spelling", BY_SPELLING)
def test_every_spelling_is_read_with_and_without_a_backslash(spelling: str) -> None:
    row, x = BY_SPELLING[spelling], Symbol("x")
    tree = Call(row.name, (x,)) if row.written_as is None else row.written_as(x)
    assert read(f"{spelling}(x)") == tree
    assert read(rf"\{spelling}(x)") == tree


@pytest.mark.parametrize("row", [row for row in ROWS if row.inverse], ids=lambda row: row.name)
def test_to_the_minus_first_is_the_inverse(row: Function) -> None:
    spelling, *_ = row.spellings.split()
    assert read(rf"\{spelling}^{{-1}}(x)") == Call(row.inverse, (Symbol("x"),))
    back = Call(row.name, (call(row.inverse, (Fraction(1, 2),)),))
    assert abs(number(back) - 0.5) < 1e-20


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.numeric is not None and row.name not in STAND_INS],
    ids=lambda row: row.name,
)
def test_digits_are_those_of_sympy(row: Function) -> None:
    for arguments in arguments_of(row):
        node = call(row.name, arguments)
        ours = number(node)
        theirs = sympy.N(to_sympy(node, sympy), 30)
        assert abs(complex(ours) - complex(theirs)) < 1e-12 * (1 + abs(complex(ours))), arguments


@pytest.mark.parametrize("row", [row for row in ROWS if row.exact], ids=lambda row: row.name)
def test_exact_values_are_those_of_the_digits(row: Function) -> None:
    """A form of numbers, where it is a number itself, against the value at the same numbers."""
    many = len(arguments_of(row)[0])
    for arguments in [*arguments_of(row), (Fraction(2),) * many, (Fraction(4),) * many]:
        value = rational(form_of(row.name, tuple(map(constant, arguments))))
        if value is not None and row.name not in STAND_INS:
            assert abs(complex(number(call(row.name, arguments))) - float(value)) < 1e-12


@each_row
def test_a_row_without_digits_has_no_value(row: Function) -> None:
    if row.numeric is None:
        with pytest.raises(NoValue):
            number(call(row.name, arguments_of(row)[0]))


def test_one_row_adds_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read, has digits and an exact value, and goes to sympy: no other module names it."""
    row = Function("sinc", "sinc Sinc", None, "sinc", "sinc")
    monkeypatch.setitem(BY_NAME, row.name, row)
    for spelling in row.spellings.split():
        monkeypatch.setitem(BY_SPELLING, spelling, row)
    node = call("sinc", (Fraction(2),))
    assert read(r"\sinc(2)") == read("Sinc 2") == node
    value = value_of(node, digits=30)
    assert value is not None
    assert abs(float(value) - float(sympy.sin(2) / 2)) < 1e-15
    assert to_sympy(node, sympy) == sympy.sinc(2)
    assert equal(r"\sinc(2)", "Sinc(1+1)").correct
    assert not equal(r"\sinc(2)", r"\sinc(3)").correct
