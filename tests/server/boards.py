"""A board in this process or another, and small runs over test sets made here.

The test sets are not the real ones: these boards take `PROBLEMS`, so that tests know every problem
by heart.
"""

import glob
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient

from cft_eval.client import Client
from cft_eval.errors import CftError
from cft_eval.results import Model, Run, Sample, TaskScore, write_folder
from cft_eval.results import Settings as TaskSettings
from cft_eval.server.app import create_app as make_app
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.intake.problems import ProblemSets
from cft_eval.server.store.database import Database
from cft_eval.testsets import item_hash

ROOT = Path(__file__).parents[2]

SIZE = 12
"""Problems in each of our test sets."""

BENCHMARKS = ("math", "gsm8k", "arithmetic")


def problem(benchmark: str, index: int) -> tuple[str, str]:
    return f"In {benchmark}, what is ${index}+{index}$?", str(2 * index)


def known_items(benchmark: str) -> tuple[str, ...]:
    if benchmark not in BENCHMARKS:
        raise CftError(f"{benchmark!r} is no known benchmark")
    return tuple(item_hash(*problem(benchmark, index)) for index in range(SIZE))


PROBLEMS = ProblemSets(items=known_items)
"""Our test sets and no others."""


def create_app(settings: ServerSettings | None = None, **services: Any) -> FastAPI:
    """A server that knows our test sets."""
    if settings is not None and settings.database_file is not None:
        _begin(settings.database_file)
    return make_app(settings, **{"problems": PROBLEMS, **services})


def _begin(database: Path) -> None:
    """Put an empty board's tables where there are none yet."""
    if not database.exists():
        database.parent.mkdir(parents=True, exist_ok=True)
        database.write_bytes(_tables())


@cache
def _tables() -> bytes:
    """The database of a new board: the migrations take as long as the rest of its start."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "board.db"
        Database(f"sqlite:///{path}").close()
        return path.read_bytes()


def patient(client: TestClient) -> TestClient:
    """A visitor who waits for what is new, however busy the machine is."""
    services = client.app.state.services  # type: ignore[attr-defined]
    caches = (getattr(services.caches, each.name) for each in fields(services.caches))
    for each in (services.boards.cache, *caches):
        each.patience = 60.0
    return client


def sample(benchmark: str, index: int, *, right: bool = True, **changes: object) -> Sample:
    text, reference = problem(benchmark, index)
    fields: dict[str, object] = {
        "task": f"cft_{benchmark}",
        "benchmark": benchmark,
        "item": item_hash(text, reference),
        "index": index,
        "problem": text,
        "reference": reference,
        "response": reference if right else "no idea",
        "outcome": "correct" if right else "wrong",
        "finish": "stop",
    }
    return Sample.model_validate(fields | changes)


def run(
    benchmarks: Sequence[str] = ("math",), *, items: int = SIZE, acc: float = 0.5, **model: Any
) -> Run:
    return Run(
        model=Model.model_validate({"name": "tiny/one", **model}),
        created=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        engine="hf",
        checker_version="0",
        tasks={
            f"cft_{benchmark}": TaskScore(
                benchmark=benchmark,
                items=items,
                expected_items=SIZE,
                scores={"acc": acc},
                settings=TaskSettings(task_version="1", n_shot=0, prompts="p", items="i"),
            )
            for benchmark in benchmarks
        },
    )


def samples(
    benchmarks: Sequence[str] = ("math",), *, items: int = SIZE, right: int = SIZE // 2
) -> list[Sample]:
    return [
        sample(benchmark, index, right=index < right)
        for benchmark in benchmarks
        for index in range(items)
    ]


def folder(path: Path, *, benchmarks: Sequence[str] = ("math",), **model: Any) -> Path:
    """A run with half of its answers right, as `push` reads it."""
    write_folder(path, run(benchmarks, **model), samples(benchmarks))
    return path


def change(client: Any, **services: Any) -> None:
    """Let a board that runs go on with other services, such as one with a lower limit."""
    state = client.app.state
    state.services = replace(state.services, **services)


POSTGRES = os.environ.get("CFT_EVAL_TEST_POSTGRES")
"""Where it is set, every board of these tests keeps its tables there (`make test-postgres`)."""


HAS_POSTGRES = bool(POSTGRES or shutil.which("initdb") or glob.glob("/usr/lib/postgresql/*/bin"))
"""Whether `postgres_server` can start one."""


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """The URL of a database of a PostgreSQL: the one that these tests have, or a new one."""
    if POSTGRES:
        yield postgres(folder)
        return
    command = [str(ROOT / ".ci" / "with-postgres"), "sh", "-c",
               "echo $CFT_EVAL_TEST_POSTGRES; read end"]  # fmt: skip
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def settings(path: Path, **changes: object) -> ServerSettings:
    where = {"database_url": postgres(path)} if POSTGRES else {}
    return ServerSettings.model_validate({"server_data": path, "graders": 1, **where, **changes})


def postgres(path: Path) -> str:
    """The URL of a database for the board in ``path``, made where it is new."""
    import psycopg
    from psycopg.errors import DuplicateDatabase

    assert POSTGRES is not None
    name = f"b{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    address = POSTGRES.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as server, suppress(DuplicateDatabase):
        server.execute(f"create database {name}".encode())
    return POSTGRES.replace("/postgres?", f"/{name}?")


def publish_at_once(url: str, path: Path, count: int) -> list[str]:
    """Publish so many runs from as many threads; the addresses of their pages."""
    pages: list[str] = []

    def publish(number: int) -> None:
        with Client(url) as client:
            pages.append(client.publish(folder(path / str(number), name=f"tiny/{number}")))

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return pages


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(config: ServerSettings, *, problems: ProblemSets = PROBLEMS) -> Iterator[str]:
    """A real server on a free port, in a thread of this process."""
    import uvicorn

    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(config, problems=problems), port=port, log_level="error", access_log=False
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def start_server(
    data: Path,
    port: int,
    *,
    patch: str = "",
    options: Sequence[str] = (),
    env: dict[str, str] | None = None,
    log: Path | None = None,
) -> subprocess.Popen[bytes]:
    """`cft-eval serve` in a process of its own, knowing our test sets; ``patch`` is run first.

    ``log``: where it writes what it has to say, which else goes where the tests' own words go.
    """
    code = (
        "import sys; from cft_eval.server import app; from tests.server import boards; "
        f"{patch or 'pass'}\n"
        "from cft_eval.cli import main, serve; serve.APP = 'tests.server.boards:create_app'; "
        "app.create_app = boards.create_app; "
        f"sys.exit(main(['serve', '--data', {str(data)!r}, '--port', '{port}', *{options!r}]))"
    )
    with log.open("wb") if log else nullcontext() as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, **_database(data), **(env or {})},
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
    wait_for(f"http://127.0.0.1:{port}", process)
    return process


def _database(data: Path) -> dict[str, str]:
    return {"CFT_EVAL_DATABASE_URL": postgres(data)} if POSTGRES else {}


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server ended; its words are above"
        try:
            if httpx.get(f"{url}/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")
