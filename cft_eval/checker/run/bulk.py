"""Many responses at once: rows in, verdicts out in the same order.

    rows ── duplicates aside ──> chunks ── worker processes ──> verdicts

Few rows are checked in this process. More go to processes of their own
(`cft_eval.checker.run.worker`), not to multiprocessing: they start without this program's main
module, from daemonic processes, from threads and beside a GPU, and one that dies costs the chunk
it was given, which is then checked row by row.
"""

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from cft_eval.checker.run import peers
from cft_eval.checker.run.budget import SympyWorker
from cft_eval.checker.run.judging import GRADERS, UnknownPolicy, check, equal
from cft_eval.checker.types.rules import Rules, rules_for
from cft_eval.checker.types.verdict import POLICIES, Outcome, Policy, Verdict
from cft_eval.errors import CftError
from cft_eval.peers import PEERS

IN_PROCESS = 256
"""Rows up to which starting processes takes longer than checking."""

CHUNK = 32
"""Rows a process is given at a time: what is lost when it dies, and how even the work is."""

SECONDS_A_ROW = 60.0
"""Wall time after which a process that checks a row is taken for dead."""

RULES = ("tolerance", "ordered", "measured")
"""The rules that a row may bring; `Rules.loose` comes with a policy."""


class BadCheckRow(CftError):
    """A row that is not in the form of `check_many`."""


class CheckJob(NamedTuple):
    """One row and the policies to check it under; equal jobs have equal verdicts.

    All policies of a row are checked together, so that its answer is parsed once.
    """

    text: str
    bare: bool
    reference: str
    benchmark: str | None
    rules: Rules | None
    policies: tuple[str, ...]

    def run(self) -> tuple[Verdict, ...]:
        """A verdict for each policy."""
        grade = equal if self.bare else check
        return tuple(
            grade(
                self.text,
                self.reference,
                benchmark=self.benchmark,
                policy=policy,
                rules=self.rules,
            )
            for policy in self.policies
        )


def check_many(
    rows: Iterable[Mapping[str, object]],
    *,
    workers: int | None = None,
    policy: str = "strict",
    checkers: "Checkers | None" = None,
) -> list[Verdict]:
    """Check rows of ``reference`` and ``response`` or ``answer``, with ``benchmark`` and
    ``rules`` where they are known; verdicts in the order of the rows.

    ``workers``: processes; by default one a CPU, and none for few rows. ``checkers``: processes of
    the caller, who has more rows to come. Raises `BadCheckRow`.
    """
    return [verdict for (verdict,) in _run(rows, (policy,), workers, checkers)]


def check_policies(
    rows: Iterable[Mapping[str, object]],
    *,
    policies: Sequence[Policy] = POLICIES,
    workers: int | None = None,
    checkers: "Checkers | None" = None,
) -> list[dict[Policy, Verdict]]:
    """As `check_many`, each row under several policies: its verdicts by policy."""
    verdicts = _run(rows, tuple(policies), workers, checkers)
    return [dict(zip(policies, row, strict=True)) for row in verdicts]


def _run(
    rows: Iterable[Mapping[str, object]],
    policies: tuple[str, ...],
    workers: int | None,
    checkers: "Checkers | None",
) -> list[tuple[Verdict, ...]]:
    jobs = [job(row, *policies) for row in rows]
    if checkers is not None:
        return checkers.run(jobs)
    with Checkers(workers) as own:
        return own.run(jobs)


def job(row: Mapping[str, object], *policies: str) -> CheckJob:
    """What a row asks for. Raises `BadCheckRow` where it does not say it, or `UnknownPolicy`."""
    for policy in policies:
        if policy not in GRADERS:
            raise UnknownPolicy(policy)
    bare = "response" not in row
    text = row.get("answer" if bare else "response")
    reference, benchmark, rules = row.get("reference"), row.get("benchmark"), row.get("rules")
    if bare and "answer" not in row:
        raise BadCheckRow("the row has no response or answer")
    if not isinstance(text, str):
        raise BadCheckRow(f"the {'answer' if bare else 'response'} is {_kind(text)}, not text")
    if not isinstance(reference, str):
        raise BadCheckRow(f"the reference is {_kind(reference)}, not text")
    if not isinstance(benchmark, str | None):
        raise BadCheckRow(f"the benchmark is {_kind(benchmark)}, not a name")
    rules_for(benchmark)  # raises UnknownBenchmark here, and not in a worker
    return CheckJob(text, bare, reference, benchmark, _rules(rules), policies)


