"""The record of what was done proves itself, and the scores that were published."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from cft_eval.cli import main
from cft_eval.server.ledger import audit
from cft_eval.server.ledger.seals import seal, seal_token
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import PastScore, RunRow, Score, TaskRow, UploadRow, now
from cft_eval.server.store.models_access import (
    AccessToken,
    AuditEntry,
    AuditHead,
    Organisation,
    SigningKey,
)
from tests.server import boards
from tests.server.pushes import lines, push


@pytest.fixture
def database(client: TestClient) -> Database:
    push(client, boards.run(), lines(boards.samples()))
    push(client, boards.run(["chess"]), lines(boards.samples()))
    found: Database = client.app.state.services.database  # type: ignore[attr-defined]
    return found


def test_what_was_done_is_in_the_chain(database: Database) -> None:
    found = audit.entries(database, after=0, limit=10)
    assert [(entry.number, entry.actor, entry.action) for entry in found] == [
        (1, "server", "board.sealed"),
        (2, "server", "run.published"),
        (3, "server", "upload.rejected"),
    ]
    proved = audit.verify(database)
    assert (proved.entries, proved.runs, proved.older, proved.unsealed) == (3, 1, 0, 0)
    assert audit.verify(database, expected=found[0].hash) == proved


_COLUMNS = "number, moment, actor, action, subject, detail, previous, hash"
_FORGED = "select number, moment, 'me', action, subject, detail, previous, hash from audit"
CHANGES = [
    "update audit set actor = 'me'",
    "delete from audit",
    f"insert into audit ({_COLUMNS}) {_FORGED} where number = 2 "
    "on conflict (number) do update set actor = 'me'",
]
REPLACED = [
    f"insert or replace into audit ({_COLUMNS}) {_FORGED}",
    f"replace into audit ({_COLUMNS}) {_FORGED} where number = 2",
    "update or replace audit set number = 1 where number = 2",
]


def refuses(database: Database, statements: list[str]) -> None:
    proved = audit.verify(database)
    for statement in statements:
        with pytest.raises(DatabaseError, match="only grows"), database.write() as session:
            session.execute(text(statement))
    assert audit.verify(database) == proved


def test_the_database_refuses_to_change_the_record(database: Database) -> None:
    on_sqlite = database.engine.dialect.name == "sqlite"
    refuses(database, [*CHANGES, *(REPLACED if on_sqlite else [])])


def _untie(session: Session) -> None:
    """What somebody with the database in their hands can do."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("drop trigger audit_no_update"))
        session.execute(text("drop trigger audit_no_delete"))
    else:
        session.execute(text("drop trigger audit_no_change on audit"))


def _other_actor(session: Session) -> None:
    session.execute(update(AuditEntry).where(AuditEntry.number == 1).values(actor="me"))


def _one_less(session: Session) -> None:
    session.delete(session.get_one(AuditEntry, 3))


def _first_gone(session: Session) -> None:
    session.delete(session.get_one(AuditEntry, 1))


def _better_score(session: Session) -> None:
    session.execute(update(Score).values(accuracy=0.99))


def _other_outcomes(session: Session) -> None:
    session.execute(update(Score).values(outcomes=bytes(12)))


def _other_model(session: Session) -> None:
    run = session.query(RunRow).one()
    run.manifest = run.manifest | {"engine": "vllm"}


def _compared_better(session: Session) -> None:
    """What comparisons and the gate read, and no page shows."""
    run = session.query(RunRow).one()
    told = json.loads(json.dumps(run.outcomes))
    for task in told["strict"]["tasks"].values():
        task["right"] = ["1" * len("".join(task["right"]))]
    run.outcomes = told


def _other_name(session: Session) -> None:
    session.execute(update(RunRow).values(model="somebody/else"))


def _shown_to_one(session: Session) -> None:
    session.execute(update(RunRow).values(private_to="red"))


def _larger(session: Session) -> None:
    session.execute(update(TaskRow).values(expected=TaskRow.expected + 1))


def _gone(session: Session) -> None:
    for table in ("scores", "run_tasks", "runs"):
        session.execute(text(f"delete from {table}"))


