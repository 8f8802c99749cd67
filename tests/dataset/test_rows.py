r"""From the published forms to rows, and from rows to what is asked and learnt. No torch."""

import json
from pathlib import Path
from typing import Any

import pytest

from cft_eval.dataset.readers import HUB, read, row_of
from cft_eval.dataset.rows import BadTrainingRow, Lesson, Method, TrainingRow, is_kept, lesson
from cft_eval.dataset.texts import SYSTEM, CritiqueVerdict, critique_verdict, fields
from cft_eval.errors import CftError
from tests.testsets.data import needs_data

CRITIQUE = "No. Conclusion: wrong [END]"


def test_cft_asks_for_a_critique_in_the_papers_words() -> None:
    made = lesson(TrainingRow("1+1?", "3", CRITIQUE), Method.CFT, system=SYSTEM)
    assert made == Lesson(
        [
            {"role": "system", "content": "You are a helpful assistant."},
            {
                "role": "user",
                "content": "Please critique whether the following solution to the question is "
                "correct.\n\n\nQuestion:\n1+1?\n\nSolution:\n3\n",
            },
        ],
        "Critique:\nNo. Conclusion: wrong [END]",
    )


def test_sft_imitates_the_response_of_the_same_row() -> None:
    made = lesson(TrainingRow("1+1?", "3", CRITIQUE), Method.SFT, system=None)
    assert made == Lesson([{"role": "user", "content": "1+1?"}], "3")


def test_a_published_row_keeps_its_own_letters() -> None:
    published = fields("1+1?", "3", CRITIQUE)._asdict() | {"input": "Question:\n1+1?\nSolution:\n3"}
    row = row_of(published)
    assert (row.question, row.response) == ("1+1?", "3")
    assert lesson(row, Method.CFT, system=None).prompt[0]["content"].endswith("?\nSolution:\n3")


def test_a_row_without_critique_or_text_is_named() -> None:
    with pytest.raises(BadTrainingRow, match=r"f: row 3: no critique, so CFT has nothing to learn"):
        lesson(TrainingRow("q", "r", source="f", number=3), Method.CFT, system=None)
    with pytest.raises(BadTrainingRow, match=r"f: row 3: the response is empty"):
        lesson(TrainingRow("q", " ", source="f", number=3), Method.SFT, system=None)


def asked(question: str, response: str) -> str:
    return f"Please critique …\n\nQuestion:\n{question}\n\nSolution:\n{response}\n\n"


SHAPES: list[tuple[dict[str, Any], tuple[str, str, str | None, str | None]]] = [
    (fields("q", "r", "c")._asdict(), ("q", "r", "Critique:\nc", None)),
    # Alpaca's form without a solution to criticise is a row for SFT.
    ({"instruction": "q", "input": "", "output": "r"}, ("q", "r", None, None)),
    (
        {
            "messages": [
                {"role": "user", "content": asked("q", "r")},
                {"role": "assistant", "content": "c"},
            ]
        },
        ("q", "r", "c", None),
    ),
    ({"query": "q", "response": "r", "type": "GSM_Rephrased"}, ("q", "r", None, None)),
    ({"problem": "q", "solution": "r", "messages": [], "source": "s"}, ("q", "r", None, None)),
    (
        {"question": "q", "response": "r", "critique": "c", "reference": 4},
        ("q", "r", "c", "4"),
    ),
    (
        {"question": "q", "student_solution": {"solution": "r"}, "critique": "c", "gt_answer": "4"},
        ("q", "r", "c", "4"),
    ),
]


@pytest.mark.parametrize(("record", "parts"), SHAPES)
def test_each_published_form_is_read(
    record: dict[str, Any], parts: tuple[str, str, str | None, str | None]
) -> None:
    row = row_of(record)
    assert (row.question, row.response, row.critique, row.reference) == parts


