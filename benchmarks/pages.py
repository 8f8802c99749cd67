"""How heavy the pages are and how long they take, on a board with thousands of runs.

    python benchmarks/pages.py [--runs 10000] [--folder DIR] [--repeats 40]

The board is filled with random score vectors of full length; a few runs have responses, so that
every page has something to show. Then a server in this process is asked for each page, again and
again, with different filters and orders. Prints the weight of each page (gzip, as it is sent), the
median and the 95th percentile of the time to the whole answer and of the CPU time in it, and what
the first visitor after a new run waits. `naive_board.py` answers beside it, on the same tables.
"""

import argparse
import gzip
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

import naive_board
from bars import Bar, tell
from fastapi.testclient import TestClient
from seed_board import compared
from sqlalchemy import insert

from cft_eval.checker import POLICIES
from cft_eval.leaderboard.pages import STATIC, static
from cft_eval.server.access.auth import Principal, Scope
from cft_eval.server.app import create_app
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.http.boards import WARM
from cft_eval.server.intake.grading import CORRECT
from cft_eval.server.operate.accounts import Accounts
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import RunRow, Score, TaskRow, UploadRow
from tests.simulated import BEGIN, SIZES, Arm, arms, codes, fill, manifest, names

BATCH = 200
STRONG = 14
"""A run with good scores and responses of its own."""

NAIVE_REPEATS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="kept, and filled only where it is empty")
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--only", nargs="*", help="these pages alone, without the naive board")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = args.folder or Path(made)
        settings = ServerSettings.model_validate({"server_data": folder, "graders": 1})
        if not (folder / "board.db").exists():
            seed(settings, args.runs)
        with TestClient(create_app(settings)) as client:
            if args.only is not None:
                measure(client, addresses(args.runs, args.only), args.repeats)
            else:
                report(client, args.runs, args.repeats, naive(settings))
            if args.only in (None, ["viewers"]):
                each = viewers(client, settings, args.repeats)
                name = f"board, {args.runs:,} runs, {VIEWERS} kinds of viewer in turn: p95"
                tell(Bar(name, each, "ms", 100, "at most"))


def seed(settings: ServerSettings, runs: int) -> None:
    """Fill the board: some forty runs with responses, the others with score vectors alone."""
    settings.server_data.mkdir(parents=True, exist_ok=True)
    database, blobs = Database(settings.database), Blobs(settings.blob_folder)
    started = time.perf_counter()
    fill(database, blobs, scale=1.0, chosen=arms())
    with database.read() as session:
        first = session.get_one(RunRow, f"{1:016x}")
        asked = {task.benchmark: Asked.of(task) for task in first.tasks}
        told = first.outcomes
    rng, done = np.random.default_rng(0), len(arms())
    listed = list(names(runs - done))
    for start in range(0, len(listed), BATCH):
        rows = [
            _rows(rng, name, done + start + place + 1, asked, told)
            for place, name in enumerate(listed[start : start + BATCH])
        ]
        with database.write() as session:
            for column, table in enumerate((UploadRow, RunRow, TaskRow, Score)):
                session.execute(insert(table), [row for each in rows for row in each[column]])
    database.close()
    print(f"seeded {runs:,} runs in {time.perf_counter() - started:.0f} s")


class Asked(NamedTuple):
    """A task as the first run has it: its problems, their order by hash, and its files."""

    hashes: bytes
    order: np.ndarray
    samples_blob: str
    verdicts_blob: str

    @classmethod
    def of(cls, row: TaskRow) -> "Asked":
        order = np.argsort(np.frombuffer(row.item_hashes, dtype=">u8"))
        return cls(row.item_hashes, order, row.samples_blob, row.verdicts_blob)


def _rows(
    rng: np.random.Generator,
    name: str,
    number: int,
    asked: dict[str, Asked],
    told: dict[str, Any],
) -> tuple[list[dict[str, Any]], ...]:
    """One run as rows of the four tables; its responses are another run's, and so is what is
    ``told`` of how it was asked."""
    level = float(rng.beta(4, 4))
    arm = Arm(name, f"example/base-{number % 40}", ("sft", "cft", "rl")[number % 3],
              f"set-{number % 60}", int(rng.integers(1, 400)) * 1000, (0.0,) * 6,
              tags=(f"tag-{number % 25}",))  # fmt: skip
    run = manifest(arm, number, SIZES)
    run_id, upload = f"{number:016x}", f"{number:016x}" + "0" * 48
    shares = {b: float(np.clip(level + rng.normal(0, 0.08), 0.01, 0.99)) for b in SIZES}
    vectors = {b: codes(rng, size, shares[b]) for b, size in SIZES.items()}
    tasks = [_task(run_id, b, size, asked[b]) for b, size in SIZES.items()]
    # Asked as the first run was, so that any two can be compared.
    right = {
        b: (np.frombuffer(vectors[b], dtype=np.uint8) == CORRECT)[asked[b].order] for b in SIZES
    }
    scores = [
        {"run_id": run_id, "task": f"cft_{b}", "policy": policy, "claimed": None,
         "accuracy": vectors[b].count(b"\x00") / len(vectors[b]), "outcomes": vectors[b]}
        for b in SIZES
        for policy in POLICIES
    ]  # fmt: skip
    answers = {
        task: {**found, "settings": told["strict"]["tasks"][task]["settings"]}
        for task, found in compared(run, right)["tasks"].items()
    }
    moment = BEGIN + timedelta(minutes=number)
    described = run.model_dump(mode="json")
    uploads = {"id": upload, "state": "published", "manifest": described, "samples_bytes": 1,
               "samples_sha256": "0" * 64, "part_bytes": 1 << 20, "rows": 7336,
               "graded_rows": 7336, "attempts": 1}  # fmt: skip
    runs = {"id": run_id, "upload_id": upload, "manifest": described, "model": name,
            "base_model": arm.base, "method": arm.method, "evaluated": moment, "graded": moment,
            "published": moment, "checker_version": "2",
            "outcomes": {policy: {**found, "model": name, "tasks": answers}
                         for policy, found in told.items()}}  # fmt: skip
    return [uploads], [runs], tasks, scores


