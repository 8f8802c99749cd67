"""Texts of responses lie on the disk while an upload is graded, and nobody notices."""

from pathlib import Path

import pytest

from cft_eval.checker.types.verdict import Outcome
from cft_eval.server.intake.grading import CHECKER, CHUNK_CHARACTERS, _chunks
from cft_eval.server.intake.parquet import ROW_GROUP, read_columns, samples_parquet
from cft_eval.server.intake.spool import spool_in, spooled
from cft_eval.server.intake.validation import UploadedResponse
from tests.server import boards

TEXTS = ["", "plain", "√13 — π", "half a character: \ud800", "x" * 100_000, "a\0b\nc"]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:20]))
def test_a_response_comes_back_as_it_was(tmp_path: Path, text: str) -> None:
    sample = boards.sample("math", 1, response=text)
    with spool_in(tmp_path) as spool:
        kept = spooled(sample, spool)
        spooled(boards.sample("math", 2), spool)
        assert kept.response == text
        assert kept.__dict__["response"] == ""
        changed = kept.model_copy(update={"outcome": Outcome.WRONG, "answer": "5"})
        assert (changed.response, changed.outcome, changed.answer) == (text, "wrong", "5")
        for name in ("task", "item", "index", "problem", "reference", "finish", "repeat"):
            assert getattr(kept, name) == getattr(sample, name)
    assert list(tmp_path.iterdir()) == []


def test_outcomes_and_files_are_those_of_samples_in_memory(tmp_path: Path) -> None:
    samples = [boards.sample("math", index, right=index < 6) for index in range(boards.SIZE)]
    run = boards.run()
    graded = [sample.model_copy(update={"correct": dict.fromkeys(
        ("strict", "qwen", "cft_paper"), True)}) for sample in samples]  # fmt: skip
    with spool_in(tmp_path) as spool:
        kept = [spooled(sample, spool) for sample in graded]
        assert CHECKER.summaries(run, kept) == CHECKER.summaries(run, graded)
        files = [
            samples_parquet([UploadedResponse(s.index, s) for s in each]) for each in (kept, graded)
        ]
    assert files[0] == files[1]


def test_a_file_of_many_groups_holds_every_row() -> None:
    count = 2 * ROW_GROUP + 3
    rows = [UploadedResponse(0, boards.sample("math", 0, repeat=n)) for n in range(count)]
    assert read_columns(samples_parquet(rows), ["repeat"])["repeat"] == list(range(count))


def test_long_responses_are_graded_fewer_at_a_time() -> None:
    long = "x" * (CHUNK_CHARACTERS // 2)
    rows = [UploadedResponse(0, boards.sample("math", 0, response=long))] * 7
    assert [len(chunk) for chunk in _chunks(rows)] == [3, 3, 1]
    assert [len(chunk) for chunk in _chunks(rows[:1] * 0)] == []
