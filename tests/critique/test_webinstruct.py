"""From a raw set to a training set by one command, which goes on where it stopped."""

import json
from pathlib import Path
from typing import Any

import pytest

from cft_eval.cli import main
from cft_eval.dataset.readers import read
from tests.critique.stand_in import completion, right, stand_in


def raw(folder: Path) -> str:
    """As WebInstructSub's columns are; a question twice, and one without an answer."""
    rows = [{"question": f"What is {n} + 1?", "answer": f"It is {n}.", "source": "made"}
            for n in range(6)]  # fmt: skip
    rows += [{"question": "What is  3 + 1?", "answer": "4"}, {"question": "Why?", "answer": " "}]
    path = folder / "raw.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_one_command_from_raw_rows_to_a_training_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "critiques.jsonl"
    command = ["critique", "build", "--from", "webinstruct", "--input", raw(tmp_path)]
    command += ["--teacher", "gpt-test", "--price-in", "1000", "--price-out", "10000"]
    command += ["--out", str(out), "--concurrency", "1", "--max-cost", "0.5"]

    def url(words: list[str], address: str) -> list[str]:
        return [*words, "--base-url", address]

    with stand_in() as teacher:
        # 0.2 an answer: the first run stops at the limit, and writes no training set.
        assert main(url(command, teacher.url)) == 2
        error = capsys.readouterr().err
        assert "webinstruct: 6 of 8 rows: others are empty or repeat a question" in error
        assert "critiques: 6 different questions: about 369 tokens to read" in error
        assert "3,000 to write, 30.37 at these prices" in error
        assert not out.with_suffix(".train.json").exists()
        assert main(url(command[:-2], teacher.url)) == 0
        assert sum(teacher.asked.values()) == 6  # each once, over both runs
        assert main(url(command[:-2], teacher.url)) == 0
        assert sum(teacher.asked.values()) == 6
    rows = read(str(out.with_suffix(".train.json")))
    assert len(rows) == 6
    assert {row.judged for row in rows} == {"right"}
    assert "gpt-test" in out.with_suffix(".train.md").read_text()


def test_an_export_of_ones_own_and_what_it_leaves_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def half(before: int, messages: list[dict[str, str]]) -> Any:
        odd = int(messages[-1]["content"].split()[3]) % 2
        return completion("I cannot tell.") if odd else right(before, messages)

    command = ["critique", "build", "--input", raw(tmp_path), "--limit", "6", "--teacher", "t"]
    command += ["--out", str(tmp_path / "c.jsonl"), "--export", str(tmp_path / "cft.json")]
    with stand_in(half) as teacher:
        assert main([*command, "--base-url", teacher.url]) == 0
    assert "3 of 6 rows to" in capsys.readouterr().out
    assert len(read(str(tmp_path / "cft.json"))) == 3


def test_neither_rows_nor_a_set_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["critique", "build", "--teacher", "t", "--base-url", "http://x", "--out", "o"]
    assert main(command) == 2
    assert "--input: not given (or --from webinstruct)" in capsys.readouterr().err
