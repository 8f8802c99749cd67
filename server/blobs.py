"""Bytes under the name of their own hash, in a folder or a bucket (fsspec). Nothing is replaced."""

import hashlib
import secrets

import fsspec

from cft_eval.errors import CftError


class DamagedBlob(CftError):
    """What is stored under a hash does not have that hash, or is gone."""


class Blobs:
    """A folder of content-addressed blobs at an fsspec URL."""

    def __init__(self, url: str) -> None:
        self._files, self._root = fsspec.core.url_to_fs(url, auto_mkdir=True)

    def put(self, content: bytes) -> str:
        """Keep ``content`` and return its sha256; keeping it twice keeps one."""
        digest = hashlib.sha256(content).hexdigest()
        place = self._place(digest)
        if not self._files.exists(place):
            # Under its name only when it is whole: a name that exists holds all of its bytes.
            partial = f"{place}.{secrets.token_hex(4)}.partial"
            self._files.pipe_file(partial, content)
            self._files.mv(partial, place)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes whose sha256 is ``digest``, or `DamagedBlob`."""
        try:
            content: bytes = self._files.cat_file(self._place(digest))
        except FileNotFoundError:
            raise DamagedBlob(f"blob {digest} is gone; restore it from a backup") from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise DamagedBlob(f"blob {digest} is damaged; restore it from a backup")
        return content

    def _place(self, digest: str) -> str:
        return f"{self._root}/{digest[:2]}/{digest[2:]}"
