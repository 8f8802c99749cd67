"""A board under load: whole suites at once beside one after the other, and a very large upload.

    CFT_EVAL_DATA=… python benchmarks/server_load.py [--suites 20] [--megabytes 469]

On PostgreSQL where ``CFT_EVAL_DATABASE_URL`` names one, as in server.py. One visitor asks for pages
all the while.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from bars import Bar, tell

from cft_eval import testsets
from cft_eval.client import Client
from cft_eval.results import write_folder
from server import database_of_its_own, make, served

PAGES = ("/", "/claims", "/api/v1/runs", "/items/math", "/compare")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--suites", type=int, default=20, help="0: only the large upload")
    parser.add_argument("--megabytes", type=int, default=469, help="0: only the suites")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cft-eval-load-") as folder:
        if args.megabytes:
            with database_of_its_own():
                _large(Path(folder), args.megabytes)
        if args.suites:
            _suites(Path(folder), args.suites)


def _large(folder: Path, megabytes: int) -> None:
    run, samples = make(testsets.SUITE, name="load/large")
    wanted = megabytes * 1_000_000 // len(samples)
    longer = []
    for sample in samples:
        steps = "We note that this follows. " * (max(wanted - 900, 0) // 27)
        longer.append(sample.model_copy(update={"response": steps + sample.response}))
    write_folder(folder / "large", run, longer)
    size = (folder / "large" / "samples.jsonl").stat().st_size
    del samples, longer
    with served(folder / "large-board") as (url, cost), Client(url) as client:
        started = time.perf_counter()
        client.publish(folder / "large")
        seconds = time.perf_counter() - started
    print(f"one upload of {size / 1e6:.0f} MB: {seconds:.1f} s until published, {cost}")
    tell(Bar("a large upload, memory of server and graders", cost.memory / 2**20, "MiB", 400,
             "at most"))  # fmt: skip


def _suites(folder: Path, count: int) -> None:
    for number in range(count):
        run, samples = make(testsets.SUITE, name=f"load/{number}", seed=number)
        write_folder(folder / f"suite{number}", run, samples)
    took = {}
    for name, together in (("one after the other", False), ("at once", True)):
        with database_of_its_own(), served(folder / name) as (url, cost), _visitor(url) as seconds:
            started = time.perf_counter()
            _push(url, folder, count, together=together)
            took[name] = time.perf_counter() - started
        p95 = 1000 * statistics.quantiles(seconds, n=20)[18]
        print(f"{count} suites {name}: {took[name]:.1f} s, pages p95 {p95:.0f} ms, {cost}")
    tell(Bar("suites at once, beside one after the other",
             took["at once"] / took["one after the other"], "times", 1.0, "at most"))  # fmt: skip
    tell(Bar("pages meanwhile, p95", p95, "ms", 300, "at most"))


def _push(url: str, folder: Path, count: int, *, together: bool) -> None:
    def push(number: int) -> None:
        with Client(url) as client:
            client.publish(folder / f"suite{number}")

    threads = [threading.Thread(target=push, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
        if not together:
            thread.join()
    for thread in threads:
        thread.join()


@contextmanager
def _visitor(url: str) -> Iterator[Sequence[float]]:
    """Somebody who looks at page after page; how long each took."""
    seconds: list[float] = []
    ending = threading.Event()

    def look() -> None:
        with httpx.Client(base_url=url, timeout=60, follow_redirects=True) as client:
            while not ending.wait(0.1):
                for page in PAGES:
                    started = time.perf_counter()
                    answer = client.get(page)
                    seconds.append(time.perf_counter() - started)
                    assert answer.status_code in (200, 404), answer.text  # no benchmark yet

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seconds
    finally:
        ending.set()
        thread.join()


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main()
