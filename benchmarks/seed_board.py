"""Fill a board with many runs, straight into its tables: for measuring boards, not for publishing.

    python benchmarks/seed_board.py --data /tmp/big --runs 10000

Each run answers the six test sets of the suite, every problem once, with chances around a mean of
its own. All share one set of made-up responses. On PostgreSQL where ``CFT_EVAL_DATABASE_URL`` names
one.
"""

import argparse
import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert

from cft_eval import testsets
from cft_eval.checker import CHECKER_VERSION, POLICIES, Outcome, Verdict
from cft_eval.results import Model, Run, Sample, Settings, TaskScore
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.intake.grading import CORRECT, OUTCOMES, TaskVerdicts
from cft_eval.server.intake.parquet import samples_parquet, verdicts_parquet
from cft_eval.server.intake.validation import UploadedResponse
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import RunRow, Score, State, TaskRow, UploadRow

WRONG = OUTCOMES.index(Outcome.WRONG)
METHODS = ("base", "sft", "cft", "instruct", "rl")
STEPS = "We take $x$ to the left, the number to the right, and see that $x = 1$ fits.\n\n"
LINE = 160
AT_ONCE = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=10_000)
    args = parser.parse_args()
    args.data.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    settings = ServerSettings(server_data=args.data)
    seed(Database(settings.database), Blobs(settings.blob_folder), args.runs)
    print(f"{args.runs} runs in {time.perf_counter() - start:.0f} s")


def seed(database: Database, blobs: Blobs, runs: int) -> None:
    """Publish ``runs`` made-up runs."""
    random = np.random.default_rng(6)
    hashes = {name: testsets.known_items(name) for name in testsets.SUITE}
    files = {name: _files(blobs, name, items) for name, items in hashes.items()}
    for first in range(0, runs, AT_ONCE):
        rows: dict[type, list[dict[str, object]]] = {
            kind: [] for kind in (UploadRow, RunRow, TaskRow, Score)
        }
        for number in range(first, min(first + AT_ONCE, runs)):
            _add(rows, number, hashes, files, random)
        with database.write() as session:
            for kind, made in rows.items():
                session.execute(insert(kind), made)


def _files(blobs: Blobs, task: str, items: tuple[str, ...]) -> dict[str, str]:
    """The one set of responses to a task that all runs share, as columns of a task's row."""
    right = Verdict(Outcome.CORRECT, "1", "boxed", "1 is the reference", 0.0)
    responses = [
        UploadedResponse(
            index,
            Sample(
                task=f"cft_{task}", benchmark=task, index=index, item=item,
                problem=f"What is $x$, where $x + {index} = {index + 1}$?", reference="1",
                response=STEPS * (index % 9) + r"So the answer is $\boxed{1}$.",
                outcome="correct", finish="stop",
            ),
        )
        for index, item in enumerate(items)
    ]  # fmt: skip
    verdicts = dict.fromkeys(POLICIES, TaskVerdicts((right,) * len(items)))
    return {
        "samples_blob": blobs.put(samples_parquet(responses)),
        "verdicts_blob": blobs.put(verdicts_parquet(verdicts)),
    }


def _add(
    rows: dict[type, list[dict[str, object]]],
    number: int,
    hashes: dict[str, tuple[str, ...]],
    files: dict[str, dict[str, str]],
    random: np.random.Generator,
) -> None:
    name = os.urandom(8).hex()
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    right = {
        task: random.random(len(items)) < random.normal(0.5, 0.08) for task, items in hashes.items()
    }
    run = _run(number, moment, {task: float(found.mean()) for task, found in right.items()})
    manifest = json.loads(run.model_dump_json())
    vectors = {
        task: np.where(found, CORRECT, WRONG).astype(np.uint8).tobytes()
        for task, found in right.items()
    }
    upload = {"id": name * 4, "state": State.PUBLISHED, "manifest": {}, "samples_bytes": 1}
    rows[UploadRow].append(upload | {"samples_sha256": "0" * 64, "part_bytes": 1, "actor": "seed"})
    rows[RunRow].append(
        {
            "id": name, "upload_id": name * 4, "manifest": manifest, "model": run.model.name,
            "base_model": run.model.base_model, "method": run.model.method, "evaluated": moment,
            "graded": moment, "published": moment, "checker_version": CHECKER_VERSION,
            "outcomes": dict.fromkeys(POLICIES, compared(run, right)),
        }
    )  # fmt: skip
    for task, items in hashes.items():
        rows[TaskRow].append(
            {
                "run_id": name, "task": f"cft_{task}", "benchmark": task, "items": len(items),
                "repeats": 1, "expected": len(items), "truncated": 0,
                "item_hashes": bytes.fromhex("".join(items)),
                "positions": np.arange(len(items), dtype="<u4").tobytes(),
                **files[task],
            }
        )  # fmt: skip
        accuracy = vectors[task].count(CORRECT) / len(items)
        rows[Score] += [
            {
                "run_id": name, "task": f"cft_{task}", "policy": policy, "accuracy": accuracy,
                "claimed": accuracy, "outcomes": vectors[task],
            }
            for policy in POLICIES
        ]  # fmt: skip


def _run(number: int, moment: datetime, accuracy: dict[str, float]) -> Run:
    settings = Settings(task_version="1", n_shot=0, prompts="p" * 64, items="i" * 64)
    return Run(
        model=Model(
            name=f"lab{number % 40}/model-{number // 10}",
            base_model=f"base-{number % 12}",
            method=METHODS[number % len(METHODS)],
            training_data="webinstruct-cft",
            training_examples=50_000,
            step=number % 10 * 10,
        ),
        created=moment,
        engine="vllm",
        checker_version=CHECKER_VERSION,
        tasks={
            f"cft_{task}": TaskScore(
                benchmark=task,
                items=len(testsets.known_items(task)),
                expected_items=len(testsets.known_items(task)),
                scores={"acc": score},
                settings=settings,
            )
            for task, score in accuracy.items()
        },
    )


def compared(run: Run, right: dict[str, np.ndarray]) -> dict[str, Any]:
    """What a comparison reads of a run: whether each problem of a benchmark is ``right``, in the
    order of their hashes."""

    def lines(found: np.ndarray) -> list[str]:
        text = "".join("1" if each else "0" for each in found)
        return [text[at : at + LINE] for at in range(0, len(text), LINE)]

    return {
        "kind": "cft-eval outcomes",
        "schema_version": 1,
        "model": run.model.name,
        "created": run.created.isoformat(),
        "settings": {"engine": "vllm", "checker": CHECKER_VERSION},
        "tasks": {
            f"cft_{task}": {
                "benchmark": task, "repeats": 1, "answered": 1.0, "truncated": 0.0, "empty": 0.0,
                "responses": os.urandom(8).hex(), "settings": {}, "right": lines(found),
            }
            for task, found in right.items()
        },
    }  # fmt: skip


if __name__ == "__main__":
    main()
