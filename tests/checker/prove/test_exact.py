"""Constants: equality only with a bound behind it, however many digits agree."""

import pytest

from cft_eval import Outcome, equal

PROVED = [
    (r"\sqrt{3+2\sqrt2}", r"1+\sqrt2"),
    (r"\sqrt[3]{2+\sqrt5}+\sqrt[3]{2-\sqrt5}", "1"),
    (r"\sqrt{-3-4i}", "1-2i"),
    (r"\sqrt{i}", r"\frac{1+i}{\sqrt2}"),
    (r"\cos 36^\circ-\cos 72^\circ", r"\frac12"),
    (r"\sin 10^\circ \sin 50^\circ \sin 70^\circ", r"\frac18"),
    (r"\tan 7.5^\circ", r"\sqrt6-\sqrt3+\sqrt2-2"),
    (r"4\arctan\frac15-\arctan\frac1{239}", r"\frac\pi4"),
    (r"\arcsin\frac35", r"\arctan\frac34"),
    (r"\ln(3+2\sqrt2)", r"2\ln(1+\sqrt2)"),
]
NEAR = [
    (r"\cos(10^{-150})", "1"),
    (r"e^{10^{-300}}", "1"),
    (r"\tanh(400)", "1"),
    (r"\arctan(10^{300})", r"\frac\pi2"),
    (r"\sqrt{3+2\sqrt2}+10^{-390}", r"1+\sqrt2"),
    (r"e^{\pi\sqrt{163}}", "262537412640768744"),
]


@pytest.mark.parametrize(("answer", "reference"), PROVED)
def test_identities_are_proved(answer: str, reference: str) -> None:
    assert equal(answer, reference).correct
    assert equal(reference, answer).correct


@pytest.mark.parametrize(("answer", "reference"), NEAR)
def test_what_is_only_near_is_refused(answer: str, reference: str) -> None:
    assert equal(answer, reference).outcome is Outcome.WRONG
    assert equal(reference, answer).outcome is Outcome.WRONG
