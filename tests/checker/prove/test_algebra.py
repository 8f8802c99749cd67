"""A normal form is worth what its expression is worth, wherever its letters are."""

from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import pytest

from cft_eval.checker.prove.algebra import (
    TooLarge,
    content,
    independent,
    is_positive,
    is_real,
    key,
    primitive,
    rational,
    real_and_imaginary,
)
from cft_eval.checker.prove.atoms import (
    POSITIVE_MARK,
    Atom,
    Form,
    FunctionAtom,
    ImaginaryAtom,
    Polynomial,
    PowerAtom,
    PrimeAtom,
    RadicalAtom,
    SymbolAtom,
)
from cft_eval.checker.prove.digits import NoValue
from cft_eval.checker.prove.normal_form import form, with_doubled_letters, with_positive_letters
from cft_eval.checker.prove.numeric import evaluate
from cft_eval.checker.read.parse import readings
from cft_eval.checker.types.values import NODES, Node, symbols

POLYNOMIALS = [
    r"(x+y)^5", r"(x-2y)^3(x+2y)", r"\frac{x^2-y^2}{x-y}", r"\frac{1}{x}+\frac{1}{y}",
    r"\frac{x+1}{x-1}-\frac{x-1}{x+1}", r"x^{-3}y^2", r"\frac{2}{3}x-\frac{5}{7}y^2",
    r"(x+y+1)^4-(x-y)^2", r"\frac{x}{y+\frac{1}{x}}", r"(3x)^0", r"(2x^2y)^{-2}",
]  # fmt: skip
IMAGINARY = [
    r"i^2", r"i^3", r"i^5", r"(1+i)^6", r"\frac{1}{2-i}", r"(x+iy)^3", r"\frac{x+i}{x-i}",
    r"i^{-3}", r"i^i", r"i^{x}", r"i^{2x}", r"e^{i x}", r"e^{2+3i}", r"e^{-ix}+e^{ix}",
    r"e^{i\pi/3}", r"e^{x+iy}",
    r"\overline{3+4i}", r"\overline{x+iy}", r"|3+4i|", r"|x+iy|", r"\operatorname{Re}(x+2i)",
    r"\operatorname{Im}(x+2iy)", r"|1-i\sqrt3|", r"\sqrt{-3}", r"\sqrt{-8}\sqrt{2}", r"(-4)^{3/2}",
]  # fmt: skip
ROOTS = [
    r"\sqrt{12}", r"\sqrt[3]{54}", r"\sqrt{2}\sqrt{6}", r"\frac{1}{\sqrt{3}}", r"2^{3/2}+2^{1/2}",
    r"\sqrt[4]{8}\sqrt[4]{2}", r"\sqrt{\frac{5}{27}}", r"\sqrt[3]{-8}", r"\sqrt[3]{-5}",
    r"(\sqrt2+\sqrt3)^4", r"\frac{1}{1+\sqrt2}", r"\sqrt[6]{4}", r"\sqrt{x^2+1}", r"(x^2+1)^{3/2}",
    r"(x^2+1)^{5/2}", r"\sqrt{x^2+1}^4", r"(2x^2+3)^{-1/2}", r"\sqrt{\frac{x^2+1}{y^2+2}}",
    r"\sqrt{4x^2+4}", r"\sqrt{x^2-2xy+y^2}", r"\sqrt{9x^4+6x^2+1}", r"\sqrt{x^2+2x+1}^3",
    r"\sqrt{18x^2}", r"\sqrt[3]{x^2+1}^7", r"\sqrt{12+x^2}", r"\sqrt{x^4}", r"\sqrt{x^4y^2}",
    r"\sqrt[3]{16}\sqrt[3]{4}", r"3^{5/3}", r"\sqrt{1+\sqrt{2}}", r"\sqrt{1+\sqrt2}^3",
    r"\sqrt{\frac{3}{x^2+1}}", r"\sqrt{0}", r"0^3", r"\sqrt{4001}", r"\sqrt{16008001}",
    r"\sqrt{x^2+2+x^{-2}}", r"(\frac{8}{27})^{2/3}", r"(\frac{8}{27})^{-2/3}", r"6^{1/2}x^{2}",
]  # fmt: skip
POSITIVE_ONLY = [
    r"\sqrt{x}\sqrt{y}", r"\sqrt{x y^3}", r"\sqrt[3]{8x}", r"\ln(xy)", r"\ln\frac{x^2}{y}",
    r"x^{1/2}x^{1/3}", r"x^y x^2", r"(2x)^y", r"\ln\sqrt{x}", r"e^{2\ln x}", r"e^{-\ln(x+1)}",
    r"\frac{x}{\sqrt{x}}", r"\sqrt{\frac{x}{y}}", r"\ln(4x)", r"\sqrt{x+y}", r"\sqrt{x(x+y)}",
    r"\ln(x+y)", r"\ln\frac{3}{x+y}", r"\sqrt{\frac{x^2 y}{x+y}}", r"\log x", r"\log_2 x",
    r"\sqrt{2x+2y}", r"(x^2)^{3/2}", r"(xy)^{-3/2}", r"\sqrt{x^y}", r"\ln(e^x)", r"\ln(2^x)",
    r"\ln\frac{x^2+1}{x}", r"(x\sqrt{y})^{1/3}", r"\sqrt{x\sqrt{y}}", r"(\sqrt{x+1}y)^{1/2}",
    r"x^{2y+1}", r"x^{y/2}", r"\sqrt{4\pi x}", r"\operatorname{arcosh}(x+1)",
]  # fmt: skip
EXPONENTS = [
    r"2^x 2^y", r"4^x", r"6^{x+1}", r"\frac{2^{x+3}}{8}", r"e^{x+2}", r"e^{-x}e^{2x}",
    r"(\frac{2}{3})^x", r"2^{x/3}", r"1^x", r"e^{x y}", r"2^{2x-y+1}", r"e^{\frac{x+1}{2}}",
    r"e^{\frac{1}{x^2+1}}", r"10^{-x}", r"12^{x}", r"e^{\ln 3}", r"e^{2\ln 5}",
    r"e^{\frac{\ln 2}{2}}", r"(e^x)^3", r"(e^x+1)^2",
]  # fmt: skip
CIRCULAR = [
    r"\sin^2 x", r"\sin^3 x", r"\sin^4 x\cos x", r"\sin(x+y)", r"\cos(2x)", r"\cos(3x-y)",
    r"\sin(-x)", r"\cos(-x)", r"\tan x", r"\cot x", r"\sec x", r"\csc x", r"\tan(x+y)",
    r"\sin(x+\frac{\pi}{2})", r"\cos(\pi-x)", r"\sin 30^\circ", r"\cos(x-60^\circ)",
    r"\sin\frac{x}{2}\cos\frac{x}{2}", r"\sin\frac{2}{3}", r"\cos(12x)", r"\sin(5x)",
    r"\sin\frac{1}{x}", r"\cos\frac{x}{y}", r"\sin(x^2+1)", r"\tan\frac{\pi}{12}",
    r"\sin(\frac{x}{2}-\frac{y}{3})", r"\sec\frac{\pi}{4}", r"\csc(-\frac{\pi}{3})",
]  # fmt: skip
INVERSE = [
    r"\arcsin(-\frac13)", r"\arccos\frac13", r"\arctan x+\arctan(-x)", r"\arctan(x-y)",
    r"\operatorname{erf}(-x)", r"\operatorname{artanh}\frac12", r"\operatorname{arsinh}x",
    r"\operatorname{arcosh}3", r"\arccos\frac{x}{9}", r"\arctan(y-x)+\arctan x",
]  # fmt: skip
HYPERBOLIC = [
    r"\sinh x", r"\cosh x", r"\tanh x", r"\coth x", r"\operatorname{sech}x",
    r"\operatorname{csch}x", r"\cosh^2x-\sinh^2x", r"\sinh(2x)", r"\tanh(x+y)",
]  # fmt: skip
LOGARITHMS = [
    r"\ln 12", r"\ln\frac{8}{9}", r"\log 1000", r"\log_2 10", r"\ln\sqrt{6}", r"\ln(2^x)",
    r"\ln(x^2+1)", r"\ln\frac{x^2+1}{3}", r"\ln\frac{5}{x^2+2}", r"\ln(e^{3})", r"\ln(4e)",
    r"\ln\frac{1}{\pi}", r"\ln(2x^2+2)", r"\ln(\sqrt{x^2+1})",
]  # fmt: skip
WHOLE = [
    r"\frac{(n+2)!}{n!}", r"\frac{n!}{(n-1)!}", r"\frac{(n-2)!}{(n+1)!}", r"\binom{n}{2}",
    r"\binom{n+1}{3}", r"\binom{n}{k}", r"\binom{10}{4}", r"7!", r"0!", r"\frac{(2n)!}{(2n-1)!}",
    r"\binom{n}{0}", r"\binom{n}{n-1}", r"n!!", r"8!!", r"7!!", r"\gcd(12,18)",
    r"\operatorname{lcm}(4,6)", r"\max(2,\frac73)", r"\min(-1,3)", r"\lfloor\frac72\rfloor",
    r"\lceil\frac72\rceil",
    r"\lfloor-\frac72\rfloor", r"\lfloor\pi\rfloor", r"\lceil\sqrt{10}\rceil",
    r"\max(\sqrt2,\sqrt3)", r"\min(\pi,e)", r"\operatorname{sgn}(-3)", r"\operatorname{sgn}(2)",
    r"\operatorname{sgn}(0)",
]  # fmt: skip
ABSOLUTE = [
    r"|x|^2", r"|x|^3", r"|x-y|^2", r"|x-y|^3", r"|-3x|", r"|x y^2|", r"|\frac{2x}{y}|", r"|{-5}|",
    r"|x^2+1|", r"|-x^2-2|", r"|2x-4|", r"|4-2x|", r"|\pi-4|", r"|x|\cdot|y|", r"|x|^5",
    r"\operatorname{sgn}(x)^3", r"\operatorname{sgn}(x)^4", r"\operatorname{sgn}(x)^2",
    r"\operatorname{sgn}(x^2+1)", r"|\frac{x-1}{x^2+1}|", r"|\frac{x^2+1}{x-3}|",
]  # fmt: skip
SUMS = [
    r"\sum_{k=1}^{5}k^2", r"\sum_{k=0}^{n}k", r"\sum_{k=1}^{n}k^3", r"\sum_{k=2}^{n}(2k-1)",
    r"\sum_{k=0}^{n}2^k", r"\sum_{k=1}^{n}\frac{1}{3^k}", r"\prod_{k=1}^{4}(k+1)",
    r"\prod_{k=1}^{3}(x+k)", r"\sum_{k=1}^{3}x^k", r"\sum_{k=3}^{n}(k^2+x)",
    r"\sum_{k=1}^{n}x", r"\sum_{k=0}^{n}k^4", r"\sum_{k=5}^{4}k", r"\sum_{k=0}^{n}x^k",
    r"\sum_{k=1}^{n}\frac{k}{x^2+1}", r"\sum_{k=1}^{3}\sum_{m=1}^{2}(k+mx)",
]  # fmt: skip

