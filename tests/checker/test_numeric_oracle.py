"""Verdicts on random expressions against Python's own complex numbers, at points of both signs.

Correct means that both agree wherever both are real; wrong, that they differ somewhere: at one of
the points, or where one of them is real alone.
"""

import cmath
from collections.abc import Callable
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from cft_eval import Outcome, equal

NEAR = [(1.3, 0.4), (0.7, 2.1), (-1.2, 0.9), (0.31, -1.7), (-0.8, -2.2), (2.6, 1.1)]
FAR = [(1.9, -3.4), (-2.9, 1.8), (4.4, -5.2), (-6.1, 7.3), (0.02, 0.05), (9.7, -8.6)]
POINTS = [*NEAR, *FAR]
"""What changes its sign somewhere mostly does between some of these."""


class Expression(NamedTuple):
    text: str
    value: Callable[[complex, complex], complex]


LEAVES = [
    Expression("x", lambda x, y: x),
    Expression("y", lambda x, y: y),
    *(Expression(str(n), lambda x, y, n=n: n) for n in (1, 2, 3)),  # type: ignore[misc]
    Expression(r"\pi", lambda x, y: cmath.pi),
]


def _both(sign: str, join: Callable[[complex, complex], complex]) -> Callable[..., Expression]:
    def made(pair: tuple[Expression, Expression]) -> Expression:
        a, b = pair
        text = rf"\frac{{{a.text}}}{{{b.text}}}" if sign == "/" else f"({a.text}){sign}({b.text})"
        return Expression(text, lambda x, y: join(a.value(x, y), b.value(x, y)))

    return made


def _of(text: str, apply: Callable[[complex], complex]) -> Callable[[Expression], Expression]:
    return lambda a: Expression(text.replace("@", a.text), lambda x, y: apply(a.value(x, y)))


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(_both("+", lambda a, b: a + b)),
        pairs.map(_both("-", lambda a, b: a - b)),
        pairs.map(_both(r"\cdot ", lambda a, b: a * b)),
        pairs.map(_both("/", lambda a, b: a / b)),
        inner.map(_of("(@)^{2}", lambda a: a * a)),
        inner.map(_of(r"\sqrt{@}", cmath.sqrt)),
        inner.map(_of(r"\ln(@)", cmath.log)),
        inner.map(_of("e^{@}", cmath.exp)),
        inner.map(_of(r"\sin(@)", cmath.sin)),
        inner.map(_of(r"\cos(@)", cmath.cos)),
        inner.map(_of(r"\left|@\right|", lambda a: abs(a))),
    )


expressions = st.recursive(st.sampled_from(LEAVES), _grown, max_leaves=4)
REWRITES: list[Callable[[Expression], str]] = [
    lambda a: f"{a.text}+0",
    lambda a: rf"\frac{{2({a.text})}}{{2}}",
    lambda a: rf"\ln\left(e^{{{a.text}}}\right)",
    lambda a: f"(({a.text})+x)-x",
    lambda a: rf"({a.text})(\sin^2 y+\cos^2 y)",
]


def _at(expression: Expression, point: tuple[float, float]) -> complex | None:
    try:
        value = expression.value(*map(complex, point))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return value if abs(value) < 1e6 else None


def _is_real(value: complex) -> bool:
    return abs(value.imag) < 1e-9 * max(1.0, abs(value))


@settings(deadline=None, max_examples=150, derandomize=True)
@given(first=expressions, second=expressions)
def test_a_verdict_agrees_with_the_numbers(first: Expression, second: Expression) -> None:
    verdict = equal(first.text, second.text)
    pairs = [(_at(first, point), _at(second, point)) for point in POINTS]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    real = [(a, b) for a, b in known if _is_real(a) and _is_real(b)]
    near = [abs(a - b) < 1e-6 * max(1.0, abs(a), abs(b)) for a, b in real]
    if verdict.outcome is Outcome.CORRECT:
        assert all(near), verdict
    if verdict.outcome is Outcome.WRONG and len(real) == len(POINTS):
        assert not all(near), verdict


@settings(deadline=None, max_examples=100, derandomize=True)
@given(expression=expressions, rewrite=st.sampled_from(REWRITES))
def test_a_rewrite_is_wrong_only_where_it_differs(
    expression: Expression, rewrite: Callable[[Expression], str]
) -> None:
    verdict = equal(rewrite(expression), expression.text)
    values = [_at(expression, point) for point in POINTS]
    positive = all(value is not None and _is_real(value) and value.real > 0 for value in values)
    if positive:
        assert verdict.outcome is not Outcome.WRONG, verdict
