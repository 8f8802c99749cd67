"""Scores are read once, and on a large board nobody waits for new ones."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from cft_eval.records.runs import PolicyScores
from cft_eval.server.http.pages import scores
from cft_eval.server.queries.scores import ScoreQueries
from cft_eval.server.store import cache
from tests.server import boards
from tests.server.pushes import lines, push


def push_one(client: TestClient, name: str) -> None:
    samples = boards.samples(["arithmetic"])
    push(client, boards.run(["arithmetic"], name=name), lines(samples))


def test_scores_are_read_when_a_run_is_published_and_not_for_each_page(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, reads = ScoreQueries.scores, []

    def counted(self: ScoreQueries) -> PolicyScores:
        reads.append(1)
        return read(self)

    monkeypatch.setattr(ScoreQueries, "scores", counted)
    monkeypatch.setattr(cache, "PATIENCE", 60.0)  # however busy the machine
    push_one(client, "first")
    for _ in range(3):
        assert "first" in client.get("/").text
    assert len(reads) == 1
    push_one(client, "second")
    assert "second" in client.get("/").text
    assert len(reads) == 2


def test_on_a_large_board_the_former_scores_are_shown_until_the_new_ones_are_read(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    push_one(client, "first")
    assert "first" in client.get("/").text
    monkeypatch.setattr(cache, "PATIENCE", -1.0)
    push_one(client, "second")
    assert "second" not in client.get("/").text
    for _ in range(200):
        if "second" in client.get("/").text:
            return
        time.sleep(0.02)
    raise AssertionError("the new scores never came")


def test_a_large_board_is_read_before_anybody_asks(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, reads = ScoreQueries.scores, threading.Event()

    def told(self: ScoreQueries) -> PolicyScores:
        reads.set()
        return read(self)

    monkeypatch.setattr(ScoreQueries, "scores", told)
    push_one(client, "first")
    catalog = client.app.state.services.catalog  # type: ignore[attr-defined]
    scores.warm(catalog)
    assert not reads.wait(0.1)  # a small one is read soon enough
    monkeypatch.setattr(scores, "LARGE", 1)
    scores.warm(catalog)
    assert reads.wait(30)


def test_visitors_who_come_together_wait_for_one_reading() -> None:
    made: list[int] = []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return len(made)

    store: cache.Kept[str, int] = cache.Kept(most=2)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: store.get("a", (1, ""), make), range(4)))
    assert found == [1, 1, 1, 1]
