"""Make critiques: every row asked of the teacher once, whatever happens on the way.

    rows ── student (optional) ──> noisy responses ── teacher ──> journal of critiques

Ctrl-C and SIGTERM let the questions under way end and be written; a kill loses these alone.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cft_eval.critique.journal import FAILED, CritiqueJournal, key_of
from cft_eval.critique.teacher import Message, Reply, Server, Teacher, TeacherRefused, Unanswered
from cft_eval.dataset.rows import TrainingRow
from cft_eval.dataset.texts import STUDENT_SYSTEM, TEACHER_SYSTEM, critique_verdict, teacher_text
from cft_eval.errors import CftError


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask, and what to keep beside the answer."""

    key: str
    messages: list[Message]
    facts: dict[str, Any]
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """Of a million tokens, in whatever currency."""

    prompt: float = 0.0
    completion: float = 0.0

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1e6


@dataclass(slots=True)
class Tally:
    """How far a build is."""

    total: int
    done_before: int = 0
    answered: int = 0
    failed: list[str] = field(default_factory=list)
    """Why questions got no answer; asking again is a second run."""

    cost: float = 0.0
    """Of this run; `spent_before` is that of the runs before it."""

    spent_before: float = 0.0
    seconds: float = 0.0
    stopped: str | None = None
    """Why questions were left: interrupted, or the budget."""

    retried: int = 0

    @property
    def left(self) -> int:
        return self.total - self.done_before - self.answered - len(self.failed)

    @property
    def seconds_left(self) -> float:
        return self.seconds / self.answered * self.left if self.answered else float("nan")

    def report(self) -> list[str]:
        lines = [
            f"{self.answered:,} answered in {self.seconds:.0f} s, {self.done_before:,} were there "
            f"before, {len(self.failed):,} failed, {self.left:,} left; {self.retried:,} retries",
            f"cost: {self.cost:.4f} now, {self.cost + self.spent_before:.4f} in all",
        ]
        if self.failed:
            lines.append(f"first failure: {self.failed[0]}; run the command again to ask these")
        if self.stopped:
            lines.append(f"stopped: {self.stopped}; run the command again to go on")
        return lines


CRITIQUE_TOKENS = 500
"""Of a teacher's critique, on average: GPT-4o's of WebInstruct are about so long."""


def expected_cost(questions: Sequence[Question], prices: Prices) -> str:
    """What asking all of these would cost, in words: four characters a token, as a rule."""
    characters = sum(len(m["content"]) for question in questions for m in question.messages)
    prompt, completion = characters // 4, CRITIQUE_TOKENS * len(questions)
    cost = prices.cost(prompt, completion)
    return (
        f"{len(questions):,} different questions: about {prompt:,} tokens to read and "
        f"{completion:,} to write, {cost:,.2f} at these prices"
    )


def raw_rows(rows: Sequence[TrainingRow]) -> tuple[list[TrainingRow], str]:
    """Rows of a raw set that can be criticised, each question once; and what was left out."""
    seen: set[str] = set()
    left = []
    for row in rows:
        question = " ".join(row.question.split())
        if row.response.strip() and question and question not in seen:
            seen.add(question)
            left.append(row)
    return left, f"{len(left):,} of {len(rows):,} rows: others are empty or repeat a question"


def critique_questions(rows: Sequence[TrainingRow], server: Server) -> list[Question]:
    """What the paper asked its teacher, of each different row."""
    questions: dict[str, Question] = {}
    for row in rows:
        key = key_of("critique", *server.sampling, row.question, row.response)
        messages = [
            {"role": "system", "content": TEACHER_SYSTEM},
            {"role": "user", "content": teacher_text(row.question, row.response)},
        ]
        facts = {
            "question": row.question,
            "response": row.response,
            "reference": row.reference,
            "source": row.source,
            "number": row.number,
        }
        questions.setdefault(key, Question(key, messages, facts))
    return list(questions.values())


def response_questions(
    rows: Sequence[TrainingRow], server: Server, *, samples: int
) -> list[Question]:
    """Ask a student for noisy responses: ``samples`` of each different question."""
    questions: dict[str, Question] = {}
    for row in rows:
        for sample in range(samples):
            key = key_of("response", *server.sampling, row.question, sample)
            messages = [
                {"role": "system", "content": STUDENT_SYSTEM},
                {"role": "user", "content": row.question},
            ]
            facts = {
                "question": row.question,
                "reference": row.reference,
                "source": row.source,
                "number": row.number,
                "sample": sample,
            }
            questions.setdefault(key, Question(key, messages, facts, seed=sample))
    return list(questions.values())


