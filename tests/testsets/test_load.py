"""Loading from a folder, and what is said where the data are not what was published."""

import json
from importlib import import_module
from pathlib import Path

import pytest

from cft_eval.testsets import (
    BENCHMARKS,
    SUITE,
    Drift,
    NoData,
    UnknownBenchmark,
    all_errata,
    known_items,
    namesake_of,
)
from cft_eval.testsets.load import _prove, load
from cft_eval.testsets.rows import BadRow, Content

ROWS = [{"problem": "What is $2+2$?", "answer": "004"}, {"problem": "$3^2$?", "answer": "009"}]


SIZES = [("amc23", 83), ("math", 500), ("math", 4999)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CFT_EVAL_DATA", str(tmp_path))
    (tmp_path / "aime24").mkdir()
    return tmp_path / "aime24/test.jsonl"


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_six_benchmarks_and_their_sizes() -> None:
    assert {name: BENCHMARKS[name].size for name in SUITE} == {
        "math": 5000,
        "minerva_math": 272,
        "gsm8k": 1319,
        "olympiadbench": 675,
        "aime24": 30,
        "amc23": 40,
    }
    for benchmark in BENCHMARKS.values():
        assert len(set(known_items(benchmark.name))) == benchmark.size


def test_another_set_is_drift_and_names_its_first_item(folder: Path) -> None:
    _write(folder, ROWS)
    with pytest.raises(Drift) as caught:
        load("aime24")
    assert str(caught.value) == (
        f"aime24 from {folder}: row 0 ('What is $2+2$?', reference '004') is not an item as "
        "published; its scores would not be comparable "
        "(to continue anyway: CFT_EVAL_ALLOW_DRIFT=aime24)"
    )


def test_amcs_two_versions_are_told_by_what_they_hold() -> None:
    """83 problems: our 40, and 43 of the year before. Here two of them, and their hashes."""
    (namesake,) = BENCHMARKS["amc23"].namesakes
    known = known_items("amc23")
    assert len(namesake.marks) == 8
    assert not namesake.marks & set(known)
    hashes = [*sorted(namesake.marks)[:1], known[7]]
    contents = [Content(problem="What is $2+2$?", reference="4")] * 2
    with pytest.raises(Drift) as caught:
        _prove("amc23", contents, hashes, {item: at for at, item in enumerate(known)}, "a.jsonl")
    assert str(caught.value) == (
        "amc23 from a.jsonl: this is AI-MO/aimo-validation-amc, the contests of 2022 and 2023: "
        "1 of the 40 problems of amc23 are among its 2; its scores would not be comparable "
        "(to continue anyway: CFT_EVAL_ALLOW_DRIFT=amc23)"
    )


def test_where_only_the_size_is_known_no_more_is_said() -> None:
    told_of = [namesake_of(BENCHMARKS[name], ["0" * 16] * size) for name, size in SIZES]
    assert told_of == [
        "as many problems as AI-MO/aimo-validation-amc, the contests of 2022 and 2023",
        "as many problems as MATH-500, the task cft_math500",
        None,
    ]


def test_drift_is_allowed_by_name_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(folder, ROWS)
    monkeypatch.setenv("CFT_EVAL_ALLOW_DRIFT", "amc23")
    with pytest.raises(Drift):
        load("aime24")
    monkeypatch.setenv("CFT_EVAL_ALLOW_DRIFT", "amc23, aime24")
    assert [(item.id, item.reference) for item in load("aime24")] == [
        ("aime24/0", "004"),
        ("aime24/1", "009"),
    ]


def test_a_missing_file_says_what_to_do(folder: Path) -> None:
    with pytest.raises(NoData) as caught:
        load("aime24")
    assert str(caught.value) == (
        f"aime24: {folder}: no such file; CFT_EVAL_DATA names the folder that holds it "
        "(unset CFT_EVAL_DATA to load from the Hugging Face hub)"
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"problem": "P"', "line 2: not JSON"),
        ("[1]", "line 2: expected a JSON object"),
        ('{"problem": "P"}', "line 2: answer: expected text, got None"),
    ],
)
def test_a_bad_line_is_named(folder: Path, line: str, words: str) -> None:
    _write(folder, ROWS[:1])
    folder.write_text(folder.read_text() + line + "\n")
    with pytest.raises(BadRow, match=words):
        load("aime24")


def test_a_file_that_is_not_utf_8_is_named_with_its_line(folder: Path) -> None:
    folder.write_bytes(b'{"problem": "P", "answer": "1"}\n{"problem": "\xe9", "answer": "1"}\n')
    with pytest.raises(BadRow) as caught:
        load("aime24")
    assert str(caught.value) == (f"{folder}, line 2: not UTF-8 at byte 13; save the file as UTF-8")


def test_a_mark_at_the_start_and_blank_lines_are_no_rows(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CFT_EVAL_ALLOW_DRIFT", "aime24")
    _write(folder, ROWS)
    plain = load("aime24")
    folder.write_bytes(b"\xef\xbb\xbf" + folder.read_bytes().replace(b"\n", b"\r\n\r\n") + b" \n")
    assert load("aime24") == plain
    folder.write_bytes(folder.read_bytes() + b"[1]\n")
    with pytest.raises(BadRow, match="line 6: expected a JSON object"):
        load("aime24")


def test_a_changed_answer_is_drift_though_it_is_no_integer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CFT_EVAL_DATA", str(tmp_path))
    (tmp_path / "amc23").mkdir()
    (tmp_path / "amc23/test.jsonl").write_text('{"problem": "How far?", "answer": 28.5}\n')
    with pytest.raises(Drift, match=r"row 0 \('How far\?', reference '28.5'\) is not an item"):
        load("amc23")


def test_maxwell_jias_aime_is_named_with_what_differs(folder: Path) -> None:
    """Its ten other texts are no other spelling: in one of them a tangent is another."""
    rows = [{"Problem": "$9$-kilometer", "Answer": 204}]
    folder.write_text(json.dumps(rows[0]) + "\n", encoding="utf-8")
    with pytest.raises(Drift, match=r"row 0 .*reference '204'\) is not an item as published"):
        load("aime24")
    _, jia = BENCHMARKS["aime24"].namesakes
    assert len(jia.marks) == 10
    assert not jia.marks & set(known_items("aime24"))
    assert namesake_of(BENCHMARKS["aime24"], known_items("aime24")) is None
    copy = [*known_items("aime24")[:20], *jia.marks]
    assert namesake_of(BENCHMARKS["aime24"], copy) == (
        "this is Maxwell-Jia/AIME_2024, whose text is another in 2024-I-1, I-9, I-10, I-15, II-2, "
        "II-8, II-11, II-12, II-14 and II-15"
    )


def test_an_unknown_benchmark_names_the_known_ones() -> None:
    with pytest.raises(UnknownBenchmark, match="aime99: no such benchmark; known: math, minerva"):
        known_items("aime99")


def test_errata_give_a_reason_and_another_reference() -> None:
    for erratum in all_errata():
        assert 0 <= erratum.index < BENCHMARKS[erratum.benchmark].size
        assert erratum.right != (erratum.published,)
        assert len(erratum.reason) > 20


def test_the_download_has_a_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        import_module("cft_eval.testsets.download").main(["--help"])
    assert caught.value.code == 0
    namesake_of = " ".join(capsys.readouterr().out.split())
    assert namesake_of.startswith("usage: python -m cft_eval.testsets.download [-h] [NAME ...]")
    assert "Where CFT_EVAL_DATA is set, they are read from that folder" in namesake_of
