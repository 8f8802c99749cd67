"""A file that comes in parts, in any order and any number of times, until it is joined.

Comes in: the folder where its parts wait, and two sizes. Goes out: the file and its hash. Knows no
database: who may send a part, and what a joined file is good for, others say.
"""

import hashlib
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from cft_eval.server.foundation.bodies import store
from cft_eval.server.foundation.errors import Missing


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part that is here as a whole, under a name that nobody looks at yet."""

    number: int
    sha256: str
    partial: Path

    def keep(self) -> None:
        """From now on it counts; the same part that came before is replaced."""
        self.partial.replace(self.partial.parent / f"{self.number}.part")


@dataclass(frozen=True, slots=True)
class PartedFile:
    """A file of which parts are here, or will be."""

    folder: Path
    size: int
    """Bytes of the whole."""

    part_bytes: int
    """Size of every part but the last."""

    @property
    def parts(self) -> int:
        return -(-self.size // self.part_bytes)

    def missing(self, received: Collection[int]) -> int | None:
        """The first part that is not among ``received``; None where all are."""
        return next((number for number in range(self.parts) if number not in received), None)

    def received(self) -> list[int]:
        """The parts that wait in the folder."""
        return sorted(int(path.stem) for path in self.folder.glob("*.part"))

    @asynccontextmanager
    async def receive(
        self, number: int, body: AsyncIterator[bytes], *, idle_seconds: float
    ) -> AsyncIterator[StoredPart]:
        """Store one part; it is dropped unless the block keeps it."""
        if not 0 <= number < self.parts:
            raise Missing(f"part, of {self.parts} counted from 0,", str(number))
        expected = min(self.part_bytes, self.size - number * self.part_bytes)
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{number}.{token_hex(4)}.partial"
        try:
            sha256 = await store(body, path, expected, idle_seconds=idle_seconds)
            yield StoredPart(number, sha256, path)
        finally:
            path.unlink(missing_ok=True)

    def join(self, target: Path) -> str:
        """Write all parts to ``target``, one after the other; return the sha256 of the whole."""
        digest = hashlib.sha256()
        with target.open("wb") as whole:
            for number in range(self.parts):
                content = (self.folder / f"{number}.part").read_bytes()
                digest.update(content)
                whole.write(content)
        return digest.hexdigest()

    def drop_parts(self) -> None:
        for number in range(self.parts):
            (self.folder / f"{number}.part").unlink()
