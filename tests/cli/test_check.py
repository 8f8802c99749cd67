"""`cft-eval check`: exit statuses, output, files."""

import io
import json
from pathlib import Path

import pytest

from cft_eval.cli import main

STATUS = [
    ([r"\boxed{\frac12}", "0.5"], 0),
    (["3", "4"], 1),
    (["", "4"], 1),
    (["4", ""], 2),
    (["0.04", "0.006"], 1),
    (["0.04", "0.006", "--policy", "cft_paper"], 0),
    (["--answer", "So 5 it is", "5"], None),
    (["5"], 2),
    (["5", "5", "--policy", "lenient"], 2),
    (["--jsonl", "in.jsonl"], 2),
    (["5", "5", "--jsonl", "in.jsonl", "--out", "out.jsonl"], 2),
    (["--", "-x", "-x"], 0),
]


@pytest.mark.parametrize(("arguments", "status"), STATUS)
def test_the_exit_status(arguments: list[str], status: int | None) -> None:
    found = main(["check", *arguments])
    assert found != 0 if status is None else found == status


def test_the_reason_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "The answer is 1/2.", "0.5"])
    assert capsys.readouterr().out == "correct: both are 1/2\n"


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "The answer is 7.", "7", "--json"])
    verdict = json.loads(capsys.readouterr().out)
    assert verdict.pop("seconds") > 0
    assert verdict == {
        "outcome": "correct",
        "correct": True,
        "answer": "7",
        "how": "answer_is",
        "reason": "both are written 7",
        "span": [14, 15],
    }


def test_explain_shows_the_stages(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "--explain", "The answer is 1/2.\x1b[31m", r"\frac{1}{"])
    out = capsys.readouterr().out
    for stage in ("answer: 1/2", "found by: answer_is", "reference read: not as mathematics"):
        assert stage in out
    assert "\x1b" not in out


def test_explain_shows_the_text_that_the_grammar_is_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "--explain", r"\boxed{\dfrac12\pi}", "90^\\circ"]) == 0
    out = capsys.readouterr().out
    assert r" answer plain: \frac12\pi" in out
    assert "reference plain: 90\\degree" in out


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(b"so \\boxed{5} \xff")

    monkeypatch.setattr("sys.stdin", Stdin())
    assert main(["check", "-", "5"]) == 0


def test_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id": 1, "answer": "1/2", "reference": "0.5"}\nnot json\n')
    assert main(["check", "--jsonl", str(source), "--out", str(out)]) == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["id"], row["outcome"]) for row in rows] == [(1, "correct"), (None, "bad_input")]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "1 bad_input" in captured.err


def test_a_bug_is_not_an_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python's own 1 would say that the two are not equal."""
    monkeypatch.setattr("cft_eval.cli.check.run", lambda args: 1 // 0)
    assert main(["check", "1", "1"]) == 70
    error = capsys.readouterr().err
    assert error.startswith("Traceback")
    assert error.endswith("please report the lines above\n")
