"""Answers built with their value, written in random styles, and changed: what must always hold."""

from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cft_eval import equal

numbers = st.builds(Fraction, st.integers(-400, 400), st.integers(1, 60))


@st.composite
def written_number(draw: st.DrawFn, value: Fraction) -> str:
    """One of the ways in which models write a rational number."""
    sign = "-" if value < 0 else ""
    above, below = abs(value.numerator), value.denominator
    scale = draw(st.integers(1, 9))
    styles = [
        rf"{sign}\frac{{{above}}}{{{below}}}",
        rf"{sign}\dfrac{{{above * scale}}}{{{below * scale}}}",
        rf"\tfrac{{{sign}{above}}}{{{below}}}",
        f"{sign}{above}/{below}",
        rf"\left({sign}\frac{{{above}}}{{{below}}}\right)",
    ]
    if below == 1:
        styles += [f"{sign}{above}", f"{sign}{above}.0", f"{sign}{above:,}", f"{sign}0{above}"]
    if 10**6 % below == 0:
        decimal = f"{above * 10**6 // below / 10**6:.6f}".rstrip("0")
        styles.append(sign + decimal + "0" * decimal.endswith("."))
    if above > below > 1:
        styles.append(rf"{sign}{above // below}\frac{{{above % below}}}{{{below}}}")
    return draw(st.sampled_from(styles))


@st.composite
def dressed(draw: st.DrawFn, answer: str) -> str:
    """The same answer in another dress."""
    dress = draw(
        st.sampled_from(["{}", "${}$", r"\({}\)", "{}.", " {} ", r"\displaystyle {}", "x = {}"])
    )
    return dress.format(answer)


@given(data=st.data(), value=numbers)
def test_a_number_is_itself_in_any_writing(data: st.DataObject, value: Fraction) -> None:
    first = data.draw(dressed(data.draw(written_number(value))))
    second = data.draw(dressed(data.draw(written_number(value))))
    verdict = equal(first, second)
    assert verdict.correct, verdict


@given(data=st.data(), value=numbers, other=numbers)
def test_another_number_is_never_accepted(
    data: st.DataObject, value: Fraction, other: Fraction
) -> None:
    # One hundredth of a reference is no percent unless it says so.
    other = data.draw(st.sampled_from([other, -value, value + 1, value / 100, value * 100]))
    assume(value != other)
    first, second = data.draw(written_number(value)), data.draw(written_number(other))
    assert not equal(first, second).correct


@given(
    data=st.data(),
    items=st.lists(numbers, min_size=2, max_size=4, unique=True),
    swap=st.booleans(),
)
def test_lists_have_no_order_and_tuples_have(
    data: st.DataObject, items: list[Fraction], swap: bool
) -> None:
    shuffled = items[::-1] if swap else items
    first = [data.draw(written_number(item)) for item in items]
    second = [data.draw(written_number(item)) for item in shuffled]
    # Where digits and commas could be thousands the reading is not ours to force.
    assume(not any("," in text for text in first + second))
    assert equal("; ".join(first), " and ".join(second)).correct
    in_brackets = equal(f"({', '.join(first)})", f"({', '.join(second)})")
    assert in_brackets.correct is not swap


letters = st.sampled_from("xyab")
expressions = st.recursive(
    st.one_of(letters, st.integers(1, 9).map(str)),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: f"({p[0]} + {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} - {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"{p[0]} * {p[1]}"),
        st.tuples(inner, inner).map(lambda p: rf"\frac{{{p[0]}}}{{{p[1]} + 11}}"),
        st.tuples(inner, st.integers(2, 3)).map(lambda p: f"({p[0]})^{{{p[1]}}}"),
    ),
    max_leaves=5,
)


@settings(deadline=None)
@given(expression=expressions)
def test_an_expression_is_itself_and_not_itself_plus_one(expression: str) -> None:
    assert equal(expression, expression.replace(" ", "")).correct
    assert equal(rf"\left({expression}\right)", f"{expression} + 0").correct
    for changed in (f"{expression} + 1", f"{expression} - 2"):
        verdict = equal(changed, expression)
        assert not verdict.correct, verdict


ends = st.tuples(st.sampled_from("(["), st.sampled_from(")]"))


@given(data=st.data(), low=numbers, width=numbers, mine=ends, theirs=ends)
def test_ends_of_intervals_count(
    data: st.DataObject,
    low: Fraction,
    width: Fraction,
    mine: tuple[str, str],
    theirs: tuple[str, str],
) -> None:
    assume(width > 0)
    first, second = data.draw(written_number(low)), data.draw(written_number(low + width))
    assume("," not in first + second)
    a, b = (f"{opening}{first}, {second}{closing}" for opening, closing in (mine, theirs))
    assert equal(a, b).correct is (mine == theirs)
    signs = {"(": "<", "[": r"\le", ")": "<", "]": r"\le"}
    chain = f"{first} {signs[mine[0]]} x {signs[mine[1]]} {second}"
    assert equal(chain, b).correct is (mine == theirs)
