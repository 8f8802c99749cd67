"""Who sent and signed a run: shown, sealed, and proved again from the manifest that was signed."""

import json
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.testclient import TestClient
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from cft_eval.cli import main
from cft_eval.client import Client, Conflict
from cft_eval.server.access import signing
from cft_eval.server.access.auth import OPEN
from cft_eval.server.http.services import Services
from cft_eval.server.ledger import audit
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.models import RunRow, UploadRow
from cft_eval.server.store.models_access import AuditEntry, AuditHead, Organisation, SigningKey
from tests.server import boards
from tests.server.pushes import API, lines, manifest, send, settle

GOOD = lines(boards.samples())
KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def add_key(services: Services, secret: Ed25519PrivateKey, name: str) -> str:
    public = secret.public_key().public_bytes_raw()
    return services.accounts.add_key(name, public, organisation=None, by=OPEN)


def announced(client: TestClient, name: str, secret: Ed25519PrivateKey | None) -> tuple[int, str]:
    """Announce a run of that model; the status and the upload's id, or what is wrong."""
    body = json.dumps(manifest(boards.run(name=name), GOOD)).encode()
    headers = {"content-type": "application/json"}
    if secret is not None:
        key = add_key(client.app.state.services, secret, "ana")  # type: ignore[attr-defined]
        headers[signing.HEADER] = f"{key}:{b64encode(secret.sign(body)).decode()}"
    answer = client.post(API, content=body, headers=headers)
    return answer.status_code, answer.json().get("id") or answer.json()["detail"]


def pushed(client: TestClient, name: str, secret: Ed25519PrivateKey | None = None) -> str:
    _, upload = announced(client, name, secret)
    status = client.get(f"{API}/{upload}").json()
    if status["state"] == "receiving":
        send(client, status, GOOD)
        client.post(f"{API}/{upload}/finalize")
    return str(settle(client, upload)["run"])


@pytest.fixture
def services(client: TestClient) -> Services:
    found: Services = client.app.state.services  # type: ignore[attr-defined]
    return found


def proved(services: Services) -> audit.Audited:
    return audit.verify(services.database, blobs=services.blobs)


def test_a_run_says_who_signed_it(client: TestClient, services: Services) -> None:
    run, plain = pushed(client, "signed", KEY), pushed(client, "plain")
    key = add_key(services, KEY, "ana")
    assert client.get(f"/api/v1/runs/{run}").json()["signed_by"] == {"key": key, "name": "ana"}
    assert client.get(f"/api/v1/runs/{plain}").json()["signed_by"] is None
    listed = {each["id"]: each["signed_by"] for each in client.get("/api/v1/runs").json()["runs"]}
    assert listed == {run: {"key": key, "name": "ana"}, plain: None}
    page = client.get(f"/runs/{run}").text
    assert f"signed by <bdi>ana</bdi> (key {key})" in page
    assert f"ana (key {key})" in page
    assert "signed by" not in client.get(f"/runs/{plain}").text
    assert proved(services).runs == 2


def _of(session: Session, name: str) -> UploadRow:
    of_run = select(RunRow.upload_id).where(RunRow.model == name)
    return session.get_one(UploadRow, session.scalars(of_run).one())


def _another_key(session: Session, blobs: Blobs) -> None:
    """As if the one who sent ``plain`` had signed ``signed``: with a right signature."""
    upload = _of(session, "signed")
    upload.signature = _of(session, "other").signature


def _signed_for(session: Session, blobs: Blobs) -> None:
    _of(session, "plain").signature = _of(session, "signed").signature


def _unsigned(session: Session, blobs: Blobs) -> None:
    _of(session, "signed").signature = None


def _another_sender(session: Session, blobs: Blobs) -> None:
    _of(session, "plain").actor = "somebody"


def _another_organisation(session: Session, blobs: Blobs) -> None:
    session.add(Organisation(id="lab", private=False))
    audit.record(session, actor="x", action="organisation.set", subject="lab", private=False)
    session.flush()
    _of(session, "plain").organisation = "lab"


def _another_name(session: Session, blobs: Blobs) -> None:
    session.execute(update(SigningKey).values(name="bob"))


FORGED = [
    (_another_key, "its uploader or signer differs from the record"),
    (_signed_for, "its uploader or signer differs from the record"),
    (_unsigned, "its uploader or signer differs from the record"),
    (_another_sender, "its uploader or signer differs from the record"),
    (_another_organisation, "its uploader or signer differs from the record"),
    (_another_name, "it was changed since it was added"),
]


@pytest.fixture
def three(client: TestClient, services: Services) -> Services:
    pushed(client, "signed", KEY)
    pushed(client, "other", OTHER)
    pushed(client, "plain")
    assert proved(services).runs == 3
    return services


@pytest.mark.parametrize(("forge", "words"), FORGED)
def test_a_sender_that_was_forged(
    three: Services, forge: Callable[[Session, Blobs], None], words: str
) -> None:
    with three.database.write() as session:
        forge(session, three.blobs)
    with pytest.raises(audit.BrokenAudit, match=words):
        audit.verify(three.database)


