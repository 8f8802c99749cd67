"""Critiques from a server that stalls, errs and answers junk; and runs that are killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cft_eval.critique.build import (
    Prices,
    Tally,
    ask_all,
    critique_entry,
    critique_questions,
    response_entry,
    response_questions,
)
from cft_eval.critique.journal import CritiqueJournal, read_journal
from cft_eval.critique.teacher import ALL_TURNED_DOWN, Limiter, Server, TeacherRefused
from cft_eval.dataset.rows import TrainingRow
from cft_eval.dataset.texts import TEACHER_SYSTEM
from cft_eval.errors import CftError
from tests.critique.stand_in import STALL, completion, right, stand_in

ROWS = [
    TrainingRow(f"What is {i} + 1?", f"It is {i}.", source="made", number=i + 1) for i in range(20)
]


def server(url: str, **values: Any) -> Server:
    return Server(url, "gpt-test", **({"timeout": 30.0, "pause": 0.01} | values))


def build(
    url: str, out: Path, *, rows: list[TrainingRow] = ROWS, options: Any = None, **v: Any
) -> Tally:
    asked = server(url, **v)
    return ask_all(critique_questions(rows, asked), asked, out, critique_entry, **(options or {}))


def test_every_row_gets_its_critique_in_the_papers_words(tmp_path: Path) -> None:
    with stand_in() as teacher:
        tally = build(teacher.url, tmp_path / "out.jsonl", api_key="sesame")
    assert (tally.answered, tally.left, tally.failed) == (20, 0, [])
    entries = read_journal(tmp_path / "out.jsonl")
    assert {entry["question"] for entry in entries} == {row.question for row in ROWS}
    assert {entry["verdict"] for entry in entries} == {"right"}
    body = teacher.bodies[0]
    assert body["messages"][0] == {"role": "system", "content": TEACHER_SYSTEM}
    assert body["messages"][1]["content"].startswith("\nQuestion: What is ")
    assert (body["temperature"], body["top_p"], body["max_tokens"]) == (0.3, 0.95, 3200)
    assert teacher.headers[0]["authorization"] == "Bearer sesame"


def test_a_second_run_asks_nothing(tmp_path: Path) -> None:
    with stand_in() as teacher:
        build(teacher.url, tmp_path / "out.jsonl")
        # The same row twice is one question.
        again = build(teacher.url, tmp_path / "out.jsonl", rows=ROWS + ROWS)
    assert (again.answered, again.done_before, again.left) == (0, 20, 0)
    assert sum(teacher.asked.values()) == 20


@pytest.mark.parametrize("other", [{"temperature": 1.0}, {"top_p": 0.5}, {"max_tokens": 99}])
def test_another_sampling_is_another_question(tmp_path: Path, other: dict[str, Any]) -> None:
    with stand_in() as teacher:
        build(teacher.url, tmp_path / "out.jsonl")
        again = build(teacher.url, tmp_path / "out.jsonl", **other)
        # What decides how long we wait, or how often we try, is not of the question.
        third = build(teacher.url, tmp_path / "out.jsonl", timeout=31.0, retries=2, **other)
    assert (again.answered, again.done_before) == (20, 0)
    assert (third.answered, third.done_before) == (0, 20)


def moods(before: int, messages: list[dict[str, str]]) -> Any:
    """Each question meets a trouble of its own first, and is answered the second time."""
    if before:
        return right(before, messages)
    mood = int(messages[-1]["content"].split()[3]) % 8
    if mood == 1:
        time.sleep(STALL)
    troubles: list[Any] = [
        right(before, messages),
        completion("too late"),
        (500, {}, b"oops"),
        (429, {"retry-after": "0.05"}, b"slow down"),
        (200, {}, b"<html>gateway</html>"),
        (200, {}, b'{"choices": []}'),
        completion("  "),
        None,
    ]
    return troubles[mood]


def test_troubles_cost_a_retry_each_and_no_row(tmp_path: Path) -> None:
    with stand_in(moods) as teacher:
        # Shorter than a stall; a busy machine may need more than one second, so more retries.
        tally = build(teacher.url, tmp_path / "out.jsonl", timeout=1.0, retries=20)
    assert (tally.answered, tally.failed) == (20, [])
    assert tally.retried >= sum(i % 8 > 0 for i in range(20))
    assert len(read_journal(tmp_path / "out.jsonl")) == 20


def test_a_row_that_is_never_answered_is_named_and_asked_by_the_next_run(tmp_path: Path) -> None:
    def never_three(before: int, messages: list[dict[str, str]]) -> Any:
        if "What is 3 +" in messages[-1]["content"]:
            return 503, {}, b"overloaded"
        return right(before, messages)

    with stand_in(never_three) as teacher:
        tally = build(teacher.url, tmp_path / "out.jsonl", retries=1)
    assert tally.answered == 19
    assert tally.failed == [
        "made: row 4: no answer after 2 attempts; the last: HTTP 503: 'overloaded'"
    ]
    assert "run the command again to ask these" in tally.report()[-1]
    with stand_in() as teacher:
        again = build(teacher.url, tmp_path / "out.jsonl")
    assert (again.answered, sum(teacher.asked.values())) == (1, 1)


REFUSALS = [
    (401, "the key is missing or was rejected"),
    (404, "look at --base-url"),
    (400, "HTTP 400: no such model"),
]


@pytest.mark.parametrize(("status", "message"), REFUSALS)
def test_what_no_retry_can_help_ends_the_run_at_once(
    tmp_path: Path, status: int, message: str
) -> None:
    with stand_in(lambda before, messages: (status, {}, b"no such model")) as teacher:
        with pytest.raises(TeacherRefused, match=message):
            build(teacher.url, tmp_path / "out.jsonl", options={"concurrency": 2})
        # A question may be turned down for what it says: a few are tried before all are given up.
        assert sum(teacher.asked.values()) <= (ALL_TURNED_DOWN + 2 if status == 400 else 2)


def test_a_question_that_is_turned_down_is_named_and_ends_nothing(tmp_path: Path) -> None:
    def filtered(before: int, messages: list[dict[str, str]]) -> Any:
        if "What is 3 +" in messages[-1]["content"]:
            return 400, {}, b"content filter"
        return right(before, messages)

    with stand_in(filtered) as teacher:
        tally = build(teacher.url, tmp_path / "out.jsonl", options={"concurrency": 1})
    assert tally.answered == 19
    [failure] = tally.failed
    assert failure.startswith("made: row 4: refused: HTTP 400: content filter")


ODD = {
    "a body that cannot be decoded": (200, {"content-encoding": "gzip"}, b"junk"),
    "tokens that are words": (200, {}, b'{"usage": {"prompt_tokens": "many"}, "choices": [1]}'),
    "a list of usage": (200, {}, b'{"usage": [1], "choices": [{"message": {"content": "x"}}]}'),
}


@pytest.mark.parametrize("odd", ODD)
def test_one_odd_answer_costs_no_run(tmp_path: Path, odd: str) -> None:
    def once(before: int, messages: list[dict[str, str]]) -> Any:
        strange = "What is 3 +" in messages[-1]["content"] and not before
        return ODD[odd] if strange else right(before, messages)

    with stand_in(once) as teacher:
        assert build(teacher.url, tmp_path / "out.jsonl").answered == 20


def test_another_file_is_not_taken_for_a_journal(tmp_path: Path) -> None:
    precious = tmp_path / "precious.json"
    precious.write_text('{"mine": 1}')
    with pytest.raises(CftError, match="is this a journal"):
        CritiqueJournal(precious)
    assert precious.read_text() == '{"mine": 1}'


def test_empty_answers_are_billed_and_a_cut_one_is_not_asked_again(tmp_path: Path) -> None:
    def silent(before: int, messages: list[dict[str, str]]) -> Any:
        return completion("", finish="length")

    options = {"prices": Prices(10_000, 100_000), "concurrency": 1}
    with stand_in(silent) as teacher:
        tally = build(teacher.url, tmp_path / "out.jsonl", options=options)
    assert set(teacher.asked.values()) == {1}
    assert (tally.answered, len(tally.failed)) == (0, 20)
    assert tally.cost == pytest.approx(20 * 2.0)


def test_cost_is_counted_over_runs_and_kept_below_its_limit(tmp_path: Path) -> None:
    options = {"prices": Prices(10_000, 100_000), "max_cost": 10.0, "concurrency": 1}
    with stand_in() as teacher:
        tally = build(teacher.url, tmp_path / "out.jsonl", options=options)
        # 100 tokens at 10,000 a million, 10 at 100,000: 2 an answer.
        assert (tally.answered, tally.cost) == (5, 10.0)
        assert tally.stopped == "10.0000 spent, of 10.0000 allowed"
        again = build(teacher.url, tmp_path / "out.jsonl", options=options)
    assert (again.answered, again.spent_before) == (0, 10.0)


def test_failures_that_were_billed_count_in_later_runs(tmp_path: Path) -> None:
    def silent(before: int, messages: list[dict[str, str]]) -> Any:
        return completion("", finish="length")

    out, options = tmp_path / "out.jsonl", {"prices": Prices(10_000, 100_000), "concurrency": 1}
    with stand_in(silent) as teacher:
        first = build(teacher.url, out, options=options | {"max_cost": 10.0})
        assert (len(first.failed), first.cost) == (5, 10.0)
        again = build(teacher.url, out, options=options | {"max_cost": 10.0})
        assert (again.failed, again.cost, again.spent_before) == ([], 0.0, 10.0)
    assert read_journal(out) == []
    with stand_in() as teacher:  # and they are no answers: the requests are made again
        assert build(teacher.url, out, options=options).answered == 20
    assert len(read_journal(out)) == 20


def test_no_more_at_once_than_was_asked_for(tmp_path: Path) -> None:
    with stand_in(delay=0.02) as teacher:
        build(teacher.url, tmp_path / "out.jsonl", options={"concurrency": 3})
    assert teacher.most_at_once == 3


def test_requests_start_as_far_apart_as_the_rate_says() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def take(limiter: Limiter) -> None:
        for _ in range(4):
            await limiter.take()

    asyncio.run(take(Limiter(60.0, clock=lambda: 0.0, sleep=sleep)))
    assert waits == [1.0, 2.0, 3.0]


def test_a_student_writes_the_responses(tmp_path: Path) -> None:
    with stand_in(lambda b, m: completion("Answer: 2")) as student:
        asked = server(student.url)
        questions = response_questions(ROWS[:3], asked, samples=2)
        tally = ask_all(questions, asked, tmp_path / "r.jsonl", response_entry)
    assert tally.answered == 6
    assert sorted(body["seed"] for body in student.bodies) == [0, 0, 0, 1, 1, 1]
    assert {entry["response"] for entry in read_journal(tmp_path / "r.jsonl")} == {"Answer: 2"}


def start(url: str, folder: Path) -> "subprocess.Popen[bytes]":
    rows = folder / "rows.jsonl"
    rows.write_text(
        "".join(
            json.dumps({"question": row.question, "response": row.response}) + "\n" for row in ROWS
        )
    )
    command = [sys.executable, "-m", "cft_eval.cli", "critique", "build", "--input", str(rows)]
    command += ["--teacher", "gpt-test", "--base-url", url, "--concurrency", "2"]
    command += ["--out", str(folder / "out.jsonl")]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, env=dict(os.environ))


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def until(path: Path, count: int) -> None:
    for _ in range(6000):
        if lines(path) >= count:
            return
        time.sleep(0.01)
    raise AssertionError(f"{lines(path)} of {count} lines")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_a_killed_run_goes_on_and_what_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with stand_in(delay=0.05) as teacher:
        process = start(teacher.url, tmp_path)
        until(out, 5)
        process.kill()
        process.wait()
        written = {entry["question"] for entry in read_journal(out)}
        tally = build(teacher.url, out)
    assert tally.done_before == len(written) >= 5
    assert len(read_journal(out)) == 20
    twice = [question for question, times in teacher.asked.items() if times > 1]
    # Only what was under way at the kill: two questions at once.
    assert len(twice) <= 2
    assert not any(f"Question: {question}\n" in asked for question in written for asked in twice)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_an_interrupted_run_keeps_all_that_it_paid_for(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with stand_in(delay=0.1) as teacher:
        process = start(teacher.url, tmp_path)
        until(out, 3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 2
        assert lines(out) == sum(teacher.answered.values()) < 20
        assert build(teacher.url, out).left == 0
    assert set(teacher.asked.values()) == {1}


def test_a_line_cut_in_two_is_dropped_and_asked_again(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with stand_in() as teacher:
        build(teacher.url, out)
        content = out.read_bytes()
        out.write_bytes(content[:-30])
        assert len(read_journal(out)) == 19
        tally = build(teacher.url, out)
    assert (tally.done_before, tally.answered) == (19, 1)
    assert len(read_journal(out)) == 20


def test_a_journal_has_one_writer_and_is_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with CritiqueJournal(path), pytest.raises(CftError, match="another process is writing it"):
        CritiqueJournal(path)
    path.write_text('{"question": "q"}\n')
    with pytest.raises(CftError, match="line 1 has no key; is this a journal"):
        read_journal(path)
    path.write_text("q\n")
    with pytest.raises(CftError, match="line 1 is not JSON; is this a journal"):
        CritiqueJournal(path)
    with pytest.raises(CftError, match="critique build` writes one"):
        read_journal(tmp_path / "none")
