"""What a worker leaves behind when it is stopped, killed, or breaks."""

import os
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from cft_eval.checker import Policy, Verdict
from cft_eval.client import Client
from cft_eval.results import read_folder
from cft_eval.server.intake import queue
from cft_eval.server.intake.grading import CHECKER, Grader
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import RunRow, State, UploadRow
from tests.server import boards
from tests.server.pushes import API, announce, lines, push, send, settle

GOOD = lines(boards.samples())

# Grading that never ends, so that the process is killed in the midst of it.
SLEEPING = (
    "import time; from cft_eval.server.intake.grading import Grader; "
    "Grader.grade = lambda self, rows, **_: time.sleep(60)"
)


@pytest.mark.slow
def test_kill_minus_nine_while_grading_leaves_nothing_half_published(tmp_path: Path) -> None:
    board, run = tmp_path / "board", boards.folder(tmp_path / "run")
    port = boards.free_port()
    url = f"http://127.0.0.1:{port}"
    server = boards.start_server(board, port, patch=SLEEPING)
    with Client(url) as client:
        stored = read_folder(run)
        upload = client.upload(stored.run, run / "samples.jsonl")
        while httpx.get(f"{url}{API}/{upload.id}").json()["state"] != "validated":
            time.sleep(0.02)
        server.send_signal(signal.SIGKILL)
        server.wait()
    database = Database(boards.settings(board).database)
    with database.read() as session:
        assert session.scalars(select(RunRow)).all() == []
        assert session.scalars(select(UploadRow)).one().state == State.VALIDATED
    database.close()

    with boards.served(boards.settings(board)) as url, Client(url) as client:
        run_id = client.wait(upload.id)
        assert client.run(run_id)["tasks"][0]["accuracy"]["strict"] == 0.5


def test_a_stopped_server_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = boards.settings(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(queue.GradingWorker, "start", lambda self: None)
        with TestClient(boards.create_app(config)) as client:
            upload = announce(client, boards.run(), GOOD)
            send(client, upload, GOOD)
            client.post(f"{API}/{upload['id']}/finalize")
    with TestClient(boards.create_app(config)) as client:
        assert settle(client, upload["id"])["state"] == "published"


def test_an_upload_that_breaks_the_grader_is_rejected_and_the_next_is_graded(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(rows: object, **options: object) -> list[dict[Policy, Verdict]]:
        raise ZeroDivisionError

    worker = client.app.state.services.worker  # type: ignore[attr-defined]
    worker.grader = Grader(check=broken)
    status = push(client, boards.run(), GOOD)
    worker.grader = CHECKER
    assert (status["state"], status["reason"]) == (
        "rejected",
        "grading failed 3 times, or the server was killed while grading it 10 times; "
        "the server's log says why",
    )
    assert "ZeroDivisionError" in caplog.text
    assert push(client, boards.run(name="two"), GOOD)["state"] == "published"


def test_what_was_sent_is_not_kept_twice(client: TestClient, tmp_path: Path) -> None:
    push(client, boards.run(), GOOD)
    push(client, boards.run(["chess"]), GOOD)
    inbox = tmp_path / "board" / "uploads"
    for _ in range(100):
        if not any(inbox.iterdir()):
            break
        time.sleep(0.02)
    assert list(inbox.iterdir()) == []


def test_an_upload_that_nobody_continues_is_forgotten(tmp_path: Path) -> None:
    with TestClient(boards.create_app(boards.settings(tmp_path, upload_hours=1e-9))) as client:
        upload = announce(client, boards.run(), GOOD)
        client.app.state.services.uploads.sweep()  # type: ignore[attr-defined]
        assert client.get(f"{API}/{upload['id']}").status_code == 404


def test_what_a_dead_server_left_is_swept(tmp_path: Path) -> None:
    with TestClient(boards.create_app(boards.settings(tmp_path))) as client:
        waiting = announce(client, boards.run(name="two"), GOOD)
        send(client, waiting, GOOD)
        upload = push(client, boards.run(), GOOD)["id"]
    inbox = tmp_path / "uploads"
    (inbox / upload).mkdir(exist_ok=True)
    with TestClient(boards.create_app(boards.settings(tmp_path))):
        for _ in range(100):
            if not (inbox / upload).exists():
                break
            time.sleep(0.02)
    [left] = inbox.iterdir()
    assert left.name.startswith(waiting["id"])


WORKERS = [
    (f"{socket.gethostname()}:{os.getppid()}:0", True),
    (f"{socket.gethostname()}:{os.getpid()}:0", False),  # of an earlier start with our number
    (f"{socket.gethostname()}:4194304:0", False),  # more than Linux numbers processes
    ("elsewhere:4194304:0", True),
]


@pytest.mark.parametrize(
    ("worker", "lives"),
    WORKERS,
    ids=["our parent", "our number, an earlier start", "no process", "another machine"],
)
def test_whether_a_worker_may_still_work(worker: str, lives: bool) -> None:
    assert queue._lives(worker) is lives
