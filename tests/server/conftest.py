from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.server import boards
from tests.server.labs import Lab, tokens_for


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(
        boards.create_app(boards.settings(tmp_path / "board", part_bytes=1024))
    ) as client:
        yield boards.patient(client)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with TestClient(boards.create_app(boards.settings(tmp_path))) as client:
        yield Lab(boards.patient(client), tokens_for(client))


@pytest.fixture
def reviewed(tmp_path: Path) -> Iterator[Lab]:
    with TestClient(boards.create_app(boards.settings(tmp_path, review=True))) as client:
        yield Lab(boards.patient(client), tokens_for(client))
