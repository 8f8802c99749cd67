"""Numbers given to a precision: what stands for them, and what does not."""

import pytest

from cft_eval import equal

RIGHT = [
    ("4.4677", "4.4677"),
    ("4.46772", "4.4677"),
    ("4.47", "4.4677"),  # rounded to three digits, and the reference rounds to it
    ("0.533", "0.53"),
    (r"5.89 \times 10^{-7}", "5.89e-7"),
    (r"\frac{1}{360000}", "2.7778e-6"),
    (r"3.275 \times 10^{12} \text{ cm}", "3.3e12"),
    ("7353.2", "7353"),
    ("-1.51", "-1.5"),
    (r"\sqrt{2}/2", "0.707"),
    ("x = 41.8", "41.8"),
    (r"12.5\%", "12.5"),
]
WRONG = [
    ("4.4690", "4.4677"),
    ("4.5", "4.4677"),  # two digits are too few to stand for five
    ("0.54", "0.53"),
    ("5 €", "$5"),  # another currency
    ("0.001", "0.006"),
    ("0", "1e-8"),
    ("7354", "7353"),  # a count is exact
    ("4.03", "4"),
    (r"5\sqrt{399}", "100"),  # a closed form is exact too, and is 99.87
    ("1.5", "-1.5"),
    ("6e22", "6e23"),
    ("0.0063", "0.006"),  # 5 % off: one digit is no licence
]


@pytest.mark.parametrize(("answer", "reference"), RIGHT)
def test_as_precise_as_it_is_given(answer: str, reference: str) -> None:
    verdict = equal(answer, reference, benchmark="minerva_math")
    assert verdict.correct, verdict


@pytest.mark.parametrize(("answer", "reference"), WRONG)
def test_not_that_number(answer: str, reference: str) -> None:
    verdict = equal(answer, reference, benchmark="minerva_math")
    assert not verdict.correct, verdict


def test_other_benchmarks_are_exact() -> None:
    assert not equal("0.533", "0.53", benchmark="math").correct
