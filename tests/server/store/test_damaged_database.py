"""A database whose pages are damaged is told as such: by commands, by pages, by `/readyz`."""

from pathlib import Path
from random import Random

import pytest
from fastapi.testclient import TestClient

from cft_eval.cli import main
from tests.server import boards
from tests.server.pushes import lines, push

pytestmark = pytest.mark.sqlite

PAGE = 4096
COMMANDS = ["audit verify", "audit list", "tokens", "reports", "purge", "regrade --dry-run"]


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """A board whose tables lie in pages of noise; the first page, with its version, is whole."""
    with TestClient(boards.create_app(boards.settings(tmp_path))) as client:
        for number in range(3):
            push(client, boards.run(name=f"tiny/{number}"), lines(boards.samples()))
    return tmp_path


def _damage(board: Path, *, spare: int, seed: int = 1) -> None:
    """Write noise over every page from number ``spare`` on."""
    file = board / "board.db"
    content = file.read_bytes()
    noise = Random(seed).randbytes(len(content) - spare * PAGE)
    file.write_bytes(content[: spare * PAGE] + noise)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_so_and_ends_with_2(
    board: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _damage(board, spare=10)
    status = main(["server", *command.split(), "--data", str(board)])
    said = capsys.readouterr().err
    if status == 0:  # its table lies in the pages that were spared
        pytest.skip("this command read none of the damaged pages")
    assert status == 2, said
    assert "the database is damaged (" in said or "cannot open the database" in said
    assert "a bug" not in said


def test_a_backup_of_it_says_so(board: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _damage(board, spare=10)
    assert main(["server", "backup", str(board / "copy"), "--data", str(board)]) == 2
    assert "malformed" in capsys.readouterr().err
    assert not (board / "copy" / "board.db").exists()


def test_a_server_that_meets_damage_is_not_ready(board: Path) -> None:
    """Answers are 503 and no 500, and the process stays: its supervisor cannot mend a disk."""
    with TestClient(boards.create_app(boards.settings(board))) as client:
        services = client.app.state.services  # type: ignore[attr-defined]
        assert client.get("/readyz").status_code == 200
        with services.database.engine.connect() as connection:  # what is cached is written
            connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
        services.database.engine.dispose()
        _damage(board, spare=10)
        statuses = {client.get(path).status_code for path in ("/", "/api/v1/runs", "/claims")}
        assert statuses <= {200, 503}
        ready = client.get("/readyz")
        assert (ready.status_code, "the database is damaged" in ready.text) == (503, True)
        assert client.get("/healthz").status_code == 200
        assert services.worker.alive
