"""Take up an evaluation where it died: what was generated is not generated again.

    requests ── journal ──> answered already │ left ──> engine ── watch ──> journal, progress

A task asks the keeper before lm-eval collects its requests; where there is none (plain lm_eval),
every request is left. Knows no tasks and no grading.
"""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cft_eval.harness.endings import Ending
from cft_eval.harness.journal import ResponseJournal, request_key
from cft_eval.harness.progress import EvaluationProgress
from cft_eval.harness.running import RunningAccuracy
from cft_eval.harness.watch import WATCH, Watch, plain, reseed_torch

EVERY = 10.0
"""Seconds between two progress lines."""


class Keeper:
    """Keeps every response of a run, and says how far it is by calling ``show`` with a line.

    ``watch``: that of the process, which a test does not want to count in.
    """

    def __init__(self, stem: Path, show: Callable[[str], None], watch: Watch = WATCH) -> None:
        self._stem = stem
        self._show = show
        self._watch = watch
        self._journal: ResponseJournal | None = None
        self._keys: defaultdict[str, set[str]] = defaultdict(set)
        self._progress = EvaluationProgress()
        self._accuracy = RunningAccuracy()
        self._last_shown = 0.0
        self._unclear = False
        self._rank = 0

    def prepare(self, task: str, instances: Sequence[Any], *, rank: int, alone: bool) -> list[Any]:
        """The requests that the engine must still answer; the rest have their responses.

        Unless it is ``alone``, a process keeps one request at least: the processes wait for each
        other after generating, and one without requests would not come.
        """
        if self._journal is None:
            self._rank = rank or process_number()
            self._journal = ResponseJournal(self._stem, writer=None if self._rank > rank else rank)
        journalled = [self._fill(task, instance) for instance in instances]
        if any(journalled):
            reseed_torch(self._watch.resumed)
            self._show(
                f"{task}: {sum(journalled)} responses are there already, from a run that stopped"
            )
        left = [instance for instance in instances if instance.repeats]
        if not left and not alone and instances:
            last = instances[-1]
            last.resps, last.repeats = [], journalled[-1]
            left = [last]
        self._progress.started = self._last_shown = time.monotonic()
        return left

    def _fill(self, task: str, instance: Any) -> int:
        assert self._journal is not None
        context, sent = instance.args
        key = request_key(plain(context), sent)
        self._keys[plain(context)].add(key)
        self._accuracy.expect(key, getattr(instance, "doc", {}), sent)
        wanted = instance.repeats
        while instance.repeats and (earlier := self._journal.take(key)):
            text, ending = earlier
            instance.resps.append(text)
            instance.repeats -= 1
            self._watch.keep(context, text, ending)
        journalled: int = wanted - instance.repeats
        self._progress.expect(task, key, wanted=wanted, journalled=journalled)
        return journalled

    def __call__(
        self, context: str, text: str, ending: Ending, sent: Mapping[str, Any] | None = None
    ) -> None:
        key = self._answered(context, sent)
        if key is not None and self._journal is not None:
            self._journal.add(key, text, ending)
        self._progress.note(key or context)
        self._accuracy.note(key, text)
        now = time.monotonic()
        if self._rank == 0 and (now - self._last_shown >= EVERY or not self._progress.left):
            self._last_shown = now
            so_far = self._accuracy.line()
            self._show(self._progress.line(now) + (f"; {so_far}" if so_far else ""))

    def _answered(self, context: str, sent: Mapping[str, Any] | None) -> str | None:
        """The key of the request that a response answers; None where that is not known."""
        keys = self._keys.get(context, set())
        if sent is not None and (exact := request_key(context, sent)) in keys:
            return exact
        if len(keys) == 1:
            return next(iter(keys))
        if keys and not self._unclear:
            self._unclear = True
            self._show(
                "WARNING: this engine does not say which of two protocols a response answers; "
                "what both ask the same prompt for is not kept, and a run that stops generates "
                "it again. Run the protocols one by one to keep it"
            )
        return None

    def done(self) -> None:
        """The run is whole."""
        if self._journal is not None:
            self._journal.forget()

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()


def process_number() -> int:
    """Which of the processes of a launcher (torchrun, accelerate) this is.

    Where they hold one model together, lm-eval counts all of them as rank 0.
    """
    return int(os.environ.get("RANK") or os.environ.get("LOCAL_RANK") or 0)


_current: Keeper | None = None


def keep(keeper: Keeper | None) -> None:
    """From now on ``keeper`` is asked and told; None: nobody is."""
    global _current
    if _current is not None and _current in WATCH.listeners:
        WATCH.listeners.remove(_current)
    _current = keeper
    if keeper is not None:
        WATCH.listeners.append(keeper)


def left(task: str, instances: Sequence[Any], *, rank: int, alone: bool) -> list[Any]:
    """The requests of ``task`` that the engine must answer."""
    if _current is None:
        return list(instances)
    return _current.prepare(task, instances, rank=rank, alone=alone)
