from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from cft_eval import testsets
from cft_eval.server.app import create_app
from tests.server import boards
from tests.server.labs import Lab, tokens_for


@pytest.fixture(autouse=True)
def _our_test_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testsets, "known_items", boards.known_items, raising=False)
    monkeypatch.setattr(testsets, "item_hash", boards.item_hash, raising=False)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(boards.settings(tmp_path / "board", part_bytes=1024))) as client:
        yield client


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with TestClient(create_app(boards.settings(tmp_path))) as client:
        yield Lab(client, tokens_for(client))


@pytest.fixture
def reviewed(tmp_path: Path) -> Iterator[Lab]:
    with TestClient(create_app(boards.settings(tmp_path, review=True))) as client:
        yield Lab(client, tokens_for(client))
