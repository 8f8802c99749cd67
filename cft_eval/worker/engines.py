"""Where evaluations are done: one after another here, or as tasks of a Ray cluster."""

import threading
import time
from collections.abc import Callable
from typing import Any

from cft_eval.client import ClaimedEvaluation, Client, Conflict, ServerError
from cft_eval.errors import MissingExtra
from cft_eval.worker.host import Host
from cft_eval.worker.job import carry_out

IDLE_SECONDS = 5.0
"""How often a worker with free hands asks the board."""

Say = Callable[[str], None]


def work_here(host: Host, *, once: bool, ending: threading.Event, say: Say) -> int:
    """Take one evaluation after another; return how many. ``once``: end when none waits."""
    done = 0
    with Client(host.server, host.token) as board:
        while not ending.is_set():
            job = _claim(board, host, host.gpus, say, patient=not once)
            if job is not None:
                say(f"{job.id}: begun")
                say(f"{job.id}: {carry_out(job, host, ending)}")
                done += 1
            elif not once:
                ending.wait(IDLE_SECONDS)
            if once and (job is None or done):
                break
    return done


def work_on_ray(
    host: Host, *, address: str | None, parallel: int, once: bool, ending: threading.Event, say: Say
) -> int:
    """Submit each evaluation to a Ray cluster with the GPUs that it asks for; return how many.

    ``parallel`` are submitted at a time; Ray queues what the cluster has no room for. ``once``: end
    when none waits and all are done.
    """
    try:
        import ray
    except ImportError:
        raise MissingExtra("`--engine ray`", "ray") from None
    # The paths that a task sees are those of the machine that it runs on.
    ray.init(
        address=address, ignore_reinit_error=True, log_to_driver=False, configure_logging=False
    )
    task: Any = ray.remote(carry_out)
    resources: Callable[[], dict[str, float]] = ray.cluster_resources
    running: dict[Any, tuple[ClaimedEvaluation, float]] = {}
    done = 0
    with Client(host.server, host.token) as board:
        while True:
            if not ending.is_set() and len(running) < parallel:
                gpus = int(resources().get("GPU", 0))
                job = _claim(board, host, gpus, say, patient=not once)
                if job is not None:
                    options = {"num_gpus": job.request["gpus"], "max_retries": 0}
                    running[task.options(**options).remote(job, host)] = (job, time.monotonic())
                    say(f"{job.id}: submitted, {job.request['gpus']} GPUs")
                    continue
            if not running:
                if once or ending.is_set():
                    return done
                ending.wait(IDLE_SECONDS)
                continue
            ready, _ = ray.wait(list(running), num_returns=1, timeout=IDLE_SECONDS)
            for reference in ready:
                job, _since = running.pop(reference)
                say(f"{job.id}: {_result(ray, reference, board, job)}")
                done += 1
            _keep_waiting(board, running)


def _claim(
    board: Client, host: Host, gpus: int, say: Say, *, patient: bool
) -> ClaimedEvaluation | None:
    try:
        return board.claim(worker=host.name, gpus=gpus)
    except ServerError as error:
        if not patient:
            raise
        say(str(error))  # and ask again: a board may be restarted
        return None


def _result(ray: Any, reference: Any, board: Client, job: ClaimedEvaluation) -> str:
    """How a task ended; one whose machine was lost is put back for another try."""
    try:
        return str(ray.get(reference))
    except ray.exceptions.RayError as error:
        reason = f"Ray lost it: {str(error).splitlines()[0]}"
        try:
            board.finish(job, "failed", reason=reason, retry=True)
        except Conflict:
            return "lost"
        return reason


def _keep_waiting(board: Client, running: dict[Any, tuple[ClaimedEvaluation, float]]) -> None:
    """A task that waits for GPUs has no pulse yet: its lease is renewed here."""
    for reference, (job, since) in running.items():
        if time.monotonic() - since > job.lease_seconds / 4:
            running[reference] = (job, time.monotonic())
            try:
                board.heartbeat(job, "")
            except ServerError:  # its task, or the next claim, finds out
                continue
