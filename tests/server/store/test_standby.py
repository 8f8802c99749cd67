"""A primary that became a standby: its connections answer, and take no writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cft_eval.server.store.database import Database
from cft_eval.server.store.models_access import Organisation
from tests.server import boards
from tests.server.pushes import API, lines, manifest, soon

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not boards.HAS_POSTGRES, reason="PostgreSQL is not installed"),
]


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    pytest.importorskip("psycopg", reason="needs the extra `postgres`")
    with boards.postgres_server(tmp_path) as url:
        yield url


CUT = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"


def _execute(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _demote(url: str, *, read_only: bool) -> None:
    """New connections take no writes, after all are cut; or they do again, and none is cut."""
    name = make_url(url).database
    writes = "set default_transaction_read_only = off"
    if read_only:
        only = f"alter database {name} set default_transaction_read_only = on"
        _execute(url, writes, only, f"{CUT} and datname = '{name}'")
    else:
        _execute(url, writes, f"alter database {name} reset all")


def test_a_write_that_a_standby_refused_goes_to_the_primary_next(url: str) -> None:
    database = Database(url)
    _demote(url, read_only=True)
    sessions = [Session(database.engine) for _ in range(3)]
    for session in sessions:  # several wait in the pool
        session.scalar(text("select 1"))
    for session in sessions:
        session.close()
    _demote(url, read_only=False)
    with pytest.raises(DBAPIError, match="read-only"), database.write() as session:
        session.add(Organisation(id="red"))
    for name in ("red", "blue", "green"):
        with database.write() as session:
            session.add(Organisation(id=name))
    database.close()


def test_a_server_that_only_reads_is_ready_again(url: str, tmp_path: Path) -> None:
    """A balancer sends it nothing before that, so no write finds out."""
    config = boards.settings(tmp_path / "board", database_url=url)
    with TestClient(boards.create_app(config)) as client:
        _demote(url, read_only=True)
        ready = client.get("/readyz")
        assert (ready.status_code, "standby" in ready.text) == (503, True)
        _demote(url, read_only=False)
        assert soon(lambda: client.get("/readyz").status_code == 200)


def test_a_full_disk_of_postgresql_is_507(url: str, tmp_path: Path) -> None:
    config = boards.settings(tmp_path / "board", database_url=url)
    with TestClient(boards.create_app(config)) as client:
        full = "raise exception 'could not extend file' using errcode = 'disk_full'"
        function = (
            f"create function full_() returns trigger language plpgsql as $$begin {full}; end$$"
        )
        trigger = "create trigger full_ before insert on uploads execute function full_()"
        _execute(url, function, trigger)
        answer = client.post(API, json=manifest(boards.run(), lines(boards.samples())))
        assert (answer.status_code, answer.headers["retry-after"]) == (507, "60")
        assert "no space left" in answer.json()["detail"]
