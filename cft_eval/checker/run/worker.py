"""A process that decides what may take long: it can be killed, its memory is capped.

    python -P -m cft_eval.checker.worker judge|check

Frames come in on stdin and go out on the first stdout: four bytes of length, then JSON. The
first frame out says that the worker is ready, with sympy loaded where it judges, so no item pays
for the start. It ends with its parent, by the end of stdin.

``judge``: one comparison a frame, on a clock of CPU time, so that a busy machine changes no
verdict; the kernel ends the process when the time is up, in the middle of whatever it computes.
``check``: a list of rows a frame (`cft_eval.checker.run.bulk`), whose slow ones go to a `judge`.
"""

import json
import os
import signal
import struct
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from cft_eval.checker.types.verdict import Verdict

MEMORY = 1 << 30
"""Bytes of address space; sympy and its caches take a tenth of it."""

HEADER = struct.Struct(">I")


def main() -> None:
    judging = sys.argv[1] == "judge"
    seconds = float(sys.argv[2]) if judging else 0.0
    source, out = sys.stdin.buffer, _private_stdout()
    _cap_memory()
    if judging:
        import sympy  # noqa: F401  # loaded before the clock of the first item starts
    _send(out, "ready")
    while (frame := _receive(source)) is not None:
        try:
            answer = _judge(frame, seconds) if judging else _check(frame)
        except (MemoryError, RecursionError):
            # What is left after either is not to be trusted with the next item.
            sys.exit(1)
        _send(out, answer)


def _judge(frame: dict[str, Any], seconds: float) -> dict[str, object]:
    from cft_eval.checker.compare.answers import judge
    from cft_eval.checker.types.rules import Rules

    signal.setitimer(signal.ITIMER_PROF, seconds)
    judgement = judge(
        frame["answer"],
        frame["reference"],
        Rules(**frame["rules"]),
        deep=True,
    )
    signal.setitimer(signal.ITIMER_PROF, 0)
    return {
        "outcome": judgement.outcome.value,
        "reason": judgement.reason,
        "undecided": judgement.undecided,
    }


def _check(frame: dict[str, Any]) -> list[list[dict[str, object]]]:
    from cft_eval.checker.run.bulk import check_row

    return [[_fields(verdict) for verdict in check_row(row)] for row in frame["rows"]]


def _fields(verdict: "Verdict") -> dict[str, object]:
    fields = verdict.as_dict()
    del fields["correct"]  # which the outcome says
    return fields


def _private_stdout() -> BinaryIO:
    """Keep the first stdout for frames: a stray print of a library must not break them."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return out


def _cap_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "darwin":  # which counts shared libraries in, and refuses the limit
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        cap = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_AS, (cap, hard))


def _send(out: BinaryIO, value: object) -> None:
    body = json.dumps(value).encode()
    view = memoryview(HEADER.pack(len(body)) + body)
    while view:
        view = view[out.write(view) :]


def _receive(source: BinaryIO) -> dict[str, Any] | None:
    header = source.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    (length,) = HEADER.unpack(header)
    body = source.read(length)
    return dict(json.loads(body)) if len(body) == length else None


if __name__ == "__main__":
    # A parent that ends while a frame is on its way is no error to report.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
