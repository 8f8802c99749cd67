"""Statistics of a set, and benchmark problems found in it. No torch."""

from cft_eval.dataset.rows import TrainingRow
from cft_eval.dataset.statistics import ContaminatedItem, Lengths, lengths, overlap, summarise


def test_lengths_are_five_numbers() -> None:
    assert lengths(list(range(1, 101))) == Lengths(1, 50, 50.5, 95, 100)


def test_rows_are_counted_with_their_repeats() -> None:
    rows = [
        TrainingRow("q", "r", "Conclusion: right [END]"),
        TrainingRow(" q", "r ", "Conclusion: right\n[END]"),  # the same but for blanks
        TrainingRow("q", "r", "Conclusion: wrong"),
        TrainingRow("p", "r"),
    ]
    assert summarise(rows).report() == [
        "4 rows, 2 different questions, 1 rows repeat an earlier one",
        "3 have a critique",
        "critiques say: right 66.7% (2), wrong 33.3% (1), none 0.0% (0)",
        "1 critiques do not hold [END]",
    ]


PROBLEMS = {
    "math/0": r"Find the sum of all positive integers $n$ such that $\dfrac{n}{7}$ is prime.",
    "math/1": r"What is the least number that has six divisors?",
    "math/2": "Compute $2+2$.",
}


def test_a_problem_is_found_item_by_item() -> None:
    rows = [
        # Other LaTeX, other words around it: thirteen words in a row are the same.
        TrainingRow(
            "Hello! find the sum of all positive integers \\(n\\) such that n over 7 is odd", "r"
        ),
        TrainingRow(
            "Find the sum of all positive integers n such that \\frac{n}{7} is prime. OK?", "r"
        ),
        # Shorter than a run: it must stand there whole.
        TrainingRow("Tell me, what is the least number that has six divisors?", "r", number=5),
        TrainingRow("What is the least number that has seven divisors?", "r"),
        # Too short to say anything.
        TrainingRow("Compute 2 + 2.", "r"),
    ]
    found = overlap(rows, PROBLEMS, size=10)
    assert found == [
        ContaminatedItem("math/0", ["row: row 1", "row: row 1"]),
        ContaminatedItem("math/1", ["row: row 5"]),
    ]
