"""What a large board costs as a whole: grading all of it again, its backup, and the proof of one.

    CFT_EVAL_DATA=… python benchmarks/old_board.py [--runs 10000] [--database URL]

Fills a board with runs of AIME 2024 and AMC 2023 (70 responses each, samples and all) that a former
checker graded, one wrongly in each run; then runs `cft-eval server regrade --dry-run`, `regrade`,
`backup` and `restore --verify`, as an operator would. Prints seconds, those of CPU, what that is a
response, and the most memory that a process held.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import insert

from cft_eval.checker import POLICIES
from cft_eval.checker.run.bulk import Checkers
from cft_eval.results import Model, Policy, Run, Sample
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.intake.grading import Grader, TaskVerdicts, regraded
from cft_eval.server.intake.parquet import samples_parquet, verdicts_parquet
from cft_eval.server.intake.validation import UploadedResponse
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import RunRow, Score, State, TaskRow, UploadRow
from server import make

BENCHMARKS = ("aime24", "amc23")
FORMER = "2"
GRADER = Grader()
SHEETS = 50
"""Different sets of answers; every run has one of them under its own name and digits."""

AT_ONCE = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--database", help="SQLite in the board's folder by default")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cft-eval-old-") as made:
        folder = Path(made)
        if args.database:
            os.environ["CFT_EVAL_DATABASE_URL"] = args.database
        start = time.perf_counter()
        responses = fill(ServerSettings(server_data=folder / "board"), args.runs)
        print(
            f"{args.runs:,} runs, {responses:,} responses: {time.perf_counter() - start:.0f} s",
            flush=True,
        )
        board = ["--data", str(folder / "board")]
        _timed(["regrade", *board, "--dry-run", "--json"], responses)
        _timed(["regrade", *board], responses)
        _timed(["backup", *board, str(folder / "backup")], responses)
        os.environ.pop("CFT_EVAL_DATABASE_URL", None)
        restored = ["--data", str(folder / "again")]
        _timed(["restore", str(folder / "backup"), *restored, "--verify"], responses)


def _timed(words: Sequence[str], responses: int) -> None:
    command = [sys.executable, "-m", "cft_eval.cli", "server", *words]
    start, used = time.perf_counter(), _cpu()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds, used = time.perf_counter() - start, _cpu() - used
    if done.returncode:
        sys.exit(f"{words[0]}: exit {done.returncode}: {done.stderr[-400:]}")
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    name = " ".join([words[0], *(word for word in words if word == "--dry-run")])
    print(
        f"{name}: {seconds:.0f} s, {used:.0f} s of CPU, {1e6 * used / responses:.0f} µs of CPU a "
        f"response, "
        f"no process so far held more than {memory:.0f} MiB",
        flush=True,
    )


def _cpu() -> float:
    """Seconds of CPU of the commands that have ended, their graders included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def fill(settings: ServerSettings, runs: int) -> int:
    """Publish ``runs`` runs as a former checker left them; return how many responses they have."""
    settings.server_data.mkdir(parents=True, exist_ok=True)
    database, blobs = Database(settings.database), Blobs(settings.blob_folder)
    sheets = [make(BENCHMARKS, name=f"sheet-{seed}", seed=seed) for seed in range(SHEETS)]
    counted = 0
    with Checkers(1) as checkers:
        for first in range(0, runs, AT_ONCE):
            rows: dict[type, list[dict[str, object]]] = {
                kind: [] for kind in (UploadRow, RunRow, TaskRow, Score)
            }
            for number in range(first, min(first + AT_ONCE, runs)):
                counted += _add(rows, number, *sheets[number % SHEETS], blobs, checkers)
            with database.write() as session:
                for kind, made in rows.items():
                    session.execute(insert(kind), made)
    database.close()
    return counted


def _add(
    rows: dict[type, list[dict[str, object]]],
    number: int,
    sheet: Run,
    answers: list[Sample],
    blobs: Blobs,
    checkers: Checkers,
) -> int:
    name = uuid4().hex[:16]
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    run = sheet.model_copy(
        update={
            "model": Model(name=f"lab{number % 40}/model-{number}", method="sft"),
            "created": moment,
            "checker_version": FORMER,
        }
    )
    responses = [
        UploadedResponse(s.index, s.model_copy(update={"response": f"{s.response} (run {number})"}))
        for s in answers
    ]
    graded = GRADER.grade(responses, checkers=checkers)
    upload = {"id": name * 4, "state": State.PUBLISHED, "manifest": {}, "samples_bytes": 1}
    rows[UploadRow].append(upload | {"samples_sha256": "0" * 64, "part_bytes": 1, "actor": "seed"})
    rows[RunRow].append(
        {
            "id": name, "upload_id": name * 4, "manifest": run.model_dump(mode="json"),
            "model": run.model.name, "base_model": None, "method": "sft", "evaluated": moment,
            "graded": moment, "published": moment, "checker_version": FORMER,
            "outcomes": GRADER.summaries(run, regraded(responses, graded)),
        }
    )  # fmt: skip
    picks = random.Random(number)
    for task in run.tasks:
        places = [place for place, each in enumerate(responses) if each.sample.task == task]
        verdicts = {
            policy: TaskVerdicts(tuple(found.verdicts[place] for place in places))
            for policy, found in graded.items()
        }
        mine = [responses[place] for place in places]
        _add_task(rows, name, task, mine, verdicts, blobs, picks.randrange(len(mine)))
    return len(responses)


def _add_task(
    rows: dict[type, list[dict[str, object]]],
    name: str,
    task: str,
    responses: list[UploadedResponse],
    graded: dict[Policy, TaskVerdicts],
    blobs: Blobs,
    wrong: int,
) -> None:
    """A task as the former checker graded it: the one at place ``wrong`` got the other verdict."""
    rows[TaskRow].append(
        {
            "run_id": name, "task": task, "benchmark": responses[0].sample.benchmark,
            "items": len(responses), "repeats": 1, "expected": len(responses), "truncated": 0,
            "item_hashes": b"".join(bytes.fromhex(r.sample.item) for r in responses),
            "positions": b"".join(r.position.to_bytes(4, "little") for r in responses),
            "samples_blob": blobs.put(samples_parquet(responses)),
            "verdicts_blob": blobs.put(verdicts_parquet(graded)),
        }
    )  # fmt: skip
    for policy in POLICIES:
        found = bytearray(graded[policy].outcomes)
        found[wrong] = 1 - found[wrong] if found[wrong] < 2 else 0
        accuracy = found.count(0) / len(found)
        rows[Score].append(
            {
                "run_id": name, "task": task, "policy": policy, "accuracy": accuracy,
                "claimed": accuracy, "outcomes": bytes(found),
            }
        )  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main()
