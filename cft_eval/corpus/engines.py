"""Engines that grade chunks: this machine's processes, or a Ray cluster.

Both do the same work, `grade.grade`, on the same chunks, and write the same parts; they differ in
where. Each yields what a chunk came to as soon as it is done, in any order.
"""

import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, Literal

from cft_eval.checker.run.bulk import Checkers
from cft_eval.corpus.grade import Done, GradeSettings, grade, grade_with
from cft_eval.corpus.plan import Chunk
from cft_eval.errors import CftError, MissingExtra

Engine = Literal["local", "ray"]
Run = Callable[[Sequence[Chunk], GradeSettings, str], Iterator[Done]]


def local(workers: int | None) -> Run:
    """Processes of this machine, by default one a CPU; one that dies costs the rows it held,
    which are graded again one by one (`checker.bulk`)."""

    def run(chunks: Sequence[Chunk], settings: GradeSettings, out: str) -> Iterator[Done]:
        with Checkers(workers) as checkers:
            for chunk in chunks:
                yield grade_with(checkers, chunk, settings, out)

    return run


def ray(address: str | None, workers: int | None) -> Run:
    """A Ray cluster at ``address``; without one, a Ray of this machine that ends with the run.

    Ray Data streams the chunks through as many tasks of one CPU each as the cluster has, or
    ``workers`` at most; a chunk whose worker or node dies is done again elsewhere.
    """
    try:
        import ray
        import ray.data
    except ImportError:
        raise MissingExtra("--engine ray", "ray") from None

    def run(chunks: Sequence[Chunk], settings: GradeSettings, out: str) -> Iterator[Done]:
        here = not ray.is_initialized()
        if here:
            _connect(ray, address, workers)
        try:
            context = ray.data.DataContext.get_current()
            context.enable_progress_bars = False
            logging.getLogger("ray.data").setLevel(logging.ERROR)
            rows = [{"chunk": asdict(chunk)} for chunk in chunks]
            tasks = ray.data.from_items(rows, override_num_blocks=len(rows)).map(
                partial(_task, settings=asdict(settings), out=out),
                num_cpus=1,
                compute=ray.data.TaskPoolStrategy(size=workers),
            )
            for row in tasks.iter_rows():
                if row["failed"]:
                    raise CftError(row["failed"])
                yield _read(row["done"])
        finally:
            if here:
                ray.shutdown()

    return run


def _connect(ray: Any, address: str | None, workers: int | None) -> None:
    if address and ":" in address and "://" not in address:
        _knock(address)
    try:
        ray.init(
            address=address or "local",
            num_cpus=None if address else workers,
            include_dashboard=None if address else False,
            log_to_driver=False,
            logging_level="ERROR",
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise CftError(
            f"no Ray cluster at {address}: {error}; if it needs a token, set RAY_AUTH_MODE="
            "token and RAY_AUTH_TOKEN, as `ray start` says"
        ) from None


def _knock(address: str) -> None:
    """Raise where nothing listens: Ray itself would try for a minute, and then end the process."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, ValueError, OverflowError) as error:
        raise CftError(f"no Ray cluster at {address}: {error}") from None


def _task(row: dict[str, Any], settings: dict[str, Any], out: str) -> dict[str, Any]:
    """In a worker of the cluster; what a user can mend comes back as its sentence, since Ray wraps
    errors in errors of its own."""
    grading = GradeSettings(tuple(settings["policies"]))
    try:
        done = grade(Chunk(**row["chunk"]), grading, out)
    except CftError as error:
        return {"done": None, "failed": str(error)}
    return {"done": asdict(done), "failed": ""}


def _read(row: dict[str, Any]) -> Done:
    counts = {
        name: {key: int(value) for key, value in row[name].items() if value is not None}
        for name in ("outcomes", "changed")
    }
    return Done(**{**row, **counts, "bad": tuple(row["bad"])})
