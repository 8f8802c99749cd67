"""Where a board is kept: schemas of every release, backups, moves, a bucket."""

import os
import sqlite3
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from cft_eval.cli import main
from cft_eval.server.access.auth import OPEN, Principal, Scope
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.ledger import audit
from cft_eval.server.operate import backup
from cft_eval.server.operate.accounts import Accounts
from cft_eval.server.store.blobs import Blobs, DamagedBlob
from cft_eval.server.store.database import Database, NoDatabase, downgrade
from cft_eval.server.store.models import Base, RunRow, UploadRow
from tests.server import boards
from tests.server.pushes import announce, lines, push, send

GOOD = lines(boards.samples())
SCHEMAS = sorted((Path(__file__).parent / "schemas").glob("*.sql"))


@pytest.mark.sqlite
@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.stem)
def test_a_board_of_every_release_opens_and_shows_its_runs(tmp_path: Path, schema: Path) -> None:
    old = sqlite3.connect(tmp_path / "board.db")
    old.executescript(schema.read_text())
    old.close()
    with TestClient(boards.create_app(boards.settings(tmp_path))) as client:
        (run,) = client.get("/api/v1/runs").json()["runs"]
        assert run["tasks"][0]["accuracy"]["strict"] == 0.5
        assert client.get(f"/api/v1/runs/{run['id']}/outcomes").status_code == 200
        assert "tiny/one" in client.get("/").text
        # The same run is still the same run: what was added to the schema did not rename it.
        assert push(client, boards.run(acc=0.9), _stored())["run"] == run["id"]
        # What no entry vouched for is in the record from the first start on.
        database: Database = client.app.state.services.database  # type: ignore[attr-defined]
        proved = audit.verify(database)
        older = int(schema.stem < "0002")
        assert (proved.runs, proved.older, proved.unsealed) == (1, older, 0)
        assert push(client, boards.run(name="two"), GOOD)["state"] == "published"
        replaced = text("insert or replace into audit select * from audit where number = 1")
        with pytest.raises(DatabaseError, match="only grows"), database.write() as session:
            session.execute(replaced)


def _stored() -> bytes:
    """The samples of the run in `schemas`, whose items were named before `item_hash` was."""
    return lines(
        [
            each.model_copy(update={"item": sha256(name.encode()).hexdigest()[:16]})
            for each in boards.samples()
            for name in [f"{each.problem}\0{each.reference}"]
        ]
    )


def _old_board(folder: Path, release: str, *changes: str) -> ServerSettings:
    folder.mkdir()
    old = sqlite3.connect(folder / "board.db")
    old.executescript((Path(__file__).parent / "schemas" / f"{release}.sql").read_text())
    for change in changes:
        old.execute(change)
    old.commit()
    old.close()
    return boards.settings(folder)


def _copy_row(session: Session, table: type[Base], **changes: str) -> None:
    row = session.scalars(select(table)).first()
    columns = {column.name: getattr(row, column.name) for column in table.__table__.columns}
    session.execute(insert(table).values(**(columns | changes)))


@pytest.mark.sqlite
def test_nobody_adds_a_run_to_those_that_are_older_than_the_record(tmp_path: Path) -> None:
    config = _old_board(tmp_path / "board", "0001")
    database = Database(config.database)
    assert audit.verify(database).unsealed == 1  # nothing vouches for it before the server started
    database.close()
    with TestClient(boards.create_app(config)):
        pass
    with TestClient(boards.create_app(config)) as client:  # once, not with each start
        database = client.app.state.services.database  # type: ignore[attr-defined]
        actions = [entry.action for entry in audit.entries(database, after=0, limit=9)]
        assert actions == ["run.sealed", "board.sealed"]
        with database.write() as session:
            _copy_row(session, UploadRow, id="f")
            _copy_row(session, RunRow, id="f", upload_id="f")
        with pytest.raises(audit.BrokenAudit, match="run f is on the board, but the audit"):
            audit.verify(database)


@pytest.mark.sqlite
@pytest.mark.parametrize("score", ["scores", "past_scores"])
def test_what_was_forged_before_is_not_vouched_for(tmp_path: Path, score: str) -> None:
    change = f"update {score} set accuracy = 0.99"
    with TestClient(boards.create_app(_old_board(tmp_path / "board", "0005", change))) as client:
        database = client.app.state.services.database  # type: ignore[attr-defined]
        if score == "past_scores":  # which no release sealed until now
            assert audit.verify(database).runs == 1
            return
        with pytest.raises(audit.BrokenAudit, match="it differs from what was published"):
            audit.verify(database)


