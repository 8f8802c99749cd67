"""A corpus graded on this machine: every row once, in order, whatever it holds, and resumable."""

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cft_eval.checker import check
from cft_eval.cli import main
from cft_eval.cli._bar import progress_bar
from cft_eval.corpus import Chunk
from cft_eval.corpus.engines import local
from cft_eval.corpus.grade import Done, GradeSettings, grade
from cft_eval.corpus.plan import NoCorpus, plan
from cft_eval.corpus.regrade import OtherCorpus, regrade
from tests.corpus.made import logged, rows, write


def verdicts(out: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for part in sorted(out.glob("part-*.parquet")):
        found += pq.read_table(part).to_pylist()
    return found


@pytest.mark.parametrize(
    "chunk_bytes", [pytest.param(1, marks=pytest.mark.slow), 100, 137, 1 << 20]
)
def test_every_line_is_graded_once_and_in_order(chunk_bytes: int, tmp_path: Path) -> None:
    """However the file is cut: within a line, between two lines, not at all."""
    file = write(tmp_path / "a.jsonl", rows(30))
    corpus = plan([str(file)], chunk_bytes=chunk_bytes)
    summary = regrade(corpus, str(tmp_path / "out"), local(1))
    found = verdicts(tmp_path / "out")
    assert [each["id"] for each in found] == [f"row {number}" for number in range(30)]
    text = file.read_bytes()
    for each, row in zip(found, rows(30), strict=True):
        assert json.loads(text[each["at"] :].split(b"\n")[0]) == row
        verdict = check(row["response"], row["reference"])
        assert (each["outcome_strict"], each["answer_strict"], each["reason_strict"]) == (
            verdict.outcome,
            verdict.answer,
            verdict.reason,
        )
    assert summary.outcomes == {"correct": 10, "no_answer": 10, "wrong": 10}
    assert summary.known == 30
    assert summary.changed == {
        "correct -> no_answer": 5,
        "correct -> wrong": 5,
        "wrong -> correct": 5,
        "wrong -> no_answer": 5,
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_from_a_bucket_into_a_bucket(s3: str, tmp_path: Path) -> None:
    """The same parts as from a folder, lines cut anywhere."""
    pytest.importorskip("s3fs", reason="needs the extra `s3`")
    import fsspec

    write(tmp_path / "in" / "a.jsonl", rows(30))
    (tmp_path / "in" / "b.jsonl.gz").write_bytes(gzip.compress(json.dumps(rows(1)[0]).encode()))
    pq.write_table(pa.Table.from_pylist(rows(7)), tmp_path / "in" / "c.parquet", row_group_size=3)
    system, place = fsspec.core.url_to_fs(s3)
    system.put(str(tmp_path / "in"), f"{place}/in", recursive=True)
    here = regrade(plan([str(tmp_path / "in")], chunk_bytes=137), str(tmp_path / "out"), local(1))
    there = regrade(plan([f"{s3}/in"], chunk_bytes=137), f"{s3}/out", local(1))
    assert there.outcomes == here.outcomes
    system.get(f"{place}/out", str(tmp_path / "fetched"), recursive=True)
    assert [{**row, "file": Path(row["file"]).name} for row in verdicts(tmp_path / "fetched")] == [
        {**row, "file": Path(row["file"]).name} for row in verdicts(tmp_path / "out")
    ]
    again = regrade(plan([f"{s3}/in"], chunk_bytes=137), f"{s3}/out", local(1))
    assert again.resumed == len(list((tmp_path / "out").glob("part-*.parquet")))


def test_all_forms_and_kinds_in_one_corpus(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder / "a.jsonl", rows(3))
    write(folder / "b.jsonl", logged(2))
    (folder / "c.jsonl.gz").write_bytes(gzip.compress(json.dumps(rows(1)[0]).encode()))
    stream = pa.CompressedOutputStream(pa.OSFile(str(folder / "d.jsonl.zst"), "wb"), "zstd")
    stream.write(b"".join(json.dumps(row).encode() + b"\n" for row in rows(2)))
    stream.close()
    pq.write_table(pa.Table.from_pylist(rows(7)), folder / "e.parquet", row_group_size=3)
    (folder / "notes.txt").write_text("not a sample")
    summary = regrade(plan([str(folder)], chunk_rows=2), str(tmp_path / "out"), local(1))
    found = verdicts(tmp_path / "out")
    assert summary.files == 5
    assert [Path(each["file"]).name for each in found] == (
        ["a.jsonl"] * 3 + ["b.jsonl"] * 4 + ["c.jsonl.gz"] + ["d.jsonl.zst"] * 2 + ["e.parquet"] * 7
    )
    assert [each["at"] for each in found[-7:]] == list(range(7))
    log = found[3:7]
    assert [each["outcome_strict"] for each in log] == ["correct", "wrong"] * 2
    assert [each["id"].rsplit("/", 1)[1] for each in log] == ["0", "1"] * 2


ODD = [
    (b"{", "not JSON"),
    (b"[1]", "the row is not an object"),
    (b'{"reference": "1"}', "no response or answer"),
    (b'{"reference": 1, "answer": "1"}', "the reference is of type int, not text"),
    (b'{"doc": {"question": "?"}, "resps": [["1"]]}', "own tasks, not ours"),
    (b'{"answer": "\xff", "reference": "1"}', "not UTF-8"),
    (b"[" * 100_000, "nested too deeply"),
    (b'{"reference": "1", "answer": "1", "rules": 5}', "the rules are not of"),
]


@pytest.mark.parametrize(("line", "reason"), ODD, ids=range(len(ODD)))
def test_a_line_that_is_no_row_costs_itself_alone(line: bytes, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(
        b'{"reference": "1", "answer": "1"}\n' + line + b'\n\n{"reference": "2", "answer": "2"}'
    )
    summary = regrade(plan([str(file)]), str(tmp_path / "out"), local(1))
    assert summary.outcomes == {"bad_input": 1, "correct": 2}
    [bad] = summary.bad
    assert bad.startswith(f"{plan([str(file)]).files[0][0]}, byte 34: ")
    assert reason in bad


def test_lone_surrogates_are_no_end(tmp_path: Path) -> None:
    row = r'{"id": "\ud800", "reference": "1", "response": "\\boxed{\ud800}"}'
    (tmp_path / "a.jsonl").write_text(row)
    regrade(plan([str(tmp_path / "a.jsonl")]), str(tmp_path / "out"), local(1))
    [found] = verdicts(tmp_path / "out")
    assert (found["id"], found["outcome_strict"]) == ("?", "unreadable")


class Killed(BaseException):
    """In place of kill -9: nothing of the program runs after it."""


def test_what_was_done_before_a_kill_is_not_done_again(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", rows(30))
    corpus = plan([str(file)], chunk_bytes=400)
    asked: list[int] = []

    def dying(chunks: Sequence[Chunk], settings: GradeSettings, out: str) -> Iterator[Done]:
        for chunk in chunks:
            if len(asked) == 3:
                raise Killed
            asked.append(chunk.number)
            yield grade(chunk, settings, out)

    out = str(tmp_path / "out")
    with pytest.raises(Killed):
        regrade(corpus, out, dying)
    # A part whose note was not written, and one that was being written.
    grade(corpus.chunks[3], GradeSettings(), out)
    (tmp_path / "out" / f"{corpus.chunks[4].part}.00.half").write_bytes(b"PAR1")
    asked.clear()

    def counting(chunks: Sequence[Chunk], settings: GradeSettings, out: str) -> Iterator[Done]:
        asked.extend(chunk.number for chunk in chunks)
        return local(1)(chunks, settings, out)

    summary = regrade(corpus, out, counting)
    assert asked == list(range(3, len(corpus.chunks)))
    assert summary.resumed == 3
    regrade(corpus, str(tmp_path / "whole"), local(1))
    assert verdicts(tmp_path / "out") == verdicts(tmp_path / "whole")
    for part in (tmp_path / "whole").glob("part-*"):
        assert part.read_bytes() == (tmp_path / "out" / part.name).read_bytes()


def test_verdicts_of_something_else_are_not_mixed_in(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", rows(3))
    out = str(tmp_path / "out")
    regrade(plan([str(file)]), out, local(1))
    with pytest.raises(OtherCorpus, match=r"graded under \[.strict.\]; now it would be"):
        regrade(plan([str(file)]), out, local(1), settings=GradeSettings(("qwen",)))
    write(file, rows(4))
    with pytest.raises(OtherCorpus, match="files that changed"):
        regrade(plan([str(file)]), out, local(1))


def test_several_policies_have_columns_of_their_own(tmp_path: Path) -> None:
    row = {"reference": "0.006", "answer": "0.04", "benchmark": "minerva_math"}
    file = write(tmp_path / "a.jsonl", [row])
    assert main(["regrade", str(file), "--out", str(tmp_path / "out"), "--policy", "strict",
                 "--policy", "cft_paper"]) == 0  # fmt: skip
    [found] = verdicts(tmp_path / "out")
    assert (found["correct_strict"], found["correct_cft_paper"]) == (False, True)


def test_the_command_sums_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "a.jsonl", rows(6))
    arguments = ["regrade", str(file), "--out", str(tmp_path / "out"), "--workers", "1"]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert out.startswith("6 responses of 1 files graded by checker")
    assert "4 of 6 that had an outcome have another one" in out
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["resumed"] == 1


REFUSED = [
    (["nowhere.jsonl"], "nowhere.jsonl: no file to grade"),
    (["*.jsonl"], "no file to grade"),
    (["a.txt"], "no file to grade"),
    (["torn.parquet"], "not a whole Parquet file"),
    (["gopher://x/a.jsonl"], "gopher"),
    (["a.jsonl", "--policy", "kind"], "kind"),
    (["a.jsonl", "--workers", "0"], "give 1 or more"),
    (["a.jsonl", "--address", "ray:1"], "add --engine ray"),
]


@pytest.mark.parametrize(("arguments", "words"), REFUSED)
def test_what_cannot_be_graded_is_said(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("")
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and no end")
    if arguments[0] == "a.jsonl":
        write(tmp_path / "a.jsonl", rows(1))
    assert main(["regrade", *arguments, "--out", "out"]) == 2
    assert words in capsys.readouterr().err


def test_an_output_folder_that_cannot_be_written(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", rows(1))
    (tmp_path / "file").write_text("")
    with pytest.raises(Exception, match="cannot write"):
        regrade(plan([str(file)]), str(tmp_path / "file" / "out"), local(1))


def test_other_chunks_are_refused_by_their_option(tmp_path: Path) -> None:
    file = str(write(tmp_path / "a.jsonl", rows(30)))
    out = str(tmp_path / "out")
    regrade(plan([file], chunk_bytes=400), out, local(1))
    with pytest.raises(OtherCorpus, match=r"of --chunk-bytes 400; now it would be 500: give"):
        regrade(plan([file], chunk_bytes=500), out, local(1))
    noted = json.loads((tmp_path / "out" / "plan.json").read_text())
    del noted["chunk_bytes"]  # as an earlier version wrote it
    (tmp_path / "out" / "plan.json").write_text(json.dumps(noted))
    with pytest.raises(OtherCorpus, match="of --chunk-bytes another size; now it would be 500"):
        regrade(plan([file], chunk_bytes=500), out, local(1))


def test_what_lies_in_the_output_folder_beside_stays(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x.txt").write_text("another's")
    regrade(plan([str(write(tmp_path / "a.jsonl", rows(1)))]), str(tmp_path / "out"), local(1))
    assert (tmp_path / "out" / "x.txt").read_text() == "another's"


def test_a_packed_file_that_was_cut_off_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = gzip.compress(json.dumps(rows(1)[0]).encode())
    (tmp_path / "a.jsonl.gz").write_bytes(whole[:-12])
    assert main(["regrade", str(tmp_path / "a.jsonl.gz"), "--out", str(tmp_path / "out")]) == 2
    assert "a.jsonl.gz: cannot be read: " in capsys.readouterr().err


def test_a_log_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("chunks", 5, seconds=0) as bar:
        for _ in range(5):
            bar.update()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 5
    assert not any("\r" in line or "█" in line for line in lines)
    assert lines[-1].startswith("grading: 5/5 chunks, ")


def test_the_last_line_of_a_log_says_how_many_were_graded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(write(tmp_path / "a.jsonl", rows(30)))
    assert main(["regrade", file, "--out", str(tmp_path / "out"), "--chunk-bytes", "1024",
                 "--workers", "1"]) == 0  # fmt: skip
    lines = capsys.readouterr().err.splitlines()
    chunks = len(list((tmp_path / "out").glob("part-*")))
    assert chunks > 1
    assert lines[-1].startswith(f"grading: {chunks}/{chunks} ")
    assert "30 responses" in lines[-1]


def test_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(NoCorpus):
        plan([str(tmp_path)])
