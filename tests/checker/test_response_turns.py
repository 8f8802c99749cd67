"""What a second reader of responses tried: spaces of TeX, choices taken back, late corrections."""

import pytest

from cft_eval import check, equal
from tests.checker.pairs import assert_equal, each

RESPONSES = [
    ("Hence x is divisible by 5.", "5", False),
    ("Let me try $x=5$.", "5", False),
    ("We need to compute f(5).", "5", False),
    ("The next step is to add 5.", "5", False),
    ("n is a multiple of 5", "5", False),
    ("So we need to add 5 cups.", "5", True),
    (r"$\boxed{7}\,\pi$", "7", False),
    (r"$\boxed{7}\,\pi$", r"7\pi", True),
    (r"$\boxed{7}\,i$", "7i", True),
    (r"$\boxed{7}\;x$", "7", False),
    (r"$\boxed{7}\,\sqrt{2}$", r"7\sqrt2", True),
    (r"$-\,\boxed{7}$", "7", False),
    (r"$-\;\boxed{7}$", "-7", True),
    (r"$2\,\boxed{7}$", "7", False),
    (r"$\frac12\,\boxed7$", "7", False),
    (r"$\pi\,\boxed7$", "7", False),
    (r"$\boxed{7}\mathrm{i}$", "7", False),
    (r"$\boxed7\text{i}$", "7", False),
    (r"$\boxed{7}\text{ dozen}$", "7", False),
    (r"$\boxed{7}\text{ dozen}$", "84", True),
    (r"$\boxed{7}\text{ hundredths}$", "7", False),
    (r"$\boxed{7}.5$", "7", False),
    (r"$\boxed{7}.5$", "7.5", True),
    (r"$\boxed7{,}000$", "7", False),
    (r"$\boxed{7}.$", "7", True),
    (r"$\boxed{7}, 8$", "7", True),
    (r"$x=3,\ \boxed{7}$", "7", True),
    (r"\boxed{59}. Option (A) is incorrect.", "A", False),
    (r"\boxed{59}. Option (A) is false.", "A", False),
    (r"\boxed{59}. So option A is out.", "A", False),
    (r"\boxed{59}. So (A) cannot be right.", "A", False),
    (r"\boxed{59}. choice A is eliminated.", "A", False),
    ("The answer is B. Actually, it is C.", "B", False),
    ("The answer is B. Actually, it is C.", "C", True),
    (r"\boxed{B}\text{ is wrong}", "B", False),
    (r"\boxed{59}. The answer is (A).", "A", True),
    (r"$\boxed{5}$. Wait, that is wrong, the answer should be 7.", "7", True),
    ("The answer is 5. Wait, that is wrong, the answer is 7.", "7", True),
    (r"$\boxed{5}$. Wait, that is wrong, the answer should be 7.", "5", False),
    (r"$\boxed{5}$. My answer is wrong.", "5", False),
    (r"$\boxed{5}$. This answer is not correct.", "5", False),
    (r"$\boxed{5}$. Wrong!", "5", False),
    (r"$\boxed{5}$. I take that back.", "5", False),
    (r"$\boxed{5}$ Edit: 6", "5", False),
    (r"$\boxed{5}$. Sorry, it should have been 6.", "5", False),
    (r"$\boxed{5}$ (wrong)", "5", False),
    (r"$\boxed{5}$ ❌", "5", False),
    ("It is false that the answer is 5.", "5", False),
    ("The answer is 5. No wait, 6.", "5", False),
    (r"\cancel{\boxed{5}}", "5", False),
    (r"<del>\boxed{5}</del>", "5", False),
    (r"Incorrect answer: \boxed{5}", "5", False),
    (r"$\boxed{5}$. Actually, this is a nice problem.", "5", True),
    (r"$\boxed{5}$. It is out of 10.", "5", True),
    (r"$\boxed{5}$ We take the positive root.", "5", True),
    ("The wrong approach fails; the answer is 5.", "5", True),
    (r"So the total is \boxed{12\text{ min}}", "12", True),
    ("The answer is (B). Actually, it is a prime.", "B", True),
]

EQUAL = [
    (r"6\pi\text{ (about }18.85)", r"6\pi"),
    ("1/3 (approx. 0.33)", "1/3"),
    ("7/2 (= 3.5)", "3.5"),
    (r"12\text{ min}", "12"),
    (r"12\,\mathrm{sec}", "12"),
    ("12", r"12 \text{ min}"),
    (r"60 \text{ sec}", r"1 \text{ min}"),
    (r"\text{min}(2,3)", "2"),
    (r"3 \text{或} 5", "3,5"),
    ("6只", "6"),
    ("140美元", "140"),
    ("5个", "5"),
    ("3和5", "3,5"),
    ("100平方米", "100"),
    ("1 V", "1 W/A"),
    ("1 Ω", "1 V/A"),
    ("1 T", "1 N/(A m)"),
    ("1 H", "1 Wb/A"),
    ("5 kat", "5 mol/s"),
    ("2 A", "2"),
]

DIFFERENT = [
    (r"6\pi\text{ (about }19.85)", r"6\pi"),
    ("5 (i.e. 6)", "5"),
    ("5 (= 6)", "5"),
    (r"\sqrt2\text{ (about }3)", r"\sqrt2"),
    ("50 A", "50 m"),
    ("7只", "6"),
]


@pytest.mark.parametrize(("response", "reference", "right"), RESPONSES)
def test_a_response(response: str, reference: str, right: bool) -> None:
    verdict = check(response, reference)
    assert verdict.correct is right, verdict


@each(EQUAL)
def test_equal(answer: str, reference: str) -> None:
    assert_equal(answer, reference)


@each(DIFFERENT)
def test_different(answer: str, reference: str) -> None:
    assert not equal(answer, reference).correct


@pytest.mark.parametrize("word", ["doubled", "gross", "inverse"])
def test_a_word_behind_a_number_changes_it(word: str) -> None:
    assert not check(rf"\boxed{{5 \text{{ {word}}}}}", "5").correct