def test_who_made_a_token_is_known_of_older_ones_too(tmp_path: Path) -> None:
    database = Database(boards.settings(tmp_path).database)
    me = Principal("command line", scopes=frozenset(Scope), everything=True)
    made = Accounts(database).mint(
        "x", scopes=frozenset({Scope.READ}), organisation=None, days=1, by=me
    )
    downgrade(database, "0005")
    database.close()
    database = Database(boards.settings(tmp_path).database)
    assert [token.created_by for token in Accounts(database).tokens(me)] == ["command line"]
    assert audit.verify(database).entries == 1
    assert made.created_by == "command line"
    database.close()


def test_down_and_up_again_keeps_the_runs(tmp_path: Path) -> None:
    config = boards.settings(tmp_path)
    with TestClient(boards.create_app(config)) as client:
        push(client, boards.run(), GOOD)
    database = Database(config.database)
    downgrade(database, "0001")
    assert "tokens" not in inspect(database.engine).get_table_names()
    database.close()
    with TestClient(boards.create_app(config)) as client:
        assert len(client.get("/api/v1/runs").json()["runs"]) == 1


def _filled(config: ServerSettings) -> dict[str, str]:
    """A board with a run, one turned down, one unfinished, an organisation, a token."""
    with TestClient(boards.create_app(config)) as client:
        run = push(client, boards.run(), GOOD)["run"]
        push(client, boards.run(["chess"]), GOOD)
        upload = announce(client, boards.run(name="unfinished"), GOOD)
        send(client, upload, GOOD)
        client.app.state.services.accounts.organisation(  # type: ignore[attr-defined]
            "lab", private=True, by=OPEN
        )
        return {"run": run, "page": client.get(f"/api/v1/runs/{run}/samples").text}


def _same(config: ServerSettings, filled: dict[str, str]) -> None:
    with TestClient(boards.create_app(config)) as client:
        samples = client.get(f"/api/v1/runs/{filled['run']}/samples")
        assert samples.text == filled["page"]
        assert push(client, boards.run(name="unfinished"), GOOD)["state"] == "published"


