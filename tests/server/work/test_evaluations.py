"""The queue of evaluations: one worker at a time, by a lease that the database's clock ends."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from cft_eval.server.store.models_work import Evaluation
from tests.server import boards
from tests.server.labs import Lab, tokens_for
from tests.server.pushes import lines, push

API = "/api/v1/evaluations"
ASKED = {"model": "org/model", "revision": "main", "tasks": ["cft_math500"]}


def ask(client: TestClient, **changes: Any) -> str:
    answer = client.post(API, json=ASKED | changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def claim(client: TestClient, worker: str = "w", gpus: int = 1) -> dict[str, Any] | None:
    answer = client.post("/api/v1/claims", json={"worker": worker, "gpus": gpus})
    return dict(answer.json()) if answer.status_code == 200 else None


def expire(client: TestClient) -> None:
    database = client.app.state.services.database  # type: ignore[attr-defined]
    with database.write() as session:
        clock = database.clock(session) - timedelta(seconds=5)
        session.execute(update(Evaluation).values(lease_until=clock, not_before=None))


def test_it_is_asked_for_taken_reported_on_and_done(client: TestClient) -> None:
    name = ask(client, method="cft", step=60)
    job = claim(client)
    assert job is not None
    assert (job["id"], job["request"]["method"], job["request"]["gpus"]) == (name, "cft", 1)
    assert claim(client) is None
    beat = {"lease": job["lease"], "log": "loading\0 weights\n"}
    assert client.post(f"{API}/{name}/heartbeat", json=beat).json() == {"cancel": False}
    finish = {"lease": job["lease"], "state": "done", "run": "0" * 16}
    refused = client.post(f"{API}/{name}/finish", json=finish)
    assert (refused.status_code, "no run" in refused.json()["detail"]) == (422, True)
    finish["run"] = run = push(client, boards.run(), lines(boards.samples()))["run"]
    status = client.post(f"{API}/{name}/finish", json=finish).json()
    assert (status["state"], status["run"]) == ("done", run)
    assert client.get(f"{API}/{name}/log").text == "--- try 1 of 3, w\nloading weights\n"
    assert client.post(f"{API}/{name}/finish", json=finish).status_code == 409
    assert [each["id"] for each in client.get(API).json()] == [name]


BAD = [
    {},
    {"model": "org/model", "path": "/a"},
    {"model": "a,trust_remote_code=True"},
    {"model": "org/model", "revision": "main,trust_remote_code=True"},
    {"model": "http://169.254.169.254/x"},
    {"model": "../../etc"},
    {"path": "/models/../etc"},
    {"path": "relative"},
    {"path": "/a,b=c"},
    {"path": "/a", "revision": "main"},
    {"model": "org/model", "tasks": ["hendrycks_math"]},
    {"model": "org/model", "tasks": ["cft_math --model_args x"]},
    {"model": "org/model", "tasks": []},
    {"model": "org/model", "model_args": "trust_remote_code=True"},
    {"model": "org/model", "gpus": -1},
    {"model": "org/model", "temperature": "NaN"},
    {"checkpoint": "x"},
]


@pytest.mark.parametrize("body", BAD)
def test_what_cannot_be_asked_for(client: TestClient, body: dict[str, Any]) -> None:
    answer = client.post(API, json=body)
    assert (answer.status_code, answer.json()["status"]) == (422, 422)


def test_an_unknown_task_is_refused_with_the_known_ones(client: TestClient) -> None:
    answer = client.post(API, json={"model": "org/model", "tasks": ["cft_math", "cft_chess"]})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(
        "tasks: no task cft_chess here; known are cft_aime24,"
    )
    assert client.get(API).json() == []


def test_a_checkpoint_must_be_here(client: TestClient) -> None:
    assert client.post(API, json={"checkpoint": "0" * 64}).status_code == 404


def test_a_worker_takes_what_it_has_gpus_for(client: TestClient) -> None:
    ask(client, gpus=8)
    small = ask(client, gpus=0)
    job = claim(client, gpus=1)
    assert job is not None
    assert job["id"] == small
    assert claim(client, gpus=7) is None
    assert claim(client, gpus=8) is not None


def test_a_dead_worker_loses_it_and_cannot_come_back(client: TestClient) -> None:
    name = ask(client)
    first = claim(client, "dead")
    assert first is not None
    expire(client)
    second = claim(client, "alive")
    assert second is not None
    assert second["id"] == name
    late = {"lease": first["lease"], "state": "done", "run": "f" * 16}
    assert client.post(f"{API}/{name}/finish", json=late).status_code == 409
    beat = client.post(f"{API}/{name}/heartbeat", json={"lease": first["lease"]})
    assert beat.status_code == 409
    status = client.get(f"{API}/{name}").json()
    assert (status["state"], status["worker"], status["attempts"]) == ("running", "alive", 2)
    assert "dead was not heard of" in client.get(f"{API}/{name}/log").text


def test_what_takes_every_worker_with_it_ends(client: TestClient) -> None:
    name = ask(client)
    for _ in range(3):
        assert claim(client) is not None
        expire(client)
    assert claim(client) is None
    status = client.get(f"{API}/{name}").json()
    assert (status["state"], status["reason"]) == ("failed", "3 workers were lost on it")


def test_a_failure_is_tried_again_after_a_pause(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = ask(client)
    for number in range(1, 4):
        job = claim(client)
        assert job is not None
        failed = {"lease": job["lease"], "state": "failed", "reason": "no memory", "retry": True}
        status = client.post(f"{API}/{name}/finish", json=failed).json()
        assert claim(client) is None  # not at once
        expire(client)
        assert status["state"] == ("queued" if number < 3 else "failed")
    assert client.get(f"{API}/{name}").json()["reason"] == "no memory"


def test_what_waits_is_cancelled_at_once_and_what_runs_is_told(client: TestClient) -> None:
    name = ask(client)
    assert client.post(f"{API}/{name}/cancel").json()["state"] == "cancelled"
    assert claim(client) is None
    name = ask(client)
    job = claim(client)
    assert job is not None
    assert client.post(f"{API}/{name}/cancel").json()["cancelling"]
    beat = client.post(f"{API}/{name}/heartbeat", json={"lease": job["lease"]})
    assert beat.json() == {"cancel": True}
    end = {"lease": job["lease"], "state": "failed", "retry": True}
    assert client.post(f"{API}/{name}/finish", json=end).json()["state"] == "failed"


def test_a_cancelled_one_whose_worker_died_is_cancelled(client: TestClient) -> None:
    name = ask(client)
    claim(client)
    client.post(f"{API}/{name}/cancel")
    expire(client)
    assert claim(client) is None
    assert client.get(f"{API}/{name}").json()["state"] == "cancelled"


def test_the_log_ends_somewhere(client: TestClient) -> None:
    services = client.app.state.services  # type: ignore[attr-defined]
    boards.change(client, evaluations=replace(services.evaluations, max_log=1_000))
    name = ask(client)
    job = claim(client)
    assert job is not None
    for _ in range(5):
        beat = {"lease": job["lease"], "log": "x" * 400}
        assert client.post(f"{API}/{name}/heartbeat", json=beat).status_code == 200
    log = client.get(f"{API}/{name}/log").text
    assert log.endswith("--- the log is full\n")
    assert 1_000 <= len(log) < 1_100


def test_many_workers_race_and_each_evaluation_is_taken_once(client: TestClient) -> None:
    names = {ask(client) for _ in range(20)}
    taken: list[str] = []

    def work(number: int) -> None:
        while (job := claim(client, str(number))) is not None:
            taken.append(job["id"])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(names)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with TestClient(boards.create_app(boards.settings(tmp_path))) as client:
        yield Lab(client, tokens_for(client))


def test_an_evaluation_is_its_owners_and_so_is_its_worker(lab: Lab) -> None:
    name = lab.post(API, ASKED, "red").json()["id"]
    for path in (f"{API}/{name}", f"{API}/{name}/log"):
        assert lab.get(path, "blue").status_code == 404
    assert lab.post(f"{API}/{name}/cancel", None, "blue").status_code == 404
    assert lab.get(API, "blue").json() == []
    # Not even the server's own worker: what it pushed would not be red's any more.
    for who in ("blue", "server"):
        answer = lab.post("/api/v1/claims", {"worker": "w", "gpus": 8}, who)
        assert answer.status_code == 204
    answer = lab.post("/api/v1/claims", {"worker": "w", "gpus": 8}, "red")
    assert answer.json()["id"] == name
