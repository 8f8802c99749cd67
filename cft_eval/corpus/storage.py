"""Disks and object stores: where a path lies, a file written whole, and what went wrong in words.

All that this package reads or writes goes through here or stands in `reaching`: what a store's
client raises, whatever its kind, is one sentence that names the path.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from secrets import token_hex
from typing import TYPE_CHECKING

from cft_eval.errors import CftError, MissingExtra, StorageError, storage_errors

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem


def filesystem(url: str) -> "tuple[AbstractFileSystem, str]":
    """The file system of a path or URL, and the path in it."""
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise MissingExtra("grading a corpus", "corpus") from None
    try:
        opened: tuple[AbstractFileSystem, str] = url_to_fs(url)
    except ImportError as error:
        raise CftError(f"{url}: {error}; pip install 'cft-eval[s3]' reads s3://") from None
    except ValueError as error:
        raise CftError(f"{url}: {error}") from None
    return opened


@contextmanager
def reaching(path: str, what: str, *damage: type[Exception]) -> Iterator[None]:
    """Raise `StorageError` where ``path`` cannot be reached in here.

    ``what`` says what then failed, as "cannot be read"; ``damage`` are errors of what lies there.
    """
    try:
        yield
    except (*storage_errors(), *damage) as error:
        raise StorageError(error, f"{path}: {what}") from None


def put(path: str, content: bytes) -> None:
    """Write a file whole or not at all, on a disk or in an object store; raises `CftError`."""
    system, target = filesystem(path)
    # An object appears when it is whole; a file of a disk is renamed when it is.
    local = "file" in system.protocol  # a name, or a tuple of names
    half = f"{target}.{token_hex(4)}.half" if local else target
    with reaching(path, "cannot write"):
        try:
            with system.open(half, "wb") as file:
                file.write(content)
            if local:
                system.mv(half, target)
        except OSError:
            if local:
                with suppress(OSError):
                    system.rm(half)
            raise
