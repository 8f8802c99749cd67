"""Two servers on one database and one bucket, behind a balancer that takes turns; stores away."""

import errno
import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import InternalError

from cft_eval.server.intake.queue import WAITS
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.models import State, UploadRow
from tests.server import boards
from tests.server.pushes import API, announce, lines, manifest, push, send, settle, soon

GOOD = lines(boards.samples())


class Balancer:
    """Gives each request to the next of several machines."""

    def __init__(self, machines: list[TestClient]) -> None:
        self._turns = itertools.cycle(machines)

    def __getattr__(self, method: str) -> Any:
        return getattr(next(self._turns), method)


@pytest.fixture
def machines(tmp_path: Path, s3: str) -> Iterator[list[TestClient]]:
    pytest.importorskip("s3fs", reason="needs the extra `s3`")
    # With `make test-postgres` a PostgreSQL, as two machines would have.
    sqlite = f"sqlite:///{tmp_path / 'common.db'}"
    database = boards.postgres(tmp_path / "common") if boards.POSTGRES else sqlite
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                TestClient(
                    boards.create_app(
                        boards.settings(
                            tmp_path / name, database_url=database, blobs=s3, part_bytes=1024
                        )
                    )
                )
            )
            for name in ("one", "two")
        ]


def test_eight_pushes_through_a_balancer_are_published(machines: list[TestClient]) -> None:
    board: Any = Balancer(machines)
    for number in range(8):
        status = push(board, boards.run(name=f"tiny/{number}"), GOOD)
        assert status["state"] == "published", status
    for machine in machines:
        runs = machine.get("/api/v1/runs").json()["runs"]
        assert len(runs) == 8
        assert machine.get(f"/api/v1/runs/{runs[0]['id']}/outcomes").status_code == 200


def test_nothing_is_left_in_the_inbox(machines: list[TestClient], s3: str, tmp_path: Path) -> None:
    push(Balancer(machines), boards.run(), GOOD)  # type: ignore[arg-type]
    store = Blobs(s3)
    for _ in range(100):
        if not store._files.find(f"{store._root}/inbox"):
            break
        time.sleep(0.05)
    assert not store._files.find(f"{store._root}/inbox")
    assert all(len(name) == 64 for name in store.names())
    for name in ("one", "two"):
        assert not list((tmp_path / name / "scratch").iterdir())


def _services(client: TestClient) -> Any:
    return client.app.state.services  # type: ignore[attr-defined]


class _Away(Blobs):
    """A store that does not take anything until it is told to."""

    error: OSError | None = OSError(errno.EACCES, "Permission denied")

    def put(self, content: bytes) -> str:
        files, error = self._files, self.error

        class Failing:
            def __getattr__(self, name: str) -> Any:
                if error is not None and name == "pipe_file":
                    raise error
                return getattr(files, name)

        self._files = Failing()
        try:
            return super().put(content)
        finally:
            self._files = files


