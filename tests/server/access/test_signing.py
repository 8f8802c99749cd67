"""Signed uploads: who sent it, and that it is what they sent."""

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi.testclient import TestClient

from cft_eval.errors import CftError
from cft_eval.server.access import signing
from cft_eval.server.access.auth import OPEN
from tests.server import boards
from tests.server.pushes import API, lines, manifest

GOOD = lines(boards.samples())
BODY = json.dumps(manifest(boards.run(), GOOD)).encode()
KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


@pytest.fixture
def signed(tmp_path: Path) -> Iterator[tuple[TestClient, str]]:
    config = boards.settings(tmp_path, require_signature=True)
    with TestClient(boards.create_app(config)) as client:
        accounts = client.app.state.services.accounts  # type: ignore[attr-defined]
        public = KEY.public_key().public_bytes_raw()
        yield client, accounts.add_key("ana", public, organisation=None, by=OPEN)


def announce(client: TestClient, body: bytes, header: str | None) -> tuple[int, str]:
    headers = {"content-type": "application/json"}
    if header is not None:
        headers[signing.HEADER] = header
    answer = client.post(API, content=body, headers=headers)
    return answer.status_code, answer.text


def header(key: str, body: bytes, secret: Ed25519PrivateKey = KEY) -> str:
    return f"{key}:{b64encode(secret.sign(body)).decode()}"


def test_a_signature_over_the_very_bytes_lets_in_and_is_kept(
    signed: tuple[TestClient, str],
) -> None:
    client, key = signed
    status, text = announce(client, BODY, header(key, BODY))
    assert (status, json.loads(text)["signed_by"]) == (201, key)
    services = client.app.state.services  # type: ignore[attr-defined]
    assert BODY in [services.blobs.get(name) for name in services.blobs.names()]


REORDERED = json.dumps(dict(reversed(json.loads(BODY).items()))).encode()


def test_what_does_not_let_in(signed: tuple[TestClient, str]) -> None:
    client, key = signed
    good = header(key, BODY)
    for body, brought, words in [
        (BODY, None, "takes signed uploads only"),
        (BODY, "", "is KEY:SIGNATURE"),
        (BODY, "alg:none", "is KEY:SIGNATURE"),
        (BODY, header("0" * 16, BODY), "you have no key 0000000000000000"),
        (BODY, header(key, BODY, OTHER), "does not match these bytes"),
        # The public key is no secret: as one of HMAC it proves nothing here.
        (BODY, f"{key}:{b64encode(bytes(64)).decode()}", "does not match these bytes"),
        (REORDERED, good, "does not match these bytes"),
        (BODY + b" ", good, "does not match these bytes"),
        (BODY.replace(b"0.5", b"0.9"), good, "does not match these bytes"),
    ]:
        status, text = announce(client, body, brought)
        assert (status, words in text) == (403, True), text


def test_a_key_that_was_taken_back_counts_no_more(signed: tuple[TestClient, str]) -> None:
    client, key = signed
    client.app.state.services.accounts.revoke_key(key, by=OPEN)  # type: ignore[attr-defined]
    status, text = announce(client, BODY, header(key, BODY))
    assert (status, "was revoked" in text) == (403, True)


def test_only_ed25519_keys_are_taken() -> None:
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert signing.public_key(pem) == KEY.public_key().public_bytes_raw()
    other = X25519PrivateKey.generate().public_key()
    for bad in (b"", b"x", other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)):
        with pytest.raises(CftError, match="not an Ed25519 public key in PEM"):
            signing.public_key(bad)