def _without_seals(session: Session) -> None:
    """The record as releases without senders wrote it."""
    if session.get_bind().dialect.name == "sqlite":
        for name in ("update", "delete"):
            session.execute(text(f"drop trigger audit_no_{name}"))
    else:
        session.execute(text("drop trigger audit_no_change on audit"))
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    previous = "0" * 64
    for entry in entries:
        left_out = {"sender", "senders", "signed_by", "snapshots"}
        entry.detail = {k: v for k, v in entry.detail.items() if k not in left_out}
        entry.previous = previous
        previous = entry.hash = audit._hash(entry)
    session.scalars(select(AuditHead)).one().hash = previous


def test_the_signature_itself_is_proved_where_no_seal_holds_it(three: Services) -> None:
    with three.database.write() as session:
        _without_seals(session)
    assert proved(three).runs == 3  # the record of a former release is as good as before
    with three.database.write() as session:
        signed = _of(session, "signed")
        signed.signature = {**(signed.signature or {}), "key": add_key_id(OTHER)}
    audit.verify(three.database)  # without the manifests nobody can tell
    with pytest.raises(audit.BrokenAudit, match="its signature is not over its manifest"):
        proved(three)
    with three.database.write() as session:
        _of(session, "signed").signature = _of(session, "other").signature
    with pytest.raises(audit.BrokenAudit, match="the signed manifest belongs to another run"):
        proved(three)


def add_key_id(secret: Ed25519PrivateKey) -> str:
    return sha256(secret.public_key().public_bytes_raw()).hexdigest()[:16]


def test_senders_that_are_older_than_their_seals_are_sealed_once(three: Services) -> None:
    with three.database.write() as session:
        _without_seals(session)
        before = len(session.scalars(select(AuditEntry)).all())
    for _ in range(2):
        audit.seal_older(three.database)
    assert proved(three).entries == before + 4  # three senders, and that these are all
    with three.database.write() as session:
        _signed_for(session, three.blobs)
    with pytest.raises(audit.BrokenAudit, match="its uploader or signer"):
        audit.verify(three.database)


def test_a_manifest_that_was_signed_and_is_gone(three: Services) -> None:
    with three.database.read() as session:
        three.blobs.delete((_of(session, "signed").signature or {})["manifest"])
    with pytest.raises(audit.BrokenAudit, match="is gone; restore it from a backup"):
        proved(three)


def test_a_run_that_was_sent_unsigned_is_signed_afterwards(
    client: TestClient, services: Services
) -> None:
    run = pushed(client, "late")
    assert announced(client, "late", KEY)[0] == 200
    assert client.get(f"/api/v1/runs/{run}").json()["signed_by"]["name"] == "ana"
    last = audit.entries(services.database, after=0, limit=100)[-1]
    assert (last.action, last.subject) == ("run.signed", run)
    assert last.detail["signed_by"] == add_key_id(KEY)
    assert proved(services).runs == 1
    # Again changes nothing; without a key neither; with another one it is said.
    entries = proved(services).entries
    assert announced(client, "late", KEY)[0] == announced(client, "late", None)[0] == 200
    status, words = announced(client, "late", OTHER)
    assert (status, "this run was signed with key" in words) == (409, True)
    assert proved(services).entries == entries + 1  # the key of the other


def test_a_signature_comes_while_parts_are_missing(client: TestClient, services: Services) -> None:
    assert announced(client, "late", None)[0] == 201
    run = pushed(client, "late", KEY)
    assert client.get(f"/api/v1/runs/{run}").json()["signed_by"]["name"] == "ana"
    assert proved(services).runs == 1


def test_the_command_line_signs_what_was_pushed_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = boards.settings(tmp_path / "board")
    monkeypatch.setenv("CFT_EVAL_DATABASE_URL", config.database)
    folder = boards.folder(tmp_path / "run")
    for name, secret in (("ana", KEY), ("bob", OTHER)):
        pem = secret.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
        (tmp_path / f"{name}.pem").write_bytes(pem)
    data = ["--data", str(tmp_path / "board")]
    with boards.served(config) as url, Client(url) as board:
        board.publish(folder)
        for name, secret in (("ana", KEY), ("bob", OTHER)):
            public = secret.public_key().public_bytes(
                s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo
            )
            (tmp_path / f"{name}.pub").write_bytes(public)
            assert main(["server", "key", str(tmp_path / f"{name}.pub"), *data]) == 0
        run = board.publish(folder, key=tmp_path / "ana.pem").rpartition("/")[2]
        assert board.run(run)["signed_by"]["name"] == "ana"
        with pytest.raises(Conflict, match="this run was signed with key"):
            board.publish(folder, key=tmp_path / "bob.pem")
    capsys.readouterr()
    assert main(["server", "audit", "verify", *data]) == 0
