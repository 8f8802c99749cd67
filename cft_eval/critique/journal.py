"""Requests and their answers, on disk before they are counted: nothing is lost or paid twice.

    key + facts ──> one JSON line, flushed to the disk ──> read back after a kill

One line an answer. A line that a kill cut in two is dropped when the journal is opened again:
its answer is requested again, no other is.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from cft_eval.errors import CftError
from cft_eval.journal import append, open_journal


def key_of(*parts: object) -> str:
    """What makes two questions the same: model and sampling, the texts, the sample's number."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


START = b'{"key": "'
"""How every line starts."""

FAILED = "failed"
"""The field of an entry that holds no answer: why there is none. Its tokens were billed all the
same, so a limit on the cost counts them, and its request is made again."""


class CritiqueJournal:
    """An append-only file of answers; one process writes it at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _check_last_line(path)
        self._file = open_journal(path, advice="give another --out")
        try:
            self.entries = list(entries(path.read_bytes(), path))
        except CftError:
            self._file.close()
            raise
        self.done = {entry["key"]: entry for entry in self.entries if FAILED not in entry}

    def __enter__(self) -> "CritiqueJournal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, entry: dict[str, Any]) -> None:
        """Write an answer: when this returns, a kill or a power cut cannot take it."""
        append(self._file, json.dumps(entry).encode() + b"\n")
        os.fsync(self._file.fileno())
        self.entries.append(entry)
        if FAILED not in entry:
            self.done[entry["key"]] = entry


def _check_last_line(path: Path) -> None:
    """Only half a line of a journal may be cut off: another kind of file is left as it is."""
    rest = path.read_bytes().rpartition(b"\n")[2] if path.exists() else b""
    if not (rest.startswith(START) or START.startswith(rest)):
        raise CftError(f"{path}: its last line is not an entry; is this a journal?")


def entries(content: bytes, path: Path) -> Iterator[dict[str, Any]]:
    """The entries of a journal's whole lines."""
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            entry = json.loads(line)
        except ValueError:
            raise CftError(f"{path}: line {number} is not JSON; is this a journal?") from None
        if not isinstance(entry, dict) or "key" not in entry:
            raise CftError(f"{path}: line {number} has no key; is this a journal?")
        yield entry


def read_journal(path: Path) -> list[dict[str, Any]]:
    """The entries with an answer; a line that is being written is left out."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CftError(f"{path}: {error.strerror}; `cft-eval critique build` writes one") from None
    whole = entries(content.rpartition(b"\n")[0], path)
    return [entry for entry in whole if FAILED not in entry]
