"""No text of a response reaches sympy: its entries that read strings are never called with one."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
import sympy
from sympy.parsing import sympy_parser

from cft_eval.checker.compare.answers import judge
from cft_eval.checker.types.rules import Rules

HOSTILE = [
    "__import__('os').system('true')",
    "eval('1')",
    r"\sqrt{__import__('os')}",
    "().__class__.__bases__[0].__subclasses__()",
    r"\text{exec('x')}",
    "lambda: 0",
    "sympify('1')",
    "N('1+1')",
    r"x_{__class__}",
    "f'{1}'",
    "Symbol('x').__init__",
    r"\mathrm{getattr}(x, 'y')",
]
PLAIN = [
    (r"\cos 26x", r"2\cos^2 13x-1"),
    (r"\frac{(x+y)^{70}}{(x+y)^{69}}", "x+y"),
    (r"\int_0^\pi \sin x\,dx", "2"),
    (r"\sum_{k=1}^\infty \frac{1}{k^2}", r"\frac{\pi^2}{6}"),
    (r"\lim_{x\to 0}\frac{\sin x}{x}", "1"),
    (r"\sin(x_{\text{a b}})^2+\cos 26 x_{\text{a b}}", r"\sin^2 y"),
    ("Ei(x)", "E"),
    ("S+N+Q+O", "S+N+O+Q+1"),
]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The strings that sympy's readers were given."""
    for answer, reference in PLAIN:  # what sympy reads of its own when it is first used
        judge(answer, reference, Rules(), deep=True)
    seen: list[str] = []

    def watch(read: Callable[..., Any]) -> Callable[..., Any]:
        def watching(text: object, *rest: Any, **options: Any) -> Any:
            if isinstance(text, str):
                seen.append(text)
            return read(text, *rest, **options)

        return watching

    for module, name in (
        (sympy, "sympify"),
        (sympy, "N"),
        (sympy, "parse_expr"),
        (sys.modules["sympy.core.sympify"], "sympify"),
        (sys.modules["sympy.core.sympify"], "_sympify"),
        (sympy_parser, "parse_expr"),
        (sympy_parser, "eval_expr"),
    ):
        monkeypatch.setattr(module, name, watch(getattr(module, name)))
    return seen


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_never_read_by_sympy(text: str, watched: list[str]) -> None:
    for answer, reference in ((text, "x+1"), ("x+1", text), (f"{text}+x", r"\cos 26x")):
        judge(answer, reference, Rules(), deep=True)
    assert watched == []


@pytest.mark.parametrize(("answer", "reference"), PLAIN)
def test_plain_answers_reach_it_as_trees(answer: str, reference: str, watched: list[str]) -> None:
    judge(answer, reference, Rules(), deep=True)
    assert watched == []