def critique_entry(question: Question, reply: Reply, model: str) -> dict[str, Any]:
    return _entry(question, reply, model) | {
        "critique": reply.text,
        "verdict": critique_verdict(reply.text).value,
    }


def response_entry(question: Question, reply: Reply, model: str) -> dict[str, Any]:
    return _entry(question, reply, model) | {"response": reply.text}


def _entry(question: Question, reply: Reply, model: str) -> dict[str, Any]:
    return {
        "key": question.key,
        **question.facts,
        "model": model,
        "finish": reply.finish,
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.completion_tokens,
        "seconds": reply.seconds,
    }


MakeEntry = Callable[[Question, Reply, str], dict[str, Any]]


def ask_all(
    questions: Sequence[Question],
    server: Server,
    out: Path,
    make_entry: MakeEntry,
    *,
    concurrency: int = 16,
    prices: Prices | None = None,
    max_cost: float | None = None,
    on_answer: Callable[[Tally], None] | None = None,
) -> Tally:
    """Ask what the journal at ``out`` does not hold; every answer is on disk when it is counted."""
    if concurrency < 1:
        raise CftError(f"concurrency: {concurrency} must be 1 or more")
    prices = prices or Prices()
    with CritiqueJournal(out) as journal:
        known = [journal.done[q.key] for q in questions if q.key in journal.done]
        tally = Tally(
            total=len(questions),
            done_before=len(known),
            spent_before=sum(
                prices.cost(entry.get("prompt_tokens", 0), entry.get("completion_tokens", 0))
                for entry in journal.entries
            ),
        )
        run = _CritiqueRun(
            server, journal, make_entry, prices, max_cost=max_cost, tally=tally, on_answer=on_answer
        )
        waiting = iter([q for q in questions if q.key not in journal.done])
        asyncio.run(run.all(waiting, concurrency))
    return tally


@dataclass(slots=True)
class _CritiqueRun:
    server: Server
    journal: CritiqueJournal
    make_entry: MakeEntry
    prices: Prices
    max_cost: float | None
    tally: Tally
    on_answer: Callable[[Tally], None] | None
    refused: TeacherRefused | None = None

    async def all(self, waiting: Iterator[Question], concurrency: int) -> None:
        started = time.monotonic()
        async with Teacher(self.server) as teacher:
            with self._signals():
                workers = (self._work(teacher, waiting, started) for _ in range(concurrency))
                await asyncio.gather(*workers)
            self.tally.retried = teacher.retried
        self.tally.seconds = time.monotonic() - started
        if self.refused is not None:
            raise self.refused

    async def _work(self, teacher: Teacher, waiting: Iterator[Question], started: float) -> None:
        """Take questions until there are none, or a reason to stop."""
        for question in waiting:
            if not self._may_go_on():
                return
            try:
                reply = await teacher.ask(question.messages, seed=question.seed)
            except Unanswered as error:
                self._failed(question, error)
                continue
            except TeacherRefused as error:
                self.refused = error
                return
            self.journal.write(self.make_entry(question, reply, self.server.model))
            self.tally.answered += 1
            self.tally.cost += self.prices.cost(reply.prompt_tokens, reply.completion_tokens)
            self.tally.seconds = time.monotonic() - started
            if self.on_answer is not None:
                self.on_answer(self.tally)

    def _failed(self, question: Question, error: Unanswered) -> None:
        """Count a failure; one that was billed stands in the journal with its tokens."""
        facts = question.facts
        self.tally.failed.append(f"{facts['source']}: row {facts['number']}: {error}")
        self.tally.cost += self.prices.cost(error.prompt_tokens, error.completion_tokens)
        if error.prompt_tokens or error.completion_tokens:
            billed = {
                "prompt_tokens": error.prompt_tokens,
                "completion_tokens": error.completion_tokens,
            }
            self.journal.write({"key": question.key, FAILED: str(error), **billed})

    def _may_go_on(self) -> bool:
        tally = self.tally
        spent = tally.cost + tally.spent_before
        if self.max_cost is not None and spent >= self.max_cost:
            tally.stopped = f"{spent:.4f} spent, of {self.max_cost:.4f} allowed"
        return tally.stopped is None and self.refused is None

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Let what is under way end: it is paid for already."""
        loop = asyncio.get_running_loop()
        caught = (signal.SIGINT, signal.SIGTERM)

        def stop() -> None:
            self.tally.stopped = "interrupted"
            for each in caught:  # the second one ends at once
                loop.remove_signal_handler(each)

        try:
            for each in caught:
                loop.add_signal_handler(each, stop)
        except (NotImplementedError, RuntimeError, ValueError):  # Windows, or not the main thread
            yield
            return
        try:
            yield
        finally:
            for each in caught:
                loop.remove_signal_handler(each)
