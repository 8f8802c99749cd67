"""Scores are read once, and on a large board nobody waits for new ones."""

import time

import pytest
from fastapi.testclient import TestClient

from cft_eval.leaderboard.records import PolicyScores
from cft_eval.server import kept
from cft_eval.server.reading import Reading
from tests.server import boards
from tests.server.pushes import lines, push


def push_one(client: TestClient, name: str) -> None:
    samples = boards.samples(["arithmetic"])
    push(client, boards.run(["arithmetic"], name=name), lines(samples))


def test_scores_are_read_when_a_run_is_published_and_not_for_each_page(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, reads = Reading.scores, []

    def counted(self: Reading) -> PolicyScores:
        reads.append(1)
        return read(self)

    monkeypatch.setattr(Reading, "scores", counted)
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
    monkeypatch.setattr(kept, "PATIENCE", -1.0)
    push_one(client, "second")
    assert "second" not in client.get("/").text
    for _ in range(200):
        if "second" in client.get("/").text:
            return
        time.sleep(0.02)
    raise AssertionError("the new scores never came")
