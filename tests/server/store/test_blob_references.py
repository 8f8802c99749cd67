"""Stores are asked while nobody waits for it, and who stores and who deletes never meet."""

import hashlib
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fastapi.testclient import TestClient
from fsspec.implementations.local import LocalFileSystem
from sqlalchemy import select, update

from cft_eval.server.foundation.errors import BlobGoing
from cft_eval.server.store.blob_references import BlobReferences
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database, holds_lock
from cft_eval.server.store.models_blobs import BlobMark
from tests.server import boards
from tests.server.labs import Lab, tokens_for, waiting
from tests.server.pushes import API, announce, lines, push, send, settle
from tests.test_weights import folder

GOOD = lines(boards.samples())


class WatchedFiles(LocalFileSystem):  # type: ignore[misc]  # fsspec has no types
    """A disk that says when it is asked while all writers wait, and can be made to hang."""

    protocol = "watched"
    cachable = False
    asked_under_lock: list[str] = []  # noqa: RUF012
    slow: dict[str, threading.Event] = {}  # noqa: RUF012
    """Method to what it waits for."""

    reached = threading.Event()

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "auto_mkdir": True})

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(LocalFileSystem._strip_protocol(str(path).removeprefix("watched://")))


def _watch(name: str) -> None:
    plain = getattr(LocalFileSystem, name)

    def watched(self: WatchedFiles, *args: Any, **options: Any) -> Any:
        if holds_lock():
            self.asked_under_lock.append(name)
        if (event := self.slow.get(name)) is not None:
            self.reached.set()
            event.wait(30)
        return plain(self, *args, **options)

    setattr(WatchedFiles, name, watched)


for _name in (
    "exists", "info", "ls", "find", "cat_file", "pipe_file", "put_file", "mv", "rm", "rm_file",
    "_open", "makedirs",
):  # fmt: skip
    _watch(_name)
fsspec.register_implementation("watched", WatchedFiles, clobber=True)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[TestClient]:
    WatchedFiles.asked_under_lock, WatchedFiles.slow = [], {}
    WatchedFiles.reached = threading.Event()
    config = boards.settings(
        tmp_path / "board",
        blobs=f"watched://{tmp_path / 'store'}",
        part_bytes=1024,
        checkpoint_bytes=10**6,
        review=True,
    )
    with TestClient(boards.create_app(config)) as client:
        yield client


def test_no_store_is_asked_under_the_writers_lock(watched: TestClient, tmp_path: Path) -> None:
    lab = Lab(watched, tokens_for(watched))
    services = watched.app.state.services  # type: ignore[attr-defined]
    for number, decision in enumerate(("publish", "reject")):
        upload = waiting(lab, "red", name=f"tiny/{number}")
        said = {"decision": decision, "reason": "because"}
        assert lab.post(f"{API}/{upload}/review", said, "server").status_code == 200
    watched.headers.update(lab.headers("server"))
    refused = announce(watched, boards.run(["gsm8k"]), lines(boards.samples(["gsm8k"])))
    send(watched, refused, lines(boards.samples(["gsm8k"]))[:-2] + b" \n")
    assert watched.post(f"{API}/{refused['id']}/finalize").json()["state"] == "rejected"
    _checkpoint(watched, tmp_path)
    for sweep in (services.uploads.sweep, services.checkpoints.sweep):
        sweep()
    assert list((tmp_path / "store").rglob("*"))  # it was this store
    assert WatchedFiles.asked_under_lock == []