REAL = [
    *POLYNOMIALS, *IMAGINARY, *ROOTS, *EXPONENTS, *CIRCULAR, *INVERSE, *HYPERBOLIC, *LOGARITHMS,
    *ABSOLUTE,
]  # fmt: skip

POINTS = [{"x": "1.3", "y": "0.4"}, {"x": "-0.7", "y": "2.1"}, {"x": "-1.2", "y": "-0.9"}]
NATURAL = [{"n": "7", "k": "3", "x": "1.3"}, {"n": "4", "k": "2", "x": "-0.6"}]


def read(text: str) -> Node:
    value = next(readings(text))
    assert isinstance(value, NODES), value
    return value


def worth(a: Form, at: Mapping[str, Any]) -> Any:
    """The value of a form, straight from what its atoms say that they are."""
    above, below = (_polynomial(poly, at) for poly in a)
    return above / below


def _polynomial(poly: Polynomial, at: Mapping[str, Any]) -> Any:
    total = mpmath.mpf(0)
    for monomial, coefficient in poly.items():
        term = mpmath.mpf(coefficient.numerator) / coefficient.denominator
        for name, times in monomial:
            term *= mpmath.power(_atom(name, at), mpmath.mpf(times.numerator) / times.denominator)
        total += term
    return total


def _atom(name: Atom, at: Mapping[str, Any]) -> Any:
    match name:
        case SymbolAtom(_, letter):
            constants = {"pi": mpmath.pi, "e": mpmath.e}
            return +constants[letter] if letter in constants else at[letter.rstrip(POSITIVE_MARK)]
        case ImaginaryAtom():
            return mpmath.mpc(0, 1)
        case PrimeAtom(_, prime):
            return mpmath.mpf(prime)
        case RadicalAtom(_, base, degree):
            return mpmath.power(worth(base, at), mpmath.mpf(1) / degree)
        case PowerAtom(_, base, index):
            return mpmath.power(worth(base, at), worth(index, at))
        case FunctionAtom(_, function, arguments):
            return FUNCTIONS[function](*(worth(argument, at) for argument in arguments))
    raise AssertionError(name)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": mpmath.sin, "cos": mpmath.cos, "asin": mpmath.asin, "acos": mpmath.acos,
    "atan": mpmath.atan, "ln": mpmath.log, "abs": abs, "erf": mpmath.erf,
    "sign": mpmath.sign, "factorial": mpmath.factorial, "factorial2": mpmath.fac2,
    "binomial": mpmath.binomial,
}  # fmt: skip