def _taken_down(session: Session) -> None:
    session.execute(update(RunRow).values(withdrawn=now()))


def _other_reason(session: Session) -> None:
    session.execute(update(RunRow).values(withdrawn=now(), withdrawn_why="a mistake"))
    run = session.query(RunRow).one().id
    audit.record(session, actor="me", action="run.withdrawn", subject=run, reason="a fraud")


def _first_score(session: Session) -> None:
    """A score that no checker ever gave."""
    score = session.query(Score).first()
    assert score is not None
    session.add(
        PastScore(
            run_id=score.run_id,
            task=score.task,
            policy=score.policy,
            checker_version="0",
            accuracy=1.0,
            outcomes=bytes(12),
            verdicts_blob="0" * 64,
            graded=now(),
        )
    )


def _earlier(session: Session) -> None:
    session.execute(update(RunRow).values(published=datetime(2020, 1, 1, tzinfo=UTC)))


def _organisation(session: Session, *, private: bool) -> None:
    audit.record(session, actor="me", action="organisation.set", subject="lab", private=private)
    session.add(Organisation(id="lab", private=True))


def _seen_by_all(session: Session) -> None:
    _organisation(session, private=False)


def _organisation_gone(session: Session) -> None:
    audit.record(session, actor="me", action="organisation.set", subject="lab", private=True)


def _token(session: Session, **forged: Any) -> None:
    facts: dict[str, Any] = {"name": "x", "scopes": ["read"], "digest": "d", "created": now()}
    token = AccessToken(id="a", **facts)
    audit.record(
        session, actor="me", action="token.made", subject="a", scopes=["read"],
        organisation=None, seal=seal_token(token),
    )  # fmt: skip
    session.add(AccessToken(id="a", **(facts | forged)))


def _may_more(session: Session) -> None:
    _token(session, scopes=["admin", "read"])


def _other_secret(session: Session) -> None:
    _token(session, digest="e")


def _back_door(session: Session) -> None:
    session.add(AccessToken(id="b", name="x", scopes=["admin"], digest="d", created=now()))


def _taken_back(session: Session) -> None:
    _token(session, revoked=now())


def _signs_for_us(session: Session) -> None:
    session.add(SigningKey(id="k", name="x", public=bytes(32)))


def _put_there_long_ago(session: Session) -> None:
    _put_there(session, when=datetime(2020, 1, 1, tzinfo=UTC))


def _put_there(session: Session, when: datetime | None = None) -> None:
    """A run that no entry knows of, as a copy of one that it knows."""
    run = session.query(RunRow).one()
    columns = {c.name: getattr(run, c.name) for c in RunRow.__table__.columns}
    upload = session.get_one(UploadRow, run.upload_id)
    other = {c.name: getattr(upload, c.name) for c in UploadRow.__table__.columns}
    session.execute(insert(UploadRow).values(**(other | {"id": "f" * 64})))
    forged = columns | {"id": "f" * 16, "upload_id": "f" * 64, "published": when or now()}
    session.execute(insert(RunRow).values(**forged))


def _other_samples(session: Session) -> None:
    session.execute(update(TaskRow).values(samples_blob="0" * 64))


FORGERIES: list[tuple[Callable[[Session], None], str]] = [
    (_other_actor, "audit entry 1 was changed"),
    (_one_less, "the audit ends at 2 and should end at 3"),
    (_first_gone, "audit entry 1 is missing"),
    (_better_score, "it differs from what was published"),
    (_other_outcomes, "it differs from what was published"),
    (_other_model, "it differs from what was published"),
    (_compared_better, "it differs from what was published"),
    (_other_name, "it differs from what was published"),
    (_shown_to_one, "it differs from what was published"),
    (_larger, "it differs from what was published"),
    (_gone, "was published and is missing"),
    (_taken_down, "the audit has no entry for this withdrawal"),
    (_other_reason, "it was withdrawn for another reason"),
    (_put_there, "the audit has no entry for it"),
    (_put_there_long_ago, "the audit has no entry for it"),
    (_first_score, "the history of its scores was changed"),
    (_earlier, "the history of its scores was changed"),
    (_seen_by_all, "organisation lab: who sees its runs was changed"),
    (_organisation_gone, "organisation lab was made and is missing"),
    (_may_more, "token a: it was changed since it was made"),
    (_other_secret, "token a: it was changed since it was made"),
    (_taken_back, "token a: the audit disagrees on whether it was revoked"),
    (_back_door, "token b exists, but the audit has no entry for it"),
    (_signs_for_us, "key k exists, but the audit has no entry for it"),
    (_other_samples, "it differs from what was published"),
]


