"""Responses on disk: whole lines come back, half lines do not, each is used once."""

import resource
from contextlib import closing
from pathlib import Path

import pytest

from cft_eval.harness.endings import UNKNOWN, Ending
from cft_eval.harness.journal import NotKept, ResponseJournal, request_key
from cft_eval.journal import JournalInUse

KEY = request_key("1+1?", {"temperature": 0.0})


def test_what_was_added_is_there_after_a_start(tmp_path: Path) -> None:
    journal = ResponseJournal(tmp_path / "x" / "run")
    assert journal.take(KEY) is None
    journal.add(KEY, "zwei\n\ud83d", Ending("stop", 3))
    journal.add(KEY, "2", UNKNOWN)
    journal.close()
    again = ResponseJournal(tmp_path / "x" / "run")
    assert len(again) == 2
    assert [again.take(KEY) for _ in range(3)] == [
        ("zwei\n\ud83d", Ending("stop", 3)),
        ("2", UNKNOWN),
        None,
    ]
    again.forget()
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("lost", range(1, 60, 7))
def test_half_a_line_is_cut_off(tmp_path: Path, lost: int) -> None:
    journal = ResponseJournal(tmp_path / "run")
    for text in ("one", "two"):
        journal.add(KEY, text, UNKNOWN)
    journal.close()
    file = tmp_path / "run.0.jsonl"
    file.write_bytes(file.read_bytes()[:-lost])
    with closing(ResponseJournal(tmp_path / "run")) as again:
        assert again.take(KEY) == ("one", UNKNOWN)
        assert again.take(KEY) is None
        again.add(KEY, "three", UNKNOWN)
    with closing(ResponseJournal(tmp_path / "run")) as last:
        assert len(last) == 2


def test_what_a_full_disk_did_not_take_is_said_and_the_rest_is_kept(tmp_path: Path) -> None:
    journal = ResponseJournal(tmp_path / "run")
    journal.add(KEY, "one", UNKNOWN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, before[1]))
    try:
        with pytest.raises(NotKept, match=r"run\.0\.jsonl.*File too large.*same command again"):
            journal.add(KEY, "x" * 300, UNKNOWN)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    journal.close()
    with closing(ResponseJournal(tmp_path / "run")) as again:
        assert (again.take(KEY), again.take(KEY)) == (("one", UNKNOWN), None)


def test_every_process_reads_all_and_writes_its_own(tmp_path: Path) -> None:
    first = ResponseJournal(tmp_path / "run", writer=0)
    second = ResponseJournal(tmp_path / "run", writer=1)
    first.add(KEY, "a", UNKNOWN)
    second.add(KEY, "b", UNKNOWN)
    for journal in (first, second):
        journal.close()
    with closing(ResponseJournal(tmp_path / "run")) as both:
        assert len(both) == 2


def test_a_part_of_a_model_reads_and_does_not_write(tmp_path: Path) -> None:
    with closing(ResponseJournal(tmp_path / "run")) as first:
        first.add(KEY, "a", UNKNOWN)
        with closing(ResponseJournal(tmp_path / "run", writer=None)) as other:
            other.add(KEY, "b", UNKNOWN)
            assert [other.take(KEY), other.take(KEY)] == [("a", UNKNOWN), None]
    assert [path.name for path in tmp_path.iterdir()] == ["run.0.jsonl"]


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    journal = ResponseJournal(tmp_path / ".unfinished/run")
    with pytest.raises(JournalInUse, match="is running already"):
        ResponseJournal(tmp_path / ".unfinished/run")
    journal.close()
    assert not list(tmp_path.iterdir())  # it held nothing: no folder is left either


def test_a_key_is_of_the_prompt_and_the_arguments() -> None:
    same = request_key("1+1?", {"temperature": 0.0})
    others = {
        request_key("1+2?", {"temperature": 0.0}),
        request_key("1+1?", {"temperature": 0.6}),
    }
    assert same == KEY
    assert KEY not in others