def _rules(rules: object) -> Rules | None:
    if rules is None or isinstance(rules, Rules):
        return rules
    if not isinstance(rules, Mapping) or not set(rules) <= set(RULES):
        raise BadCheckRow(f"the rules are not of {', '.join(RULES)}")
    tolerance = rules.get("tolerance")
    flags = [rules.get(name, False) for name in RULES[1:]]
    if not isinstance(tolerance, str | None) or not all(isinstance(flag, bool) for flag in flags):
        raise BadCheckRow(
            "the rules are not a tolerance in text, ordered and measured in true or false"
        )
    ordered, measured = cast(list[bool], flags)
    return Rules(tolerance, ordered=ordered, measured=measured)


def _kind(value: object) -> str:
    return "missing" if value is None else f"of type {type(value).__name__}"


class Checkers:
    """Processes that check; started by the first large input, ended with the ``with``."""

    def __init__(self, workers: int | None = None) -> None:
        if workers is not None and workers < 1:
            raise CftError(f"workers is {workers}: give 1 or more")
        self._count = workers or _cpus()
        self._few = IN_PROCESS if workers is None else CHUNK
        self._workers: list[SympyWorker] = []

    def __enter__(self) -> "Checkers":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.close()

    def run(self, jobs: Sequence[CheckJob]) -> list[tuple[Verdict, ...]]:
        """The verdicts in the order of the jobs; equal jobs are checked once."""
        unique = list(dict.fromkeys(jobs))
        for peer in PEERS.keys() & {policy for job in unique for policy in job.policies}:
            peers.require(peer)
        if self._count == 1 or len(unique) <= self._few:
            verdicts = {job: job.run() for job in unique}
        else:
            verdicts = self._spread(unique)
        return [verdicts[job] for job in jobs]

    def _spread(self, jobs: list[CheckJob]) -> dict[CheckJob, tuple[Verdict, ...]]:
        while len(self._workers) < self._count:
            self._workers.append(SympyWorker("check"))
        chunks = iter([jobs[start : start + CHUNK] for start in range(0, len(jobs), CHUNK)])
        done: dict[CheckJob, tuple[Verdict, ...]] = {}
        lock, stop = threading.Lock(), threading.Event()

        def serve(worker: SympyWorker) -> None:
            while not stop.is_set():
                with lock:
                    chunk = next(chunks, None)
                if chunk is None:
                    return
                try:
                    verdicts = _ask(worker, chunk)
                except OSError:
                    return  # no process is to be had
                with lock:
                    done.update(zip(chunk, verdicts, strict=True))

        threads = [threading.Thread(target=serve, args=(worker,)) for worker in self._workers]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        finally:  # Ctrl-C: nobody asks the workers any more when they are closed
            stop.set()
            for thread in threads:
                thread.join()
        # What the processes did not do is done here.
        return {job: done[job] if job in done else job.run() for job in jobs}


def _cpus() -> int:
    """The CPUs this process may use, which in a container are fewer than the machine's."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _ask(worker: SympyWorker, jobs: list[CheckJob]) -> list[tuple[Verdict, ...]]:
    """A chunk's verdicts; of a chunk on which the process died, row by row."""
    frame = {"rows": [_as_row(job) for job in jobs]}
    answer = worker.ask(frame, seconds=SECONDS_A_ROW * len(jobs))
    if isinstance(answer, list):
        return [tuple(map(_as_verdict, verdicts)) for verdicts in answer]
    if len(jobs) > 1:
        return [_ask(worker, [job])[0] for job in jobs]
    text = jobs[0].text if jobs[0].bare else None
    ended = Verdict(Outcome.TOO_SLOW, text, "", "the process that checked it ended")
    return [(ended,) * len(jobs[0].policies)]


def _as_row(job: CheckJob) -> dict[str, object]:
    rules = job.rules and {name: getattr(job.rules, name) for name in RULES}
    return {**job._asdict(), "rules": rules}


def check_row(row: Mapping[str, Any]) -> tuple[Verdict, ...]:
    """In the worker: check what `_as_row` made."""
    rules = None if row["rules"] is None else _rules(row["rules"])
    return CheckJob(**{**row, "rules": rules, "policies": tuple(row["policies"])}).run()


def _as_verdict(verdict: dict[str, object]) -> Verdict:
    span = cast("list[int] | None", verdict["span"])
    outcome = Outcome(str(verdict["outcome"]))
    fields = {**verdict, "outcome": outcome, "span": (span[0], span[1]) if span else None}
    return Verdict(**fields)  # type: ignore[arg-type]
