"""Many rows: the same verdicts in the same order, whatever the processes do."""

import json
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import pytest

from cft_eval import Outcome, Verdict, check, check_many
from cft_eval.checker import Rules, UnknownPolicy
from cft_eval.checker.run import bulk
from cft_eval.checker.run.budget import SympyWorker
from cft_eval.checker.run.jsonl import check_file
from cft_eval.errors import CftError


def rows(count: int) -> list[dict[str, object]]:
    return [
        {"response": rf"after {n} steps: \boxed{{{n % 7}}}", "reference": str(n % 5)}
        for n in range(count)
    ]


def timeless(verdicts: list[Verdict]) -> list[Verdict]:
    return [replace(verdict, seconds=0) for verdict in verdicts]


def test_processes_say_what_this_one_says() -> None:
    many = rows(300)
    one = [check(str(row["response"]), str(row["reference"])) for row in many]
    for workers in (1, 2, None):
        assert timeless(check_many(many, workers=workers)) == timeless(one)


def test_no_rows() -> None:
    assert check_many([]) == []


def test_rows_of_every_kind() -> None:
    kinds: list[dict[str, object]] = [
        {"answer": "4.3", "reference": "4.2", "rules": Rules(tolerance="1e-1")},
        {"answer": "4.4", "reference": "4.2", "rules": {"tolerance": "1e-1"}},
        {"response": "The answer is 5.", "reference": "5", "benchmark": "gsm8k"},
        {"response": "", "reference": "5"},
        {"answer": "5", "reference": ""},
    ]
    assert [verdict.outcome for verdict in check_many(kinds)] == [
        Outcome.CORRECT,
        Outcome.WRONG,
        Outcome.CORRECT,
        Outcome.NO_ANSWER,
        Outcome.BAD_REFERENCE,
    ]


BAD = [
    ({"reference": "5"}, "the row has no response or answer"),
    ({"answer": 5, "reference": "5"}, "the answer is of type int, not text"),
    ({"answer": "5"}, "the reference is missing, not text"),
    ({"answer": "5", "reference": "5", "benchmark": 3}, "the benchmark is of type int, not a name"),
    (
        {"answer": "5", "reference": "5", "rules": {"x": 1}},
        "the rules are not of tolerance, ordered, measured",
    ),
]


@pytest.mark.parametrize(("row", "message"), BAD)
def test_a_row_that_is_none(row: dict[str, object], message: str) -> None:
    with pytest.raises(bulk.BadCheckRow) as error:
        check_many([row])
    assert str(error.value) == message


def test_settings_that_are_none() -> None:
    with pytest.raises(UnknownPolicy):
        check_many(rows(1), policy="lenient")
    with pytest.raises(CftError, match="workers is 0"):
        check_many(rows(1), workers=0)


def test_a_process_that_dies_costs_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = SympyWorker.ask
    died: list[bool] = []

    def ask(self: SympyWorker, frame: object, *, seconds: float) -> object | None:
        if not died:
            asked(self, {"rows": []}, seconds=60)
            assert self._process is not None
            died.append(True)
            os.kill(self._process.pid, 9)
        return asked(self, frame, seconds=seconds)

    monkeypatch.setattr(SympyWorker, "ask", ask)
    many = rows(100)
    expected = [check(str(row["response"]), str(row["reference"])) for row in many]
    assert timeless(check_many(many, workers=2)) == timeless(expected)
    assert died


def test_where_no_process_is_to_be_had_the_rows_are_checked_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def start(*_: object, **__: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr("subprocess.Popen", start)
    many = rows(100)
    expected = [check(str(row["response"]), str(row["reference"])) for row in many]
    assert timeless(check_many(many, workers=2)) == timeless(expected)


def _child(queue: "multiprocessing.SimpleQueue[int]") -> None:
    queue.put(sum(verdict.correct for verdict in check_many(rows(100), workers=2)))


def test_in_a_daemonic_process() -> None:
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.SimpleQueue[int] = context.SimpleQueue()
    child = context.Process(target=_child, args=(queue,), daemon=True)
    child.start()
    assert queue.get() == sum(verdict.correct for verdict in check_many(rows(100)))
    child.join()


# --- files -------------------------------------------------------------------------------------

LINES = [
    (b'{"id": 1, "answer": "1/2", "reference": "0.5"}', 1, "correct"),
    (b'{"id": "two", "response": "The answer is 4.", "reference": "5"}', "two", "wrong"),
    (b"not json", None, "bad_input"),
    (b"[1, 2]", None, "bad_input"),
    (b'{"id": 5, "answer": "1/2"}', 5, "bad_input"),
    (b'{"id": 6, "answer": "\xff", "reference": "1"}', None, "bad_input"),
    (b"[" * 100_000, None, "bad_input"),
    (b'{"id": 8, "answer": "\\ud800", "reference": "1"}', 8, None),
    (b'{"id": {"a": [9]}, "response": "", "reference": "1"}', {"a": [9]}, "no_answer"),
]


def test_a_file(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"\n".join(line for line, *_ in LINES) + b"\n\n")
    done: list[int] = []
    counts = check_file(source, out, progress=done.append)
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["id"] for row in found] == [id for _, id, _ in LINES]
    for row, (_, _, outcome) in zip(found, LINES, strict=True):
        assert outcome is None or row["outcome"] == outcome
        assert list(row) == ["id", "outcome", "correct", "answer", "how", "reason", "seconds"]
    assert found[2]["reason"].startswith("line 3 is not JSON")
    assert found[4]["reason"] == "line 5: the reference is missing, not text"
    assert counts.total() == len(LINES)
    assert done == [len(LINES)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_a_large_file_is_read_in_batches(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(
        "".join(json.dumps({"id": n, **row}) + "\n" for n, row in enumerate(rows(220)))
    )
    done: list[int] = []
    check_file(source, out, workers=2, batch=50, progress=done.append)
    assert done == [50, 100, 150, 200, 220]
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == list(range(220))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CftError, match=r"none\.jsonl: No such file"):
        check_file(tmp_path / "none.jsonl", tmp_path / "out.jsonl")
    (tmp_path / "in.jsonl").write_text("{}\n")
    with pytest.raises(CftError, match="No such file"):
        check_file(tmp_path / "in.jsonl", tmp_path / "none" / "out.jsonl")
