r"""Words behind numbers, and numbers in words: (answer, reference)."""

from tests.checker.pairs import assert_different, assert_equal, assert_not_read, each

NUMBERS = [
    ("4 dozen", "48"),
    ("4 dozen apples", "48"),
    (r"4 \text{ dozen}", "48"),
    ("half a dozen", "6"),
    ("two dozen", "24"),
    ("5 eighths", r"\frac58"),
    ("9 tenths", "0.9"),
    ("3 hundredths", "0.03"),
    ("three hundredths", "0.03"),
    ("2 thirds of it", "2/3"),
    ("0.6 repeating", "2/3"),
    ("nine (9)", "9"),
    ("9 (nine)", "9"),
    ("negative eight", "-8"),
    ("minus 8", "-8"),
    ("three and a half", "7/2"),
    ("one and two thirds", "5/3"),
    ("two point five", "2.5"),
    ("3 in 5", "3/5"),
    ("one in six", "1/6"),
    ("2 out of 7", "2/7"),
    ("12 lakh", "1200000"),
    ("one hundred and eighty", "180"),
    ("a quarter", "0.25"),
    ("six apples", "6"),
]
COUNTED = [
    ("14 ways", "14"),
    ("3 hours ago", "3"),
    ("12 passing students", "12"),
    ("40 pastries", "40"),
    ("5 people", "5"),
    (r"6 \text{ red marbles}", "6"),
    ("8 more", "8"),
    ("31st", "31"),
    (r"31^{\text{st}}", "31"),
    ("9 meters long", "9"),
    ("25 buildings", "25"),
]
OTHER_NUMBER = [
    ("4 dozen", "4"),
    ("5 eighths", "5"),
    ("3 hundredths", "3"),
    ("0.6 repeating", "0.6"),
    ("two dozen", "2"),
    ("3 in 5", "3"),
    ("negative eight", "8"),
    ("12 lakh", "12"),
]
SAYS_SOMETHING_ELSE = [
    ("8 negative", "8"),
    ("1101 binary", "1101"),
    ("8 false", "8"),
    (r"8 \text{ wrong}", "8"),
    ("8 undefined", "8"),
    ("8 invalid", "8"),
    ("8 squared", "8"),
    ("nine (8)", "9"),
    ("8 mod", "8"),
    ("x if x > 0", "x"),
    ("8 imaginary", "8"),
    # A sentence is no product of its letters.
    ("Jane then started to grow 8 trees", "7"),
    (r"8 \text{ or less}", "8"),
]


@each(NUMBERS, COUNTED)
def test_the_same_number(answer: str, reference: str) -> None:
    assert_equal(answer, reference)


@each(OTHER_NUMBER)
def test_another_number(answer: str, reference: str) -> None:
    assert_different(answer, reference)


@each(SAYS_SOMETHING_ELSE)
def test_what_is_not_understood_is_not_read(answer: str, reference: str) -> None:
    assert_not_read(answer, reference)
