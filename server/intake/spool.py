"""Keep the texts of responses on disk while an upload is graded.

A sample goes in; the same sample comes out, with a response that is read from the disk at each
access.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from pydantic import PrivateAttr

from cft_eval.results import Sample

ERRORS = "surrogatepass"
"""A response may hold half a character, as JSON can say it."""


class TextSpool:
    """Texts in an unnamed temporary file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._end = file, 0

    def add(self, text: str) -> tuple[int, int]:
        """Store ``text``; return its offset and length."""
        content = text.encode(errors=ERRORS)
        place = self._end, len(content)
        self._file.write(content)
        self._end += len(content)
        return place

    def get(self, place: tuple[int, int]) -> str:
        self._file.flush()
        return os.pread(self._file.fileno(), place[1], place[0]).decode(errors=ERRORS)


class SpooledSample(Sample):
    """A sample whose response is stored in a spool."""

    _spool: TextSpool = PrivateAttr()
    _place: tuple[int, int] = PrivateAttr()

    def __getattribute__(self, name: str) -> Any:
        if name == "response":
            return self._spool.get(self._place)
        return super().__getattribute__(name)


@contextmanager
def spool_in(folder: Path) -> Iterator[TextSpool]:
    """A spool on the disk of ``folder``, which is deleted after the block."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder) as file:
        yield TextSpool(file)


def spooled(sample: Sample, spool: TextSpool) -> Sample:
    """``sample`` without its response in memory."""
    fields = {**sample.__dict__, "response": ""}
    kept = SpooledSample.model_construct(sample.model_fields_set, **fields)
    kept._spool, kept._place = spool, spool.add(sample.response)
    return kept
