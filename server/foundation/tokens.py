"""The text of a token: ``cfte_ID_SECRETCRC``, made once, held by its owner, known here by hash.

The prefix lets scanners find a token that leaked; the checksum tells them, and us, that it is one.
"""

import hashlib
import re
import secrets
import zlib
from typing import NamedTuple

PREFIX = "cfte_"
ID_BYTES = 6
SECRET_BYTES = 32
"""256 random bits: no guessing, so no slow hash is needed."""

_SHAPE = re.compile(r"cfte_([0-9a-f]{12})_[0-9a-f]{64}([0-9a-f]{8})")


class Minted(NamedTuple):
    """A new token: the only time that its text exists here."""

    name: str
    text: str


def mint() -> Minted:
    """A new token at random."""
    name = secrets.token_hex(ID_BYTES)
    body = f"{PREFIX}{name}_{secrets.token_hex(SECRET_BYTES)}"
    return Minted(name, f"{body}{zlib.crc32(body.encode()):08x}")


def name_of(text: str) -> str | None:
    """The public part of a token; None where this is none, or was mistyped."""
    shape = _SHAPE.fullmatch(text)
    if shape is None or zlib.crc32(text[:-8].encode()) != int(shape[2], 16):
        return None
    return shape[1]


def digest(text: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(text.encode()).hexdigest()
