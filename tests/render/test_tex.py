import html
import re

import pytest

from cft_eval.render.tex import excerpt, formula, typeset, whole_start
from tests.growth import assert_linear

DRAWN = [
    ("$x$", '<math display="inline"><mrow><mi>x</mi></mrow></math>'),
    (r"\(x\)", '<math display="inline"><mrow><mi>x</mi></mrow></math>'),
    ("$$x$$", '<math display="block"><mrow><mi>x</mi></mrow></math>'),
    (
        "If $a<b$ & c",
        'If <math display="inline"><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow></math> &amp; c',
    ),
]


@pytest.mark.parametrize(("text", "shown"), DRAWN)
def test_formulas_become_mathml(text: str, shown: str) -> None:
    assert typeset(text) == shown


@pytest.mark.parametrize(
    ("text", "shown", "rest"),
    [
        (r"so \boxed{42}.", "<mn>42</mn>", "so ."),
        (r"\boxed{\frac{1}{\sqrt{2}}}", "<msqrt>", ""),
        (
            r"The final answer is \frac{a}{2}. I hope it is correct.",
            "<mfrac>",
            "The final answer is . I hope it is correct.",
        ),
    ],
)
def test_what_models_leave_without_dollars_is_drawn(text: str, shown: str, rest: str) -> None:
    drawn = str(typeset(text))
    assert shown in drawn
    assert re.sub(r"<math.*</math>", "", drawn) == rest


TEXT = [
    "The final answer is 5 apples. I hope it is correct.",
    r"\boxed{42",
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
    kinds = r'script|img|<a\b|href|style=|class=(?!"(?:upright|bold)")|color|9999em'
    assert not re.search(kinds, tags), tags


ONE_FORMULA = [
    "$ x$",
    "$ F_0 = 0$",
    "$ (1+2)(-4) $",
    r"$\frac{1}{2} $",
    r"$\$5$",
    r"$\$ 1.50$",
    r"\begin{align*} a &= b \\ c &= d \end{align*}",
    r"\begin{equation*} a \end{equation*}",
    r"\begin{gather*} a \\ b \end{gather*}",
    r"\begin{multline} a \\ b \end{multline}",
    r"\begin{eqnarray*} a &=& b \end{eqnarray*}",
    r"$\begin{aligned} a &= b \end{aligned}$",
    r"$5 \AA$",
    r"$\renewcommand{\arraystretch}{1.5} \begin{array}{c} a \\ \cline{1-1} c \end{array}$",
    r"$2,\allowbreak 3 \nonumber$",
]


@pytest.mark.parametrize("text", ONE_FORMULA)
def test_nothing_of_a_formula_stays_raw(text: str) -> None:
    drawn = str(typeset(text))
    assert drawn.startswith("<math")
    assert drawn.endswith("</math>")
    shown = html.unescape(re.sub("<[^>]*>", "", drawn))
    assert not re.search(r"\\|&|\$(?!5| ?1)", shown), shown


def test_a_dollar_alone_is_a_formula_before_its_number() -> None:
    dollar = typeset(r"$\$$")
    assert dollar.startswith("<math")
    assert typeset(r"$\$$1500") == dollar + "1500"


SPACES = [
    "costs $ 5 + $ 6",
    "a $ b and $ c",
    "He had $ x = five dollars and $ y",
    "$5 to $ 7",
    "$ 5 $ 6",
]


@pytest.mark.parametrize("text", SPACES)
def test_a_sentence_between_dollars_is_no_formula(text: str) -> None:
    assert typeset(text) == text


BOLD = [
    ("**Answer:** 5", "<strong>Answer:</strong> 5"),
    ("**is $x$** so", f"<strong>is {typeset('$x$')}</strong> so"),
    ("**<b>**", "<strong>&lt;b&gt;</strong>"),
    ("2**3 and 4**5", "2**3 and 4**5"),
    ("** a **", "** a **"),
    ("**a\nb**", "**a\nb**"),
    ("****", "****"),
    ("**a", "**a"),
]


@pytest.mark.parametrize(("text", "shown"), BOLD)
def test_bold_is_bold(text: str, shown: str) -> None:
    assert typeset(text) == shown


def test_a_mark_and_bold_text_lie_in_each_other_or_apart() -> None:
    assert typeset("**a 5**", (4, 5)) == "<strong>a <mark>5</mark></strong>"
    assert typeset("**5**", (0, 5)) == "<mark><strong>5</strong></mark>"
    assert typeset("**5** b", (2, 7)) == "**<mark>5** b</mark>"


OPENINGS = [
    r"\[", r"\(", "$$", "$ ", r"\begin{align*}", "**a", "$x ", r"\boxed{", r"\boxed{{{a}", "$x^2$ ",
]  # fmt: skip


@pytest.mark.parametrize("opening", OPENINGS)
def test_openings_alone_are_read_in_linear_time(opening: str) -> None:
    assert_linear(typeset, opening * (15_000 // len(opening)))


def test_an_answer_is_drawn_without_dollars() -> None:
    assert "<mfrac>" in formula(r"\frac{1}{2}")
    assert formula("12") == "12"
    assert formula("<b>") == "&lt;b&gt;"


EXCERPTS = [
    ("short", 20, "short"),
    # No word is halved.
    ("some words that go on", 13, "some words …"),
    # Nor is a formula, however many spaces it has.
    ("Let $a + b + c + d = 10$ hold", 14, "Let …"),
    (r"Let \(a + b\) and \[c + d\] hold", 22, r"Let \(a + b\) and …"),
    # A word longer than the place for it is cut after all.
    ("W" * 200, 50, "W" * 50 + " …"),
]


@pytest.mark.parametrize(("text", "characters", "shown"), EXCERPTS)
def test_an_excerpt_ends_between_words_and_formulas(text: str, characters: int, shown: str) -> None:
    assert excerpt(text, characters) == shown


STARTS = [
    ("so many words", 4, " words"),
    ("Hence $x + y = 2$ holds", 10, " holds"),
    ("one two", 4, "two"),
    ("one two", 0, "one two"),
]


@pytest.mark.parametrize(("text", "start", "shown"), STARTS)
def test_a_text_goes_on_behind_a_word_or_a_formula(text: str, start: int, shown: str) -> None:
    assert text[whole_start(text, start) :] == shown


LETTERS = [
    # One letter is italic by the style sheet, in whatever font the machine has.
    ("x", "<mi>x</mi>"),
    (r"\theta", "<mi>θ</mi>"),
    (r"\sin", '<mi class="upright">sin</mi>'),
    (r"\mathbf{v}", '<mi class="bold">v</mi>'),
    (r"\mathit{v}", "<mi>v</mi>"),
    # A style that means something stays.
    (r"\mathbb{R}", '<mi class="upright">\u211d</mi>'),
    (r"\mathbb{A}", '<mi class="upright">\U0001d538</mi>'),
    (r"\mathcal{L}", '<mi class="upright">\u2112</mi>'),
    (r"\triangle", '<mi class="upright">△</mi>'),
]


@pytest.mark.parametrize(("tex", "drawn"), LETTERS)
def test_letters_need_no_font_for_mathematics(tex: str, drawn: str) -> None:
    assert drawn in typeset(f"${tex} + 1$")


def test_bars_of_an_absolute_value_have_no_space_around_them() -> None:
    drawn = str(typeset(r"$f(x) = ||x| - 1|$ and $\left|x\right|$"))
    assert drawn.count('<mo stretchy="false" lspace="0" rspace="0">|</mo>') == 4
    assert '<mo stretchy="true" fence="true" form="prefix">|</mo>' in drawn
