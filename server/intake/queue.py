"""Publish received uploads, one after another, in a thread of the server.

    received ── validate ──> validated ── grade ──> graded ── publish ──> published

A worker leases an upload by the database's clock and renews the lease while it works. One that
dies leaves its upload in the last state that it reached; the next one takes it up there: at once
where it sees that the process is gone, else when the lease has ended. What a rejected upload sent
is dropped.
"""

import logging
import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWorking
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from threading import Event, Thread

from sqlalchemy import Select, Update, case, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import aliased

from cft_eval.errors import first_line
from cft_eval.server.foundation.errors import Unavailable
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.intake.grading import CHECKER, Grader
from cft_eval.server.intake.multipart import PartGone
from cft_eval.server.intake.publishing import ERROR_COSTS, NotOurs, Publishing, Stopping
from cft_eval.server.intake.uploads import Uploads
from cft_eval.server.intake.validation import Rejected
from cft_eval.server.ledger import audit
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.leases import LeaseQueue
from cft_eval.server.store.models import State, UploadRow

LEASE_SECONDS = 60
"""A worker that was not heard of for so long is taken for dead."""

HEARTBEAT_SECONDS = 10
"""How often a worker renews its lease: five beats may be lost."""

IDLE_SECONDS = 1.0
"""How often the table is looked at when nobody calls: another process may have received one."""

SWEEP_SECONDS = 3_600
"""How often forgotten uploads are looked for."""

WAIT_SECONDS = 2.0
MAX_WAIT_SECONDS = 60.0
"""How long a worker waits for a full disk or a store that is away before it tries again: the first
time, and at most."""

AWAY = (Unavailable, PartGone, OSError, SQLAlchemyError)
"""What is no fault of the upload."""

WAITS = "waiting: storage"
"""The reason that an upload shows meanwhile."""

WAITING = [state for state in State if state.waits_for_worker]

log = logging.getLogger(__name__)