def assert_worth(node: Node, a: Form, at: Mapping[str, str]) -> None:
    with mpmath.workdps(40):
        point = {name: mpmath.mpf(value) for name, value in at.items()}
        wanted, value = evaluate(node, point, mpmath.mp), worth(a, point)
        assert abs(value - wanted) <= mpmath.mpf(10) ** -25 * (1 + abs(wanted)), (value, wanted)


@pytest.mark.parametrize("text", REAL)
@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_form_is_worth_what_its_expression_is(text: str, point: dict[str, str]) -> None:
    node = read(text)
    assert_worth(node, form(node), point)


@pytest.mark.parametrize("text", [*POSITIVE_ONLY, *REAL])
def test_so_is_the_form_of_positive_letters(text: str) -> None:
    node = read(text)
    assert_worth(node, form(with_positive_letters(node)), {"x": "1.3", "y": "0.4"})


@pytest.mark.parametrize("text", [*WHOLE, *SUMS])
@pytest.mark.parametrize("point", NATURAL, ids=str)
def test_so_is_that_of_whole_numbers(text: str, point: dict[str, str]) -> None:
    node = read(text)
    assert_worth(node, form(node), point)


@pytest.mark.parametrize("text", [*CIRCULAR, *POLYNOMIALS, *ABSOLUTE, *EXPONENTS])
def test_doubled_letters_are_worth_what_the_expression_is_at_twice_the_point(text: str) -> None:
    node = read(text)
    with mpmath.workdps(30):
        half, whole = ({"x": n * mpmath.mpf("0.37"), "y": n * mpmath.mpf("-0.6")} for n in (1, 2))
        doubled = evaluate(with_doubled_letters(node), half, mpmath.mp)
        assert mpmath.almosteq(doubled, evaluate(node, whole, mpmath.mp))


