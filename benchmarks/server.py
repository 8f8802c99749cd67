"""What a board costs: one whole suite, fifty uploads at once, pages and comparisons over many runs.

    CFT_EVAL_DATA=… python benchmarks/server.py [--runs 10000] [--uploads 50]

On PostgreSQL where ``CFT_EVAL_DATABASE_URL`` names one: in databases of their own beside it.

Starts `cft-eval serve` on a new board with the defaults that anybody has; pushes by the client.
Memory is the most that the server and its graders held together, sampled twenty times a second.
The suite's responses are made up: some right, some wrong, as long as those of a 7B model.
"""

import argparse
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
from bars import Bar, tell
from seed_board import seed
from sqlalchemy import create_engine, make_url, text

from cft_eval import testsets
from cft_eval.client import Client
from cft_eval.results import Model, Run, Sample, Settings, TaskScore, write_folder
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.testsets.load import load

URL = "CFT_EVAL_DATABASE_URL"
WORDS = (
    "We first note that the given expression can be written in another way, and then we compute "
    "each part by itself. Let us denote the unknown by $x$, so that $x^2 - 5x + 6 = 0$ follows. "
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000, help="of the board that is browsed")
    parser.add_argument("--uploads", type=int, default=50, help="at once")
    parser.add_argument("--requests", type=int, default=100, help="of each kind")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cft-eval-load-") as folder:
        with database_of_its_own():
            _suite(Path(folder))
        with database_of_its_own():
            _together(Path(folder), args.uploads)
        with database_of_its_own():
            _browse(Path(folder), args.runs, args.requests)


