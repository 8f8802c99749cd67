r"""Expressions with letters: equal wherever both are real, and different only where shown."""

from cft_eval import Outcome, equal
from cft_eval.checker.prove.normal_form import form
from cft_eval.checker.read.parse import readings
from cft_eval.checker.types.values import NODES
from tests.checker.pairs import assert_different, assert_equal, each

ZERO = [
    (r"e^{i\pi}+1", "0"),
    (r"e^{2\pi i/5}-\cos\frac{2\pi}{5}-i\sin\frac{2\pi}{5}", "0"),
    (r"\cosh^2 t-\sinh^2 t-1", "0"),
    (r"e^{it}-\cos t-i\sin t", "0"),
    (r"(3,e^{i\pi}+1)", "(3,0)"),
    (r"\sqrt{12}-2\sqrt3", "0"),
]
ROOTS = [
    (r"\sqrt2\sqrt[3]2", "2^{5/6}"),
    (r"\frac1{\sqrt t}", r"\sqrt{\frac1t}"),
    (r"2\pi\sqrt{l/g}", r"\frac{2\pi}{\sqrt{g/l}}"),
    (r"\sqrt[4]t", r"\sqrt{\sqrt t}"),
    (r"\sqrt[3]{t^3}", "t"),
    (r"\sqrt{t^2}", "|t|"),
    (r"\frac{\sqrt[5]{t}}{t}", "t^{-4/5}"),
    (r"\frac{\sqrt a}{\sqrt b}", r"\sqrt{\frac ab}"),
]
FUNCTIONS = [
    (r"5\ln t", r"\ln t^5"),
    (r"\ln\frac uv", r"\ln u-\ln v"),
    (r"\tanh t", r"\frac{1-e^{-2t}}{1+e^{-2t}}"),
    (r"\operatorname{arcsinh} 2", r"\ln(2+\sqrt5)"),
    (r"\cos(90^\circ-t)", r"\sin t"),
    (r"\frac12(1-\tanh t)", r"\frac{1}{1+e^{2t}}"),
    (r"\arcsin t+\arccos t", r"\frac\pi2"),
    ("(n+2)!", "(n+2)(n+1)n!"),
    (r"\binom{n}{3}", r"\frac{n(n-1)(n-2)}{6}"),
    ("|u-v|", "|v-u|"),
    ("(u-v)^{900}", "(v-u)^{900}"),
    ("e^{t/3}e^{2t/3}", "e^t"),
]
DIFFERENT = [
    (r"\sqrt x\sqrt y", r"\sqrt{xy}"),
    (r"2\ln t", r"\ln t^2"),
    (r"\sqrt{t^2}", "t"),
    (r"e^{i\pi}", "1"),
    ("(u-v)^{901}", "(v-u)^{901}"),
    (r"\sqrt{t+4}", r"\sqrt t+2"),
    ("2+3i", "3+2i"),
    ("it", "2it"),
    (r"\ln(uv)", r"\ln u\ln v"),
    ("1+10^{-60}", "1"),
    (r"\sin t", r"\sin(t+10^{-9})"),
]
POSITIVE = [
    (r"\sqrt{2\pi Ghr^2}", r"\sqrt{2\pi Gh}\,r"),
    (r"\sqrt{ab}", r"\sqrt a\sqrt b"),
    (r"2\ln k", r"\ln k^2"),
]


@each(ZERO, ROOTS, FUNCTIONS)
def test_equal(answer: str, reference: str) -> None:
    assert_equal(answer, reference)


@each(DIFFERENT)
def test_different(answer: str, reference: str) -> None:
    assert_different(answer, reference)


@each(POSITIVE)
def test_physical_quantities_are_positive(answer: str, reference: str) -> None:
    assert equal(answer, reference, benchmark="minerva_math").correct
    assert equal(answer, reference + "+1", benchmark="minerva_math").outcome is Outcome.WRONG


def test_an_atom_has_one_writing() -> None:
    for text in (r"e^{x/2}+\sqrt[3]{x+1}", r"\sin(y-x)\ln 6", "|a-b|^3"):
        value = next(readings(text))
        assert isinstance(value, NODES)
        names = sorted({name for monomial in form(value).above for name, _ in monomial})
        assert [name.order for name in names] == sorted(name.order for name in names)
        assert form(value) == form(next(iter(readings(text))))


HALVES_AND_SQUARES = [
    (r"\tan\frac t2", r"\frac{\sin t}{1+\cos t}"),
    (r"\sin^2\frac t2", r"\frac{1-\cos t}{2}"),
    (r"\sqrt{t^2+4t+4}", "|t+2|"),
    (r"\lfloor 10\pi\rfloor", "31"),
    (r"\max(\sqrt5,2)", r"\sqrt5"),
    (r"\gcd(-12,18)", "6"),
]


@each(HALVES_AND_SQUARES)
def test_half_angles_squares_and_known_constants(answer: str, reference: str) -> None:
    assert_equal(answer, reference)


def test_what_is_undefined_on_both_sides_is_not_shown_to_differ() -> None:
    assert equal(r"\ln 0+1", r"\ln 0").outcome is Outcome.TOO_SLOW
    assert equal("1/0", "2").outcome is Outcome.WRONG
