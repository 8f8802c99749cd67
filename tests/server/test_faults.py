"""What goes wrong around a board: killed, raced, out of room, out of time, out of reach.

Nothing that was published is lost, and nothing half-published is ever seen.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as QueueTimeout

from cft_eval.client import Client
from cft_eval.errors import CftError
from cft_eval.results import Run, Sample
from cft_eval.server.http.services import Services
from cft_eval.server.intake import publishing, queue
from cft_eval.server.intake.grading import CHECKER, Grader
from cft_eval.server.intake.queue import GradingWorker
from cft_eval.server.ledger import audit
from cft_eval.server.operate import backup
from cft_eval.server.store import models
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import State, UploadRow
from tests.server import boards
from tests.server.pushes import API, announce, lines, push, send, settle

GOOD = lines(boards.samples())

DIE = "lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)"

STAGES = {
    "a part is stored": f"uploads.Uploads._arrived = {DIE}",
    "the parts are joined": f"uploads.Uploads._join = {DIE}",
    "it is validated": f"publishing.validate = {DIE}",
    "a blob gets its name": f"blobs.Blobs._path = {DIE}",
    "the scores are kept": f"publishing._private = {DIE}",
    "it is published": f"publishing.publish = {DIE}",
    "the worker lets go": f"queue.GradingWorker._settle = {DIE}",
}


@pytest.mark.slow
@pytest.mark.parametrize("patch", STAGES.values(), ids=STAGES.keys())
def test_kill_minus_nine_at_every_stage(tmp_path: Path, patch: str) -> None:
    board, port = tmp_path / "board", boards.free_port()
    folder = boards.folder(tmp_path / "run")
    config = boards.settings(board)
    with TestClient(boards.create_app(config)) as client:  # something that must not be lost
        first = push(client, boards.run(name="first"), GOOD)["run"]
    load = (
        "import os, signal; from cft_eval.server.ledger import audit; "
        "from cft_eval.server.store import blobs; "
        "from cft_eval.server.intake import publishing, queue, uploads; "
    )
    server = boards.start_server(board, port, patch=load + patch)
    client_ended: list[BaseException] = []

    def publish() -> None:
        try:
            with Client(f"http://127.0.0.1:{port}") as board_client:
                board_client.publish(folder)
        except CftError as error:
            client_ended.append(error)

    sender = threading.Thread(target=publish)
    sender.start()
    assert server.wait(60) == -signal.SIGKILL
    with boards.served(boards.settings(board)) as url, Client(url) as client_:
        shown = [run["id"] for run in client_.fetch("GET", "/runs")["runs"]]
        assert first in shown
        page = client_.publish(folder)  # the same command again goes on
        run = client_.run(page.rpartition("/")[2])
        assert run["tasks"][0]["accuracy"]["strict"] == 0.5
    sender.join()
    database = Database(config.database)
    proved = backup.verify(database, Blobs(config.blob_folder))
    database.close()
    assert (proved.runs, proved.audit.runs) == (2, 2)


@pytest.mark.slow
def test_two_workers_race_and_each_run_is_published_once(tmp_path: Path) -> None:
    board = tmp_path / "board"
    config = boards.settings(board)
    names = [f"tiny/{number}" for number in range(12)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GradingWorker, "start", lambda self: None)
        with TestClient(boards.create_app(config)) as client:
            for name in names:
                upload = announce(client, boards.run(name=name), GOOD)
                send(client, upload, GOOD)
                client.post(f"{API}/{upload['id']}/finalize")
    servers = [boards.start_server(board, boards.free_port()) for _ in range(2)]
    database = Database(config.database)
    states: set[str] = set()
    try:
        for _ in range(600):
            with database.read() as session:
                states = {upload.state for upload in session.query(UploadRow)}
            if states == {State.PUBLISHED}:
                break
            time.sleep(0.1)
        assert states == {State.PUBLISHED}
        published = [
            e for e in audit.entries(database, after=0, limit=99) if e.action == "run.published"
        ]
        assert len(published) == len({entry.subject for entry in published}) == len(names)
        assert audit.verify(database).runs == len(names)
    finally:
        for server in servers:
            server.send_signal(signal.SIGTERM)
            server.wait()
        database.close()


def _services(client: TestClient) -> Services:
    found: Services = client.app.state.services  # type: ignore[attr-defined]
    return found


def test_a_worker_that_lost_its_lease_changes_nothing(client: TestClient) -> None:
    services, graded = _services(client), threading.Event()

    class Slow(Grader):
        def summaries(self, run: Run, samples: Iterable[Sample]) -> dict[str, object]:
            with services.database.write() as session:  # another took it over meanwhile
                session.execute(update(UploadRow).values(worker="other:1:x"))
            graded.set()
            return Grader.summaries(self, run, samples)

    services.worker.grader = Slow()
    upload = announce(client, boards.run(), GOOD)
    send(client, upload, GOOD)
    client.post(f"{API}/{upload['id']}/finalize")
    assert graded.wait(20)
    time.sleep(0.5)
    assert client.get("/api/v1/runs").json()["runs"] == []
    assert client.get(f"{API}/{upload['id']}").json()["state"] == "validated"
    services.worker.grader = CHECKER
    with services.database.write() as session:  # and died
        past = services.database.clock(session) - timedelta(seconds=1)
        session.execute(update(UploadRow).values(lease_until=past))
    assert settle(client, upload["id"])["state"] == "published"


def test_a_clock_that_is_a_day_off_steals_nothing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = _services(client)
    services.worker.stop()
    upload = announce(client, boards.run(), GOOD)
    send(client, upload, GOOD)
    client.post(f"{API}/{upload['id']}/finalize")

    def worker() -> GradingWorker:
        return GradingWorker(services.database, services.blobs, services.uploads, services.settings)

    holder, thief = worker(), worker()
    assert holder._claim() == upload["id"]
    real = models.now
    for days in (1, -1):

        def skewed(days: int = days) -> object:
            return real() + timedelta(days=days)

        for module in (models, queue, publishing):
            monkeypatch.setattr(module, "now", skewed, raising=False)
        assert thief._claim() is None
        holder._renew(upload["id"])
        assert thief._claim() is None
    with services.database.write() as session:
        past = services.database.clock(session) - timedelta(seconds=1)
        session.execute(update(UploadRow).values(lease_until=past))
    assert thief._claim() == upload["id"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A file system of one megabyte, where this machine lets us mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    return folder


def test_a_full_disk_is_told_and_waited_for(tmp_path: Path, small_disk: Path) -> None:
    board = tmp_path / "board"
    (board).mkdir()
    (board / "uploads").symlink_to(small_disk)  # the inbox alone is small
    filler = small_disk / "filler"
    try:
        with TestClient(boards.create_app(boards.settings(board, part_bytes=1024))) as client:
            first = push(client, boards.run(name="first"), GOOD)["run"]
            _wait_for_no_file_in(small_disk)  # its parts go a moment after it is published
            filler.write_bytes(bytes((1 << 20) - 8192))
            _services(client).worker.wait_seconds = 0.1
            upload = announce(client, boards.run(), GOOD)
            codes = [
                client.put(f"{API}/{upload['id']}/parts/{n}", content=GOOD[n * 1024 :][:1024])
                for n in range(upload["parts"])
            ]
            told = [answer for answer in codes if answer.status_code != 200]
            assert told, "the disk was not full"
            assert {answer.status_code for answer in told} == {507}
            assert "the server cannot write (No space left on device)" in told[0].json()["detail"]
            assert client.get(f"/runs/{first}").status_code == 200
            filler.unlink()
            assert push(client, boards.run(), GOOD)["state"] == "published"
    finally:
        subprocess.run(["umount", "-l", str(small_disk)], check=True)


def _wait_for_no_file_in(folder: Path) -> None:
    for _ in range(600):
        if not any(path.is_file() for path in folder.rglob("*")):
            return
        time.sleep(0.05)


def test_a_full_blob_store_leaves_the_upload_waiting(tmp_path: Path, small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes((1 << 20) - 4096))
    try:
        config = boards.settings(tmp_path / "board", blobs=str(small_disk))
        with TestClient(boards.create_app(config)) as client:
            _services(client).worker.wait_seconds = 0.1
            upload = announce(client, boards.run(), GOOD)
            send(client, upload, GOOD)
            client.post(f"{API}/{upload['id']}/finalize")
            time.sleep(2)
            assert client.get(f"{API}/{upload['id']}").json()["state"] == "validated"
            filler.unlink()
            assert settle(client, upload["id"])["state"] == "published"
            assert not list(small_disk.rglob("*.partial"))
    finally:
        subprocess.run(["umount", "-l", str(small_disk)], check=True)


GONE = [
    OperationalError("select 1", {}, Exception("connection refused")),
    # It hangs, and whoever waits for it has all connections.
    QueueTimeout("QueuePool limit of size 5 overflow 10 reached"),
]


@pytest.mark.parametrize("error", GONE, ids=lambda error: type(error).__name__)
def test_the_database_goes_and_comes_back(
    client: TestClient,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    services = _services(client)
    first = push(client, boards.run(name="first"), GOOD)["run"]
    upload = announce(client, boards.run(), GOOD)
    send(client, upload, GOOD)
    with monkeypatch.context() as patch:

        def gone(self: Database) -> object:
            raise error

        patch.setattr(Database, "read", gone)
        patch.setattr(Database, "write", gone)
        for path in ("/readyz", "/api/v1/runs", "/", f"{API}/{upload['id']}"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2"), path
        assert client.post(f"{API}/{upload['id']}/finalize").status_code == 503
        assert client.get("/healthz").status_code == 200
        time.sleep(1.5)  # the worker asks in vain
    assert services.worker.alive
    said = [record for record in caplog.records if "does not answer" in record.message]
    assert len(said) > 5
    assert not any(record.exc_info for record in said)  # in a line: so many requests, so many
    client.post(f"{API}/{upload['id']}/finalize")
    assert settle(client, upload["id"])["state"] == "published"
    assert client.get(f"/runs/{first}").status_code == 200


@pytest.mark.skipif(not boards.POSTGRES, reason="needs a PostgreSQL: make test-postgres")
def test_a_database_server_that_cuts_every_connection(client: TestClient) -> None:
    services = _services(client)
    cut = (
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )
    for number in range(3):
        with services.database.engine.connect() as connection:
            connection.exec_driver_sql(cut)
        for _ in range(50):
            if client.get("/api/v1/runs").status_code == 200:
                break
            time.sleep(0.1)
        assert push(client, boards.run(name=str(number)), GOOD)["state"] == "published"


@pytest.mark.skipif(not boards.POSTGRES, reason="needs a PostgreSQL: make test-postgres")
def test_a_standby_shows_pages_and_is_not_ready(tmp_path: Path) -> None:
    """Nothing is lost meanwhile: the worker goes on once it takes writes again."""
    with TestClient(boards.create_app(boards.settings(tmp_path))) as client:
        upload = announce(client, boards.run(), GOOD)
        send(client, upload, GOOD)
        engine = _services(client).database.engine

        def read_only(state: str) -> None:
            with engine.connect() as connection:
                name = connection.exec_driver_sql("select current_database()").scalar_one()
                connection.exec_driver_sql("rollback")
                connection.exec_driver_sql("set session default_transaction_read_only = off")
                connection.exec_driver_sql("commit")
                connection.exec_driver_sql(
                    f'alter database "{name}" set default_transaction_read_only = {state}'
                )
                connection.exec_driver_sql("commit")
            engine.dispose()

        read_only("on")
        assert client.get("/").status_code == 200
        ready = client.get("/readyz")
        assert (ready.status_code, "standby" in ready.text) == (503, True)
        assert client.post(f"{API}/{upload['id']}/finalize").status_code == 503
        read_only("off")
        assert client.get("/readyz").status_code == 200
        client.post(f"{API}/{upload['id']}/finalize")
        assert settle(client, upload["id"])["state"] == "published"


def test_a_damaged_blob_harms_its_run_alone(client: TestClient, tmp_path: Path) -> None:
    services = _services(client)
    other = push(client, boards.run(["gsm8k"]), lines(boards.samples(["gsm8k"])))["run"]
    kept = set(services.blobs.names())
    harmed = push(client, boards.run(), GOOD)["run"]
    for name in set(services.blobs.names()) - kept:
        place = tmp_path / "board" / "blobs" / name[:2] / name[2:]
        place.write_bytes(place.read_bytes()[:-1])
    assert client.get(f"/api/v1/runs/{harmed}/samples").status_code == 500
    # Its score lies in the database and stays; so does every other run.
    assert client.get(f"/api/v1/runs/{harmed}").status_code == 200
    assert client.get(f"/api/v1/runs/{other}/samples").status_code == 200
    assert client.get("/").status_code == 200
    # Its pages too: the scores, and where the responses would stand, why they do not.
    twin = push(client, boards.run(name="twin"), lines(boards.samples(right=0)))["run"]
    for page in (f"/runs/{harmed}", f"/compare?run={harmed}&run={twin}"):
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert "is damaged; restore it from a backup" in answer.text, page
    for page in ("/items/gsm8k", "/items/gsm8k/0"):
        assert client.get(page).status_code == 200, page
    with pytest.raises(CftError, match="is damaged; restore it from a backup"):
        backup.verify(services.database, services.blobs)


@pytest.mark.slow
def test_fifty_uploads_at_once_lose_nothing(tmp_path: Path) -> None:
    with boards.served(boards.settings(tmp_path / "board")) as url:
        pages = boards.publish_at_once(url, tmp_path, 50)
        assert len(set(pages)) == 50
        assert len(httpx.get(f"{url}/api/v1/runs").json()["runs"]) == 50