CANCELLED = [
    (r"\frac{x^2y}{xy}", "x"), (r"\frac{2x+2}{x+1}", "2"), (r"\frac{2xy+2x}{xy+x}", "2"),
    (r"\sqrt[3]{x^2+1}^3", "x^2+1"), (r"\sin^2x+\cos^2x", "1"), (r"|x|^2", "x^2"),
    (r"i^4", "1"), (r"\frac{\sqrt6}{\sqrt2}", r"\sqrt3"), (r"x^2-x^2", "0"),
    (r"\operatorname{sgn}(x)^3", r"\operatorname{sgn}(x)"), (r"e^{x}e^{-x}", "1"),
    (r"|y-x|", "|x-y|"), (r"\sqrt{x^2+2x+1}", "|x+1|"), (r"\cos(x-y)", r"\cos(y-x)"),
    (r"\frac{xy^2+x}{x}", "y^2+1"), (r"\sum_{k=1}^{n}k", r"\frac{n^2+n}{2}"),
    (r"2^{x}3^{x}", "6^x"), (r"\tanh x", r"\frac{e^{x}-e^{-x}}{e^x+e^{-x}}"),
    (r"\int_0^x 3t^2 dt", "x^3"), (r"\int_1^2 (t+x) dt", r"x+\frac32"), (r"\binom{n}{1}", "n"),
    (r"\int_0^1 t\cdot y^2 dt", r"\frac{y^2}{2}"), (r"\frac{(n+1)!}{n!}", "n+1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "other"), CANCELLED)
def test_what_is_one_has_one_key(text: str, other: str) -> None:
    assert key(form(read(text))) == key(form(read(other)))


APART = [
    (r"\sqrt{x^2}", "x"), (r"|x|^3", "x^3"), (r"\sin x", r"\cos x"), (r"\sqrt2", r"\sqrt3"),
    (r"\frac{x+1}{x+2}", "1"), (r"\frac{2x+2}{x+2}", "2"), (r"x^2y", "xy^2"), ("xy", "x+y"),
    (r"\sqrt[3]{x}", r"\sqrt{x}"), (r"|x-y|", "|x+y|"), (r"\ln x", r"\log x"), ("i", "1"),
    (r"\sum_{k=1}^{n}k", r"\sum_{k=0}^{n}(k+1)"), (r"e^x", "e^{-x}"), (r"\frac{x}{2}", "x"),
    (r"\operatorname{sgn}(x)^2", "1"), (r"\operatorname{sgn}(x)^2", r"\operatorname{sgn}(x)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "other"), APART)
def test_what_differs_has_another_key(text: str, other: str) -> None:
    assert key(form(read(text))) != key(form(read(other)))


POSITIVE = [r"\pi", "e", r"\sqrt2", r"2+\sqrt3", r"\frac{\pi}{e+1}", r"e^\pi", r"\sqrt{1+\sqrt2}"]
NOT_KNOWN = ["0", "-1", r"\sqrt2-1", "x", "i", r"\sin 1", "x^2", r"-\pi", r"1-\pi", r"|x|", "e^x+y"]


@pytest.mark.parametrize("text", POSITIVE)
def test_it_is_known_to_be_positive(text: str) -> None:
    assert is_positive(form(read(text)))


@pytest.mark.parametrize("text", NOT_KNOWN)
def test_it_is_not_known_to_be_positive(text: str) -> None:
    assert not is_positive(form(read(text)))


def test_marked_letters_are_positive() -> None:
    for text in ("x", "xy+1", r"\sqrt{x}", "e^x", "x^y", r"\frac{x}{y+2}", r"\sqrt{x+y}"):
        assert is_positive(form(with_positive_letters(read(text)))), text
    for text in ("x-y", "-x", r"\ln x", r"\frac{-1}{y}", r"\frac{x}{y-1}"):
        assert not is_positive(form(with_positive_letters(read(text)))), text


REALS = [
    "x", r"\sqrt2 x", r"\sin x", r"|x|", r"\frac{x}{y}", r"\arctan x", r"e^x", r"\ln 2", r"2^x",
    r"\sqrt{1+\pi}", r"\operatorname{sgn}x", r"\lfloor x\rfloor", r"\lceil x\rceil",
]  # fmt: skip
NOT_REAL = ["i", "x+i", r"\sqrt{x}", r"\ln x", r"\arcsin x", r"x^y", r"\frac{1}{x+i}", r"e^{ix}"]


@pytest.mark.parametrize("text", REALS)
def test_it_is_real_wherever_its_letters_are(text: str) -> None:
    assert is_real(form(read(text)))


@pytest.mark.parametrize("text", NOT_REAL)
def test_it_may_be_complex(text: str) -> None:
    assert not is_real(form(read(text)))


def test_parts_of_complex_numbers() -> None:
    parts = real_and_imaginary(form(read(r"\frac{3x+2i}{5}")))
    assert parts is not None
    assert [key(part) for part in parts] == [
        key(form(read(r"\frac{3x}{5}"))),
        key(form(read("2/5"))),
    ]
    assert real_and_imaginary(form(read(r"\frac{1}{x+i}"))) is None
    assert real_and_imaginary(form(read(r"\ln x+i"))) is None
    assert real_and_imaginary(form(read(r"1+i\ln x"))) is None


INDEPENDENT = {
    r"\pi+\sqrt2": True, "x+iy": True, r"e x^2-1": True, r"\sqrt2+\sqrt3+\sqrt6": True,
    r"\pi+e": False, r"\sin x": False, r"\sqrt{x+1}": False, "2^x": False, r"\ln 2": False,
}  # fmt: skip


@pytest.mark.parametrize("text", INDEPENDENT)
def test_which_atoms_are_independent(text: str) -> None:
    assert independent(form(read(text)).above) is INDEPENDENT[text]


def test_numbers_of_forms() -> None:
    assert rational(form(read("0"))) == 0
    assert rational(form(read(r"\frac{6}{4}"))) * 2 == 3  # type: ignore[operator]
    assert rational(form(read("x"))) is None
    assert rational(form(read(r"\sqrt2"))) is None
    assert content(form(read(r"\frac{4x+6}{9}"))) * 9 == 2
    assert content(form(read(r"\frac{-4x}{3y}"))) * 3 == 4
    found = primitive(form(read("6x^3y-3x^2")).above)
    assert found is not None
    assert [(atom.order, times) for atom, times in found.common] == [("s:x", 2)]
    assert primitive({}) is None


@pytest.mark.parametrize("text", [r"2^{40001}", r"(x+y+1)^{60}(x-y)^{60}", "x^{1000001}"])
def test_what_would_be_too_large_is_not_begun(text: str) -> None:
    with pytest.raises(TooLarge):
        form(read(text))


@pytest.mark.parametrize("text", ["0^{-1}", r"\frac{1}{x-x}", r"\ln 0"])
def test_a_division_by_zero_is_one(text: str) -> None:
    with pytest.raises(ZeroDivisionError):
        form(read(text))


def test_a_letter_without_a_value_has_none() -> None:
    with pytest.raises(NoValue):
        evaluate(read("x+q"), {"x": mpmath.mpf(1)}, mpmath.mp)
    assert symbols(read("x+q")) == {"x", "q"}
