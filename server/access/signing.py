"""Prove who announced an upload: Ed25519 over the exact bytes of the manifest.

The manifest holds the hash of the samples, so its signature covers them too. The bytes are signed
as they are sent: no second way of writing the same JSON can stand in for them, and there is one
algorithm, so that none can be confused with another.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy.orm import Session

from cft_eval.server.access.auth import Principal
from cft_eval.server.foundation.errors import Invalid, NotAllowed
from cft_eval.server.store.models_access import SigningKey

HEADER = "x-cft-signature"
"""``KEY:SIGNATURE``: the key's id, and the 64 bytes in Base64."""

_SHAPE = re.compile(r"([0-9a-f]{16}):([A-Za-z0-9+/]{86}==)")


def verify(session: Session, body: bytes, header: str, by: Principal) -> tuple[str, str]:
    """The key's id and the signature, where it is right; `NotAllowed` where it is not."""
    shape = _SHAPE.fullmatch(header)
    if shape is None:
        raise NotAllowed(f"{HEADER} is KEY:SIGNATURE, 16 hex digits and 64 bytes in Base64")
    key = session.get(SigningKey, shape[1])
    if key is None or key.organisation != by.organisation:
        raise NotAllowed(f"you have no key {shape[1]}; see `cft-eval server key`")
    if key.revoked:
        raise NotAllowed(f"key {key.id} was revoked")
    if not _fits(key.public, shape[2], body):
        raise NotAllowed("the signature does not match these bytes and this key")
    return key.id, shape[2]


def proves(public: bytes, signature: str, body: bytes) -> bool:
    """Whether ``signature`` is over ``body``, with a key that was known once."""
    return _fits(public, signature, body)


def public_key(pem: bytes) -> bytes:
    """The 32 bytes of a PEM file such as ``openssl pkey -pubout`` writes."""
    try:
        key = load_pem_public_key(pem)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Invalid("this is not an Ed25519 public key in PEM: see docs/board.md, Signed uploads")
    return key.public_bytes_raw()


def _fits(public: bytes, signature: str, body: bytes) -> bool:
    try:
        raw = b64decode(signature, validate=True)
        if b64encode(raw).decode() != signature:  # one signature, one spelling
            return False
        Ed25519PublicKey.from_public_bytes(public).verify(raw, body)
    except (InvalidSignature, Base64Error):
        return False
    return True