BAD: list[tuple[object, str]] = [
    (["q"], "row 2: a JSON object was expected, not list"),
    ({"prompt": "q"}, "row 2: the columns prompt match no known format"),
    ({"question": "q", "response": None}, "row 2: response must be text, not NoneType"),
    ({"messages": [{"role": "user"}]}, "row 2: each of messages needs a role and a content"),
    (
        {"messages": [{"role": "user", "content": "q"}]},
        "row 2: messages must be one user and one assistant turn, not user",
    ),
    ({"question": "q", "student_solution": "r"}, "row 2: student_solution must be an object"),
]


@pytest.mark.parametrize(("record", "message"), BAD)
def test_a_bad_row_names_its_number(tmp_path: Path, record: object, message: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"question": "q", "response": "r"}\n' + json.dumps(record) + "\n")
    with pytest.raises(BadTrainingRow, match=message):
        read(str(path))


def test_files_of_lines_and_of_one_array_and_folders_are_read(tmp_path: Path) -> None:
    record = {"question": "q", "response": "r"}
    (tmp_path / "a.jsonl").write_text(json.dumps(record) + "\n\n" + json.dumps(record))
    (tmp_path / "b.json").write_text(json.dumps([record]))
    assert [row.number for row in read(str(tmp_path))] == [1, 3, 1]
    assert len(read(str(tmp_path), limit=2)) == 2


@pytest.mark.parametrize("text", ["[%s]", "%s\r\n\r\n"])
def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.jsonl"
    record = {"question": "q\ufeff", "response": "r \u2028 s"}
    path.write_text(text % json.dumps(record, ensure_ascii=False), encoding="utf-8-sig")
    (row,) = read(str(path))
    assert (row.question, row.response) == ("q\ufeff", "r \u2028 s")


BROKEN = [
    (b'{"question": ', "row 1: not JSON"),
    (b"[1,", "line 1: not JSON"),
    (b"\xff\xfe", "not UTF-8 at byte 0"),
    (b"", "no rows in it"),
]


