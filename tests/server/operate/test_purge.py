"""What no page shows any more is deleted when it is old enough, and nothing else is."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from cft_eval.cli import main
from cft_eval.server.ledger import audit
from cft_eval.server.operate import backup
from cft_eval.server.operate.purge import Purge
from cft_eval.server.store.models import RunRow, UploadRow, now
from tests.server import boards
from tests.server.labs import GOOD, Lab, tokens_for, waiting
from tests.server.pushes import API, announce, lines, manifest, push, send, settle

OTHER = lines(boards.samples(right=9))  # shorter than the others


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """With three runs: one shown, one turned down, one withdrawn; all of them are old."""
    config = boards.settings(tmp_path, review=True, quota_bytes=4 * len(GOOD))
    with TestClient(boards.create_app(config)) as client:
        lab = Lab(client, tokens_for(client))
        shown, rejected, withdrawn = (
            waiting(lab, "red", name=name) for name in ("shown", "rejected", "withdrawn")
        )
        for upload, decision in ((shown, "publish"), (rejected, "reject"), (withdrawn, "publish")):
            said = {"decision": decision, "reason": "not this one"}
            assert lab.post(f"{API}/{upload}/review", said, "server").status_code == 200
        path = f"/api/v1/runs/{withdrawn[:16]}/withdraw"
        assert lab.post(path, {"reason": "leaked"}, "server").status_code == 204
        _age(lab, tmp_path, days=40)
        yield lab


def _age(lab: Lab, folder: Path, *, days: float) -> None:
    services = lab.client.app.state.services  # type: ignore[attr-defined]
    then = now() - timedelta(days=days)
    with services.database.write() as session:
        session.execute(update(UploadRow).values(updated=then))
        withdrawn = update(RunRow).where(RunRow.withdrawn.is_not(None))
        session.execute(withdrawn.values(withdrawn=then))
    for file in (folder / "blobs").rglob("*"):
        os.utime(file, (time.time() - 86400 * days,) * 2)


def _purge(lab: Lab, **options: object) -> Purge:
    services = lab.client.app.state.services  # type: ignore[attr-defined]
    return Purge(services.database, services.blobs, **options)  # type: ignore[arg-type]


def _verified(lab: Lab) -> backup.Proved:
    services = lab.client.app.state.services  # type: ignore[attr-defined]
    return backup.verify(services.database, services.blobs)


def _states(purge: Purge) -> list[tuple[str, str]]:
    return sorted((run.model, run.state) for run in purge.look().runs)


def test_content_goes_when_it_is_old_enough_and_asked_for(lab: Lab) -> None:
    assert _states(_purge(lab)) == [("rejected", "rejected")]
    assert _states(_purge(lab, days=41)) == []
    both = _purge(lab, withdrawn=True)
    assert _states(both) == [("rejected", "rejected"), ("withdrawn", "withdrawn")]
    assert both.look() == both.look()  # looking changes nothing
    assert len(both.accept(actor="me").runs) == 2
    assert both.look().runs == ()
    # All three had the same responses: the run that is shown still has them.
    run = lab.get("/api/v1/runs", "red").json()["runs"][0]["id"]
    assert lab.get(f"/api/v1/runs/{run}/samples", "red").status_code == 200
    assert _verified(lab).runs == 2
    services = lab.client.app.state.services  # type: ignore[attr-defined]
    purged = [
        entry.detail["state"]
        for entry in audit.entries(services.database, after=0, limit=999)
        if entry.action == "run.purged"
    ]
    assert sorted(purged) == ["rejected", "withdrawn"]


def test_responses_that_only_purged_runs_had_are_gone(lab: Lab, tmp_path: Path) -> None:
    upload = lab.post(API, manifest(boards.run(name="alone"), OTHER), "red").json()
    lab.client.headers.update(lab.headers("red"))
    send(lab.client, upload, OTHER)
    lab.client.post(f"{API}/{upload['id']}/finalize")
    settle(lab.client, upload["id"], states={"graded"})
    del lab.client.headers["Authorization"]
    blobs = set(_purge(lab).blobs.names())
    said = {"decision": "reject", "reason": "no"}
    assert lab.post(f"{API}/{upload['id']}/review", said, "server").status_code == 200
    assert set(_purge(lab).blobs.names()) == blobs  # nothing goes before its time
    _age(lab, tmp_path, days=40)
    _purge(lab).accept(actor="me")
    assert len(blobs - set(_purge(lab).blobs.names())) == 2
    status = lab.get(f"{API}/{upload['id']}", "red").json()
    assert (status["state"], status["reason"]) == ("rejected", "no")
    # The same comes again, and is taken.
    again = lab.post(API, manifest(boards.run(name="alone"), OTHER), "red").json()
    assert again["state"] == "receiving"
    _verified(lab)


def test_what_was_turned_down_may_come_again_before_it_is_purged(lab: Lab) -> None:
    upload = waiting(lab, "red", name="rejected")
    said = {"decision": "publish", "reason": "now it is good"}
    assert lab.post(f"{API}/{upload}/review", said, "server").status_code == 200
    assert _states(_purge(lab)) == []
    assert _verified(lab).runs == 3


def test_content_counts_towards_the_quota_until_it_is_purged(lab: Lab) -> None:
    """Room for four, and three are here: one shown, one turned down, one withdrawn."""
    assert lab.post(API, manifest(boards.run(name="four"), GOOD), "red").status_code == 201
    assert lab.post(API, manifest(boards.run(name="five"), GOOD), "red").status_code == 507
    _purge(lab).accept(actor="me")
    assert lab.post(API, manifest(boards.run(name="five"), GOOD), "red").status_code == 201
    assert lab.post(API, manifest(boards.run(name="six"), GOOD), "red").status_code == 507
    _purge(lab, withdrawn=True).accept(actor="me")
    assert lab.post(API, manifest(boards.run(name="six"), GOOD), "red").status_code == 201


def test_leftovers_go_and_what_is_being_written_stays(lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "blobs" / "ab"
    folder.mkdir(parents=True, exist_ok=True)
    old, new = (folder / f"{'c' * 62}.0000000{number}.partial" for number in (1, 2))
    orphan, foreign = folder / ("d" * 62), folder / "README"
    for file in (old, new, orphan, foreign):
        file.write_bytes(b"x" * 100)
    for file in (old, orphan, foreign):
        os.utime(file, (0, 0))
    found = _purge(lab, days=0).look()
    assert (len(found.partials), found.blobs, found.bytes) == (1, ("ab" + "d" * 62,), 200)
    _purge(lab, days=0).accept(actor="me")
    assert [file.exists() for file in (old, new, orphan, foreign)] == [False, True, False, True]
    _verified(lab)


def test_a_board_with_purged_runs_is_copied_and_restored(lab: Lab, tmp_path: Path) -> None:
    _purge(lab, withdrawn=True).accept(actor="me")
    services = lab.client.app.state.services  # type: ignore[attr-defined]
    copied = backup.backup(services.database, services.blobs, tmp_path / "nightly")
    assert copied.damage == ()
    assert main(["server", "restore", str(tmp_path / "nightly"), "--verify", "--data",
                 str(tmp_path / "new")]) == 0  # fmt: skip


def test_a_purge_that_nobody_recorded_is_noticed(lab: Lab) -> None:
    services = lab.client.app.state.services  # type: ignore[attr-defined]
    with services.database.write() as session:
        shown = update(RunRow).where(RunRow.model == "shown")
        session.execute(shown.values(purged=now()))
    with pytest.raises(audit.BrokenAudit, match="the audit has no entry for this purge"):
        audit.verify(services.database)


@pytest.mark.skipif(boards.POSTGRES is not None, reason="the command looks for a SQLite file")
def test_the_command_looks_first(
    lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["server", "purge", "--data", str(tmp_path)]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "rejected  red  rejected" in said
    assert "not this one" in said
    assert "would delete: 1 run, 0 unreferenced blobs, 0 unfinished files" in said
    assert main([*command, "--yes"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("purged: 1 run,")
    assert main(command) == 0
    assert capsys.readouterr().out == "nothing to purge\n"


def test_a_run_that_is_announced_counts_before_it_is_graded(lab: Lab) -> None:
    """Whoever only announces fills the quota too."""
    lab.client.headers.update(lab.headers("red"))
    announce(lab.client, boards.run(name="four"), GOOD)
    del lab.client.headers["Authorization"]
    assert lab.post(API, manifest(boards.run(name="five"), GOOD), "red").status_code == 507


def test_a_bucket_is_purged_too(tmp_path: Path, s3: str) -> None:
    """An object store says when things were stored in words of its own."""
    pytest.importorskip("s3fs", reason="needs the extra `s3`")
    config = boards.settings(tmp_path, blobs=s3)
    with TestClient(boards.create_app(config)) as client:
        run = push(client, boards.run(), GOOD)["run"]
        services = client.app.state.services  # type: ignore[attr-defined]
        orphan = services.blobs.put(b"nothing names it")
        partial = f"{services.blobs._path('a' * 64)}.0badc0de.partial"
        services.blobs._files.pipe_file(partial, b"x")
        assert Purge(services.database, services.blobs).look().blobs == ()  # too young
        assert Purge(services.database, services.blobs, days=0).look().partials == ()
        found = Purge(services.database, services.blobs, days=0).accept(actor="me")
        assert (found.blobs, found.bytes) == ((orphan,), len(b"nothing names it"))
        assert not services.blobs.has(orphan)
        assert client.get(f"/api/v1/runs/{run}/samples").status_code == 200
        backup.verify(services.database, services.blobs)


def test_what_somebody_deleted_by_hand_does_not_stop_it(lab: Lab, tmp_path: Path) -> None:
    for file in (tmp_path / "blobs").rglob("*"):
        if file.is_file():
            file.unlink()
    assert len(_purge(lab, withdrawn=True).accept(actor="me").runs) == 2
    assert _purge(lab, withdrawn=True).look().runs == ()