@dataclass
class GradingWorker:
    """Grades and publishes until it is stopped."""

    database: Database
    blobs: Blobs
    uploads: Uploads
    settings: ServerSettings
    grader: Grader = CHECKER
    sweep: Callable[[], None] = lambda: None
    """What else is forgotten from time to time."""

    took: Callable[[float], None] = lambda seconds: None
    """Hears how long each upload took."""

    name: str = field(
        default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}"
    )
    wait_seconds: float = WAIT_SECONDS
    _waited: int = 0
    """Tries in a row that ended with a fault of the storage."""

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
        """End after the current chunk."""
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
                        self.sweep()
                        sweep_at = time.monotonic() + SWEEP_SECONDS
                    worked = self._step(pool)
                except (SQLAlchemyError, Unavailable, OSError) as error:
                    # Whatever it is, a standby or a lost connection: the next try has a new one.
                    # In a line: it comes again each second.
                    log.warning("the database or the inbox does not answer: %s", first_line(error))
                    worked = False
                if not worked:
                    self._called.wait(IDLE_SECONDS)

    def _step(self, pool: ThreadPoolExecutor) -> bool:
        """Take one upload as far as it goes; False where none waits."""
        upload_id = self._claim()
        if upload_id is None:
            return False
        publishing = Publishing(
            database=self.database,
            blobs=self.blobs,
            uploads=self.uploads,
            settings=self.settings,
            worker=self.name,
            ending=self._ending.is_set,
            grader=self.grader,
        )
        started = time.monotonic()
        error = self._await(upload_id, pool.submit(publishing.advance, upload_id))
        self.took(time.monotonic() - started)
        self._settle(upload_id, error)
        return True

    @property
    def _leases(self) -> LeaseQueue[UploadRow]:
        return LeaseQueue(self.database, UploadRow, LEASE_SECONDS)

    def _free(self, clock: datetime) -> Select[UploadRow]:
        """The upload to take next: nobody else holds it, and nobody must look at it first."""
        # What stands under our own name was left when the database went away in between.
        unheld = or_(
            UploadRow.worker.is_(None), UploadRow.worker == self.name, self._leases.lapsed(clock)
        )
        reviewed = or_(UploadRow.review.is_(None), UploadRow.review != "waiting")
        free = select(UploadRow).where(UploadRow.state.in_(WAITING), unheld, reviewed)
        # Uploaders take turns: first comes the one whose last upload was settled longest ago.
        settled = aliased(UploadRow)
        served = (
            select(func.max(settled.updated))
            .where(
                settled.actor == UploadRow.actor,
                settled.organisation.is_not_distinct_from(UploadRow.organisation),
                settled.state.in_([State.PUBLISHED, State.REJECTED]),
            )
            .scalar_subquery()
        )
        # One whose storage fails goes behind those that were not tried, and such take turns too:
        # its own parts may be what cannot be read.
        waits = UploadRow.reason.is_not_distinct_from(WAITS)
        tried = case((waits, UploadRow.lease_until))
        turn = (UploadRow.attempts, waits, tried, served.is_not(None), served, UploadRow.created)
        return free.order_by(*turn).limit(1)

    def _await(self, upload_id: str, work: Future[None]) -> BaseException | None:
        """What the work ended with; the lease is renewed until it does."""
        while True:
            try:
                return work.exception(timeout=HEARTBEAT_SECONDS)
            except StillWorking:
                self._renew(upload_id)

    def _renew(self, upload_id: str) -> None:
        try:
            with self.database.write() as session:
                upload = session.get(UploadRow, upload_id)
                if upload and upload.worker == self.name:
                    self._leases.renew(session, upload)
        except (SQLAlchemyError, Unavailable) as error:
            log.warning("the database does not answer: %s", first_line(error))

    def _claim(self) -> str | None:
        with self.database.read() as session:  # an idle server must not take the writers' lock
            if session.scalar(self._free(self.database.clock(session))) is None:
                return None
        with self.database.write() as session:
            upload = self._leases.take(session, self._free, worker=self.name)
            if upload is None:
                return None
            upload.graded_rows, upload.reason = 0, None
            return upload.id

    def _settle(self, upload_id: str, error: BaseException | None) -> None:
        if not isinstance(error, AWAY):
            self._waited = 0
        match error:
            case None:
                self._note(upload_id, worker=None)
                self.uploads.drop(upload_id)
            case Rejected():
                self._reject(upload_id, str(error))
            case Stopping():
                self._note(upload_id, worker=None, attempts=UploadRow.attempts - 1)
            case NotOurs():
                log.warning("upload %s was taken by another worker", upload_id)
            case _ if isinstance(error, AWAY) and not isinstance(error, SQLAlchemyError):
                # Not the upload's fault: it waits until there is space, or the store is back.
                log.error("upload %s waits for its storage: %s", upload_id, error)
                self._note(upload_id, worker=None, attempts=UploadRow.attempts - 1, reason=WAITS)
                self._pause()
            case SQLAlchemyError():
                log.error("upload %s waits for the database", upload_id, exc_info=error)
                self._note(upload_id, worker=None, attempts=UploadRow.attempts - 1)
                self._pause()
            case _:
                log.error("upload %s failed", upload_id, exc_info=error)
                # An error comes again; a server that was killed did not fail by the upload.
                self._note(upload_id, worker=None, attempts=UploadRow.attempts + ERROR_COSTS)

    def _pause(self) -> None:
        """Wait before the next try, twice as long each time that nothing got better."""
        seconds = min(self.wait_seconds * 2**self._waited, MAX_WAIT_SECONDS)
        self._waited += 1
        self._ending.wait(seconds)

    @property
    def waits_for_storage(self) -> bool:
        """Whether the last upload could not be read or kept, by no fault of its own."""
        return self._waited > 0

    def _reject(self, upload_id: str, reason: str) -> None:
        with self.database.write() as session:
            upload = session.get_one(UploadRow, upload_id)
            if upload.worker != self.name:
                return
            folder = self.uploads.file(upload)
            upload.worker, upload.state, upload.reason = None, State.REJECTED, reason
            audit.record(
                session,
                actor="server",
                action="upload.rejected",
                subject=upload_id,
                reason=reason,
            )
        folder.drop()

    def _note(self, upload_id: str, **changes: object) -> None:
        with self.database.write() as session:
            session.execute(self._mine(upload_id).values(**changes))

    def _mine(self, upload_id: str) -> Update:
        """A change of the upload that only its worker can make."""
        return update(UploadRow).where(UploadRow.id == upload_id, UploadRow.worker == self.name)

    def _release(self) -> None:
        with self.database.write() as session:
            held = select(UploadRow).where(
                UploadRow.state.in_(WAITING), UploadRow.worker.is_not(None)
            )
            for upload in session.scalars(held):
                if not _lives(upload.worker or ""):
                    upload.worker = None


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
