"""Take received uploads to the board, one after another, in a thread of the server.

    received ── validate ──> validated ── grade ──> graded ── publish ──> published

Every arrow is one transaction. A worker that dies leaves its upload in the last state that it
reached; the next one that starts takes it up there. What a rejected upload sent is not kept.
"""

import logging
import os
import shutil
import socket
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from secrets import token_hex
from threading import Event, Thread

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from cft_eval.checker import CHECKER_VERSION
from cft_eval.results import InvalidData, Policy, Run
from cft_eval.server.blobs import Blobs
from cft_eval.server.database import Database
from cft_eval.server.grading import POLICIES, Graded, claimed, grade, regraded, summaries
from cft_eval.server.models import RunRow, Score, State, TaskRow, Upload, now
from cft_eval.server.settings import Settings
from cft_eval.server.tables import samples_parquet, verdicts_parquet
from cft_eval.server.uploads import Uploads
from cft_eval.server.validation import Rejected, TaskResponses, validate

MAX_ATTEMPTS = 3
"""An upload that took this many workers down with it is rejected."""

IDLE_SECONDS = 1.0
"""How often the table is looked at when nobody calls: another process may have received one."""

SWEEP_SECONDS = 3_600
"""How often forgotten uploads are looked for."""

WAITING = [state for state in State if state.waits_for_worker]

log = logging.getLogger(__name__)


class Stopping(Exception):
    """The server ends; the upload in hand is left for the next start."""


