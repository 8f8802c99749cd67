"""Table 3's questions as the paper's harness asks them, and options in an order that is fixed."""

from typing import Any

import pytest

from cft_eval.checker.run.theoremqa import upstream
from cft_eval.harness import stem
from cft_eval.testsets import item_hash, rows
from cft_eval.testsets.rows import TEXT_ALONE
from tests.testsets.data import needs_data

HUB = {
    "Question": "Which is even?",
    "Correct Answer": " 4\n",
    "Incorrect Answer 1": "3",
    "Incorrect Answer 2": "5",
    "Incorrect Answer 3": "7",
}
LISTED = {"question": "Which is even?\n\nA) 5\nB) 7\n\nC) 4\nD) 3", "answer": "C"}


def test_the_order_of_options_is_the_same_from_every_copy() -> None:
    first, second = rows.gpqa(HUB), rows.gpqa(LISTED)
    assert item_hash(first.problem, first.reference) == item_hash(second.problem, second.reference)
    letter = first.reference
    assert f"({letter}) 4" in first.problem
    assert first.problem.startswith("Which is even?\nAnswer Choices: (A) ")


def test_the_right_option_stands_everywhere() -> None:
    """An order that is drawn: no letter is right more often than chance has it."""
    letters = [
        rows.gpqa({**HUB, "Question": f"Which is even, case {n}?"}).reference for n in range(200)
    ]
    assert all(30 <= letters.count(letter) <= 70 for letter in "ABCD")


def test_stray_blanks_of_options_are_gone() -> None:
    row = {
        "question_id": 7,
        "question": "Which is even? ",
        "options": ["3", " 4 ", "5\n"],
        "answer": "B",
        "category": "math",
    }
    content = rows.mmlu_pro(row)
    assert (content.reference, content.subject) == ("B", "math")
    assert stem.mmlu_pro({"problem": content.problem}) == (
        "Question:\nWhich is even?\nOptions:\nA. 3\nB. 4\nC. 5\nAnswer: Let's think step by step.\n"
    )
    # Two questions alike are two items.
    again = rows.mmlu_pro({**row, "question_id": 8})
    assert again.problem != content.problem


def test_theoremqas_answers_keep_their_type() -> None:
    def reference(answer: object) -> str:
        return rows.theoremqa({"Question": "?", "Answer": answer, "field": "Math"}).reference

    assert [reference(a) for a in (7, 345.0, True, [4, 2], [0.5, 1.0], "(a)")] == [
        "7", "345.0", "True", "[4, 2]", "[0.5, 1.0]", "(a)",
    ]  # fmt: skip
    assert "boxed{True}" in stem.theoremqa({"problem": "Is it?", "reference": "False"})
    assert stem.theoremqa({"problem": "How many?", "reference": "7"}) == "How many?"


UPSTREAM = [
    ("1.03", "1.0", True),
    ("1.05", "1.0", False),
    ("0.01", "0.0", False),
    ("6.6", "7", True),
    ("(4, 2)", "[2, 4]", True),
    ("[4, 2, 1]", "[2, 4]", False),
    ("not true", "True", True),  # wrong on purpose
    ("nothing", "False", True),
    (r"\text{(b)}", "(b)", True),
    ("c", "(b)", False),
    ("no number", "7", False),
]


@pytest.mark.parametrize(("answer", "reference", "right"), UPSTREAM)
def test_theoremqas_own_rules(answer: str, reference: str, right: bool) -> None:
    assert upstream(answer, reference) is right


@needs_data
def test_theoremqa_reports_the_text_alone_and_its_own_rules() -> None:
    """Every label for an answer is right by all rules; half a percent more by upstream's alone."""
    import lm_eval
    from lm_eval.api.model import LM
    from lm_eval.tasks import TaskManager

    from cft_eval.harness.defaults import tasks_folder

    class Labels(LM):  # type: ignore[misc]  # lm-eval has no types
        def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
            return [f"\\boxed{{{request.doc['reference']}}}" for request in requests]

        loglikelihood = loglikelihood_rolling = generate_until

    manager = TaskManager(include_defaults=False, include_path=tasks_folder())
    evaluation = lm_eval.evaluate(lm=Labels(), task_dict=manager.load(["cft_theoremqa"]))
    scores = evaluation["results"]["cft_theoremqa"]
    assert scores["acc,none"] == scores["acc_text,none"] == 1
    assert scores["acc_upstream,none"] == 1
    levels = [sample["doc"]["level"] for sample in evaluation["samples"]["cft_theoremqa"]]
    assert (len(levels), levels.count(TEXT_ALONE)) == (800, 747)
