"""How rows read: each benchmark's rule for its reference."""

import pytest

from cft_eval.testsets import rows
from cft_eval.testsets.rows import BadRow, last_box

BOXES = [
    (r"so $\boxed{3}$", "3"),
    (r"first $\boxed{3}$, but no: $\boxed{\frac{1}{2}}$.", r"\frac{1}{2}"),
    (r"$\boxed 7$", "7"),
    (r"$\fbox{12}$", "12"),
    (r"$\boxed{\{1,2\}}$", r"\{1,2\}"),
    (r"$\boxed{\left\{ x \right\}}$", r"\left\{ x \right\}"),
    ("$\\boxed{\n5\n}$", "5"),
]


@pytest.mark.parametrize(("solution", "box"), BOXES)
def test_the_last_box(solution: str, box: str) -> None:
    assert last_box(solution) == box


@pytest.mark.parametrize(
    ("solution", "words"),
    [("no box", "no box in it"), (r"$\boxed{\frac{1}{2}$", "never closed")],
)
def test_no_whole_box(solution: str, words: str) -> None:
    with pytest.raises(BadRow, match=words):
        last_box(solution)


def test_math_reads_the_solution_and_not_its_field_answer() -> None:
    row = {"problem": "P", "solution": r"$\boxed{12}$", "answer": "twelve", "level": "Level 3"}
    for subject in ("subject", "type"):
        content = rows.math({**row, subject: "Algebra"})
        assert (content.reference, content.level, content.subject) == ("12", "Level 3", "Algebra")


def test_gsm8k_reads_what_follows_the_hashes() -> None:
    content = rows.gsm8k({"question": "Q", "answer": "1 + 1 = <<1+1=2>>2\n#### 2,125"})
    assert (content.problem, content.reference) == ("Q", "2,125")


def test_olympiadbench_joins_its_answers() -> None:
    row = {
        "id": 2382,
        "question": "Q",
        "subfield": "Algebra",
        "final_answer": ["$1$,$2$"],
        "solution": ["S"],
    }
    content = rows.olympiadbench(row)
    assert content.reference == "1,2"


def test_numbers_keep_their_leading_zeros_and_lose_an_empty_fraction() -> None:
    assert rows.problem_and_answer({"problem": "P", "answer": "025"}).reference == "025"
    assert rows.problem_and_answer({"problem": "P", "answer": 27.0}).reference == "27"
    assert rows.question_and_answer({"question": "Q", "answer": -1.0}).reference == "-1"
    # A changed answer is another item, and is reported as one.
    assert rows.question_and_answer({"question": "Q", "answer": 28.5}).reference == "28.5"


BAD = [
    (
        rows.math,
        {"problem": "P", "level": "1", "subject": "A"},
        "solution: expected text, got None",
    ),
    (rows.gsm8k, {"question": "Q", "answer": "4"}, "answer: no #### in it"),
    (rows.olympiadbench, {"final_answer": ["1", "2"]}, "final_answer: expected a list of one"),
    (rows.problem_and_answer, {"problem": "P", "answer": True}, "answer: expected text, got True"),
]


@pytest.mark.parametrize(("read", "row", "words"), BAD)
def test_a_row_that_is_not_what_it_should_be_names_its_field(
    read: object, row: dict[str, object], words: str
) -> None:
    assert callable(read)
    with pytest.raises(BadRow, match=words):
        read(row)
