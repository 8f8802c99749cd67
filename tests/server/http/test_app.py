"""What holds for every route."""

import json
import re
from pathlib import Path
from threading import Event, Thread

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from cft_eval.server.queries.catalog import Catalog
from cft_eval.server.store.database import MIGRATIONS, Database
from cft_eval.server.store.models import Base
from tests.server import boards
from tests.server.pushes import lines, push

ADDRESSES = ["/", "/docs", "/healthz", "/nope", "/api/v1/runs", "/static/style.css"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_runs_or_fetches_anything_foreign(client: TestClient, address: str) -> None:
    headers = client.get(address).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert "script-src 'self';" in headers["content-security-policy"]  # our own, and nothing else
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_it_lives_and_is_ready(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.get("/readyz").json() == {"status": "ok"}


def test_a_dead_worker_is_told(client: TestClient) -> None:
    client.app.state.services.worker.stop()  # type: ignore[attr-defined]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (
        503,
        "the grading thread ended; restart the server",
    )


def test_a_database_that_is_gone_for_a_moment(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: object) -> None:
        raise OperationalError("select 1", {}, Exception("locked"))

    monkeypatch.setattr(Catalog, "revision", gone)
    answer = client.get("/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


def test_metrics_count(client: TestClient) -> None:
    push(client, boards.run(), lines(boards.samples()))
    client.get("/nope")
    text = client.get("/metrics").text
    assert 'cft_eval_uploads{state="published"} 1.0' in text
    assert 'cft_eval_requests_total{method="GET",status="4xx"} 1.0' in text
    assert 'cft_eval_request_seconds_bucket{le="0.05"}' in text
    assert "cft_eval_worker_up 1.0" in text
    client.request("BREW", "/")
    assert 'method="other"' in client.get("/metrics").text


HOSTS = [("127.0.0.1:8000", 200), ("localhost", 200), ("[::1]:1", 200), ("evil.example", 421)]


@pytest.mark.parametrize(("host", "status"), HOSTS)
def test_a_name_of_a_foreign_page_does_not_reach_us(tmp_path: Path, host: str, status: int) -> None:
    config = boards.settings(tmp_path, allowed_hosts=("127.0.0.1", "localhost", "::1"))
    with TestClient(boards.create_app(config)) as client:
        assert client.get("/healthz", headers={"host": host}).status_code == status


def test_the_api_page_names_every_route(client: TestClient) -> None:
    page = client.get("/docs").text
    for path in client.get("/api/v1/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page


def test_methods_that_no_route_takes(client: TestClient) -> None:
    answer = client.delete("/api/v1/runs")
    assert answer.json() == {
        "type": "about:blank",
        "title": "Method Not Allowed",
        "status": 405,
        "detail": "this address does not take DELETE",
    }


def test_reported_scores_are_citations(client: TestClient) -> None:
    rows = client.get("/api/v1/reported").json()
    assert len(rows) == 173
    assert rows[0] == {
        "model": "DeepSeek-Math-7B",
        "base_model": "DeepSeek-Math-7B",
        "method": "base",
        "training_data": "",
        "training_examples": None,
        "benchmark": "math",
        "score": 33.8,
        "source": "arXiv 2501.17703v4",
        "table": "Table 2",
        "protocol": "zero-shot, greedy, 1 sample, max 2048 tokens",
        "note": rows[0]["note"],
    }


def test_vectors_hold_every_outcome(client: TestClient) -> None:
    run = push(client, boards.run(), lines(boards.samples(right=2)))["run"]
    task = client.get(f"/api/v1/runs/{run}/vectors").json()["tasks"]["cft_math"]
    assert task["items"] == list(boards.known_items("math"))
    assert task["outcomes"]["strict"] == ["correct"] * 2 + ["wrong"] * 10


def test_samples_come_page_by_page(client: TestClient) -> None:
    run = push(client, boards.run(), lines(boards.samples(right=2)))["run"]
    address, seen, cursor = f"/api/v1/runs/{run}/samples?outcome=wrong&limit=4", [], 0
    while cursor is not None:
        page = client.get(f"{address}&cursor={cursor}").json()
        assert page["total"] == 10
        seen += [sample["index"] for sample in page["samples"]]
        cursor = page["next"]
    assert seen == list(range(2, 12))


def test_the_migrations_make_the_tables_of_the_models(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    found = inspect(database.engine)
    for table in Base.metadata.sorted_tables:
        columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
        assert columns == {column.name: column.nullable for column in table.columns}
        indexes = {index["name"] for index in found.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= indexes
    database.close()
    Database(f"sqlite:///{tmp_path / 'a.db'}").close()  # up to date: nothing to do
    assert MIGRATIONS.is_dir()


def test_a_damaged_blob_is_noticed(client: TestClient, tmp_path: Path) -> None:
    run = push(client, boards.run(), lines(boards.samples()))["run"]
    for blob in (tmp_path / "board" / "blobs").rglob("*"):
        if blob.is_file():
            blob.write_bytes(b"x" + blob.read_bytes())
    answer = client.get(f"/api/v1/runs/{run}/samples")
    assert answer.status_code == 500
    assert "is damaged; restore it from a backup" in answer.json()["detail"]


def test_the_document_of_the_api_is_whole(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    schemas = document["components"]["schemas"]
    names = re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document))
    assert set(names) <= schemas.keys()
    assert "Manifest" in names
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], f"{method} {path} says nothing"
            if "{" in path:
                problem = operation["responses"]["404"]["content"]["application/problem+json"]
                assert problem["schema"]["title"] == "ProblemDocument"


def test_the_end_waits_for_whoever_still_reads(tmp_path: Path) -> None:
    """A thread that reads the board must not be left with a connection that nobody closes."""
    database = Database(boards.settings(tmp_path).database)
    begun, done = Event(), Event()

    def read() -> None:
        with database.read() as session:
            session.execute(text("select 1"))
            begun.set()
            done.wait(0.3)
        with database.read() as session:  # begun after the end
            session.execute(text("select 1"))

    reader = Thread(target=read)
    reader.start()
    begun.wait()
    database.close()
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    reader.join()
    assert database.engine.pool.checkedin() == 0  # type: ignore[attr-defined]
