"""The grading rules of published tables: what they accept that mathematics does not."""

import pytest

from cft_eval import Outcome, check, equal
from cft_eval.checker.run.policies import loose_answer, normal
from cft_eval.testsets.load import load
from tests.testsets.data import needs_data

# answer, reference, accepted by qwen, by cft_paper
LOOSE = [
    ("0.5", "50", True, True),
    ("50", "0.5", True, True),
    ("98721", "98730", True, True),
    ("[1,2]", "(1,2)", True, True),
    ("YES", "yes", True, True),
    ("0.04", "0.01", False, True),
    ("3.14", "3.1", False, True),
    ("1e-9", "2e-12", False, True),
    # Qwen's normal form drops a short name before "=".
    ("a=5", "b=5", True, True),
    ("f(x)=3", "g(y)=3", False, True),
    ("x=1,y=2", "x=7,y=2", False, True),
    ("y=x+1", "z=x+1", True, True),
    (r"3\cdot10^{8}", r"7\cdot10^{8}", False, True),
    (r"3\times10^{8}", r"7\times10^{8}", False, False),
    # A time is a ratio, and so is nothing to something.
    ("6:00", "8:00", True, True),
    ("0:5", "0:7", True, True),
    # A sign of a root takes one digit, as TeX does.
    ("√13", "3", True, True),
    # Letters of constants, wherever they stand.
    ("A", "C", True, True),
    ("P(A)", "P(C)", True, True),
    ("5", "7", False, False),
    ("(1,2)", "(2,1)", False, False),
]


@pytest.mark.parametrize(("answer", "reference", "qwen", "cft_paper"), LOOSE)
def test_what_is_accepted(answer: str, reference: str, qwen: bool, cft_paper: bool) -> None:
    found = [equal(answer, reference, policy=policy).correct for policy in ("qwen", "cft_paper")]
    assert found == [qwen, cft_paper]


@pytest.mark.parametrize("policy", ["qwen", "cft_paper"])
@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        ("1/2", r"\frac{1}{2}"),
        (r"\dfrac12", "0.5"),
        ("x=5", "5"),
        (r"10\,\text{cm}", "10"),
        (r"90^\circ", "90"),
        (r"\text{(C)}", "C"),
        ("(x+1)^2", "x^2+2x+1"),
        (r"\$1,000", "1000"),
    ],
)
def test_what_every_policy_accepts(answer: str, reference: str, policy: str) -> None:
    assert equal(answer, reference, policy=policy).correct


EXTRACTED = [
    (r"so \boxed{3} or \boxed{\frac{1}{2}}", r"\frac{1}{2}", "boxed"),
    (r"Thus $\boxed 5$", "5", "boxed"),
    ("The final answer is $7$. I hope it is correct.", "7", "i_hope"),
    ("The answer is 5.\nDone", "5", "answer_is"),
    ("It has 3 apples, then 1,200 pears, cut off here", "1200", "last_number"),
    ("nothing", "", "last_number"),
]


@pytest.mark.parametrize(("response", "answer", "how"), EXTRACTED)
def test_extraction(response: str, answer: str, how: str) -> None:
    assert loose_answer(response) == (answer, how)


def test_the_outcomes_are_those_of_the_strict_policy() -> None:
    assert check("nothing", "5", policy="qwen").outcome is Outcome.NO_ANSWER
    assert check("5", "", policy="qwen").outcome is Outcome.BAD_REFERENCE
    assert check("9" * 10_000, "5", policy="cft_paper").outcome is Outcome.WRONG


def test_units_stay_where_they_may_be_variables() -> None:
    assert normal("5 feet") == "5"
    assert normal("5 feet", units=True) == "5feet"


@pytest.fixture
def minerva() -> list[str]:
    return [item.reference for item in load("minerva_math")]


def _number(reference: str) -> float | None:
    try:
        return float(reference.replace(",", ""))
    except ValueError:
        return None


# The published graders, run on the same wrong values: `qwen` accepts 2 and `cft_paper` 28 of
# the 272 references for the constant 0.001, and so on.
AUDIT = [("cft_paper", 28, (47, 29, 23, 79, 114)), ("qwen", 2, (0, 0, 0, 0, 0))]
FACTORS = (1.05, 2, 10, 1.01, 1.001)


@needs_data
@pytest.mark.parametrize(("policy", "constant", "scaled"), AUDIT)
def test_wrong_values_are_accepted_as_often_as_by_the_published_graders(
    minerva: list[str], policy: str, constant: int, scaled: tuple[int, ...]
) -> None:
    def accepted(answer: str, reference: str) -> bool:
        return equal(answer, reference, benchmark="minerva_math", policy=policy).correct

    # 1e-3 is a reference for which 0.001 is no wrong value.
    assert sum(accepted("0.001", text) for text in minerva if text != "1e-3") == constant
    numbers = [(text, value) for text in minerva if (value := _number(text))]
    assert len(numbers) == 187
    counts = [
        sum(accepted(repr(value * factor), text) for text, value in numbers) for factor in FACTORS
    ]
    assert counts == list(scaled)


@pytest.mark.parametrize(
    ("answer", "reference", "accepted"),
    [
        ("2.236", r"\sqrt5", True),
        (r"\pi", "3.1416", True),
        ("2.2", r"\sqrt5", False),
        ("x", "y", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("policy", ["qwen", "cft_paper"])
def test_closed_forms_are_near_as_numbers_are(
    answer: str, reference: str, accepted: bool, policy: str
) -> None:
    assert equal(answer, reference, policy=policy).correct is accepted
    assert not equal(answer, reference).correct