@contextmanager
def database_of_its_own() -> Iterator[None]:
    """A new database beside the one that ``CFT_EVAL_DATABASE_URL`` names, for as long as it takes;
    nothing to do for SQLite, which is a file in the board's folder."""
    named = os.environ.get(URL)
    if not named:
        yield
        return
    name = f"cft_eval_load_{os.getpid()}"
    engine = create_engine(named, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        os.environ[URL] = make_url(named).set(database=name).render_as_string(hide_password=False)
        try:
            yield
        finally:
            os.environ[URL] = named
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def _suite(folder: Path) -> None:
    run, samples = make(testsets.SUITE, name="load/suite")
    write_folder(folder / "suite", run, samples)
    size = (folder / "suite" / "samples.jsonl").stat().st_size
    with served(folder / "one") as (url, cost), Client(url) as client:
        start = time.perf_counter()
        client.publish(folder / "suite")
        seconds = time.perf_counter() - start
    print(
        f"one suite, {len(samples)} rows, {size / 1e6:.1f} MB: {seconds:.1f} s until published, "
        f"{cost}"
    )
    tell(Bar("a whole suite's run until published", seconds, "s", 15, "at most"))
    tell(Bar("the same, memory of server and graders", cost.memory / 2**20, "MiB", 400, "at most"))


def _together(folder: Path, uploads: int) -> None:
    for number in range(uploads):
        run, samples = make(("aime24", "amc23"), name=f"load/{number}", seed=number)
        write_folder(folder / f"run{number}", run, samples)
    seconds: list[float] = []

    with served(folder / "many") as (url, cost):

        def push(number: int) -> None:
            start = time.perf_counter()
            with Client(url) as client:
                client.publish(folder / f"run{number}")
            seconds.append(time.perf_counter() - start)

        threads = [threading.Thread(target=push, args=(number,)) for number in range(uploads)]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        whole = time.perf_counter() - start
        found = len(httpx.get(f"{url}/api/v1/runs").json()["runs"])
    print(
        f"{uploads} uploads at once (70 rows each): {found} published, {whole:.1f} s in all, "
        f"the slowest {max(seconds):.1f} s, {cost}"
    )
    tell(Bar(f"of {uploads} uploads at once, published", found, "runs", uploads, "at least"))


def _browse(folder: Path, runs: int, requests: int) -> None:
    data = folder / "big"
    data.mkdir()
    start = time.perf_counter()
    settings = ServerSettings(server_data=data)
    database = Database(settings.database)
    seed(database, Blobs(settings.blob_folder), runs)
    database.close()
    print(f"{runs} runs seeded in {time.perf_counter() - start:.0f} s")
    with served(data) as (url, cost), httpx.Client(base_url=url) as client:
        listed = [run["id"] for run in client.get("/api/v1/runs").json()["runs"]]
        start = time.perf_counter()
        client.get("/", timeout=120)
        print(f"  first board after a start: {time.perf_counter() - start:.2f} s")
        picks = random.Random(6)
        kinds: dict[str, Callable[[], str]] = {
            "board": lambda: "/",
            "board, page 7 of a method": lambda: "/?method=cft&page=7",
            "board, searched": lambda: f"/?q=model-{picks.randrange(900)}",
            "board, sorted by AIME24": lambda: "/?sort=aime24",
            "runs, API": lambda: f"/api/v1/runs?limit=20&before={picks.choice(listed)}",
            "outcomes (what compare reads)": lambda: (
                f"/api/v1/runs/{picks.choice(listed)}/outcomes"
            ),
            "vectors": lambda: f"/api/v1/runs/{picks.choice(listed)}/vectors",
            "comparison": lambda: "/compare?run={}&run={}".format(*picks.sample(listed, 2)),
        }
        for kind, address in kinds.items():
            print(f"  {kind}: {_timed(client, address, requests)}")
    print(f"  {cost}")
    _operate("backup", "--data", str(data), str(folder / "backup"))
    _operate("restore", str(folder / "backup"), "--data", str(folder / "again"), "--verify")


def _operate(*words: str) -> None:
    """Do as an operator does; a restored board is SQLite in its folder."""
    around = {k: v for k, v in os.environ.items() if words[0] == "backup" or k != URL}
    start = time.perf_counter()
    command = [sys.executable, "-m", "cft_eval.cli", "server", *words]
    subprocess.run(command, env=around, check=True, stdout=subprocess.DEVNULL)
    print(f"  {words[0]}: {time.perf_counter() - start:.0f} s")


def _timed(client: httpx.Client, address: Callable[[], str], requests: int) -> str:
    took: list[float] = []
    for number in range(requests + 3):
        start = time.perf_counter()
        answer = client.get(address(), timeout=60)
        assert answer.status_code == 200, (answer.request.url, answer.text)
        if number >= 3:  # the first make what is kept
            took.append(1000 * (time.perf_counter() - start))
    cuts = statistics.quantiles(took, n=20)
    return f"median {statistics.median(took):.1f} ms, p95 {cuts[18]:.1f} ms"


def make(benchmarks: tuple[str, ...], *, name: str, seed: int = 0) -> tuple[Run, list[Sample]]:
    """A run on real items with responses that are made up."""
    picks, samples, tasks = random.Random(seed), [], {}
    for benchmark in benchmarks:
        items = load(benchmark)
        for index, item in enumerate(items):
            right = picks.random() < 0.6
            answer = item.reference if right else str(picks.randrange(1000))
            steps = WORDS * picks.randrange(4, 24)
            samples.append(
                Sample(
                    task=f"cft_{benchmark}", benchmark=benchmark, index=index,
                    item=testsets.item_hash(item.problem, item.reference),
                    problem=item.problem, reference=item.reference,
                    response=f"{steps}Therefore the answer is $\\boxed{{{answer}}}$.",
                    outcome="correct" if right else "wrong", finish="stop",
                )
            )  # fmt: skip
        tasks[f"cft_{benchmark}"] = TaskScore(
            benchmark=benchmark,
            items=len(items),
            expected_items=len(items),
            scores={"acc": 0.6},
            settings=Settings(task_version="1", n_shot=0, prompts="p", items="i"),
        )
    run = Run(
        model=Model(name=name), created=datetime(2026, 1, 1, tzinfo=UTC), engine="vllm", tasks=tasks
    )
    return run, samples


@dataclass
class Cost:
    """What a server took at most."""

    memory: int = 0
    cpu: float = 0.0
    """Seconds, of it and its graders: what the wall clock says on a machine that is not busy."""

    def __str__(self) -> str:
        return f"server at most {self.memory >> 20} MiB, {self.cpu:.1f} s of CPU"


@contextmanager
def served(data: Path) -> Iterator[tuple[str, "Cost"]]:
    """A board in a process of its own, and how much memory it held at most."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "cft_eval.cli", "serve", "--data", str(data)]
    server = subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url, cost, ending = f"http://127.0.0.1:{port}", Cost(), threading.Event()

    def watch() -> None:
        while not ending.wait(0.05):
            cost.memory = max(cost.memory, _memory(server.pid))
            cost.cpu = max(cost.cpu, _cpu(server.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        while True:
            try:
                httpx.get(f"{url}/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url, cost
    finally:
        ending.set()
        watcher.join()
        server.terminate()
        server.wait()


def _memory(pid: int) -> int:
    """Bytes that a process and its children hold; pages they share are counted once (PSS)."""
    total = 0
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            total += next(int(line.split()[1]) for line in file if line.startswith("Pss:")) << 10
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except (OSError, StopIteration):
        return total
    return total + sum(_memory(int(child)) for child in children.split())


def _cpu(pid: int) -> float:
    """Seconds of CPU of a process and its children, ended ones included."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return 0.0
    own = sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return own + sum(_cpu(int(child)) for child in children.split())


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main()
