"""Numbers that are spelled: every one up to a bound, forms of shares, and what is no number."""

from fractions import Fraction

import pytest

from cft_eval.checker.types.words import MAX_WORDS, share, spelled, spelled_start

UNITS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spell(number: int) -> str:
    """English for a number below a million, written here once more."""
    if number < 20:
        return UNITS[number]
    if number < 100:
        rest = f"-{UNITS[number % 10]}" if number % 10 else ""
        return TENS[number // 10 - 2] + rest
    if number < 1_000:
        rest = f" and {spell(number % 100)}" if number % 100 else ""
        return f"{UNITS[number // 100]} hundred{rest}"
    rest = f" {spell(number % 1_000)}" if number % 1_000 else ""
    return f"{spell(number // 1_000)} thousand{rest}"


def test_every_number_is_read_as_it_is_spelled() -> None:
    numbers = [*range(1_100), *range(1_100, 1_000_000, 7_919)]
    assert [spelled(spell(number)) for number in numbers] == numbers


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("a hundred", 100),
        ("an eighth", Fraction(1, 8)),
        ("one quarter", Fraction(1, 4)),
        ("three quarters", Fraction(3, 4)),
        ("two and three quarters", Fraction(11, 4)),
        ("two and a quarter", Fraction(9, 4)),
        ("half a dozen", 6),
        ("three dozen", 36),
        ("a dozen", 12),
        ("negative two thirds", Fraction(-2, 3)),
        ("three point one four", Fraction(157, 50)),
        ("point five", Fraction(1, 2)),
        ("two million", 2_000_000),
        ("one billion two", 1_000_000_002),
    ],
)
def test_shares_and_scales(words: str, value: Fraction | int) -> None:
    assert spelled(words) == value


@pytest.mark.parametrize(
    "words",
    ["", "minus", "and", "three twenty", "ten five", "twenty ten", "hundred", "two hundred hundred",
     "two thousand million", "five and", "and five", "three point", "three point ten", "cat",
     "two and five thirds", "six zero six", " ".join(["one"] * (MAX_WORDS + 1))],
)  # fmt: skip
def test_what_spells_no_number(words: str) -> None:
    assert spelled(words) is None


def test_the_longest_run_of_words_counts() -> None:
    assert spelled_start(["twenty", "three", "red", "balls"]) == (Fraction(23), 2)
    assert spelled_start(["five", "and", "a", "half", "miles"]) == (Fraction(11, 2), 4)
    assert spelled_start(["five", "and", "miles"]) == (Fraction(5), 1)
    assert spelled_start(["red", "balls"]) is None


def test_a_word_behind_a_number() -> None:
    assert [share(word) for word in ("dozen", "eighths", "thousand", "lakh")] == [
        12, Fraction(1, 8), 1_000, 100_000,
    ]  # fmt: skip
    assert share("apples") is None