@dataclass
class Worker:
    """Grades and publishes until it is stopped."""

    database: Database
    blobs: Blobs
    uploads: Uploads
    settings: Settings
    name: str = field(
        default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}"
    )
    _called: Event = field(default_factory=Event)
    _ending: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def start(self) -> None:
        """Release what dead workers of this machine held, and begin."""
        self._release()
        self._thread = Thread(target=self._work, name="cft-eval-worker", daemon=True)
        self._thread.start()

    def call(self) -> None:
        """Say that something was received."""
        self._called.set()

    def stop(self) -> None:
        """End after the chunk in hand."""
        self._ending.set()
        self._called.set()
        if self._thread:
            self._thread.join()

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _work(self) -> None:
        # A thread of its own for each upload: an error that nobody foresaw ends that thread and
        # is looked at here, so that one upload cannot stop the others.
        with ThreadPoolExecutor(1, thread_name_prefix="cft-eval-upload") as pool:
            sweep_at = 0.0
            while not self._ending.is_set():
                self._called.clear()
                try:
                    if time.monotonic() >= sweep_at:
                        self.uploads.sweep()
                        sweep_at = time.monotonic() + SWEEP_SECONDS
                    worked = self._step(pool)
                except OperationalError:
                    log.warning("the database does not answer", exc_info=True)
                    worked = False
                if not worked:
                    self._called.wait(IDLE_SECONDS)

    def _step(self, pool: ThreadPoolExecutor) -> bool:
        """Take one upload as far as it goes; False where none waits."""
        upload_id = self._claim()
        if upload_id is None:
            return False
        self._settle(upload_id, pool.submit(self._advance, upload_id).exception())
        return True

    def _claim(self) -> str | None:
        waiting = select(Upload).where(Upload.state.in_(WAITING), Upload.worker.is_(None))
        with self.database.read() as session:  # an idle server must not take the writers' lock
            if session.scalar(waiting.limit(1)) is None:
                return None
        with self.database.write() as session:
            first = waiting.order_by(Upload.attempts, Upload.created).limit(1)
            upload = session.scalar(first.with_for_update(skip_locked=True))
            if upload is None:
                return None
            upload.worker, upload.attempts = self.name, upload.attempts + 1
            upload.graded_rows = 0
            return upload.id

    def _advance(self, upload_id: str) -> None:
        with self.database.read() as session:
            upload = session.get_one(Upload, upload_id)
            state, attempts = upload.state, upload.attempts
            run = Run.model_validate(upload.manifest)
        if attempts > MAX_ATTEMPTS:
            raise Rejected(f"grading it failed {MAX_ATTEMPTS} times; the server's log says why")
        if state != State.GRADED:
            tasks = validate(run, self.uploads.samples_path(upload_id))
            rows = sum(len(task.responses) for task in tasks.values())
            self._note(upload_id, state=State.VALIDATED, rows=rows)
            self._keep(
                upload_id, run, {name: self._grade(upload_id, tasks[name]) for name in tasks}
            )
        self._publish(upload_id)

    def _grade(self, upload_id: str, task: TaskResponses) -> "_GradedTask":
        def progress(count: int) -> None:
            if self._ending.is_set():
                raise Stopping
            self._note(upload_id, graded_rows=Upload.graded_rows + count)

        graded = grade(task.responses, graders=self.settings.graders, progress=progress)
        samples = self.blobs.put(samples_parquet(task.responses))
        return _GradedTask(task, graded, samples, self.blobs.put(verdicts_parquet(graded)))

    def _keep(self, upload_id: str, run: Run, tasks: Mapping[str, "_GradedTask"]) -> None:
        samples = (
            sample
            for task in tasks.values()
            for sample in regraded(task.task.responses, task.graded)
        )
        try:
            summary = summaries(run, samples)
        except InvalidData as error:
            raise Rejected(str(error)) from None
        with self.database.write() as session:
            upload = session.get_one(Upload, upload_id)
            row = RunRow(
                id=upload_id[:16],
                upload_id=upload_id,
                manifest=upload.manifest,
                model=run.model.name,
                base_model=run.model.base_model,
                method=run.model.method,
                evaluated=run.created,
                checker_version=CHECKER_VERSION,
                outcomes=summary,
                tasks=[task.row(name, run) for name, task in tasks.items()],
            )
            session.add(row)
            upload.state = State.GRADED

    def _publish(self, upload_id: str) -> None:
        with self.database.write() as session:
            run = session.scalars(select(RunRow).where(RunRow.upload_id == upload_id)).one()
            run.published = now()
            session.get_one(Upload, upload_id).state = State.PUBLISHED

    def _settle(self, upload_id: str, error: BaseException | None) -> None:
        match error:
            case None:
                self._note(upload_id, worker=None)
            case Rejected():
                self._note(upload_id, worker=None, state=State.REJECTED, reason=str(error))
            case Stopping():
                self._note(upload_id, worker=None, attempts=Upload.attempts - 1)
                return
            case _:
                log.error("upload %s failed", upload_id, exc_info=error)
                self._note(upload_id, worker=None)
                return
        shutil.rmtree(self.uploads.folder(upload_id), ignore_errors=True)

    def _note(self, upload_id: str, **changes: object) -> None:
        with self.database.write() as session:
            session.execute(update(Upload).where(Upload.id == upload_id).values(**changes))

    def _release(self) -> None:
        with self.database.write() as session:
            held = select(Upload).where(Upload.state.in_(WAITING), Upload.worker.is_not(None))
            for upload in session.scalars(held):
                if not _lives(upload.worker or ""):
                    upload.worker = None


@dataclass(frozen=True, slots=True)
class _GradedTask:
    task: TaskResponses
    graded: Mapping[Policy, Graded]
    samples_blob: str
    verdicts_blob: str

    def row(self, name: str, run: Run) -> TaskRow:
        responses = self.task.responses
        return TaskRow(
            task=name,
            benchmark=self.task.benchmark,
            items=self.task.items,
            repeats=self.task.repeats,
            expected=self.task.expected,
            item_hashes=b"".join(bytes.fromhex(r.sample.item) for r in responses),
            positions=b"".join(r.position.to_bytes(4, "little") for r in responses),
            samples_blob=self.samples_blob,
            verdicts_blob=self.verdicts_blob,
            truncated=sum(r.sample.finish == "length" for r in responses),
            scores=[
                Score(
                    policy=policy,
                    accuracy=self.graded[policy].accuracy,
                    claimed=claimed(run.tasks[name], policy),
                    outcomes=self.graded[policy].outcomes,
                )
                for policy in POLICIES
            ],
        )


def _lives(worker: str) -> bool:
    """Whether the process of ``worker`` may still work; one on another machine always may."""
    host, pid, _ = worker.rsplit(":", 2)
    if host != socket.gethostname():
        return True
    if int(pid) == os.getpid():
        return False  # of an earlier start: a container gives each the same number
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