def _task(run_id: str, benchmark: str, size: int, asked: Asked) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "task": f"cft_{benchmark}",
        "benchmark": benchmark,
        "items": size,
        "repeats": 1,
        "expected": size,
        "item_hashes": asked.hashes,
        "positions": np.arange(size, dtype="<u4").tobytes(),
        "samples_blob": asked.samples_blob,
        "verdicts_blob": asked.verdicts_blob,
        "truncated": 0,
    }


class Naive(NamedTuple):
    """What the naive board takes for two of the pages: the median of some requests, in ms."""

    board: float
    compare: float


def naive(settings: ServerSettings) -> Naive:
    """Ask the naive board on the same tables."""
    database = Database(settings.database)
    app = naive_board.create_app(database, Blobs(settings.blob_folder))
    last, strong = f"{len(arms()):016x}", f"{STRONG:016x}"
    with TestClient(app) as client:
        took = [
            1000 * statistics.median(_timed(client, address).wall for _ in range(NAIVE_REPEATS))
            for address in ("/", f"/compare?a={strong}&b={last}")
        ]
        weight = len(gzip.compress(client.get("/").content, 6)) / 1000
    database.close()
    found = Naive(*took)
    print(f"naive board: {found.board:.0f} ms, {weight:.0f} kB gz; compare {found.compare:.0f} ms")
    return found


def report(client: TestClient, runs: int, repeats: int, peer: Naive) -> None:
    """Print a row a page, and the bars."""
    assets = sum(len(gzip.compress(static(name), 6)) for name in STATIC)
    print(f"assets (style, script, icon): {assets / 1000:.1f} kB gz\n")
    first = _timed(client, "/")
    print(f"first visitor after a start: {1000 * first.wall:.0f} ms\n")
    weights, slow, busy = measure(client, addresses(runs), repeats)
    board = f"board page, {runs:,} runs"
    tell(Bar(f"{board}: HTML, gzip", weights["board"], "kB", 20, "at most"))
    tell(Bar("board page: assets, gzip", assets / 1000, "kB", 40, "at most"))
    beside = f"a naive board: median {peer.board:,.0f} ms"
    tell(Bar(f"{board}: p95 of the whole answer", slow["board"], "ms", 50, "at most", beside))
    heaviest, slowest = max(weights, key=weights.__getitem__), max(slow, key=slow.__getitem__)
    tell(Bar(f"any page ({heaviest}): HTML, gzip", weights[heaviest], "kB", 20, "at most"))
    tell(Bar(f"any page ({slowest}), {runs:,} runs: p95", slow[slowest], "ms", 50, "at most"))
    most = max(busy, key=busy.__getitem__)
    tell(Bar(f"any page ({most}), {runs:,} runs: p95 of CPU time", busy[most], "ms", 50, "at most"))
    row = f"compare two runs, {runs:,} on the board: p95"
    beside = f"a naive board: median {peer.compare:,.0f} ms"
    tell(Bar(row, slow["compare"], "ms", 50, "at most", beside))


