"""Audit, filters, balance and the published formats."""

import json
import os
from pathlib import Path

import pytest

from cft_eval.cli import main
from cft_eval.critique.audit import Audit, SolutionTruth, audit, truths
from cft_eval.critique.export import Filters, balance, card, select, write
from cft_eval.dataset.readers import read
from cft_eval.dataset.rows import Method, TrainingRow, lesson
from cft_eval.dataset.texts import SYSTEM, CritiqueVerdict
from cft_eval.errors import CftError
from tests.critique.stand_in import stand_in
from tests.testsets.data import needs_data


def row(answer: str, said: str, *, reference: str | None = "4", number: int = 1) -> TrainingRow:
    critique = f"I looked. Conclusion: {said} [END]"
    return TrainingRow(
        "What is 2 + 2?", rf"So \boxed{{{answer}}}.", critique, reference, number=number
    )


ROWS = [
    row("4", "right"),
    row("5", "wrong"),
    row("5", "right"),
    row("4", "wrong"),
    row("4", "?"),
    row("2+2", "right", reference=None),
]


def test_the_checker_says_what_is_true() -> None:
    right, wrong, unknown = SolutionTruth.RIGHT, SolutionTruth.WRONG, SolutionTruth.UNKNOWN
    assert truths(ROWS) == [right, wrong, wrong, right, right, unknown]
    # It may be a proof; what the checker does not find is not wrong for that.
    assert truths([row("", "wrong")]) == [SolutionTruth.NO_ANSWER]


def test_an_audit_counts_each_teacher_apart() -> None:
    rows = [*ROWS, row("", "right"), row("5", "?")]
    first, second = audit(rows, ["a", "a", "b", "a", "a", "a", "a", "a"])
    assert (first.teacher, first.of(SolutionTruth.UNKNOWN), first.of(SolutionTruth.NO_ANSWER)) == (
        "a",
        1,
        1,
    )
    # Of each rate are only verdicts that were given, on responses of which the truth is known.
    assert first.rates() == {
        "agrees with the checker": (2, 3),
        "calls a wrong response right": (0, 1),
        "calls a right response wrong": (1, 2),
        "gives no verdict": (2, 7),
    }
    assert second.rates()["calls a wrong response right"] == (1, 1)
    assert Audit("c").rates()["agrees with the checker"] == (0, 0)


@needs_data
def test_the_published_teachers_rates(capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(os.environ["CFT_EVAL_DATA"]) / "critique" / "dsr_p0_by_teacher.jsonl"
    if not path.is_file():
        pytest.skip("CFT_EVAL_DATA has no critique folder")
    assert main(["critique", "audit", str(path)]) == 0
    printed = capsys.readouterr().out
    for teacher, wrong_called_right in (
        ("gpt-4o-2024-11-20", 103),
        ("claude-3-5-sonnet-20241022", 104),
        ("gpt-4.1-2025-04-14", 1),
        ("o1-2024-12-17", 1),
        ("o3-mini-2025-01-31", 0),
    ):
        part = printed.split(teacher)[1]
        assert f"({wrong_called_right} of 111;" in part.splitlines()[2]


def test_filters_take_rows_for_the_first_reason() -> None:
    cut_off = TrainingRow("q", "r", "I looked. Conclusion: right")
    rows = [*ROWS, ROWS[0], cut_off, TrainingRow("q", "r")]
    left = select(rows, truths(rows), Filters(agree=True, known=True, min_characters=5))
    assert left.rows == ROWS[:2]
    assert left.removed == {
        "its verdict is not the checker's": 2,
        "no verdict in it": 1,
        "the checker cannot tell": 1,
        "repeats an earlier row": 1,
        "no [END] in it": 1,
        "no critique": 1,
    }


def test_balance_gives_the_share_and_says_what_it_left_out() -> None:
    rows = [row("4", "right" if i % 4 else "wrong", number=i) for i in range(40)]
    left = balance(select(rows, truths(rows), Filters(distinct=False)), right=0.5)
    assert [sum(r.judged == said for r in left.rows) for said in ("right", "wrong")] == [10, 10]
    assert left.removed == {"left out to balance": 20}
    assert [r.number for r in left.rows] == sorted(r.number for r in left.rows)
    with pytest.raises(CftError, match="0 rows are judged right and 1 wrong: nothing to balance"):
        balance(select(rows[:1], [SolutionTruth.RIGHT], Filters()), right=0.5)
    with pytest.raises(CftError, match=r"1.0 must be between 0 and 1"):
        balance(left, right=1.0)


@pytest.mark.parametrize("form", ["paper", "messages", "plain"])
def test_what_is_written_trains_as_the_row_it_was(tmp_path: Path, form: str) -> None:
    path = tmp_path / "out.json"
    write(ROWS[:2], path, form)
    again = read(str(path))
    for before, after in zip(ROWS, again, strict=False):
        made = [lesson(each, Method.CFT, system=SYSTEM) for each in (before, after)]
        assert made[0] == made[1]
        assert after.judged == before.judged


@pytest.mark.parametrize("more", [[], ["--balance", "0.5"]])
def test_where_nothing_is_left_each_filters_count_is_said(
    more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "rows.json", tmp_path / "out.json"
    write([ROWS[4], ROWS[4], row("4", "right"), row("5", "wrong")], path, "paper")
    words = ["critique", "export", str(path), "--out", str(out), "--min-characters", "99", *more]
    assert main(words) == 2
    assert capsys.readouterr().err == (
        "cft-eval: no row is left to write (2 left out: too short; "
        "1 left out: no verdict in it; 1 left out: repeats an earlier row)\n"
    )
    assert not out.exists()


def test_the_card_has_shares_and_provenance() -> None:
    left = select(ROWS, truths(ROWS), Filters())
    text = card(left, sources=["metamath"], teachers=["gpt-x"])
    assert "5 critiques of 1 questions." in text
    assert f"| critique says {CritiqueVerdict.RIGHT} | 3 | 60.0% |" in text
    assert "Teacher and checker agree on: 50.0% of 4." in text
    assert "- source: metamath\n- teacher: gpt-x" in text
    assert "- 1 rows: no verdict in it" in text


def test_the_road_from_rows_to_a_training_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, out, final = (tmp_path / name for name in ("rows.jsonl", "out.jsonl", "cft.json"))
    rows.write_text(
        "".join(
            json.dumps(
                {
                    "question": f"What is {i}+1?",
                    "response": rf"\boxed{{{i + i % 2}}}",
                    "reference": str(i + 1),
                }
            )
            + "\n"
            for i in range(6)
        )
    )
    with stand_in() as teacher:
        command = ["critique", "build", "--input", str(rows), "--teacher", "t"]
        assert main([*command, "--base-url", teacher.url, "--out", str(out)]) == 0
        assert (
            main(
                [
                    *command,
                    "--base-url",
                    teacher.url,
                    "--out",
                    str(out),
                    "--api-key-env",
                    "NO_SUCH_VARIABLE",
                ]
            )
            == 2
        )
    error = capsys.readouterr().err
    assert "critiques: 6 answered" in error
    assert "this environment variable is not set" in error
    assert main(["critique", "audit", str(out)]) == 0
    assert "calls a wrong response right: 100.0% (3 of 3;" in capsys.readouterr().out
    assert main(["critique", "export", str(out), "--agree", "--out", str(final)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"3 of 6 rows to {final}; card: {tmp_path / 'cft.md'}")
    assert "3 left out: its verdict is not the checker's" in printed
    assert len(read(str(final))) == 3
    assert "- teacher: t" in (tmp_path / "cft.md").read_text()