def _checkpoint(client: TestClient, tmp_path: Path, *, delete: bool = True) -> str:
    path = "/api/v1/checkpoints"
    files = {file.name: file.read_bytes() for file in folder(tmp_path / "weights").iterdir()}
    listed = [
        {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
    ]
    body = {"name": "x", "files": listed}
    checkpoint = client.post(path, json=body).json()["id"]
    for name, content in files.items():
        file = f"{path}/{checkpoint}/files/{name}"
        assert client.put(f"{file}/parts/0", content=content).status_code == 200
        assert client.post(f"{file}/finish").status_code == 200
    assert client.get(f"{path}/{checkpoint}").json()["complete"]
    if delete:
        assert client.delete(f"{path}/{checkpoint}").status_code == 204
    return str(checkpoint)


HANGS = ["exists", "pipe_file", "mv", "rm_file", "cat_file"]


@pytest.mark.parametrize("method", HANGS)
def test_writers_go_on_while_a_store_hangs(
    watched: TestClient, tmp_path: Path, method: str
) -> None:
    """Whatever the store was asked, others announce meanwhile, and the server is well."""
    checkpoint = _checkpoint(watched, tmp_path, delete=False)
    upload = announce(watched, boards.run(), GOOD)
    send(watched, upload, GOOD)
    release = threading.Event()
    WatchedFiles.slow = {method: release}
    path = f"/api/v1/checkpoints/{checkpoint}"
    busy = [
        threading.Thread(target=watched.delete, args=(path,)),
        threading.Thread(target=watched.post, args=(f"{API}/{upload['id']}/finalize",)),
    ]
    for thread in busy:
        thread.start()
    assert WatchedFiles.reached.wait(30)
    for number in range(3):
        assert announce(watched, boards.run(name=f"other/{number}"), GOOD)["state"] == "receiving"
    assert watched.get("/healthz").status_code == 200
    assert watched.get("/api/v1/runs").status_code == 200
    WatchedFiles.slow = {}
    release.set()
    for thread in busy:
        thread.join()


@pytest.fixture
def references(tmp_path: Path) -> Iterator[BlobReferences]:
    database = Database(boards.settings(tmp_path).database)
    yield BlobReferences(database, Blobs(str(tmp_path / "blobs")))
    database.close()


def test_what_is_being_stored_is_not_deleted(references: BlobReferences) -> None:
    with references.storing() as held:
        (digest,) = held.put(b"bytes")
        assert references.drop({digest}) == set()
        assert references.blobs.get(digest) == b"bytes"
    # Nothing named it: the next one deletes it.
    assert references.drop({digest}) == {digest}
    assert not references.blobs.has(digest)


def test_what_is_being_deleted_is_not_stored(references: BlobReferences) -> None:
    digest = references.blobs.put(b"bytes")
    store, refused = references.blobs, []

    class Deleting(Blobs):
        def delete(self, digest: str) -> None:
            with pytest.raises(BlobGoing) as error, references.storing() as held:
                held.put(b"bytes")
            refused.append(error)
            super().delete(digest)

    deleting = Deleting(store._root)
    assert BlobReferences(references.database, deleting).drop({digest}) == {digest}
    assert len(refused) == 1
    with references.storing() as held:
        assert held.put(b"bytes") == [digest]
        assert references.blobs.has(digest)


def test_a_deletion_that_was_killed_is_ended_later(references: BlobReferences) -> None:
    digest = references.blobs.put(b"bytes")

    class Killed(Blobs):
        def delete(self, digest: str) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        BlobReferences(references.database, Killed(references.blobs._root)).drop({digest})
    references.resume()  # its owner may still be at it
    assert references.blobs.has(digest)
    with references.database.write() as session:
        past = references.database.clock(session) - timedelta(seconds=1)
        session.execute(update(BlobMark).values(until=past))
    references.resume()
    assert not references.blobs.has(digest)
    with references.database.read() as session:
        assert session.scalars(select(BlobMark)).all() == []


def test_a_run_whose_bytes_are_being_deleted_waits_and_is_published(tmp_path: Path) -> None:
    with TestClient(boards.create_app(boards.settings(tmp_path))) as client:
        services = client.app.state.services  # type: ignore[attr-defined]
        services.worker.wait_seconds = 0.05
        run = push(client, boards.run(), GOOD)["run"]
        names = services.blobs.names()
        with services.database.write() as session:
            until = services.database.clock(session) + timedelta(hours=1)
            for name in names:
                session.add(BlobMark(digest=name, owner="other", going=True, until=until))
        upload = announce(client, boards.run(name="twin"), GOOD)
        send(client, upload, GOOD)
        client.post(f"{API}/{upload['id']}/finalize")
        status: dict[str, Any] = {}
        while not status.get("reason"):
            status = client.get(f"{API}/{upload['id']}").json()
        assert status["state"] == "validated"
        BlobReferences(services.database, services.blobs).release("other")
        assert settle(client, upload["id"])["state"] == "published"
        assert client.get(f"/api/v1/runs/{run}/samples").status_code == 200