@pytest.mark.parametrize(("forge", "words"), FORGERIES)
def test_history_that_was_rewritten(
    database: Database, forge: Callable[[Session], None], words: str
) -> None:
    with database.write() as session:
        _untie(session)
        forge(session)
    with pytest.raises(audit.BrokenAudit, match=words):
        audit.verify(database)


def test_a_chain_that_was_written_anew_has_another_head(database: Database) -> None:
    head = audit.verify(database).head
    with database.write() as session:
        _untie(session)
        for entry in session.query(AuditEntry).all():
            session.delete(entry)
        chain = session.query(AuditHead).one()
        chain.number, chain.hash = 0, "0" * 64
        session.flush()
        run = session.query(RunRow).one()
        audit.record(session, actor="me", action="run.published", subject=run.id, seal=seal(run))
    assert audit.verify(database).entries == 1
    with pytest.raises(audit.BrokenAudit, match="the audit was rewritten"):
        audit.verify(database, expected=head)


def test_a_record_that_was_emptied(board: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = Database(boards.settings(board).database)
    with database.write() as session:
        _untie(session)
        for table in ("audit", "audit_head"):
            session.execute(text(f"delete from {table}"))
    database.close()
    assert main(["server", "audit", "verify", "--data", str(board)]) == 1
    words = "cft-eval: the audit has no head: it was emptied; restore the board from a backup\n"
    assert capsys.readouterr().err == words


def test_many_write_at_once_and_the_chain_holds(database: Database) -> None:
    def write(number: int) -> None:
        for _ in range(10):
            with database.write() as session:
                audit.record(session, actor=str(number), action="test", subject="x")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit.verify(database).entries == 83


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    config = boards.settings(tmp_path / "board")
    monkeypatch.setenv("CFT_EVAL_DATABASE_URL", config.database)
    with TestClient(boards.create_app(config)) as client:
        push(client, boards.run(), lines(boards.samples()))
    return tmp_path / "board"


def test_it_is_proved_from_the_command_line(
    board: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(board)]
    assert main(["server", "audit", "verify", *data]) == 0
    first, head = capsys.readouterr().out.splitlines()
    assert first == "2 entries, 1 published runs: proved"
    assert main(["server", "audit", "verify", "--head", head.split()[1].rstrip(":"), *data]) == 0
    assert main(["server", "audit", "verify", "--head", "0" * 64, *data]) == 1
    assert "the audit was rewritten" in capsys.readouterr().err


def test_a_restored_board_says_what_the_record_does_not_have(
    board: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A board of before the record, that no server has started on since."""
    database = Database(boards.settings(board).database)
    with database.write() as session:
        _untie(session)
        session.execute(text("delete from audit"))
        session.execute(text("update audit_head set number = 0, hash = :none"), {"none": "0" * 64})
    database.close()
    copy, new = tmp_path / "copy", tmp_path / "new"
    assert main(["server", "backup", str(copy), "--data", str(board)]) == 0
    monkeypatch.delenv("CFT_EVAL_DATABASE_URL")
    monkeypatch.setenv("CFT_EVAL_DATABASE_URL", boards.settings(new).database)
    capsys.readouterr()
    assert main(["server", "restore", str(copy), "--data", str(new), "--verify"]) == 0
    out, err = capsys.readouterr()
    assert out.endswith("0 audit entries: proved\n")
    assert err == (
        "1 runs are older than the audit and not in it yet; start the server once, and it vouches "
        "for them as they are then\n"
    )
