"""Every response on disk as soon as it is there, so that a run that dies loses none.

    response ── one line, flushed ──> journal ── the next start ──> not generated twice

A journal belongs to one model under one set of options: its file is named by a hash of both. Its
lines are found by the prompt and the generation arguments. Knows no lm-eval.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from cft_eval.caller import again, setting
from cft_eval.errors import CftError
from cft_eval.harness.endings import Ending, Finish
from cft_eval.journal import append, open_journal


class NotKept(CftError):
    """A response could not be written, so that going on would lose it."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"{path}: a response could not be saved: {error.strerror}. The earlier ones are: make "
            f"room, or raise the limit, and {again()}"
        )


def _advice() -> str:
    other = setting("output_path")
    return f"give this one another {other}: the same evaluation is running already"


def request_key(context: str, sent: Mapping[str, Any]) -> str:
    """What a response answers: the prompt and how it was to be generated."""
    request = json.dumps([context, sent], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(request.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class ResponseJournal:
    """The responses to some requests, earlier ones first; new ones are added at the end.

    ``writer``: the number of this process, where several evaluate together. Each writes a file of
    its own and reads all of them. None: it holds a part of the model, and another process writes
    what they generate together.
    """

    def __init__(self, stem: Path, *, writer: int | None = 0) -> None:
        self.stem = stem
        self._path = Path(f"{stem}.{writer}.jsonl")
        self._file = open_journal(self._path, advice=_advice()) if writer is not None else None
        self._earlier: defaultdict[str, list[tuple[str, Ending]]] = defaultdict(list)
        for path in sorted(stem.parent.glob(f"{stem.name}.*.jsonl")):
            for key, text, ending in _lines(path):
                self._earlier[key].append((text, ending))

    def __len__(self) -> int:
        return sum(map(len, self._earlier.values()))

    def take(self, key: str) -> tuple[str, Ending] | None:
        """A response of an earlier run to the request, each once."""
        earlier = self._earlier.get(key)
        return earlier.pop(0) if earlier else None

    def add(self, key: str, text: str, ending: Ending) -> None:
        """Keep a response. It is the system's when this returns, whatever becomes of us.

        Raises `NotKept` where the disk is full; what was written of it is passed over later.
        """
        row = {"key": key, "text": text, "finish": ending.finish, "tokens": ending.tokens}
        if self._file is None:
            return
        try:
            append(self._file, json.dumps(row).encode() + b"\n")
        except OSError as error:
            raise NotKept(self._path, error) from None

    def close(self) -> None:
        """Calling it again changes nothing. A journal that holds nothing leaves no file."""
        if self._file is None or self._file.closed:
            return
        empty = self._file.tell() == 0
        self._file.close()
        if empty:
            self._path.unlink(missing_ok=True)
            self._leave_no_folder()

    def forget(self) -> None:
        """The run is whole: the next one with the same options starts anew."""
        if self._file is not None:
            self._file.close()
        for path in self.stem.parent.glob(f"{self.stem.name}.*.jsonl"):
            path.unlink(missing_ok=True)
        self._leave_no_folder()

    def _leave_no_folder(self) -> None:
        if not any(self.stem.parent.iterdir()):
            self.stem.parent.rmdir()


def _lines(path: Path) -> Iterator[tuple[str, str, Ending]]:
    with path.open("rb") as stream:
        for line in stream:
            try:
                row = json.loads(line)
                ending = Ending(cast(Finish, row["finish"]), row["tokens"])
                response = str(row["key"]), str(row["text"]), ending
            except (ValueError, KeyError, TypeError):
                continue  # not a whole line: that response is generated again
            yield response