def test_a_backup_of_a_running_board_is_a_board(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = boards.settings(tmp_path / "board")
    filled = _filled(config)
    monkeypatch.setenv("CFT_EVAL_DATABASE_URL", config.database)
    with TestClient(boards.create_app(config)):
        command = ["server", "backup", str(tmp_path / "copy"), "--data", str(tmp_path / "board")]
        assert main(command) == 0
        assert "2 new blobs" in capsys.readouterr().out
        assert main(command) == 0  # again, into the same folder
        assert "0 new blobs" in capsys.readouterr().out
    assert sorted(os.listdir(tmp_path / "copy")) == ["blobs", "board.db"]
    monkeypatch.delenv("CFT_EVAL_DATABASE_URL")
    target = boards.settings(tmp_path / "new")
    monkeypatch.setenv("CFT_EVAL_DATABASE_URL", target.database)
    restore = ["server", "restore", str(tmp_path / "copy"), "--data", str(tmp_path / "new")]
    assert main([*restore, "--verify"]) == 0
    assert "1 runs, 2 blobs, 4 audit entries: proved" in capsys.readouterr().out
    _same(target, filled)
    assert main(restore) == 2
    assert "the target already holds a board" in capsys.readouterr().err


@pytest.mark.parametrize("change", ["blob", "score", "vector"])
def test_a_damaged_backup_is_told(tmp_path: Path, change: str) -> None:
    config = boards.settings(tmp_path / "board")
    _filled(config)
    database, blobs = Database(config.database), Blobs(config.blob_folder)
    backup.verify(database, blobs)
    if change == "blob":
        for file in (tmp_path / "board" / "blobs").rglob("*"):
            if file.is_file():
                file.write_bytes(file.read_bytes()[:-1] + b"x")
        words = "is damaged"
    else:
        with database.write() as session:
            column = "accuracy = 0.9" if change == "score" else "claimed = 0.9"
            session.execute(text(f"update scores set {column}"))
        words = (
            "its vector says otherwise"
            if change == "score"
            else "it differs from what was published"
        )
    with pytest.raises(Exception, match=words):
        backup.verify(database, blobs)
    database.close()


@pytest.mark.skipif(not boards.POSTGRES, reason="needs a PostgreSQL: make test-postgres")
def test_a_sqlite_board_moves_to_postgresql_in_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sqlite = ServerSettings.model_validate({"server_data": tmp_path / "board", "graders": 1})
    monkeypatch.delenv("CFT_EVAL_DATABASE_URL", raising=False)
    filled = _filled(sqlite)
    target = boards.settings(tmp_path / "board")
    command = ["server", "move", "--to", target.database, "--data", str(tmp_path / "board")]
    assert main(command) == 0
    assert "1 runs proved" in capsys.readouterr().out
    _same(target, filled)


def test_every_table_is_copied() -> None:
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    assert {"uploads", "audit", "checkpoints", "evaluations", "past_scores"} <= tables.keys()
    assert {"label_reports", "snapshots"} <= tables.keys()
    # A number that a database counts would be counted from 1 again where a board was moved to.
    for table in tables.values():
        assert table.autoincrement_column is None, table.name


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_samples_lie_in_a_bucket(tmp_path: Path, s3: str) -> None:
    config = boards.settings(tmp_path, blobs=s3)
    with TestClient(boards.create_app(config)) as client:
        run = push(client, boards.run(), GOOD)["run"]
        page = client.get(f"/api/v1/runs/{run}/samples").json()
        assert (page["total"], page["samples"][0]["response"]) == (boards.SIZE, "0")
        assert not (tmp_path / "blobs").exists()
        assert push(client, boards.run(name="two"), GOOD)["state"] == "published"
    blobs = Blobs(s3)
    assert len(blobs.names()) == 2  # the two runs say the same
    database = Database(config.database)
    assert backup.verify(database, blobs).runs == 2
    copied = backup.backup(database, blobs, tmp_path / "copy")
    assert copied.blobs == 2
    database.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_bucket_keeps_what_a_folder_keeps(tmp_path: Path, s3: str) -> None:
    for blobs in (Blobs(s3), Blobs(str(tmp_path / "blobs"))):
        name = blobs.put(b"hello")
        assert blobs.put(b"hello") == name
        assert (blobs.get(name), blobs.names(), blobs.has(name)) == (b"hello", [name], True)
        assert b"".join(blobs.stream(name, 2)) == b"llo"
        blobs.fetch(name, tmp_path / "file")
        other = tmp_path / "large"
        other.write_bytes(b"x" * 6_000_000)
        digest = "dd" * 32
        blobs.put_file(other, digest)
        with pytest.raises(DamagedBlob, match="is damaged"):
            blobs.fetch(digest, tmp_path / "file")
        with pytest.raises(DamagedBlob, match="is gone"):
            blobs.get("00" * 32)


@pytest.mark.sqlite
def test_a_bucket_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    pytest.importorskip("s3fs", reason="needs the extra `s3`")
    with TestClient(boards.create_app(boards.settings(tmp_path))) as client:
        push(client, boards.run(), GOOD)
        services = client.app.state.services  # type: ignore[attr-defined]
        backup.backup(services.database, services.blobs, tmp_path / "copy")
    words = ["server", "restore", str(tmp_path / "copy"), "--data", str(tmp_path / "new")]
    away = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "CFT_EVAL_BLOBS": "s3://lab/blobs"}
    keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "testing")
    # In a process of its own: a client of S3 that was made earlier keeps its endpoint.
    done = subprocess.run(
        [sys.executable, "-m", "cft_eval.cli", *words, "--verify"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **away, **keys},
    )  # fmt: skip
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "Could not connect to the endpoint URL" in done.stderr


@pytest.mark.sqlite
def test_a_board_of_a_newer_release_says_so(tmp_path: Path) -> None:
    config = boards.settings(tmp_path)
    Database(config.database).close()
    board = sqlite3.connect(tmp_path / "board.db")
    board.execute("update alembic_version set version_num = '9999'")
    board.commit()
    board.close()
    with pytest.raises(NoDatabase, match="a newer release of cft-eval wrote it; upgrade this one"):
        Database(config.database)


def test_a_process_that_only_copies_knows_every_table() -> None:
    """`cft-eval server backup` loads no page and no route, and copies what visitors left too."""
    code = (
        "from cft_eval.server.operate import backup; from cft_eval.server.store.models import Base;"
        "print(*sorted(Base.metadata.tables))"
    )
    known = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert known.stdout.split() == sorted(Base.metadata.tables)
    assert {"label_reports", "snapshots"} <= set(known.stdout.split())