@pytest.mark.parametrize(("content", "message"), BROKEN)
def test_a_broken_file_is_said(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    with pytest.raises(CftError, match=message):
        read(str(path))


def test_what_is_not_there_is_said_with_the_names_that_are(tmp_path: Path) -> None:
    with pytest.raises(CftError, match=r"no such file; known names are webinstruct-cft-4k"):
        read(str(tmp_path / "none.jsonl"))
    with pytest.raises(CftError, match=r"no .jsonl or .json file in this folder"):
        read(str(tmp_path))
    assert {data.path for data in HUB.values()} >= {"TIGER-Lab/WebInstruct-CFT"}


JUDGEMENTS = [
    ("… Conclusion: right [END]", "right"),
    ("… **Conclusion: wrong [END]**", "wrong"),
    # The last conclusion counts, and a box says nothing of the verdict.
    (r"In conclusion, wrong? No: \boxed{right}. Conclusion: \boxed{correct} [END]", "right"),
    ("Critique Conclusion: Incorrect", "wrong"),
    ("Conclusion: not correct", "wrong"),
    ("Conclusion: the solution is right; no wrong step in it", "right"),
    # A teacher that repeats its instruction has not judged, nor one that stopped before.
    ("Conclusion: right/wrong [END]", "none"),
    ("The solution is correct.", "none"),
    ("Conclusion:", "none"),
    ("", "none"),
    ("Conclusion: the answer isn't right", "wrong"),
    ("Conclusion: cannot be right", "wrong"),
    ("Conclusion: not entirely correct", "wrong"),
    ("Conclusion: not wrong", "right"),
    ("Conclusion: the correct answer is 4, so the student is wrong", "wrong"),
    ("Conclusion: neither right nor wrong", "none"),
    # Of two words the one that concludes counts.
    ("Conclusion: mostly right but the final answer is wrong", "wrong"),
    ("Conclusion: the approach is right. However, the result is wrong. [END]", "wrong"),
    ("Conclusion: the approach is wrong, yet the result is correct", "right"),
    ("Conclusion: although the first step is wrong, the solution is correct", "right"),
    ("Conclusion: correct, though the notation in step 2 is wrong", "right"),
    ("Conclusion: while the setup is right, the solution is incorrect", "wrong"),
    ("Conclusion: far from correct", "wrong"),
    ("Conclusion: anything but wrong", "right"),
    ("Conclusion: there is nothing wrong: right [END]", "right"),
    ("Conclusion: the sum is right and the product wrong", "none"),
    ("Conclusion: right? No, wrong.", "wrong"),
    ("Conclusion: is it right?", "none"),
    ("Conclusion: I cannot say whether it is right", "none"),
    ("Conclusion: you asked whether it is right; it is wrong", "wrong"),
    ("Conclusion: it is not clear if the solution is correct", "none"),
    ("Conclusion: partially correct", "none"),
    ("Conclusion: the solution is almost right, but the final answer is wrong", "wrong"),
    ("Conclusion: partly wrong", "wrong"),
    ("Conclusion: the solution fails to be correct", "wrong"),
    ("Conclusion: it is not only right but short", "right"),
    ("Conclusion: wrong. The student's first step is right.", "wrong"),
    ("Conclusion: right. An earlier draft was wrong.", "right"),
]


@pytest.mark.parametrize(("critique", "said"), JUDGEMENTS)
def test_the_verdict_is_read_after_the_last_conclusion(critique: str, said: str) -> None:
    assert critique_verdict(critique) == said


def test_rows_are_kept_by_their_judgement() -> None:
    row = TrainingRow("q", "r", CRITIQUE)
    assert [is_kept(row, keep) for keep in ("all", "right", "wrong")] == [True, False, True]


@needs_data
def test_the_published_rows_are_read_and_judged() -> None:
    import os
    from collections import Counter

    folder = Path(os.environ["CFT_EVAL_DATA"]) / "critique"
    if not folder.is_dir():
        pytest.skip("CFT_EVAL_DATA has no critique folder")
    rows = read(str(folder / "DSR-CFT-p0.jsonl"))
    # 558 end in "Conclusion: right", row 146 in "### Conclusion … The student's solution is right".
    assert Counter(row.judged for row in rows) == {
        CritiqueVerdict.RIGHT: 559,
        CritiqueVerdict.WRONG: 41,
    }
    assert len({row.question for row in rows}) == 1
    assert all(row.prompt and row.response for row in rows)


def test_the_hub_is_read_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    asked: list[tuple[object, ...]] = []

    def load_dataset(path: str, config: str | None, *, split: str, streaming: bool) -> Any:
        asked.append((path, config, split, streaming))
        return iter([{"query": "q", "response": "r"}, {"query": "q"}])

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    assert read("metamath", limit=1)[0].name == "metamath: row 1"
    with pytest.raises(
        BadTrainingRow, match="metamath: row 2: the columns query match no known format"
    ):
        read("metamath")
    read("hub:a/b:c:test", limit=1)
    assert asked[0] == ("meta-math/MetaMathQA", None, "train", True)
    assert asked[2] == ("a/b", "c", "test", True)

    def refuses(*args: object, **options: object) -> Any:
        raise ConnectionError("offline")

    monkeypatch.setattr(datasets, "load_dataset", refuses)
    with pytest.raises(
        CftError, match=r"the download from the hub failed \(offline\); download the file"
    ):
        read("webinstruct-cft-50k")


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"question": "q", "response": "r", "critique": "  "}, "row 4: the critique is empty"),
        ({"question": "q\ud800", "response": "r"}, "row 4: question holds half a character"),
    ],
)
def test_what_cannot_be_learnt_names_its_row(record: dict[str, str], message: str) -> None:
    with pytest.raises(BadTrainingRow, match=message):
        lesson(row_of(record, source="x.jsonl", number=4), Method.CFT, system=None)


def test_the_answer_column_of_problem_sets_is_the_reference() -> None:
    row = row_of({"problem": "p", "solution": "s", "answer": "4"})
    assert (row.response, row.reference) == ("s", "4")
