import re
import time

import pytest

from cft_eval.leaderboard.tex import formula, typeset

DRAWN = [
    ("$x$", '<math display="inline"><mrow><mi>x</mi></mrow></math>'),
    (r"\(x\)", '<math display="inline"><mrow><mi>x</mi></mrow></math>'),
    ("$$x$$", '<math display="block"><mrow><mi>x</mi></mrow></math>'),
    (
        "If $a<b$ & c",
        'If <math display="inline"><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow></math> &amp; c',
    ),
]


@pytest.mark.parametrize(("text", "html"), DRAWN)
def test_formulas_become_mathml(text: str, html: str) -> None:
    assert typeset(text) == html


TEXT = [
    "from $5 to $7",
    "$5, then $10 more",
    r"\$5 and \$7",
    "a $ b",
    "$",
    "",
    "$x^$",
    "$" + "{" * 3_000 + "$",
    "$" + "x" * 3_000 + "$",
]


@pytest.mark.parametrize("text", TEXT)
def test_what_is_no_formula_stays_text(text: str) -> None:
    assert typeset(text) == text


HOSTILE = [
    "<script>alert(1)</script>",
    r"$\text{<script>alert(1)</script>}$",
    r"$\text{&lt;script&gt;}$",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\style{position:fixed}{x}$",
    r"$\class{top}{x}$",
    r"$\color{red}{x}$",
    r"$\kern-9999em x$",
    r"$\hspace{9999em}x$",
    r"$\unicode{60}script>$",
    '$"><img src=x onerror=alert(1)>$',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_but_mathml_and_text_comes_out(text: str) -> None:
    drawn = str(typeset(text))
    tags = "".join(re.findall("<[^>]*>", drawn))
    assert not re.search(r"script|img|<a\b|href|style=|class=|color|9999em", tags), tags


def test_an_answer_is_drawn_without_dollars() -> None:
    assert "<mfrac>" in formula(r"\frac{1}{2}")
    assert formula("12") == "12"
    assert formula("<b>") == "&lt;b&gt;"


def test_ten_thousand_formulas_take_no_time() -> None:
    start = time.perf_counter()
    typeset("$x^2$ " * 10_000)
    assert time.perf_counter() - start < 1
