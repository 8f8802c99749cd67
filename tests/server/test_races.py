"""Many do the same at once: what one has read is still so when it decides, on every database.

Every look within a writing session is slowed down, so that whoever does not exclude the others
meets them.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, func, select

from cft_eval.records.runs import ReportRecord
from cft_eval.server.access.auth import OPEN, Principal, Scope
from cft_eval.server.foundation.errors import BlobGoing, BoardError
from cft_eval.server.http.services import Services
from cft_eval.server.intake.grading import CHECKER, Grader
from cft_eval.server.intake.publishing import Publishing
from cft_eval.server.ledger import audit
from cft_eval.server.operate.backup import verify
from cft_eval.server.operate.regrade import Regrade
from cft_eval.server.operate.review import Decision, Withdrawal
from cft_eval.server.queries.label_reports import LabelReports, ReportLimits
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import PastScore, UploadRow
from cft_eval.server.store.models_access import Organisation
from cft_eval.server.store.models_work import Checkpoint, CheckpointFile
from cft_eval.server.work.checkpoints import AnnouncedCheckpoint
from cft_eval.server.work.evaluations import Claim, EvaluationRequest
from tests.server import boards
from tests.server.pushes import API, lines, manifest, send, settle
from tests.test_weights import GOOD as WEIGHTS

THREADS = 8
SLOW_SECONDS = 0.01
CONFIG = b"{}"
GOOD = lines(boards.samples())
ME = Principal("me", scopes=frozenset(Scope), everything=True)


class Racing:
    """One board whose writers look slowly."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.services: Services = client.app.state.services  # type: ignore[attr-defined]
        event.listen(self.services.database.engine, "after_cursor_execute", _slowly)

    def at_once(self, *works: Callable[[], Any]) -> list[Any]:
        """What each of ``works`` gave, or the `BoardError` that it raised."""
        found: list[Any] = [None] * len(works)
        gate = threading.Barrier(len(works))

        def work(place: int) -> None:
            gate.wait()
            try:
                found[place] = works[place]()
            except BoardError as problem:
                found[place] = problem

        threads = [threading.Thread(target=work, args=(place,)) for place in range(len(works))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        audit.verify(self.services.database)
        return found

    def done(self, action: str) -> int:
        """How often the audit says that."""
        entries = audit.entries(self.services.database, after=0, limit=1000)
        return Counter(entry.action for entry in entries)[action]

    def count(self, table: type[Any]) -> int:
        with self.services.database.read() as session:
            return session.scalars(select(func.count()).select_from(table)).one()


def _slowly(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
    if statement.lower().startswith("select") and connection.get_execution_options().get("writes"):
        time.sleep(SLOW_SECONDS)


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Racing]:
    config = boards.settings(
        tmp_path,
        part_bytes=1 << 20,
        checkpoint_bytes=1 << 20,
        uploads_per_day=5,
        review=True,
    )
    with TestClient(boards.create_app(config)) as client:
        yield Racing(client)


def succeeded(found: list[Any]) -> int:
    return sum(not isinstance(each, BoardError) for each in found)


def announced(board: Racing, name: str) -> Callable[[], Any]:
    def work() -> Any:
        body = boards.run(name=name).model_dump_json().encode()
        return board.services.uploads.announce(
            b'{"run": %s, "samples": {"bytes": %d, "sha256": "%s"}}'
            % (body, len(GOOD), str(manifest(boards.run(), GOOD)["samples"]["sha256"]).encode()),
            by=ME,
        )

    return work


def test_no_quota_is_overdrawn(board: Racing) -> None:
    found = board.at_once(*(announced(board, f"tiny/{number}") for number in range(THREADS)))
    assert succeeded(found) == board.count(UploadRow) == 5


def test_the_same_upload_is_begun_once(board: Racing) -> None:
    found = board.at_once(*[announced(board, "tiny/one")] * THREADS)
    assert sorted(new for _, new in found) == [False] * (THREADS - 1) + [True]


def graded(board: Racing) -> str:
    """An upload that waits for its review."""
    upload = board.client.post(API, json=manifest(boards.run(), GOOD)).json()
    send(board.client, upload, GOOD)
    board.client.post(f"{API}/{upload['id']}/finalize")
    return str(settle(board.client, upload["id"], states={"graded"})["id"])


def test_one_reviewer_decides(board: Racing) -> None:
    upload = graded(board)

    def decide(number: int) -> Callable[[], Any]:
        word = "publish" if number % 2 else "reject"
        by = Principal(f"reviewer {number}", scopes=frozenset(Scope), everything=True)
        said = Decision.model_validate({"decision": word, "reason": "x"})
        return lambda: board.services.review.decide(upload, said, by=by)

    found = board.at_once(*(decide(number) for number in range(THREADS)))
    assert succeeded(found) == board.done("upload.reviewed") == 1
    status = board.services.uploads.status(upload)
    assert board.done("run.published") == (status.state == "published")


@pytest.mark.parametrize("decision", ["publish", "reject"])
def test_a_worker_that_comes_after_the_reviewer_publishes_nothing(
    board: Racing, decision: str
) -> None:
    """The run is kept, a reviewer decides at once, and only then the worker looks again."""
    upload = graded(board)
    board.services.review.decide(
        upload, Decision.model_validate({"decision": decision, "reason": "x"}), by=ME
    )
    services = board.services
    with services.database.write() as session:
        session.get_one(UploadRow, upload).worker = "late"
    late = Publishing(
        database=services.database,
        blobs=services.blobs,
        uploads=services.uploads,
        settings=services.settings,
        worker="late",
        ending=lambda: False,
        grader=CHECKER,
    )
    late._show(upload)
    assert board.done("run.published") == (decision == "publish")
    assert services.uploads.status(upload).state == (
        "published" if decision == "publish" else "rejected"
    )


def test_a_run_is_withdrawn_once(board: Racing) -> None:
    upload = graded(board)
    board.services.review.decide(upload, Decision(decision="publish", reason="x"), by=ME)
    run = upload[:16]
    withdraw = board.services.review.withdraw
    board.at_once(*[lambda: withdraw(run, Withdrawal(reason="x"), by=ME)] * THREADS)
    assert board.done("run.withdrawn") == 1


def asked(board: Racing) -> Any:
    return board.services.evaluations.ask(EvaluationRequest(model="tiny/one"), by=ME)


def test_the_queue_has_an_end(board: Racing) -> None:
    queue = replace(board.services.evaluations, max_queued=3)
    request = EvaluationRequest(model="tiny/one")
    assert succeeded(board.at_once(*[lambda: queue.ask(request, by=ME)] * THREADS)) == 3


def test_an_evaluation_is_taken_once_or_cancelled(board: Racing) -> None:
    queue, name = board.services.evaluations, asked(board).id
    claims = [lambda: queue.claim(Claim(worker="w", gpus=1), by=ME)] * (THREADS - 1)
    *jobs, status = board.at_once(*claims, lambda: queue.cancel(name, by=ME))
    taken = [job for job in jobs if job]
    assert len(taken) <= 1
    assert status.state == ("running" if taken else "cancelled") or status.state == "cancelled"
    assert queue.status(name, by=ME).state == ("running" if taken else "cancelled")
    assert queue.status(name, by=ME).cancelling == bool(taken)


def test_what_a_dead_worker_held_is_buried_once(board: Racing) -> None:
    queue, name = board.services.evaluations, asked(board).id
    assert queue.claim(Claim(worker="dead", gpus=1), by=ME)
    from tests.server.work.test_evaluations import expire

    expire(board.client)
    found = board.at_once(*[lambda: queue.claim(Claim(worker="w", gpus=1), by=ME)] * THREADS)
    assert sum(job is not None for job in found) == 1
    assert queue.log(name, by=ME).count("was not heard of") == 1
    assert queue.status(name, by=ME).attempts == 2


def test_a_token_is_taken_back_once_and_an_organisation_made_once(board: Racing) -> None:
    accounts = board.services.accounts
    found = board.at_once(*[lambda: accounts.organisation("lab", private=True, by=ME)] * THREADS)
    assert succeeded(found) == THREADS
    assert board.count(Organisation) == 1
    token = accounts.mint("x", scopes=frozenset({Scope.READ}), organisation="lab", days=1, by=ME)
    board.at_once(*[lambda: accounts.revoke(token.id, by=ME)] * THREADS)
    assert board.done("token.revoked") == 1
    found = board.at_once(
        *[lambda: accounts.add_key("x", bytes(32), organisation=None, by=ME)] * THREADS
    )
    assert (len(set(found)), board.done("key.added")) == (1, 1)


def test_the_queue_of_reports_has_an_end(board: Racing) -> None:
    reports = LabelReports(board.services.catalog, ReportLimits(of_item=3))
    report = ReportRecord(
        benchmark="math",
        item="a" * 16,
        position=0,
        kind="reference",
        reference="",
        note="",
        run="b" * 16,
        place=0,
        created=boards.run().created,
    )
    assert succeeded(board.at_once(*[lambda: reports.add(report)] * THREADS)) == 3


def checkpoint(board: Racing, name: str) -> str:
    """A checkpoint whose parts are all here, and none of whose files is finished."""
    files = {"config.json": CONFIG, "model.safetensors": WEIGHTS}
    from hashlib import sha256

    wanted = AnnouncedCheckpoint.model_validate(
        {
            "name": name,
            "files": [
                {"name": file, "bytes": len(content), "sha256": sha256(content).hexdigest()}
                for file, content in files.items()
            ],
        }
    )
    found = board.services.checkpoints.announce(wanted, by=OPEN)
    for file, content in files.items():
        path = f"/api/v1/checkpoints/{found.id}/files/{file}/parts/0"
        assert board.client.put(path, content=content).is_success
    return found.id


def test_a_checkpoint_is_kept_once(board: Racing) -> None:
    kept, name = board.services.checkpoints, checkpoint(board, "a")
    works = [
        lambda file=file: kept.finish(name, file, by=OPEN)
        for file in ("config.json", "model.safetensors") * 4
    ]
    board.at_once(*works)
    assert kept.status(name, by=OPEN).complete
    assert board.done("checkpoint.kept") == 1


@pytest.mark.slow
def test_no_file_is_lost_to_another_checkpoint_that_is_deleted(board: Racing) -> None:
    kept = board.services.checkpoints
    for round_ in range(6):
        old = checkpoint(board, f"old {round_}")
        for file in ("config.json", "model.safetensors"):
            kept.finish(old, file, by=OPEN)

        def finish(name: str, file: str) -> None:
            while True:  # as a client does: 503, Retry-After
                with suppress(BlobGoing):
                    kept.finish(name, file, by=OPEN)
                    return

        def replace(number: int, round_: int = round_) -> None:
            new = checkpoint(board, f"new {round_}.{number}")
            for file in ("config.json", "model.safetensors"):
                finish(new, file)

        board.at_once(
            lambda old=old: kept.delete(old, by=OPEN),  # type: ignore[misc]
            lambda: replace(0),
            lambda: replace(1),
        )
        with board.services.database.read() as session:
            stored = session.scalars(select(CheckpointFile).where(CheckpointFile.stored)).all()
            names = session.scalars(select(Checkpoint.id)).all()
        assert len(stored) == 4
        for each in stored:
            assert board.services.blobs.get(each.sha256)
        for name in names:
            kept.delete(name, by=OPEN)
        assert board.services.blobs.names() == []


def test_a_checkpoint_takes_no_samples_with_it(board: Racing) -> None:
    """Who knows a run's samples could send the same bytes as a file, and have that deleted."""
    board.services.review.decide(graded(board), Decision(decision="publish", reason="x"), by=ME)
    names = board.services.blobs.names()
    with board.services.database.write() as session:
        row = Checkpoint(id="c", name="c", actor="x", part_bytes=1, complete=None)
        row.files = [CheckpointFile(name=f"{n}", bytes=1, sha256=n) for n in names]
        session.add(row)
    board.services.checkpoints.delete("c", by=OPEN)
    assert board.services.blobs.names() == names
    verify(board.services.database, board.services.blobs)


def test_two_commands_grade_a_run_again_once(
    board: Racing,
) -> None:
    upload = graded(board)
    board.services.review.decide(upload, Decision(decision="publish", reason="x"), by=ME)
    database, blobs = board.services.database, board.services.blobs
    regrade = Regrade(database, blobs, Grader("next"), graders=1)
    board.at_once(*[lambda: regrade.accept(actor="me")] * 3)
    assert board.done("run.regraded") == 1
    with database.read() as session:
        assert "next" not in set(session.scalars(select(PastScore.checker_version)))


def test_several_servers_bring_the_tables_up_to_date_at_once(tmp_path: Path) -> None:
    config = boards.settings(tmp_path)
    databases: list[Database] = []
    threads = [
        threading.Thread(target=lambda: databases.append(Database(config.database)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(databases) == 4
    for database in databases:
        database.close()
