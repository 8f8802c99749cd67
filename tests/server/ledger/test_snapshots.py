"""Snapshots of comparisons are sealed, and a board goes by a counter and not by a clock."""

import json
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, update

from cft_eval.server.access.auth import OPEN
from cft_eval.server.ledger import audit
from cft_eval.server.ledger.audit import BrokenAudit
from cft_eval.server.operate.review import Withdrawal
from cft_eval.server.store.models import RunRow, now
from cft_eval.server.store.models_access import AuditEntry, AuditHead
from cft_eval.server.store.models_visitors import Snapshot
from tests.server import boards
from tests.server.pushes import lines, push


def _services(client: TestClient) -> Any:
    return client.app.state.services  # type: ignore[attr-defined]


@pytest.fixture
def taken(client: TestClient) -> str:
    runs = [
        push(client, boards.run(name=f"tiny/{right}"), lines(boards.samples(right=right)))["run"]
        for right in (3, 6)
    ]
    answer = client.post(
        "/comparisons", data={"run": runs, "policy": "strict"}, follow_redirects=False
    )
    return str(answer.headers["location"].rpartition("/")[2])


def _change(client: TestClient, **values: object) -> None:
    with _services(client).database.write() as session:
        session.execute(update(Snapshot).values(**values))


def _outcomes(client: TestClient, snapshot: str) -> list[dict[str, Any]]:
    with _services(client).database.read() as session:
        return list(session.get(Snapshot, snapshot).outcomes)


def test_a_snapshot_is_proved(client: TestClient, taken: str) -> None:
    assert audit.verify(_services(client).database).runs == 2


def test_changed_outcomes_are_noticed(client: TestClient, taken: str) -> None:
    changed = json.loads(json.dumps(_outcomes(client, taken)).replace("0", "1", 1))
    assert changed != _outcomes(client, taken)
    _change(client, outcomes=changed)
    with pytest.raises(BrokenAudit, match=f"snapshot {taken}: it differs from what was compared"):
        audit.verify(_services(client).database)


CHANGES: dict[str, dict[str, object]] = {
    "policy": {"policy": "qwen"},
    "the order of the runs": {"runs": ["b", "a"]},
    "checkers": {"checkers": ["1", "1"]},
    "its day": {"created": now() - timedelta(days=9)},
}


@pytest.mark.parametrize("values", CHANGES.values(), ids=CHANGES.keys())
def test_whatever_its_page_says_is_sealed(
    client: TestClient, taken: str, values: dict[str, object]
) -> None:
    _change(client, **values)
    with pytest.raises(BrokenAudit, match=f"snapshot {taken}: it differs from what was compared"):
        audit.verify(_services(client).database)


def test_one_that_was_put_there_or_taken_away_is_noticed(client: TestClient, taken: str) -> None:
    database = _services(client).database
    with database.write() as session:
        row = session.get(Snapshot, taken)
        copy = {name: getattr(row, name) for name in ("policy", "runs", "checkers", "outcomes")}
        session.add(Snapshot(id="f" * 16, **copy))
    with pytest.raises(BrokenAudit, match=f"snapshot {'f' * 16} exists, but the audit"):
        audit.verify(database)
    with database.write() as session:
        session.execute(delete(Snapshot))
    with pytest.raises(BrokenAudit, match=f"snapshot {taken} was taken and is missing"):
        audit.verify(database)


@pytest.mark.parametrize("forged", [False, True])
@pytest.mark.sqlite
def test_snapshots_that_are_older_than_seals_prove_themselves(
    client: TestClient, taken: str, forged: bool
) -> None:
    """Their name is the hash of what they compare; a forged one is not vouched for."""
    database = _services(client).database
    if forged:
        _change(client, policy="qwen")
    with database.write() as session:
        session.connection().exec_driver_sql("drop trigger audit_no_delete")
        session.connection().exec_driver_sql("drop trigger audit_no_update")
        last = session.query(AuditEntry).order_by(AuditEntry.number.desc()).first()
        head = session.query(AuditHead).one()
        assert last.action == "snapshot.taken"
        head.number, head.hash = last.number - 1, last.previous
        session.delete(last)
        sealed = session.query(AuditEntry).filter(AuditEntry.action == audit.COMPLETE).one()
        assert "snapshots" in sealed.detail
    if forged:
        with pytest.raises(BrokenAudit, match="the audit has no entry for it"):
            audit.verify(database)


def test_a_withdrawn_run_vanishes_whatever_the_clock_says(client: TestClient) -> None:
    """As many runs as before, and the newest of them as new as before: what was counted once."""
    services = _services(client)
    runs = [
        push(client, boards.run(name=f"tiny/{number}"), lines(boards.samples()))["run"]
        for number in range(2)
    ]
    with services.database.write() as session:  # the clock was a day ahead then
        ahead = {"published": now() + timedelta(days=1), "graded": now() + timedelta(days=1)}
        session.execute(update(RunRow).where(RunRow.id == runs[0]).values(**ahead))
    assert "tiny/1" in client.get("/").text
    services.review.withdraw(runs[1], Withdrawal(reason="wrong"), by=OPEN)
    push(client, boards.run(name="tiny/2"), lines(boards.samples()))
    page = client.get("/").text
    assert ("tiny/0" in page, "tiny/1" in page, "tiny/2" in page) == (True, False, True)
