"""Bytes under the name of their own hash, in a folder or a bucket (fsspec). Nothing is replaced."""

import errno
import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from cft_eval.errors import CftError, storage_errors
from cft_eval.server.foundation.errors import StorageAway
from cft_eval.server.store.database import holds_lock
from cft_eval.server.store.reach import Reach, open_store, pipe_file, put_file

CHUNK = 1 << 20
"""Bytes of a large blob that are in memory at a time."""


_DIGEST = re.compile(r"[0-9a-f]{64}")
_PARTIAL = re.compile(r"[0-9a-f]{64}\.[0-9a-f]{8}\.partial")


FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What an `OSError` says where there is no space left."""


@contextmanager
def storage(reach: Reach) -> Iterator[None]:
    """Whatever keeps a store from answering is `StorageAway`; a full disk stays an `OSError`.

    Every call of a store stands in it, and none while all other writers wait.
    """
    _demand_no_lock()
    try:
        with reach.asking():
            yield
    except storage_errors() as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise
        raise StorageAway(error) from error


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a store."""

    path: str
    digest: str | None
    """None where it was not finished."""

    bytes: int
    modified: datetime
    """By the store's clock."""


def _stored(path: str, info: dict[str, Any]) -> StoredFile | None:
    """What ``info`` says of a file; None of one that is neither a blob nor a part of one."""
    folder, name = path.rsplit("/", 2)[-2:]
    digest = folder + name if _DIGEST.fullmatch(folder + name) else None
    if digest is None and not _PARTIAL.fullmatch(folder + name):
        return None
    # A local disk has seconds, an object store a moment.
    when = info.get("LastModified", info.get("mtime", 0))
    modified = when if isinstance(when, datetime) else datetime.fromtimestamp(when, UTC)
    return StoredFile(path, digest, int(info.get("size") or 0), modified)


def _demand_no_lock() -> None:
    assert not holds_lock(), "a store is asked under the writers' lock"


class DamagedBlob(CftError):
    """What is stored under a hash does not have that hash, or is gone."""


class Blobs:
    """A folder of content-addressed blobs at an fsspec URL."""

    def __init__(self, url: str) -> None:
        try:
            self._files, self._root, self._reach = open_store(url)
        except (ImportError, ValueError) as error:
            raise CftError(f"CFT_EVAL_BLOBS: {error}") from None

    def put(self, content: bytes) -> str:
        """Keep ``content`` and return its sha256; keeping it twice keeps one."""
        digest = hashlib.sha256(content).hexdigest()
        if not self.has(digest):
            # Under its name only when it is whole: a name that exists holds all of its bytes.
            partial = self._partial(digest)
            with storage(self._reach):
                try:
                    pipe_file(self._files, partial, content)
                    self._files.mv(partial, self._path(digest))
                except storage_errors():
                    self._forget(partial)
                    raise
        return digest

    def put_file(self, file: Path, digest: str) -> None:
        """Keep a file whose sha256 is known to be ``digest``; it may be larger than memory."""
        if self.has(digest):
            return
        partial = self._partial(digest)
        with storage(self._reach):
            try:
                put_file(self._files, file, partial)
                self._files.mv(partial, self._path(digest))
            except storage_errors():
                self._forget(partial)
                raise

    def get(self, digest: str) -> bytes:
        """The bytes whose sha256 is ``digest``, or `DamagedBlob`."""
        with storage(self._reach):
            try:
                content: bytes = self._files.cat_file(self._path(digest))
            except FileNotFoundError:
                raise gone(digest) from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise _damaged(digest)
        return content

    def stream(self, digest: str, start: int = 0) -> Iterator[bytes]:
        """The bytes from ``start`` on, piece by piece, unproved: who reads them has the hash."""
        with storage(self._reach):
            try:
                file = self._files.open(self._path(digest), "rb")
            except FileNotFoundError:
                raise gone(digest) from None
        with file:
            with storage(self._reach):
                file.seek(start)
            while piece := self._piece(file):
                yield piece

    def fetch(self, digest: str, file: Path) -> None:
        """Write the bytes whose sha256 is ``digest`` to ``file``, or raise `DamagedBlob`."""
        actual = hashlib.sha256()
        with file.open("wb") as target:
            for piece in self.stream(digest):
                actual.update(piece)
                target.write(piece)
        if actual.hexdigest() != digest:
            raise _damaged(digest)

    def prove(self, digest: str) -> None:
        """Raise `DamagedBlob` where the bytes do not have the sha256 ``digest``, or are gone."""
        actual = hashlib.sha256()
        for piece in self.stream(digest):
            actual.update(piece)
        if actual.hexdigest() != digest:
            raise _damaged(digest)

    def has(self, digest: str) -> bool:
        with storage(self._reach):
            return bool(self._files.exists(self._path(digest)))

    def delete(self, digest: str) -> None:
        """Forget a blob that nothing names any more."""
        with storage(self._reach), suppress(FileNotFoundError):
            self._files.rm_file(self._path(digest))

    def names(self) -> list[str]:
        """Every hash under which something is stored."""
        _demand_no_lock()  # a command asks, and shows what the store says of itself
        every = self._files.find(self._root) if self._files.exists(self._root) else []
        paths = (path.rsplit("/", 2)[-2:] for path in every)
        # Beside blobs there are the inbox, and files that are being written.
        return sorted(name for name in map("".join, paths) if _DIGEST.fullmatch(name))

    def stored(self) -> list[StoredFile]:
        """Every blob, and every file that was begun and is no blob yet."""
        with storage(self._reach):
            exists = self._files.exists(self._root)
            every = self._files.find(self._root, detail=True) if exists else {}
        files = (_stored(path, info) for path, info in every.items())
        return [file for file in files if file is not None]

    def delete_partial(self, path: str) -> None:
        """Forget a file that was never finished."""
        with storage(self._reach), suppress(FileNotFoundError):
            self._files.rm_file(path)

    def _piece(self, file: IO[bytes]) -> bytes:
        with storage(self._reach):
            return file.read(CHUNK)

    def _path(self, digest: str) -> str:
        return f"{self._root}/{digest[:2]}/{digest[2:]}"

    def _partial(self, digest: str) -> str:
        return f"{self._path(digest)}.{secrets.token_hex(4)}.partial"

    def _forget(self, partial: str) -> None:
        with suppress(*storage_errors()):
            self._files.rm_file(partial)


def gone(digest: str) -> DamagedBlob:
    """The error that says so."""
    return DamagedBlob(f"blob {digest} is gone; restore it from a backup")


def _damaged(digest: str) -> DamagedBlob:
    return DamagedBlob(f"blob {digest} is damaged; restore it from a backup")
