"""Scores are read once, and on a large board nobody waits for new ones."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from fastapi.testclient import TestClient
from sqlalchemy import event

from cft_eval.server.store.cache import RevisionCache
from tests.server import boards
from tests.server.pushes import lines, push, soon


def push_one(client: TestClient, name: str) -> None:
    samples = boards.samples(["arithmetic"])
    push(client, boards.run(["arithmetic"], name=name), lines(samples))


@contextmanager
def readings(client: TestClient) -> Iterator[list[str]]:
    """The statements that read every score of the board, as they come."""
    engine = client.app.state.services.database.engine  # type: ignore[attr-defined]
    read: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if "accuracy_strict" in statement:
            read.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield read
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_scores_are_read_when_a_run_is_published_and_not_for_each_page(client: TestClient) -> None:
    services = client.app.state.services  # type: ignore[attr-defined]
    services.boards.cache.patience = 60.0  # however busy the machine
    with readings(client) as read:
        push_one(client, "first")
        for _ in range(3):
            assert "first" in client.get("/").text
        assert len(read) == 1
        push_one(client, "second")
        assert "second" in client.get("/").text
        assert len(read) == 2


def test_on_a_large_board_the_former_scores_are_shown_until_the_new_ones_are_read(
    client: TestClient,
) -> None:
    push_one(client, "first")
    assert "first" in client.get("/").text
    client.app.state.services.boards.cache.patience = -1.0  # type: ignore[attr-defined]
    push_one(client, "second")
    assert "second" not in client.get("/").text
    for _ in range(200):
        if "second" in client.get("/").text:
            return
        time.sleep(0.02)
    raise AssertionError("the new scores never came")


def test_a_large_board_is_read_before_the_first_visitor(client: TestClient) -> None:
    with readings(client) as read:
        push_one(client, "first")
        board = client.app.state.services.boards  # type: ignore[attr-defined]
        board.warm()
        time.sleep(0.1)
        assert read == []  # a small one is read soon enough
        replace(board, large=1).warm()
        assert soon(lambda: len(read) == 1)


def test_visitors_who_come_together_wait_for_one_reading() -> None:
    made: list[int] = []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return len(made)

    store: RevisionCache[str, int] = RevisionCache(most=2)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: store.get("a", (1, 0), make), range(4)))
    assert found == [1, 1, 1, 1]
