"""The responses on which graders differ: the first thing to read when a score is not the paper's.

    samples ── our policies, other people's graders ──> verdicts ──> those that differ, by kind

Each response is graded by all; one on which all that decided agree is no dispute. Knows no files
and draws nothing.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter

from cft_eval.checker import CHECKER_VERSION, POLICIES
from cft_eval.checker.run.bulk import Checkers, check_policies
from cft_eval.harness.regrade import checked_row
from cft_eval.peers import PEERS, MissingPeer, PeerGrader
from cft_eval.results import Sample

CHUNK = 200
"""Responses between two steps of a progress bar."""


@dataclass(frozen=True, slots=True)
class GraderVerdict:
    """What one grader says of one response."""

    correct: bool | None
    """None: it did not decide."""

    answer: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class DisputedResponse:
    """A response on which graders differ."""

    sample: Sample
    verdicts: Mapping[str, GraderVerdict]
    """By grader, in the order of the ledger."""

    kind: str
    """Who takes it for right, and what the graders differ about."""


@dataclass(slots=True)
class GraderTotals:
    """One grader over all responses."""

    name: str
    title: str
    version: str = ""
    right: int = 0
    decided: int = 0
    seconds: float = 0.0
    missing: str = ""
    """Why it was skipped; empty where it was not."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything that was decided."""

    graders: Sequence[GraderTotals]
    responses: int
    disputed: Sequence[DisputedResponse]

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """How many disputes there are of each kind, the most frequent first."""
        return Counter(each.kind for each in self.disputed).most_common()


@dataclass(slots=True)
class _Column:
    totals: GraderTotals
    verdicts: list[GraderVerdict] = field(default_factory=list)


def ledger(
    samples: Sequence[Sample],
    *,
    graders: Sequence[str],
    pythons: Mapping[str, str],
    progress: Callable[[int], object] = lambda count: None,
) -> Ledger:
    """Grade ``samples`` by each of ``graders``: policies of ours and `PEERS`.

    ``pythons``: by grader, the Python of an environment that has it. One that is not there is
    named in its totals and skipped. ``progress`` is called with the number of gradings done.
    """
    ours = [name for name in graders if name in POLICIES]
    columns = {name: _Column(GraderTotals(name, _title(name))) for name in graders}
    with ThreadPoolExecutor(max(1, len(graders) - len(ours))) as threads:
        waiting = [
            threads.submit(_by_peer, columns[name], samples, pythons.get(name), progress)
            for name in graders
            if name not in POLICIES
        ]
        _by_us([columns[name] for name in ours], samples, progress)
        for each in waiting:
            each.result()
    there = {name: column for name, column in columns.items() if not column.totals.missing}
    disputed = []
    for index, sample in enumerate(samples):
        verdicts = {name: column.verdicts[index] for name, column in there.items()}
        if len({v.correct for v in verdicts.values() if v.correct is not None}) > 1:
            disputed.append(DisputedResponse(sample, verdicts, kind_of(verdicts)))
    return Ledger([column.totals for column in columns.values()], len(samples), disputed)


def _title(name: str) -> str:
    return PEERS.get(name) or f"cft_eval, policy {name}"


def _by_us(
    columns: Sequence[_Column], samples: Sequence[Sample], progress: Callable[[int], object]
) -> None:
    policies = [policy for policy in POLICIES if policy in {c.totals.name for c in columns}]
    if not policies:
        return
    start = perf_counter()
    with Checkers() as checkers:
        for first in range(0, len(samples), CHUNK):
            rows = [checked_row(sample) for sample in samples[first : first + CHUNK]]
            for verdicts in check_policies(rows, policies=policies, checkers=checkers):
                for column, policy in zip(columns, policies, strict=True):
                    verdict = verdicts[policy]
                    known = verdict.outcome not in ("too_slow", "bad_reference")
                    _count(column, verdict.correct if known else None, verdict.answer,
                           f"{verdict.outcome}: {verdict.reason}")  # fmt: skip
            progress(len(rows) * len(columns))
    for column in columns:
        column.totals.version = f"checker {CHECKER_VERSION}"
        column.totals.seconds = (perf_counter() - start) / len(columns)


def _by_peer(
    column: _Column,
    samples: Sequence[Sample],
    python: str | None,
    progress: Callable[[int], object],
) -> None:
    totals = column.totals
    with PeerGrader(totals.name, python or sys.executable) as grader:
        try:
            totals.version = grader.version
        except MissingPeer as error:
            totals.missing = str(error)
            progress(len(samples))
            return
        known: dict[tuple[str, str], GraderVerdict] = {}
        for sample in samples:
            key = sample.response, sample.reference
            if key not in known:
                said = grader.grade(*key)
                totals.seconds += said.seconds
                known[key] = GraderVerdict(said.correct, said.answer, said.reason)
            _count(column, *_fields(known[key]))
            progress(1)


def _fields(verdict: GraderVerdict) -> tuple[bool | None, str | None, str]:
    return verdict.correct, verdict.answer, verdict.reason


def _count(column: _Column, correct: bool | None, answer: str | None, reason: str) -> None:
    column.verdicts.append(GraderVerdict(correct, answer, reason))
    column.totals.decided += correct is not None
    column.totals.right += correct is True


def kind_of(verdicts: Mapping[str, GraderVerdict]) -> str:
    """Who takes it for right, who for wrong, and why: another answer was read, none, or the same
    one was judged differently."""
    right = [name for name, verdict in verdicts.items() if verdict.correct]
    wrong = [name for name, verdict in verdicts.items() if verdict.correct is False]
    read = {_plain(verdicts[name].answer) for name in right}
    other = {_plain(verdicts[name].answer) for name in wrong}
    if "" in other:
        why = "no answer was read"
    elif read & other:
        why = "the same answer is judged differently"
    else:
        why = "another answer was read"
    return f"right for {', '.join(right)}, wrong for {', '.join(wrong)}: {why}"


def _plain(answer: str | None) -> str:
    """An answer without what only dresses it."""
    bare = re.sub(r"[\s$]|\\(?:left|right|[,!;()\[\]])", "", answer or "")
    return re.sub(r"\\[dt]frac", r"\\frac", bare)
