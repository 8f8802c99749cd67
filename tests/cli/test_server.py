"""`cft-eval server` on the board's machine: by the right user, and what it shows and decides."""

import os
import sqlite3
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from cft_eval.cli import main
from tests.server import boards
from tests.server.labs import Lab, tokens_for, waiting

pytestmark = pytest.mark.sqlite


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may be another user than its files'")
def test_root_leaves_no_files_beside_another_users_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["server", "organisation", "red", "--data", str(tmp_path)]) == 0
    os.chown(tmp_path / "board.db", 12345, 12345)
    assert main(["server", "tokens", "--data", str(tmp_path)]) == 2
    assert "belongs to user 12345: run this as that user" in capsys.readouterr().err


def test_a_database_that_takes_no_write_is_no_bug(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Full, read-only, or another writer does not end: an `OperationalError`, as this one is."""
    assert main(["server", "organisation", "red", "--data", str(tmp_path)]) == 0
    with sqlite3.connect(tmp_path / "board.db") as board:
        board.execute("create trigger t before insert on organisations begin select no(); end")
    assert main(["server", "organisation", "blue", "--data", str(tmp_path)]) == 2
    assert "cft-eval: the database does not answer; try again" in capsys.readouterr().err


def test_a_reviewer_at_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path)]
    with TestClient(boards.create_app(boards.settings(tmp_path, review=True))) as client:
        lab = Lab(client, tokens_for(client))
        uploads = [waiting(lab, "red", name=f"tiny/{number}") for number in range(2)]
        lab.post("/api/v1/evaluations", {"model": "tiny/asked"}, "red")
        capsys.readouterr()
        assert main(["server", "reviews", *data]) == 0
        listed = capsys.readouterr().out
        assert all(upload in listed for upload in uploads)
        assert main(["server", "reviews", uploads[0], *data]) == 0
        said = capsys.readouterr().out
        assert "cft_math: 50.0 here, claimed 50.0; 0 of 12 verdicts differ" in said
        assert main(["server", "status", *data]) == 0
        assert "waiting: review" in capsys.readouterr().out
        assert main(["server", "review", uploads[0], "publish", "good", *data]) == 0
        assert main(["server", "review", uploads[1], "reject", "bad", *data]) == 0
        assert main(["server", "review", uploads[1], "reject", "bad", *data]) == 2
        assert main(["server", "withdraw", uploads[0][:16], "leaked", *data]) == 0
        assert lab.get(f"/runs/{uploads[0][:16]}", "red").status_code == 410
        for command, words in (
            ("organisations", "red  private"),
            ("keys", ""),
            ("jobs", "queued  tiny/asked"),
        ):
            capsys.readouterr()
            assert main(["server", command, *data]) == 0
            assert words in capsys.readouterr().out
