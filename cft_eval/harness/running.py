"""The accuracy so far, for the progress line: a few responses graded while the engine works.

    response ── waits ──> a share of them, for half a second a line ──> "41 % of 320 right so far"

A glimpse and no score: all responses are graded when they are there. Knows no lm-eval.
"""

import random
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from cft_eval.checker import check
from cft_eval.harness.endings import cut
from cft_eval.testsets.known import grading_of

SECONDS = 0.5
"""What grading for one line may take."""

_draw = random.Random(0)


class _ProblemAsked(NamedTuple):
    benchmark: str
    reference: str
    stops: tuple[str, ...]


class RunningAccuracy:
    """Of the responses of this process."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._asked: dict[str, _ProblemAsked] = {}
        self._waiting: list[tuple[_ProblemAsked, str]] = []
        self.right = self.graded = 0

    def expect(self, key: str, doc: Mapping[str, Any], sent: Mapping[str, Any]) -> None:
        """A request by its key, and the problem that it is about."""
        if "reference" in doc and "benchmark" in doc:
            stops = tuple(sent.get("until") or ())
            self._asked[key] = _ProblemAsked(str(doc["benchmark"]), str(doc["reference"]), stops)

    def note(self, key: str | None, text: str) -> None:
        """A response to the request is there."""
        request = self._asked.get(key or "")
        if request is not None:
            self._waiting.append((request, text))

    def line(self) -> str:
        """What is known now; empty where nothing was graded."""
        # By chance: the longest prompts come first, and are not the others.
        _draw.shuffle(self._waiting)
        end = time.monotonic() + self._seconds
        while self._waiting and time.monotonic() < end:
            request, text = self._waiting.pop()
            said = cut(text, request.stops, thinking="</think>" in text)
            verdict = check(said, request.reference, benchmark=grading_of(request.benchmark))
            self.graded += 1
            self.right += verdict.correct
        if not self.graded:
            return ""
        return f"{self.right / self.graded:.0%} of {self.graded} right so far"
