"""Another grader as a policy: what `cft_eval.peers` says of a text, as a `Verdict`.

One process a grader serves this program, started by the first text and ended with it.
"""

import atexit
import os

from cft_eval.checker.types.verdict import Outcome, Verdict
from cft_eval.peers import PeerGrader

_graders: dict[str, PeerGrader] = {}


def peer_verdict(name: str, text: str, reference: str, *, bare: bool) -> Verdict:
    """The verdict of a grader on a response, or (``bare``) on an answer, which it gets in a box.

    Raises `MissingPeer` where it is not installed.
    """
    grader = _graders.setdefault(name, PeerGrader(name))
    said = grader.grade(rf"\boxed{{{text}}}" if bare else text, reference)
    answer = text if bare else said.answer
    if said.correct is None:
        return Verdict(Outcome.TOO_SLOW, answer, "", f"{name}: {said.reason}")
    outcome = Outcome.CORRECT if said.correct else Outcome.WRONG
    if not said.correct and answer is None:
        outcome = Outcome.NO_ANSWER
    return Verdict(outcome, answer, "" if bare else name, f"{name} says {said.reason}")


def require(name: str) -> None:
    """Raise `MissingPeer` where a grader is not installed, before rows are handed out."""
    _ = _graders.setdefault(name, PeerGrader(name)).version


def close() -> None:
    """End the processes of this program."""
    while _graders:
        _graders.popitem()[1].close()


def _after_fork() -> None:
    """The parent's processes answer the parent."""
    _graders.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
atexit.register(close)