FAULTS = [
    OSError(errno.EACCES, "Permission denied"),
    OSError(errno.EROFS, "Read-only file system"),
    OSError(errno.EIO, "Input/output error"),
    TimeoutError("the bucket does not answer"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_store_that_is_away_rejects_no_upload(tmp_path: Path, fault: OSError) -> None:
    with TestClient(boards.create_app(boards.settings(tmp_path / "board"))) as client:
        worker = _services(client).worker
        store = _Away(str(tmp_path / "board" / "blobs"))
        store.error, worker.wait_seconds, worker.blobs = fault, 0.05, store
        upload = announce(client, boards.run(), GOOD)
        send(client, upload, GOOD)
        client.post(f"{API}/{upload['id']}/finalize")
        status: dict[str, Any] = {}
        for _ in range(200):
            status = client.get(f"{API}/{upload['id']}").json()
            if status["reason"]:
                break
            time.sleep(0.02)
        assert (status["state"], status["reason"]) == ("validated", WAITS)
        ready = client.get("/readyz")
        assert (ready.status_code, "waiting: storage" in ready.text) == (503, True)
        assert client.get("/healthz").status_code == 200
        time.sleep(1)  # many tries: none of them counts against the upload
        store.error = None
        done = settle(client, upload["id"])
        assert (done["state"], done["reason"]) == ("published", None)
        assert client.get("/readyz").status_code == 200


def test_one_whose_storage_fails_keeps_no_other_one_waiting(tmp_path: Path) -> None:
    """Its own parts may be what cannot be read: the others go first, and such take turns."""
    with TestClient(boards.create_app(boards.settings(tmp_path, part_bytes=1024))) as client:
        worker = _services(client).worker
        worker.stop()
        uploads = [announce(client, boards.run(name=f"tiny/{number}"), GOOD) for number in range(4)]
        for upload in uploads:
            send(client, upload, GOOD)
            client.post(f"{API}/{upload['id']}/finalize")
        for upload in uploads[:2]:
            next((tmp_path / "uploads").glob(f"{upload['id']}*/1.*.part")).unlink()
        worker.wait_seconds = 0.01
        worker._ending.clear()
        worker.start()
        for upload in uploads[2:]:
            assert settle(client, upload["id"])["state"] == "published"
        for upload in uploads[:2]:
            path = f"{API}/{upload['id']}"
            assert soon(lambda path=path: client.get(path).json()["reason"] == WAITS)  # type: ignore[misc]


def test_ready_is_who_reaches_its_store(tmp_path: Path) -> None:
    """Also where no upload waits: none can be sent then."""
    with TestClient(boards.create_app(boards.settings(tmp_path))) as client:
        assert client.get("/readyz").status_code == 200
        files = _services(client).blobs._files

        class Away:
            def exists(self, path: str) -> bool:
                raise OSError(errno.EIO, "Input/output error")

        _services(client).blobs._files = Away()
        ready = client.get("/readyz")
        assert (ready.status_code, "waiting: storage" in ready.text) == (503, True)
        _services(client).blobs._files = files
        assert client.get("/readyz").status_code == 200


def test_a_page_of_samples_is_503_while_the_store_is_away(tmp_path: Path) -> None:
    with TestClient(boards.create_app(boards.settings(tmp_path / "board"))) as client:
        run = push(client, boards.run(), GOOD)["run"]
        blobs = _services(client).blobs
        files = blobs._files

        class Away:
            def __getattr__(self, name: str) -> Any:
                if name in ("cat_file", "open"):
                    raise OSError(errno.EIO, "Input/output error")
                return getattr(files, name)

        blobs._files = Away()
        for address in (f"/runs/{run}/samples/0?task=cft_math", f"/api/v1/runs/{run}/samples"):
            answer = client.get(address)
            assert answer.status_code == 503, answer.text
            assert answer.headers["retry-after"] == "10"
        blobs._files = files


def test_parts_that_are_gone_are_asked_for_again(tmp_path: Path) -> None:
    with TestClient(boards.create_app(boards.settings(tmp_path, part_bytes=1024))) as client:
        upload = announce(client, boards.run(), GOOD)
        send(client, upload, GOOD)
        part = next((tmp_path / "uploads").rglob("1.*.part"))
        part.unlink()
        refused = client.post(f"{API}/{upload['id']}/finalize")
        assert refused.status_code == 409
        assert "part 1 of" in refused.json()["detail"]
        assert "1" not in client.get(f"{API}/{upload['id']}").json()["received"]
        assert push(client, boards.run(), GOOD)["state"] == "published"


def test_the_parts_stay_until_the_database_has_said_that_they_are_received(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database goes in the midst of `finalize`: the next one finds everything."""
    with TestClient(
        boards.create_app(boards.settings(tmp_path)), raise_server_exceptions=False
    ) as client:
        upload = announce(client, boards.run(), GOOD)
        send(client, upload, GOOD)
        database, failures = _services(client).database, iter([True])
        write = database.write

        def failing() -> Any:
            if next(failures, False):
                raise InternalError("finalize", {}, Exception("the server is a standby now"))
            return write()

        monkeypatch.setattr(database, "write", failing)
        assert client.post(f"{API}/{upload['id']}/finalize").status_code == 503
        assert client.post(f"{API}/{upload['id']}/finalize").is_success
        assert settle(client, upload["id"])["state"] == "published"


def test_the_worker_survives_what_the_database_does(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = _services(client).worker
    claim, failures = worker._claim, iter([True] * 3)

    def failing() -> str | None:
        if next(failures, False):
            raise InternalError("claim", {}, Exception("cannot execute in a read-only transaction"))
        return claim()  # type: ignore[no-any-return]

    monkeypatch.setattr(worker, "_claim", failing)
    assert push(client, boards.run(), GOOD)["state"] == "published"
    assert client.get("/healthz").status_code == 200


def test_uploaders_take_turns(tmp_path: Path) -> None:
    """One with many uploads does not keep another one waiting until all of them are done."""
    with TestClient(boards.create_app(boards.settings(tmp_path))) as client:
        services = _services(client)
        services.worker.stop()
        names = [("busy", f"tiny/{number}") for number in range(3)] + [("late", "tiny/late")]
        for actor, name in names:
            upload = announce(client, boards.run(name=name), GOOD)
            send(client, upload, GOOD)
            client.post(f"{API}/{upload['id']}/finalize")
            with services.database.write() as session:
                session.get(UploadRow, upload["id"]).actor = actor
        order = []
        for _ in names:
            upload_id = services.worker._claim()
            with services.database.write() as session:
                row = session.get(UploadRow, upload_id)
                row.state, row.worker = State.REJECTED, None
                order.append(row.actor)
        assert order == ["busy", "late", "busy", "busy"]


def test_more_tasks_than_any_suite_has_are_refused(client: TestClient) -> None:
    one = boards.run()
    tasks = {f"cft_math_{number}": one.tasks["cft_math"] for number in range(300)}
    refused = client.post(API, json=manifest(one.model_copy(update={"tasks": tasks}), GOOD))
    assert refused.status_code == 422
    assert "300 tasks; at most 200 are accepted" in refused.json()["detail"]


def test_a_dead_worker_makes_the_server_unwell(client: TestClient) -> None:
    worker = _services(client).worker
    worker.stop()
    assert client.get("/healthz").status_code == 503


def test_a_rejected_upload_that_is_announced_anew_keeps_its_parts(client: TestClient) -> None:
    first = announce(client, boards.run(), GOOD)
    wrong = GOOD[:-2] + b" \n"
    send(client, first, wrong)
    assert client.post(f"{API}/{first['id']}/finalize").json()["state"] == "rejected"
    assert push(client, boards.run(), GOOD)["state"] == "published"
