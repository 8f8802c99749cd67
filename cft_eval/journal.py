"""A file of JSON lines that one process at a time appends to, so that a kill loses no whole line.

Knows nothing of what the lines say: `harness.journal` and `critique.journal` do.
"""

from io import FileIO
from pathlib import Path

from cft_eval.errors import CftError


class JournalInUse(CftError):
    """Another process writes the same journal."""

    def __init__(self, path: Path, advice: str) -> None:
        super().__init__(f"{path}: another process is writing it; wait for it, or {advice}")


def open_journal(path: Path, *, advice: str) -> FileIO:
    """Open ``path`` to append to, locked; a half line that a kill left behind is cut off.

    ``advice`` completes `JournalInUse`: "… wait for it, or ADVICE". The file is unbuffered: what a
    full disk did not take must not be tried again when the file is closed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = path.open("ab", buffering=0)
    try:
        import fcntl

        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        pass  # Windows has no such lock: two runs at once are the user's own affair
    except BlockingIOError:
        stream.close()
        raise JournalInUse(path, advice) from None
    with path.open("rb") as reader:
        stream.truncate(sum(len(line) for line in reader if line.endswith(b"\n")))
    stream.seek(0, 2)
    return stream


def append(stream: FileIO, line: bytes) -> None:
    """Write ``line`` whole; it is the system's when this returns. Raises `OSError`."""
    rest = memoryview(line)
    while rest:
        rest = rest[stream.write(rest) :]
