"""Sign what is announced, with an Ed25519 key from a PEM file."""

import hashlib
from base64 import b64encode
from pathlib import Path

from cft_eval.errors import CftError, MissingExtra

SIGNATURE = "X-Cft-Signature"
"""The header: the key's id, a colon, the signature over the body's bytes in Base64."""


def signature(key: Path, body: bytes) -> str:
    """What stands in the header `SIGNATURE` of a request with that body."""
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise MissingExtra("signing", "sign") from None
    if not key.is_file():
        raise CftError(f"{key}: no such file; `openssl genpkey -algorithm ed25519` makes a key")
    try:
        secret = load_pem_private_key(key.read_bytes(), password=None)
    except (ValueError, TypeError):  # no PEM; or one with a password
        secret = None
    if not isinstance(secret, Ed25519PrivateKey):
        raise CftError(f"{key}: not an Ed25519 private key in PEM without a password")
    name = hashlib.sha256(secret.public_key().public_bytes_raw()).hexdigest()[:16]
    return f"{name}:{b64encode(secret.sign(body)).decode()}"