def addresses(runs: int, only: Sequence[str] = ()) -> dict[str, Callable[[int], str]]:
    """Page to its address at the n-th request; all pages, or those named."""
    last, strong = f"{len(arms()):016x}", f"{STRONG:016x}"

    def another(number: int) -> int:
        """A run that is not ``strong``, each time another one."""
        return (STRONG + number * 211 % (max(runs, len(arms())) - 1)) % max(runs, len(arms())) + 1

    pages: dict[str, Callable[[int], str]] = {
        "board": _board_address,
        "board, plain": lambda _: "/",
        "claims": lambda _: "/claims",
        "compare": lambda number: f"/compare?run={strong}&run={another(number):016x}",
        "run": lambda number: f"/runs/{number % len(arms()) + 1:016x}?task=cft_math",
        "sample": lambda number: f"/runs/{last}/samples/{number}?task=cft_math&outcome=wrong",
        "item": lambda number: f"/items/aime24/{number % 30}",
        "problems": lambda number: (
            f"/items/math?q={('sum', 'spinner', 'sequence')[number % 3]}"
            f"&order=hard&page={number % 9 + 1}"
        ),
        "benchmark": lambda number: f"/benchmarks/{list(SIZES)[number % 6]}",
        "grid": lambda number: f"/benchmarks/math/grid?page={number % 90 + 1}",
        "model": lambda number: f"/models?name=example/qm7b-cft-step-{10 * (number % 9 + 1)}",
        "cost": lambda _: "/cost",
        "pick": lambda number: f"/compare?q=variant-{number}&run={strong}",
        "about": lambda _: "/about",
        "errata": lambda _: "/errata",
    }
    return {name: address for name, address in pages.items() if not only or name in only}


class Measures(NamedTuple):
    """Page to its weight, in kB, and to the 95th percentile of wall and CPU time, in ms."""

    weights: dict[str, float]
    slow: dict[str, float]
    busy: dict[str, float]


def measure(
    client: TestClient, pages: Mapping[str, Callable[[int], str]], repeats: int
) -> Measures:
    """Print a row a page, once the scores are read that a server reads at its start.

    On a machine that others use the CPU time tells more: it has the client's own, some 2 ms.
    """
    while any(thread.name == WARM for thread in threading.enumerate()):
        time.sleep(0.1)
    print(f"{'page':12} {'kB gz':>7} {'kB':>7} {'median':>8} {'p95 ms':>8} {'CPU':>7} {'p95':>7}")
    weights, slow, busy = {}, {}, {}
    for name, address in pages.items():
        _timed(client, address(0))
        spent = [_timed(client, address(number)) for number in range(repeats)]
        page = client.get(address(0)).content
        wall, cpu = ([1000 * getattr(each, kind) for each in spent] for kind in ("wall", "cpu"))
        weights[name], slow[name] = len(gzip.compress(page, 6)) / 1000, _p95(wall)
        busy[name] = _p95(cpu)
        print(
            f"{name:12} {weights[name]:7.1f} {len(page) / 1000:7.1f} "
            f"{statistics.median(wall):8.1f} {slow[name]:8.1f} "
            f"{statistics.median(cpu):7.1f} {busy[name]:7.1f}"
        )
    return Measures(weights, slow, busy)


VIEWERS = 6
"""Anybody, and the readers of five organisations that see runs of their own besides."""


def viewers(client: TestClient, settings: ServerSettings, repeats: int) -> float:
    """The 95th percentile of the board's time, in ms, for six kinds of viewer in turn."""
    database = Database(settings.database)
    accounts = Accounts(database)
    owner = Principal("bench", scopes=frozenset(Scope), everything=True)
    tokens = [""]
    for number in range(1, VIEWERS):
        name = f"lab-{number}"
        accounts.organisation(name, private=True, by=owner)
        with database.write() as session:
            run = session.get_one(RunRow, f"{number + len(arms()) + 1:016x}")
            run.private_to = name
        reader = frozenset({Scope.READ})
        tokens.append(
            accounts.mint("reader", scopes=reader, organisation=name, days=1, by=owner).token
        )
    database.close()
    spent = []
    for number in range(VIEWERS * (repeats + 1)):
        token = tokens[number % VIEWERS]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        each = _timed(client, _board_address(number // VIEWERS), headers)
        if number >= VIEWERS:  # the first page of each reads all scores
            spent.append(each)
    wall, cpu = (1000 * _p95([getattr(each, kind) for each in spent]) for kind in ("wall", "cpu"))
    print(f"board, {VIEWERS} kinds of viewer in turn: p95 {wall:.1f} ms, of CPU time {cpu:.1f} ms")
    return wall


def _board_address(number: int) -> str:
    """Another board each time: pages, orders, filters, searches, policies."""
    return (
        f"/?page={number + 1}",
        f"/?sort={list(SIZES)[number % 6]}&page={number % 9 + 1}",
        f"/?base=example/base-{number % 40}&order=asc",
        f"/?q=variant-{number}&sort=model",
        f"/?method=cft&tag=tag-{number % 25}&policy=cft_paper",
    )[number % 5]


class Spent(NamedTuple):
    """Seconds of one request."""

    wall: float
    cpu: float
    """Of the whole process, client included."""


def _timed(client: TestClient, address: str, headers: Mapping[str, str] | None = None) -> Spent:
    started, busy = time.perf_counter(), time.process_time()
    answer = client.get(address, headers=dict(headers or {}))
    spent = Spent(time.perf_counter() - started, time.process_time() - busy)
    if answer.status_code != 200:
        sys.exit(f"{address}: {answer.status_code}: {answer.text[:200]}")
    return spent


def _p95(seconds: Sequence[float]) -> float:
    return sorted(seconds)[max(0, round(0.95 * len(seconds)) - 1)]


if __name__ == "__main__":
    main()
