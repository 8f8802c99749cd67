"""A file that comes in parts, in any order and any number of times, until it is joined.

Comes in: the inbox where its parts wait, and two sizes. Goes out: the file and its hash. Knows no
database: who may send a part, and what a joined file is good for, others say.

The inbox is a folder of this machine, or one that all machines share (fsspec): a load balancer
gives each part to another one. A part's name says its number and its hash, so none is ever
replaced: what came twice lies there twice until the whole folder is dropped.
"""

import hashlib
import re
import shutil
import time
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from cft_eval.errors import CftError, storage_errors
from cft_eval.server.foundation.bodies import store
from cft_eval.server.foundation.errors import Missing, StorageAway
from cft_eval.server.store.blobs import storage
from cft_eval.server.store.reach import local_path, open_store, put_file

_PART = re.compile(r"(\d+)\.([0-9a-f]{64})\.part$")


class PartGone(CftError):
    """A part that arrived is here no more, or on another machine."""


class Inbox:
    """Folders of parts at an fsspec URL; ``scratch`` is a folder of this machine."""

    def __init__(self, url: str, scratch: Path) -> None:
        self._local = local_path(url)
        self._scratch = scratch
        self._files, self._root, self._reach = open_store(url)

    def scratch(self) -> Path:
        """A new name for a file of this machine that nobody else looks at."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        return self._scratch / f"{token_hex(8)}.partial"

    def clear_scratch(self, *, hours: float) -> None:
        """Drop what a killed server left on this machine."""
        limit = time.time() - 3600 * max(hours, 1)
        for path in self._scratch.glob("*.partial"):
            with suppress(FileNotFoundError):  # done meanwhile
                if path.stat().st_mtime < limit:
                    path.unlink()

    def partial(self, folder: str) -> Path:
        """Where a part is written before it counts: beside its place, where that is a disk."""
        if self._local is None:
            return self.scratch()
        place = self._local / folder
        with storage(self._reach):
            place.mkdir(parents=True, exist_ok=True)
        return place / f"{token_hex(8)}.partial"

    def keep(self, partial: Path, name: str) -> None:
        """Give a whole part its name."""
        with storage(self._reach):
            if self._local is not None:
                partial.replace(self._local / name)
                return
            put_file(self._files, partial, f"{self._root}/{name}")
        partial.unlink(missing_ok=True)

    def names(self, folder: str) -> list[str]:
        """What lies in a folder; nothing where there is none."""
        with storage(self._reach):
            try:
                paths = self._files.ls(f"{self._root}/{folder}".rstrip("/"), detail=False)
            except FileNotFoundError:
                return []
        return sorted(path.rsplit("/", 1)[-1] for path in paths)

    def folders(self) -> list[str]:
        return self.names("")

    def read(self, name: str) -> bytes:
        """The bytes of a part, which is never large; raises `PartGone`."""
        with storage(self._reach):
            try:
                content: bytes = self._files.cat_file(f"{self._root}/{name}")
            except FileNotFoundError:
                raise PartGone(f"{name} is not in the inbox") from None
        return content

    def forget(self, name: str) -> None:
        with suppress(StorageAway, *storage_errors()), storage(self._reach):
            self._files.rm_file(f"{self._root}/{name}")

    def drop(self, folder: str) -> None:
        """Forget a folder; what cannot be deleted now is swept later."""
        with suppress(StorageAway, *storage_errors()), storage(self._reach):
            if self._local is not None:
                shutil.rmtree(self._local / folder, ignore_errors=True)
                return
            self._files.rm(f"{self._root}/{folder}", recursive=True)


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part that is here as a whole."""

    number: int
    sha256: str

    @property
    def name(self) -> str:
        return f"{self.number}.{self.sha256}.part"


@dataclass(frozen=True, slots=True)
class PartedFile:
    """A file of which parts are here, or will be."""

    inbox: Inbox
    folder: str
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

    def received(self) -> dict[int, str]:
        """The parts that wait in the folder: number to sha256."""
        matches = map(_PART.match, self.inbox.names(self.folder))
        return {int(match[1]): match[2] for match in matches if match}

    @asynccontextmanager
    async def receive(
        self, number: int, body: AsyncIterator[bytes]
    ) -> AsyncIterator[tuple[StoredPart, Path]]:
        """Read one part; it is dropped unless the block gives it to `keep`."""
        if not 0 <= number < self.parts:
            raise Missing(f"part, of {self.parts} counted from 0,", str(number))
        expected = min(self.part_bytes, self.size - number * self.part_bytes)
        path = self.inbox.partial(self.folder)
        try:
            sha256 = await store(body, path, expected)
            yield StoredPart(number, sha256), path
        finally:
            path.unlink(missing_ok=True)

    def keep(self, part: StoredPart, path: Path) -> None:
        """From now on it lies under its name."""
        self.inbox.keep(path, f"{self.folder}/{part.name}")

    def replace(self, part: StoredPart, path: Path) -> None:
        """As `keep`; another one of that number, which came before, is forgotten."""
        self.keep(part, path)
        for name in self.inbox.names(self.folder):
            if name.startswith(f"{part.number}.") and name != part.name:
                self.inbox.forget(f"{self.folder}/{name}")

    def stream(self, hashes: Mapping[int, str]) -> Iterator[bytes]:
        """All parts, one after the other; raises `PartGone` where one is missing."""
        for number in range(self.parts):
            part = StoredPart(number, hashes[number])
            yield self.inbox.read(f"{self.folder}/{part.name}")

    def digest(self, hashes: Mapping[int, str]) -> str:
        """The sha256 of the whole."""
        digest = hashlib.sha256()
        for piece in self.stream(hashes):
            digest.update(piece)
        return digest.hexdigest()

    def join(self, hashes: Mapping[int, str], target: Path) -> str:
        """Write all parts to ``target``; return the sha256 of the whole."""
        digest = hashlib.sha256()
        with target.open("wb") as whole:
            for piece in self.stream(hashes):
                digest.update(piece)
                whole.write(piece)
        return digest.hexdigest()

    def gone(self, hashes: Mapping[int, str]) -> list[int]:
        """The numbers of parts that should be here and are not."""
        here = set(self.inbox.names(self.folder))
        return [n for n, sha256 in hashes.items() if StoredPart(n, sha256).name not in here]

    def drop(self) -> None:
        self.inbox.drop(self.folder)
