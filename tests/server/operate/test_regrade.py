"""A new checker: what it would change is shown first, then it replaces scores and keeps the old."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from cft_eval.checker import CHECKER_VERSION, Policy, Verdict
from cft_eval.checker.run.bulk import check_policies
from cft_eval.cli import main
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.intake.grading import Grader
from cft_eval.server.ledger import audit
from cft_eval.server.operate.regrade import Accepted, Regrade
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import RunRow, Score
from tests.server import boards
from tests.server.pushes import lines, push


def severe(rows: list[dict[str, Any]], **options: Any) -> list[dict[Policy, Verdict]]:
    """Version 1 does not read what holds `a dozen`, under the strict policy alone."""
    unread = [row | {"response": "?"} if "a dozen" in row["response"] else row for row in rows]
    return [
        each | {"strict": strict["strict"]}
        for each, strict in zip(
            check_policies(rows, **options), check_policies(unread, **options), strict=True
        )
    ]


OLD = Grader("1", severe)


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServerSettings:
    """Two runs, graded by version 1: three right and two, of twelve."""
    config = boards.settings(tmp_path / "board")
    monkeypatch.setenv("CFT_EVAL_DATABASE_URL", config.database)
    with TestClient(boards.create_app(config, grader=OLD)) as client:
        samples = boards.samples(right=3)
        push(client, boards.run(name="tiny/words"), lines(samples))
        samples = boards.samples(right=2)
        for place in (2, 3, 4):
            samples[place] = boards.sample(
                "math", place, response=rf"\boxed{{{2 * place}}} a dozen"
            )
        push(client, boards.run(name="tiny/dozen"), lines(samples))
    return config


def test_what_would_change_is_shown_and_nothing_is_written(
    board: ServerSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(board.server_data)]
    assert main(["server", "regrade", "--dry-run", "--json", *data]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["version"], report["runs"]) == (CHECKER_VERSION, 2)
    (score,) = report["scores"]
    assert (score["model"], score["policy"]) == ("tiny/dozen", "strict")
    assert [score["before"], score["after"]] == [pytest.approx(2 / 12), pytest.approx(5 / 12)]
    assert [(each["place"], each["after"]) for each in score["samples"]] == [
        (2, "correct"), (3, "correct"), (4, "correct"),
    ]  # fmt: skip
    assert {(rank["model"], rank["before"], rank["after"]) for rank in report["ranks"]} == {
        ("tiny/words", 1, 2),
        ("tiny/dozen", 2, 1),
    }
    assert main(["server", "regrade", "--dry-run", *data]) == 0
    words = capsys.readouterr().out
    assert "tiny/dozen cft_math strict: 0.1667 -> 0.4167, 3 samples" in words
    assert "tiny/words cft_math strict: rank 1 -> 2" in words
    database = Database(board.database)
    assert Regrade(database, Blobs(board.blob_folder), graders=1).look().runs == 2
    database.close()


def test_accepting_replaces_scores_and_keeps_what_was(
    board: ServerSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["server", "regrade", "--data", str(board.server_data)]) == 0
    assert capsys.readouterr().out == "2 runs graded again; the scores before are kept\n"
    with TestClient(boards.create_app(board)) as client:
        runs = {
            each["run"]["model"]["name"]: each for each in client.get("/api/v1/runs").json()["runs"]
        }
        run = runs["tiny/dozen"]
        assert run["checker"] == CHECKER_VERSION
        assert run["tasks"][0]["accuracy"]["strict"] == pytest.approx(5 / 12)
        history = client.get(f"/api/v1/runs/{run['id']}/history").json()
        strict = [
            (h["checker"], round(h["accuracy"], 3)) for h in history if h["policy"] == "strict"
        ]
        assert strict == [(CHECKER_VERSION, 0.417), ("1", 0.167)]
        outcomes = client.get(f"/api/v1/runs/{run['id']}/outcomes").json()
        assert outcomes["settings"]["checker"] == CHECKER_VERSION
        samples = client.get(f"/api/v1/runs/{run['id']}/samples").json()["samples"]
        verdicts = {each["policy"]: each["outcome"] for each in samples[2]["verdicts"]}
        assert verdicts["strict"] == "correct"
        assert audit.verify(client.app.state.services.database).runs == 2  # type: ignore[attr-defined]
    assert main(["server", "regrade", "--dry-run", "--data", str(board.server_data)]) == 0
    assert (
        capsys.readouterr().out
        == f"checker {CHECKER_VERSION}: 0 runs were graded by another version\n"
    )


def test_a_stop_in_between_leaves_whole_runs_and_the_rest_is_done_next_time(
    board: ServerSettings,
) -> None:
    database, blobs = Database(board.database), Blobs(board.blob_folder)
    seen: list[str] = []

    def stop(run: str, number: int, of: int) -> None:
        seen.append(run)
        assert (number, of) == (len(seen), 2)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Regrade(database, blobs, graders=1, progress=stop, together=1).accept(actor="me")
    audit.verify(database)
    assert Regrade(database, blobs, graders=1).accept(actor="me") == Accepted(1, ())
    audit.verify(database)
    database.close()


def hide_samples(config: ServerSettings, run: str) -> tuple[Path, bytes]:
    """Take the samples of a run away; where they lay, and what they were."""
    database = Database(config.database)
    with database.read() as session:
        (task,) = session.get_one(RunRow, run).tasks
    database.close()
    name = task.samples_blob
    place = config.server_data / "blobs" / name[:2] / name[2:]
    content = place.read_bytes()
    place.unlink()
    return place, content


def scores(config: ServerSettings) -> dict[str, tuple[str, float]]:
    """Run to the version of its checker and its strict score."""
    database = Database(config.database)
    wanted = select(RunRow.id, RunRow.checker_version, Score.accuracy).join_from(
        RunRow, Score, Score.run_id == RunRow.id
    )
    with database.read() as session:
        rows = session.execute(wanted.where(Score.policy == "strict"))
        found = {run: (version, accuracy) for run, version, accuracy in rows}
    database.close()
    return found


def test_a_damaged_run_stops_no_other(
    board: ServerSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    before = scores(board)
    lost, kept = sorted(before)  # the first one is looked at first
    place, content = hide_samples(board, lost)
    data = ["--data", str(board.server_data)]
    assert main(["server", "regrade", "--dry-run", "--json", *data]) == 1
    said = capsys.readouterr()
    assert [damaged["run"] for damaged in json.loads(said.out)["damaged"]] == [lost]
    assert f"run {lost}: blob" in said.err
    assert scores(board) == before
    assert main(["server", "regrade", *data]) == 1
    said = capsys.readouterr()
    assert said.out == "1 runs graded again; the scores before are kept\n"
    assert f"run {lost}: blob" in said.err
    assert "Bring each blob back from a backup" in said.err
    assert scores(board)[lost] == before[lost]
    assert scores(board)[kept][0] == CHECKER_VERSION
    # Cut in half it is damaged, not gone, and nothing is graded from the half.
    place.write_bytes(content[: len(content) // 2])
    assert main(["server", "regrade", *data]) == 1
    assert "is damaged" in capsys.readouterr().err
    place.write_bytes(content)
    assert main(["server", "regrade", *data]) == 0
    assert {version for version, _ in scores(board).values()} == {CHECKER_VERSION}
    assert main(["server", "audit", "verify", *data]) == 0


def test_a_damaged_board_is_backed_up_as_far_as_it_goes(
    board: ServerSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lost, kept = sorted(scores(board))
    place, content = hide_samples(board, lost)
    copy = tmp_path / "copy"
    backup = ["server", "backup", str(copy), "--data", str(board.server_data)]
    assert main(backup) == 1
    said = capsys.readouterr().err
    assert f"run {lost}, the samples of cft_math: blob" in said
    assert kept not in said
    monkeypatch.delenv("CFT_EVAL_DATABASE_URL")
    target = boards.settings(tmp_path / "new")
    monkeypatch.setenv("CFT_EVAL_DATABASE_URL", target.database)
    restore = ["server", "restore", str(copy), "--data", str(tmp_path / "new")]
    # Proved, it is not taken, and nothing of it is there.
    assert main([*restore, "--verify"]) == 1
    assert f"run {lost}, the samples of cft_math: blob" in capsys.readouterr().err
    assert [path for path in (tmp_path / "new").rglob("*") if path.is_file()] == []
    # Without, all but what is lost.
    assert main(restore) == 1
    assert lost in capsys.readouterr().err
    with TestClient(boards.create_app(target)) as client:
        assert client.get(f"/api/v1/runs/{kept}/samples").is_success
        assert client.get(f"/api/v1/runs/{lost}").is_success
    place.write_bytes(content)
    monkeypatch.setenv("CFT_EVAL_DATABASE_URL", board.database)
    assert main(backup) == 0
    monkeypatch.delenv("CFT_EVAL_DATABASE_URL")
    fresh = boards.settings(tmp_path / "fresh")
    monkeypatch.setenv("CFT_EVAL_DATABASE_URL", fresh.database)
    restore = ["server", "restore", str(copy), "--data", str(tmp_path / "fresh")]
    assert main([*restore, "--verify"]) == 0


def test_a_restore_that_fails_leaves_nothing(
    board: ServerSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copy = tmp_path / "copy"
    assert main(["server", "backup", str(copy), "--data", str(board.server_data)]) == 0
    monkeypatch.delenv("CFT_EVAL_DATABASE_URL")
    target = boards.settings(tmp_path / "new")
    monkeypatch.setenv("CFT_EVAL_DATABASE_URL", target.database)
    put, count = Blobs.put_file, iter(range(9))

    def full(self: Blobs, file: Path, digest: str) -> None:
        if next(count) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        put(self, file, digest)

    restore = ["server", "restore", str(copy), "--data", str(tmp_path / "new")]
    with monkeypatch.context() as patched:
        patched.setattr(Blobs, "put_file", full)
        assert main(restore) == 2
    assert "No space left" in capsys.readouterr().err
    assert [path for path in (tmp_path / "new").rglob("*") if path.is_file()] == []
    assert main([*restore, "--verify"]) == 0
